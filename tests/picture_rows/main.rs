//! Rows with several pictures, and functions that take more memory than their picture: what can never fit is refused at once, and
//! what fits never blocks others for good. A test of its own, as there is one limit for the process.

#![allow(unreachable_pub, reason = "a test is no library")]

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use pxt::testing::TestService;
use pxt::{Error, Image, Table};
use sqlx::{Connection, SqliteConnection};
use tokio::sync::Notify;

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
        #[column(computed = image::resize(image, 2000, 1700))]
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

    /// A picture whose function says when it has looked at it.
    #[derive(pxt::Table)]
    #[table(name = "shown")]
    pub struct Shown {
        #[column(primary_key, auto)]
        pub id: i64,
        pub image: Image,
        #[column(computed = crate::side(image))]
        pub side: i64,
    }

    pxt::schema![Pair, Enlargement, Caption, Shown];
}

use schema::{Caption, Enlargement, NewCaption, NewEnlargement, NewPair, NewShown, Pair, SCHEMA, Shown};

/// A quarter of it is for small pictures alone.
const MEMORY: u64 = 96 << 20;

/// Much less than anything waits for memory.
const SOON: Duration = Duration::from_secs(15);

#[pxt::udf(concurrency = 1)]
async fn caption(image: Image) -> pxt::Result<String> {
    let pixels = image.decode().await?;
    Ok(format!("{} by {}", pixels.width(), pixels.height()))
}

static LOOKED: Notify = Notify::const_new();

#[pxt::udf]
async fn side(image: Image) -> pxt::Result<i64> {
    let side = image.decode().await?.width().into();
    LOOKED.notify_one();
    Ok(side)
}

#[pxt::insert_route(table = "shown", path = "/shown", uploadfile_inputs = ["image"], outputs = ["side"])]
fn show(side: i64) -> i64 {
    side
}

/// A picture of one colour with so many pixels a side.
fn square(side: u32) -> Image {
    Image::encode(&image::RgbImage::new(side, side).into(), image::ImageFormat::Png).expect("is encoded")
}

async fn service() -> TestService {
    let configure = |mut config: pxt::Config| {
        config.image_memory = MEMORY;
        config
    };
    TestService::with(&SCHEMA, configure).await.expect("starts")
}

fn refused<T>(result: Result<T, Error>, begin: Instant) -> String {
    let error = result.err().expect("is refused");
    assert_eq!(error.status(), 422, "{error:?}");
    assert!(begin.elapsed() < SOON, "{:?}", begin.elapsed());
    format!("{error:?}")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_never_fit_is_refused_at_once() {
    let service = service().await;
    // Each would fit; together they take 108 MiB of 72.
    let pair = NewPair { left: square(2500), right: square(2500) };
    let begin = Instant::now();
    let text = refused(Pair::insert(&service.app, pair).await, begin);
    assert!(text.contains("the images of the row take 10"), "{text}");
    // The picture fits, and what is made of it would, but not both.
    let begin = Instant::now();
    let text = refused(Enlargement::insert(&service.app, NewEnlargement { image: square(2000) }).await, begin);
    assert!(text.contains("72 MiB for images"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_of_two_pictures_do_not_block_each_other() {
    let service = service().await;
    let begin = Instant::now();
    // The pictures of one row fit, and those of two do not.
    let pairs = (0..6).map(|_| Pair::insert(&service.app, NewPair { left: square(1900), right: square(1900) }));
    for inserted in join_all(pairs).await {
        inserted.expect("is inserted");
    }
    assert!(begin.elapsed() < SOON, "{:?}", begin.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_runs_alone_has_the_memory_that_it_needs() {
    let service = service().await;
    let begin = Instant::now();
    let captions = (0..8).map(|_| Caption::insert(&service.app, NewCaption { image: square(2400) }));
    for inserted in join_all(captions).await {
        inserted.expect("is inserted");
    }
    assert!(begin.elapsed() < SOON, "{:?}", begin.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_decoded_for_a_row_goes_before_it_is_stored() {
    let service = service().await;
    let path = service.database().url();
    if path.contains("://") {
        return; // A server's rows are not locked so.
    }
    // Somebody else writes for a while.
    let mut other = SqliteConnection::connect(&format!("sqlite://{path}")).await.expect("connects");
    sqlx::query("BEGIN IMMEDIATE").execute(&mut other).await.expect("begins");
    let app = service.app.clone();
    let insert = tokio::spawn(async move { Shown::insert(&app, NewShown { image: square(2500) }).await });
    LOOKED.notified().await;
    // There is no room for two such pictures.
    square(2500).decode().await.expect("is decoded");
    assert!(!insert.is_finished());
    sqlx::query("ROLLBACK").execute(&mut other).await.expect("ends");
    assert_eq!(insert.await.expect("ends").expect("is inserted").side, 2500);
}
