//! The functions behind computed columns, the decorated routes and the queries.

use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use pxt::jiff::Timestamp;
use pxt::jiff::civil::Date;
use pxt::{App, Array, Binary, Image, Json, Table, Uuid};
use schemars::JsonSchema;
use serde::Serialize;
use tokio::sync::Semaphore;

use crate::schema::{Prompt, Tag};

/// What [`capitals`] was called with.
pub static CAPITALS: Mutex<Vec<String>> = Mutex::new(Vec::new());

#[pxt::udf]
pub fn capitals(prompt: String) -> String {
    let capitals = prompt.to_uppercase();
    CAPITALS.lock().expect("no holder panics").push(prompt);
    capitals
}

/// Lets one call of [`scored`] over a prompt `held` end.
pub static HELD: Semaphore = Semaphore::const_new(0);

/// The same for a prompt `late`.
pub static LATE: Semaphore = Semaphore::const_new(0);

#[pxt::udf(timeout = "30s")]
pub async fn scored(prompt: String, weight: i64) -> pxt::Result<f64> {
    match prompt.as_str() {
        "held" => HELD.acquire().await?.forget(),
        "late" => LATE.acquire().await?.forget(),
        "no number" => return Ok(f64::NAN),
        _ => {}
    }
    Ok(prompt.chars().count() as f64 * weight as f64 / 2.0)
}

#[pxt::udf]
pub fn successor(value: i64) -> i64 {
    value.saturating_add(1)
}

#[pxt::udf(timeout = "200ms")]
pub fn act(name: String) -> pxt::Result<i64> {
    match name.as_str() {
        "raises" => Err("the password is hunter2".parse::<i64>().expect_err("is no number").into()),
        "raises in public" => Err(pxt::Error::public(403, "this one is under embargo")),
        "panics" => panic!("the password is hunter2"),
        "hangs" => {
            std::thread::park_timeout(Duration::from_secs(2));
            Ok(1)
        }
        _ => Ok(1),
    }
}

/// The guide's response model.
#[derive(Debug, PartialEq, Serialize, JsonSchema)]
pub struct Generated {
    caption: String,
    score: f64,
}

/// The guide's decorated insert.
#[pxt::insert_route(table = "studio.prompts", path = "/generate", inputs = ["prompt"], outputs = ["result", "score"])]
fn format_response(result: String, score: f64) -> Generated {
    Generated { caption: result.trim().to_owned(), score: (score * 1000.0).round() / 1000.0 }
}

#[derive(Serialize, JsonSchema)]
struct Item {
    id: i64,
    summary: String,
    score: f64,
}

/// The router page's decorated update.
#[pxt::update_route(table = "studio.prompts", path = "/revise", inputs = ["prompt"], outputs = ["id", "result", "score"])]
fn format_item(id: i64, result: String, score: f64) -> Item {
    Item { id, summary: result.chars().take(100).collect(), score }
}

/// How often [`counted`] ran. One test alone uses its route.
pub static COUNTED: AtomicI64 = AtomicI64::new(0);

#[pxt::update_route(table = "pairs", path = "/pairs/counted", inputs = ["value"])]
fn counted(next: i64) -> i64 {
    COUNTED.fetch_add(1, Ordering::SeqCst);
    next
}

#[pxt::compute_route(table = "studio.prompts", path = "/preview", inputs = ["prompt"])]
fn preview(result: String) -> String {
    result
}

#[derive(Serialize, JsonSchema)]
struct Framed {
    image: String,
    still: Option<String>,
    thumbnail: String,
}

/// Media columns are URLs here.
#[pxt::insert_route(table = "studio.pictures", path = "/frame", inputs = ["tag"], uploadfile_inputs = ["image", "still"])]
async fn framed(image: String, still: Option<String>, thumbnail: String) -> Framed {
    tokio::task::yield_now().await;
    Framed { image, still, thumbnail }
}

/// Outputs that are lists and bytes; a column that is never null, taken as one that may be.
#[pxt::insert_route(table = "kinds", path = "/kinds/sizes")]
fn sizes_of(bytes: Binary, vector: Array<f32, 3>, int: Option<i64>) -> (usize, f32, Option<i64>) {
    (bytes.len(), vector.iter().sum(), int)
}

/// The function after the commit fails as the row's name says.
#[pxt::insert_route(table = "trials", path = "/trials")]
fn tried(name: String, acted: i64) -> pxt::Result<i64> {
    match name.as_str() {
        "responds in public" => Err(pxt::Error::public(418, "short and stout")),
        "responds with an error" => Err(std::io::Error::other("the password is hunter2").into()),
        "responds with a panic" => panic!("the password is hunter2"),
        _ => Ok(acted),
    }
}

#[derive(Serialize, JsonSchema)]
struct Hit {
    id: i64,
    prompt: String,
    score: f64,
}

/// Prompts by their numbers.
#[pxt::query]
async fn chosen(app: &App, ids: Json<Vec<i64>>, #[default(10)] most: i64) -> pxt::Result<Vec<Hit>> {
    let mut hits = Vec::new();
    for id in ids.0.into_iter().take(usize::try_from(most).unwrap_or_default()) {
        let found = Prompt::get(app, id).await?;
        hits.extend(found.map(|row| Hit { id: row.id, prompt: row.prompt, score: row.score }));
    }
    Ok(hits)
}

/// Numbers in a row.
#[pxt::query]
pub fn numbers(from: i64, #[default(3)] count: i64) -> Vec<i64> {
    (from..from.saturating_add(count)).collect()
}

/// A list without parameters.
#[pxt::query_route(path = "/colors", method = "get")]
fn colors() -> Vec<String> {
    vec!["red".to_owned(), "green".to_owned()]
}

/// What a parameter of each type arrived as.
#[derive(Serialize, JsonSchema)]
struct Echo {
    truth: bool,
    int: i64,
    float: f64,
    text: String,
    time: Timestamp,
    day: Date,
    uuid: Uuid,
    tag: Json<Tag>,
    bytes: Binary,
    vector: Array<f32, 3>,
    maybe: Option<i64>,
}

#[pxt::query]
#[allow(clippy::too_many_arguments)]
fn echo(
    truth: bool,
    int: i64,
    float: f64,
    text: String,
    time: Timestamp,
    day: Date,
    uuid: Uuid,
    tag: Json<Tag>,
    bytes: Binary,
    vector: Array<f32, 3>,
    maybe: Option<i64>,
) -> Vec<Echo> {
    vec![Echo { truth, int, float, text, time, day, uuid, tag, bytes, vector, maybe }]
}

#[derive(Serialize, JsonSchema)]
struct Size {
    label: String,
    width: u32,
    height: u32,
}

/// The size of an uploaded picture.
#[pxt::query_route(path = "/size", inputs = ["label"], uploadfile_inputs = ["image"], one_row)]
async fn size(image: Image, #[default("picture")] label: String) -> pxt::Result<Vec<Size>> {
    let picture = image.decode().await?;
    Ok(vec![Size { label, width: picture.width(), height: picture.height() }])
}

#[pxt::query_route(path = "/fails")]
fn fails(mode: String) -> pxt::Result<Vec<i64>> {
    match mode.as_str() {
        "public" => Err(pxt::Error::public(403, "these are under embargo")),
        "panic" => panic!("the password is hunter2"),
        _ => Err(std::io::Error::other("the password is hunter2").into()),
    }
}

/// behaviour 9: the function is returned unchanged, and so can be tested as one
#[test]
fn a_decorated_function_is_still_a_function() {
    let generated = format_response(" A ".to_owned(), 0.12345);
    assert_eq!(generated, Generated { caption: "A".to_owned(), score: 0.123 });
    assert_eq!(preview("x".to_owned()), "x");
}
