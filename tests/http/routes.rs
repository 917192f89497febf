//! The routes and functions of these tests.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use pxt::jiff::Timestamp;
use pxt::jiff::civil::Date;
use pxt::{Array, Binary, Json, Uuid};
use schemars::JsonSchema;
use serde::Serialize;

use crate::schema::Tag;

#[pxt::udf]
pub async fn echo(text: String, stars: i64) -> String {
    tokio::task::yield_now().await;
    format!("{text} {stars}")
}

/// How often [`counted`] has run.
pub static COUNTED: AtomicI64 = AtomicI64::new(0);

#[pxt::udf]
pub fn counted(title: String) -> i64 {
    COUNTED.fetch_add(1, Ordering::SeqCst);
    title.chars().count() as i64
}

#[pxt::udf]
pub fn successor(value: i64) -> pxt::Result<i64> {
    value.checked_add(1).ok_or_else(|| pxt::Error::public(422, "there is no successor"))
}

/// Attempts of the mode `flaky`.
pub static ATTEMPTS: AtomicI64 = AtomicI64::new(0);

#[pxt::udf(timeout = "500ms", retries = 2)]
pub fn act(mode: String) -> pxt::Result<i64> {
    match mode.as_str() {
        "fail" => Err("the password is hunter2".parse::<i64>().expect_err("is no number").into()),
        "public" => Err(pxt::Error::public(403, "this one is under embargo")),
        "panic" => panic!("the password is hunter2"),
        "slow" => {
            std::thread::park_timeout(Duration::from_secs(2));
            Ok(1)
        }
        "flaky" if ATTEMPTS.fetch_add(1, Ordering::SeqCst) < 2 => Err(pxt::Error::public(503, "not now")),
        _ => Ok(1),
    }
}

#[pxt::udf(timeout = "50ms")]
pub async fn act_async(mode: String) -> std::io::Result<i64> {
    match mode.as_str() {
        "ignored" => Err(std::io::Error::other("a lens broke")),
        "ignored panic" => panic!("a lens broke"),
        "ignored timeout" => {
            tokio::time::sleep(Duration::from_secs(3600)).await;
            Ok(0)
        }
        _ => Ok(2),
    }
}

#[pxt::udf]
pub fn after(ignored: Option<i64>) -> String {
    format!("{ignored:?}")
}

#[derive(Serialize, JsonSchema)]
pub struct Card {
    id: Uuid,
    title: String,
    image: String,
    still: Option<String>,
    thumbnail: String,
    width: i64,
    line: String,
}

/// Adds a poster by form.
#[pxt::insert_route(
    table = "films.posters",
    path = "/posters",
    inputs = ["title", "note", "stars"],
    uploadfile_inputs = ["image", "still"],
    outputs = ["id", "title", "image", "still", "thumbnail", "width", "line"]
)]
async fn added(
    id: Uuid,
    title: String,
    image: String,
    still: Option<String>,
    thumbnail: String,
    width: i64,
    line: String,
) -> Card {
    tokio::task::yield_now().await;
    Card { id, title, image, still, thumbnail, width, line }
}

/// Adds a poster by JSON, every column open.
#[pxt::insert_route(table = "films.posters", path = "/posters/json")]
fn added_json(id: Uuid, image: String, stars: i64) -> (Uuid, String, i64) {
    (id, image, stars)
}

#[derive(Serialize, JsonSchema)]
struct Updated {
    title: String,
    note: Option<String>,
    stars: i64,
    line: String,
    counted: i64,
}

#[pxt::update_route(table = "films.posters", path = "/posters/update")]
fn updated(title: String, note: Option<String>, stars: i64, line: String, counted: i64) -> Updated {
    Updated { title, note, stars, line, counted }
}

#[pxt::compute_route(table = "films.posters", path = "/posters/line", inputs = ["title", "stars"])]
fn line(line: String) -> String {
    line
}

#[pxt::compute_route(table = "films.posters", path = "/posters/thumbnail", inputs = [], uploadfile_inputs = ["image"])]
fn thumbnail(thumbnail: String) -> String {
    thumbnail
}

#[derive(Serialize, JsonSchema)]
struct KindsBack {
    id: i64,
    truth: bool,
    int: i64,
    float: f64,
    text: String,
    time: Timestamp,
    day: Date,
    uuid: Uuid,
    tree: pxt::serde_json::Value,
    tag: Json<Tag>,
    bytes: Binary,
    vector: Array<f32, 3>,
    maybe: Option<i64>,
    maybe_text: Option<String>,
    maybe_tree: Option<pxt::serde_json::Value>,
}

#[pxt::insert_route(table = "kinds", path = "/kinds")]
#[allow(clippy::too_many_arguments)]
fn kinds(
    id: i64,
    truth: bool,
    int: i64,
    float: f64,
    text: String,
    time: Timestamp,
    day: Date,
    uuid: Uuid,
    tree: pxt::serde_json::Value,
    tag: Json<Tag>,
    bytes: Binary,
    vector: Array<f32, 3>,
    maybe: Option<i64>,
    maybe_text: Option<String>,
    maybe_tree: Option<pxt::serde_json::Value>,
) -> KindsBack {
    KindsBack { id, truth, int, float, text, time, day, uuid, tree, tag, bytes, vector, maybe, maybe_text, maybe_tree }
}

#[pxt::insert_route(table = "pairs")]
fn pair(left: String, right: i64, next: i64) -> (String, i64, i64) {
    (left, right, next)
}

#[pxt::update_route(table = "pairs", path = "/pair/update", inputs = ["value", "note"])]
fn pair_update(value: i64, note: Option<String>, next: i64) -> (i64, Option<String>, i64) {
    (value, note, next)
}

/// Adds a trial; the function after the commit fails by the trial's name.
#[pxt::insert_route(table = "trials", path = "/trials")]
fn trial(name: String, acted: i64, ignored: Option<i64>, after: String) -> pxt::Result<(i64, Option<i64>, String)> {
    match name.as_str() {
        "late public" => Err(pxt::Error::public(418, "short and stout")),
        "late secret" => Err(std::io::Error::other("the password is hunter2").into()),
        "late panic" => panic!("the password is hunter2"),
        _ => Ok((acted, ignored, after)),
    }
}

#[derive(Serialize, JsonSchema)]
struct Filed {
    file: String,
    kind: String,
    size: i64,
}

#[pxt::insert_route(table = "papers", path = "/papers", inputs = ["name"], uploadfile_inputs = ["file"])]
fn filed(file: String, kind: String, size: i64) -> Filed {
    Filed { file, kind, size }
}

/// A function under an attribute is still a function.
#[test]
fn the_function_comes_back_untouched() {
    assert_eq!(pair("a".into(), 1, 2), ("a".into(), 1, 2));
    assert_eq!(line("x".into()), "x");
}
