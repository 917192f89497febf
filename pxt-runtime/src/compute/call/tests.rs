use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::time::timeout;

use super::*;
use crate::compute::Caller;
use crate::media::tests::photo;
use crate::schema::{Param, Shape};

static BEGUN: AtomicBool = AtomicBool::new(false);
static DROPPED: AtomicBool = AtomicBool::new(false);

/// Says when it is dropped.
struct Work;

impl Drop for Work {
    fn drop(&mut self) {
        DROPPED.store(true, Ordering::Relaxed);
    }
}

/// An async function that looks at an image for ever.
fn for_ever(_: Arguments) -> BoxFuture<'static, Result<Value>> {
    Box::pin(async {
        let _work = Work;
        BEGUN.store(true, Ordering::Relaxed);
        pending().await
    })
}

#[tokio::test]
async fn nobody_waits_for_a_permit_whose_client_has_gone() {
    const PARAMS: &[Param] = &[Param { name: "image", shape: Shape::of(ColumnType::Image) }];
    static NONE_FREE: Semaphore = Semaphore::const_new(0);
    static FUNCTION: FunctionDef = FunctionDef {
        signature: Signature { name: "limited", params: PARAMS, output: Shape::of(ColumnType::Int) },
        doc: "",
        module: module_path!(),
        call: Call::Async(|_| Box::pin(pending())),
        timeout: None,
        retries: 0,
        limit: Some(&NONE_FREE),
    };
    let image = Media::from_bytes(photo("chelsea.png"));
    let images = RowImages::new(vec![image.clone()]);
    let caller = Caller::default();
    // Nothing is left to wait for but the permit.
    images.admit(&image).await.unwrap();
    let mut work = std::pin::pin!(caller.serve(FUNCTION.call(vec![Value::Media(image)], Some(&images))));
    assert!(timeout(Duration::ZERO, &mut work).await.is_err());
    drop(caller);
    let result = timeout(Duration::from_secs(5), work).await.expect("ends with its client");
    assert_eq!(result.unwrap_err().source().unwrap().to_string(), MediaError::Abandoned.to_string());
}

#[tokio::test]
async fn async_functions_that_look_at_images_end_with_their_client() {
    const PARAMS: &[Param] = &[Param { name: "image", shape: Shape::of(ColumnType::Image) }];
    static FUNCTION: FunctionDef = FunctionDef {
        signature: Signature { name: "for_ever", params: PARAMS, output: Shape::of(ColumnType::Int) },
        doc: "",
        module: module_path!(),
        call: Call::Async(for_ever),
        timeout: None,
        retries: 0,
        limit: None,
    };
    let image = Media::from_bytes(photo("chelsea.png"));
    let images = Arc::new(RowImages::new(vec![image.clone()]));
    let caller = Caller::default();
    let work = tokio::spawn(caller.serve(async move { FUNCTION.call(vec![Value::Media(image)], Some(&images)).await }));
    while !BEGUN.load(Ordering::Relaxed) {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    drop(caller);
    let result = timeout(Duration::from_secs(5), work).await.expect("ends with its client").unwrap();
    assert!(DROPPED.load(Ordering::Relaxed));
    assert_eq!(result.unwrap_err().source().unwrap().to_string(), MediaError::Abandoned.to_string());
}
