use std::future::{pending, ready};
use std::sync::Arc;

use http_body_util::BodyExt as _;
use tokio::sync::Semaphore;
use tokio::sync::mpsc::unbounded_channel;
use tower::ServiceExt as _;

use super::*;
use crate::compute::gone;
use crate::service::Config;

const LIMIT: Duration = Duration::from_millis(100);

/// What responds, as a router that gives requests little time.
fn router(responder: Responder) -> Router {
    let config = Config { request_timeout: LIMIT, ..Config::default() };
    let settings = config.settings().expect("the configuration is right");
    let methods = vec![(Method::GET, responder)];
    Around::new(&settings, None).router([Served { path: "/".into(), methods, get_writes: false, no_store: true }])
}

fn request() -> Request {
    Request::get("/").header("x-request-id", "mine").body(Body::empty()).expect("a request")
}

/// Asserts that the request is answered by a problem with its id, and returns status, code and detail.
async fn problem_of(responder: Responder) -> (u16, String, String) {
    let response = router(responder).oneshot(request()).await.expect("never fails");
    let (parts, body) = response.into_parts();
    let body = body.collect().await.expect("is whole").to_bytes();
    let problem: serde_json::Value = serde_json::from_slice(&body).expect("is JSON");
    assert_eq!(parts.headers["content-type"], "application/problem+json");
    assert_eq!(parts.headers["x-request-id"], "mine");
    assert_eq!(parts.headers["cache-control"], "no-store");
    assert_eq!(problem["request_id"], "mine");
    assert_eq!(problem["status"], parts.status.as_u16());
    let text = |name: &str| problem[name].as_str().expect("is a text").to_owned();
    (parts.status.as_u16(), text("type"), text("detail"))
}

/// A responder that has read a request at once.
fn works<F>(runs: fn() -> Runs, work: impl Fn() -> F + Send + Sync + 'static) -> Responder
where
    F: Future<Output = Result<Response>> + Send + 'static,
{
    Arc::new(move |_| ready(Ok(Work { future: work().boxed(), runs: runs(), goes_on: "; it goes on" })).boxed())
}

const EVERYWHERE: [fn() -> Runs; 3] = [|| Runs::WithRequest, || Runs::InTask, || Runs::InTaskWithCaller];

#[tokio::test]
async fn a_panic_is_a_problem_wherever_it_is() {
    let called: Responder = Arc::new(|_| panic!("on purpose"));
    let reading: Responder = Arc::new(|_| async { panic!("on purpose") }.boxed());
    let working = EVERYWHERE.map(|runs| works(runs, || async { panic!("on purpose") }));
    for responder in [called, reading].into_iter().chain(working) {
        let (status, code, detail) = problem_of(responder).await;
        assert_eq!((status, code.as_str()), (500, "internal"));
        assert!(!detail.contains("purpose"), "{detail}");
    }
}

#[tokio::test]
async fn work_has_its_time_and_reading_has_none() {
    for runs in EVERYWHERE {
        let (status, code, detail) = problem_of(works(runs, pending)).await;
        assert_eq!((status, code.as_str()), (504, "request_timeout"));
        assert!(detail.ends_with("; it goes on"), "{detail}");
    }
    // How long a body may take is for those who read it.
    let slow: Responder = Arc::new(|_| {
        let read = async {
            tokio::time::sleep(LIMIT * 2).await;
            Ok(Work { future: ready(Ok(Response::default())).boxed(), runs: Runs::WithRequest, goes_on: "" })
        };
        read.boxed()
    });
    assert_eq!(router(slow).oneshot(request()).await.expect("never fails").status(), 200);
}

#[tokio::test]
async fn a_client_that_hangs_up_ends_no_task() {
    for (runs, is_done) in EVERYWHERE.into_iter().zip([false, true, true]) {
        let (tell, mut done) = unbounded_channel();
        let may_end = Arc::new(Semaphore::new(0));
        let end = may_end.clone();
        let work = move || {
            let (tell, end) = (tell.clone(), end.clone());
            async move {
                if let Runs::InTaskWithCaller = runs() {
                    gone().await;
                }
                drop(end.acquire().await);
                // Nobody listens where the test has failed.
                let _ = tell.send(());
                Ok(Response::default())
            }
        };
        let asked = router(works(runs, work)).oneshot(request()).now_or_never();
        assert!(asked.is_none(), "the work waits");
        may_end.add_permits(1);
        // None where nobody is left who would tell.
        assert_eq!(done.recv().await.is_some(), is_done);
    }
}
