//! Rows with several pictures, and functions that take more memory than their picture: what can never fit is refused at once, and
//! what fits never blocks others for good. A test of its own, as there is one limit for the process.

#![allow(unreachable_pub, reason = "a test is no library")]

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use pxt::testing::TestDatabase;
use pxt::{App, Error, Image, Table};

mod schema {
    use pxt::Image;
    use pxt::functions::image;

    /// Two pictures.
    #[derive(pxt::Table)]
    #[table(name = "pairs")]
    pub struct Pair {
        #[column(primary_key, auto)]
        pub id: i64,
        pub left: Image,
        pub right: Image,
        #[column(computed = image::brightness(left))]
        pub left_brightness: f64,
        #[column(computed = image::brightness(right))]
        pub right_brightness: f64,
    }

    /// A picture made larger.
    #[derive(pxt::Table)]
    #[table(name = "enlargements")]
    pub struct Enlargement {
        #[column(primary_key, auto)]
        pub id: i64,
        pub image: Image,
        #[column(computed = image::resize(image, 2000, 1500))]
        pub large: Image,
    }

    /// A picture for a function of which one runs at a time.
    #[derive(pxt::Table)]
    #[table(name = "captions")]
    pub struct Caption {
        #[column(primary_key, auto)]
        pub id: i64,
        pub image: Image,
        #[column(computed = image::brightness(image))]
        pub brightness: f64,
        #[column(computed = crate::caption(image))]
        pub caption: String,
    }

    pxt::schema![Pair, Enlargement, Caption];
}

use schema::{Caption, Enlargement, NewCaption, NewEnlargement, NewPair, Pair, SCHEMA};

/// A quarter of it is for small pictures alone.
const MEMORY: u64 = 96 << 20;

/// Much less than anything waits for memory.
const SOON: Duration = Duration::from_secs(15);

#[pxt::udf(concurrency = 1)]
async fn caption(image: Image) -> pxt::Result<String> {
    let pixels = image.decode().await?;
    Ok(format!("{} by {}", pixels.width(), pixels.height()))
}

/// A picture of one colour with so many pixels a side.
fn square(side: u32) -> Image {
    Image::encode(&image::RgbImage::new(side, side).into(), image::ImageFormat::Png).expect("is encoded")
}

async fn opened() -> (App, TestDatabase) {
    let database = TestDatabase::new().await.expect("is made");
    let mut config = database.config();
    config.image_memory = MEMORY;
    (App::open(config, &SCHEMA).await.expect("starts"), database)
}

fn refused<T>(result: Result<T, Error>, begin: Instant) -> String {
    let error = result.err().expect("is refused");
    assert_eq!(error.status(), 422, "{error:?}");
    assert!(begin.elapsed() < SOON, "{:?}", begin.elapsed());
    format!("{error:?}")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_never_fit_is_refused_at_once() {
    let (app, _database) = opened().await;
    // Each would fit; together they take 108 MiB of 72.
    let pair = NewPair { left: square(2500), right: square(2500) };
    let begin = Instant::now();
    let text = refused(Pair::insert(&app, pair).await, begin);
    assert!(text.contains("the images of the row take 10"), "{text}");
    // The picture fits, and what is made of it would, but not both.
    let begin = Instant::now();
    let text = refused(Enlargement::insert(&app, NewEnlargement { image: square(2000) }).await, begin);
    assert!(text.contains("72 MiB for images"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_of_two_pictures_do_not_block_each_other() {
    let (app, _database) = opened().await;
    let begin = Instant::now();
    // The pictures of one row fit, and those of two do not.
    let pairs = (0..6).map(|_| Pair::insert(&app, NewPair { left: square(1900), right: square(1900) }));
    for inserted in join_all(pairs).await {
        inserted.expect("is inserted");
    }
    assert!(begin.elapsed() < SOON, "{:?}", begin.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_runs_alone_has_the_memory_that_it_needs() {
    let (app, _database) = opened().await;
    let begin = Instant::now();
    let captions = (0..8).map(|_| Caption::insert(&app, NewCaption { image: square(2400) }));
    for inserted in join_all(captions).await {
        inserted.expect("is inserted");
    }
    assert!(begin.elapsed() < SOON, "{:?}", begin.elapsed());
}
