//! Routes beside the tables.

use schemars::JsonSchema;
use serde::Serialize;

/// What a route answers with.
#[derive(Debug, Serialize, JsonSchema)]
struct Answer {
    title: String,
    length: Option<i64>,
}

#[pxt::insert_route(table = "films", path = "/films/new", inputs = ["title"], uploadfile_inputs = ["poster"])]
async fn created(title: String, length: Option<i64>, poster: Option<String>) -> pxt::Result<Answer> {
    drop(poster);
    Ok(Answer { title, length })
}

#[pxt::update_route(table = "films", path = "/films/update", inputs = ["title", "year"])]
fn updated(title: String, length: Option<i64>) -> Answer {
    Answer { title, length }
}

#[pxt::compute_route(table = "films", path = "/films/preview", inputs = ["title"])]
fn preview(slug: String) -> Result<String, std::fmt::Error> {
    Ok(slug)
}

#[pxt::compute_route(table = "films", path = "/films/nothing")]
fn nothing() {}
