//! The public behaviour over HTTP, against a real database in a temporary folder.

#![allow(
    clippy::needless_pass_by_value,
    unreachable_pub,
    reason = "functions over columns own their arguments, and tables are `pub` as an application writes them"
)]

mod builder;
mod compute;
mod evolve;
mod failures;
mod hostile;
mod insert;
mod media;
mod openapi;
mod queries;
mod routes;
mod schema;
mod select;
mod start;
mod typed;
mod update;
mod uploads;
mod wire;

use pxt::testing::{Answer, TestService};

/// A service of all tables and routes of these tests.
async fn service() -> TestService {
    TestService::new(&schema::SCHEMA).await.expect("the service starts")
}

/// Asserts that an answer is a problem of this status and code, in the one shape of all failures, and returns its body.
#[track_caller]
fn problem(answer: &Answer, status: u16, code: &str) -> serde_json::Value {
    let body = answer.json();
    assert_eq!(answer.status.as_u16(), status, "{}", answer.text());
    assert_eq!(answer.header("content-type"), "application/problem+json");
    assert_eq!(body["type"], code, "{body}");
    assert_eq!(body["status"], status);
    assert!(body["title"].is_string() && body["detail"].is_string(), "{body}");
    assert_eq!(body["request_id"], answer.header("x-request-id"));
    body
}

/// Asserts that a problem names exactly these fields, and returns their codes.
#[track_caller]
fn fields(body: &serde_json::Value, names: &[&str]) -> Vec<String> {
    let errors = body["errors"].as_array().cloned().unwrap_or_default();
    let place = |error: &serde_json::Value| {
        let place = error.get("pointer").or(error.get("parameter")).and_then(|place| place.as_str()).unwrap_or("?");
        place.trim_start_matches("#/").to_owned()
    };
    let mut found: Vec<String> = errors.iter().map(place).collect();
    found.sort();
    let mut wanted = names.to_vec();
    wanted.sort_unstable();
    assert_eq!(found, wanted, "{body}");
    errors.iter().map(|error| error["code"].as_str().unwrap_or("?").to_owned()).collect()
}

/// A picture of one colour, as a PNG.
fn picture(width: u32, height: u32, color: [u8; 3]) -> Vec<u8> {
    let image = image::RgbImage::from_pixel(width, height, image::Rgb(color));
    let mut bytes = std::io::Cursor::new(Vec::new());
    image::DynamicImage::from(image).write_to(&mut bytes, image::ImageFormat::Png).expect("a PNG can be written");
    bytes.into_inner()
}

/// How many files the service keeps, staged ones included.
fn files(service: &TestService) -> usize {
    fn count(folder: &std::path::Path) -> usize {
        let Ok(entries) = folder.read_dir() else { return 0 };
        entries.filter_map(Result::ok).map(|entry| if entry.path().is_dir() { count(&entry.path()) } else { 1 }).sum()
    }
    count(&service.folder().join("media"))
}
