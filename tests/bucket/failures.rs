//! A bucket that is wrong at the start, or goes away and comes back.

use std::time::{Duration, Instant};

use pxt::Config;
use pxt::testing::{Form, TestService};

use crate::schema::SCHEMA;
use crate::server::{KEY, Mode, SECRET, Server};
use crate::uploads::form;
use crate::{problem, with};

/// Why a service does not start.
async fn refusal(configure: impl FnOnce(Config) -> Config) -> String {
    let error = TestService::with(&SCHEMA, configure).await.err().expect("does not start");
    let text = format!("{error} {error:?}");
    assert!(!text.contains(SECRET) && !text.contains('<'), "{text}");
    error.to_string()
}

#[tokio::test]
async fn a_wrong_bucket_stops_the_start_with_the_remedy() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::start(folder.path());
    let text = refusal(|config| server.configure(config).media_option("aws_secret_access_key", "wrong")).await;
    assert!(text.contains("with these credentials (SignatureDoesNotMatch): check AWS_ACCESS_KEY_ID"), "{text}");
    let text = refusal(|config| server.configure(config).media_option("aws_access_key_id", "nobody")).await;
    assert!(text.contains("`s3://bucket/m` cannot be listed with these credentials ("), "{text}");
    let text = refusal(|config| server.configure(config).media("s3://nowhere/m")).await;
    assert!(text.contains("there is no bucket `nowhere` (NoSuchBucket): create it"), "{text}");
    let text = refusal(|config| server.configure(config).media(format!("s3://{KEY}:{SECRET}@bucket"))).await;
    assert!(text.contains("holds credentials"), "{text}");

    // A developer's own credentials would be used.
    if std::env::var_os("AWS_ACCESS_KEY_ID").is_none() {
        let nobody = |config: Config| {
            let config = config.media("s3://bucket/m").media_option("aws_metadata_endpoint", "http://127.0.0.1:1");
            config
                .media_option("aws_endpoint", format!("http://{}", server.address()))
                .media_option("allow_http", "true")
        };
        let text = refusal(nobody).await;
        assert!(
            text.contains("no credentials for `s3://bucket/m`") && text.contains("set AWS_ACCESS_KEY_ID"),
            "{text}"
        );
    }

    let quick = |config: Config| server.configure(config).media_option("read_timeout", "300ms");
    server.set(Mode::Away);
    let text = refusal(quick).await;
    assert!(text.contains("check the endpoint"), "{text}");
    server.set(Mode::Silent);
    let text = refusal(quick).await;
    assert!(text.contains("check the endpoint"), "{text}");
}

#[tokio::test]
async fn a_bucket_that_goes_away_is_a_503_until_it_is_back() {
    let (service, server) = with(|config| config.media_option("read_timeout", "300ms")).await;
    let image = service.upload("/posters", form("x")).await.json()["image"].as_str().expect("a URL").to_owned();
    for mode in [Mode::Away, Mode::Silent] {
        server.set(mode);
        let start = Instant::now();
        for answer in [service.get(&image).await, service.upload("/posters", form("y")).await] {
            let body = problem(&answer, 503, "media_unavailable");
            assert_eq!(answer.header("retry-after"), "5");
            let text = body.to_string();
            assert!(!text.contains("127.0.0.1") && !text.contains("bucket"), "{text}");
        }
        assert!(start.elapsed() < Duration::from_secs(40), "{:?}", start.elapsed());
        server.set(Mode::Up);
        assert_eq!(service.get(&image).await.status, 200);
    }
    assert_eq!(service.upload("/posters", form("z")).await.status, 200);
    assert_eq!(server.files(), 2);
}

/// The bucket goes away between two parts of a long file.
#[tokio::test]
async fn a_long_upload_that_breaks_off_is_no_row() {
    let (service, server) = with(|config| config).await;
    let long: Vec<u8> = (0..40_u32 << 20).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let form = || Form::new().text("name", "long").file("file", "a.bin", &long);
    let cut = async {
        while server.parts() == 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        server.set(Mode::Away);
    };
    let (answer, ()) = tokio::join!(service.upload("/papers", form()), cut);
    problem(&answer, 503, "media_unavailable");
    assert_eq!(server.files(), 0, "no object without an end");
    server.set(Mode::Up);
    // The name is the row's key, and free.
    let again = service.upload("/papers", form()).await;
    assert_eq!((again.status.as_u16(), again.json()["size"].as_u64()), (200, Some(40 << 20)), "{}", again.text());
}
