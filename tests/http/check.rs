//! What these tests ask of answers, and a picture to send.

use pxt::testing::Answer;

/// Asserts that an answer is a problem of this status and code, in the one shape of all failures, and returns its body.
#[track_caller]
pub fn problem(answer: &Answer, status: u16, code: &str) -> serde_json::Value {
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
pub fn fields(body: &serde_json::Value, names: &[&str]) -> Vec<String> {
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
pub fn picture(width: u32, height: u32, color: [u8; 3]) -> Vec<u8> {
    let image = image::RgbImage::from_pixel(width, height, image::Rgb(color));
    let mut bytes = std::io::Cursor::new(Vec::new());
    image::DynamicImage::from(image).write_to(&mut bytes, image::ImageFormat::Png).expect("a PNG can be written");
    bytes.into_inner()
}
