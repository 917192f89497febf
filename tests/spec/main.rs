//! Every rule of the pages that define this service, driven through HTTP. `RULES.md` lists page, rule and test.
//!
//! The first lines of a test's doc comment name what it covers: `router` (the router's methods), `guide` (serving over HTTP),
//! `migration` (from hand-written endpoints), or `behaviour` and a section (what the service that those pages describe does when
//! it runs; where it shows a defect, the test shows that ours has none). `rules` makes the list of them.

#![allow(
    clippy::needless_pass_by_value,
    unreachable_pub,
    reason = "functions over columns own their arguments, and tables are `pub` as an application writes them"
)]

mod compute;
mod declarations;
mod decorated;
mod delete;
mod drift;
mod errors;
mod insert;
mod jobs;
mod media;
mod query;
mod requests;
mod routes;
mod rules;
mod schema;
mod security;
mod types;
mod update;
mod uploads;

use pxt::testing::{Answer, TestService};
use pxt::{Compute, Delete, Insert, Method, Query, Routes, Update, retrieval};
use serde_json::{Value, json};

/// The routes of attributes, and one of each kind and option by the builder.
fn declare(routes: Routes) -> Routes {
    routes
        .add_insert_route("studio.prompts", Insert::at("/prompts"))
        .add_insert_route(
            "studio/prompts",
            Insert::at("/prompts/short").inputs(["prompt"]).outputs(["prompt", "result"]),
        )
        .add_update_route("studio.prompts", Update::at("/prompts/update").inputs(["prompt", "tag"]))
        .add_update_route("studio.prompts", Update::at("/prompts/all"))
        .add_delete_route("studio.prompts", Delete::at("/prompts/delete"))
        .add_delete_route("studio.prompts", Delete::at("/prompts/delete-by-tag").match_columns(["tag"]))
        .add_delete_route("studio.prompts", Delete::at("/prompts/delete-two").match_columns(["tag", "weight"]))
        .add_compute_route("studio.prompts", Compute::at("/prompts/compute").inputs(["prompt"]).outputs(["result"]))
        .add_query_route(retrieval("studio.prompts", ["id"]), Query::at("/prompts/lookup").one_row(true))
        .add_query_route(
            retrieval("studio.prompts", ["id"]),
            Query::at("/prompts/lookup").method(Method::Get).one_row(true),
        )
        .add_query_route(retrieval("studio.prompts", ["tag"]), Query::at("/prompts/tagged"))
        .add_query_route(retrieval("studio.prompts", ["tag"]), Query::at("/prompts/the-tagged").one_row(true))
        .add_insert_route("studio.pictures", Insert::at("/pictures").uploadfile_inputs(["image", "still"]))
        .add_insert_route("studio.pictures", Insert::at("/pictures/json"))
        .add_insert_route("studio.pictures", file("/resize", "resized"))
        .add_insert_route("studio.pictures", file("/still", "still"))
        .add_update_route("studio.pictures", Update::at("/pictures/update"))
        .add_update_route(
            "studio.pictures",
            Update::at("/pictures/rescale")
                .inputs(["width", "height"])
                .outputs(["id", "resized"])
                .return_fileresponse(true),
        )
        .add_delete_route("studio.pictures", Delete::at("/pictures/delete"))
        .add_compute_route(
            "studio.pictures",
            Compute::at("/pictures/compute")
                .inputs(["width", "height"])
                .uploadfile_inputs(["image"])
                .outputs(["resized"])
                .return_fileresponse(true),
        )
        .add_insert_route("studio.papers", Insert::at("/papers").uploadfile_inputs(["file"]))
        .add_insert_route("studio.papers", Insert::at("/papers/json"))
        .add_query_route(retrieval("studio.papers", ["name"]), Query::at("/papers/file").return_fileresponse(true))
        .add_query_route(
            retrieval("studio.papers", ["shelf"]),
            Query::at("/papers/of-shelf").return_fileresponse(true).method(Method::Get),
        )
        .add_insert_route(
            "studio.clips",
            Insert::at("/clips").uploadfile_inputs(["video", "audio", "image", "document"]),
        )
        .add_insert_route("kinds", Insert::at("/kinds"))
        .add_update_route("kinds", Update::at("/kinds/update"))
        .add_delete_route("kinds", Delete::at("/kinds/delete").match_columns(MATCHABLE))
        .add_query_route(retrieval("kinds", ["id"]), Query::at("/kinds/find").one_row(true))
        .add_query_route(retrieval("kinds", MATCHABLE), Query::at("/kinds/equal"))
        .add_insert_route("kinds", Insert::at("/kinds/later").background(true))
        .add_insert_route("maybes", Insert::at("/maybes"))
        .add_query_route(retrieval("maybes", ["id"]), Query::at("/maybes/find").one_row(true))
        .add_insert_route("pairs", Insert::at("/pairs"))
        .add_update_route("pairs", Update::at("/pairs/update"))
        .add_delete_route("pairs", Delete::at("/pairs/delete"))
        .add_insert_route("readings", Insert::at("/readings"))
        .add_delete_route("readings", Delete::at("/readings/delete").match_columns(["value"]))
        .add_query_route("chosen", Query::at("/chosen"))
        .add_query_route(routes::numbers {}, Query::at("/numbers").method(Method::Get))
        .add_query_route("spec.routes.numbers", Query::at("/number").one_row(true))
        .add_query_route("routes:numbers", Query::at("/three").inputs(["from"]))
        .add_query_route("echo", Query::at("/echo").one_row(true))
        .add_query_route("echo", Query::at("/echo").one_row(true).method(Method::Get))
}

/// The columns of `kinds` that rows can be found by.
const MATCHABLE: [&str; 11] =
    ["truth", "int", "float", "text", "time", "day", "uuid", "bytes", "vector", "counts", "flags"];

/// An insert that answers with a file.
fn file(path: &str, output: &str) -> Insert {
    let insert = Insert::at(path).inputs(["width", "height"]).uploadfile_inputs(["image", "still"]);
    insert.outputs(["id", output]).return_fileresponse(true)
}

/// A service of all tables and routes.
async fn service() -> TestService {
    TestService::of(&schema::SCHEMA, |config| config, declare).await.expect("the service starts")
}

/// The JSON of an answer that has to be a success.
#[track_caller]
fn ok(answer: &Answer) -> Value {
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.header("content-type"), "application/json");
    answer.json()
}

/// Asserts that an answer is a problem of this status and code, in the one shape of all failures, and returns its body.
#[track_caller]
fn problem(answer: &Answer, status: u16, code: &str) -> Value {
    let body = answer.json();
    assert_eq!(answer.status.as_u16(), status, "{}", answer.text());
    assert_eq!(answer.header("content-type"), "application/problem+json");
    assert_eq!((&body["type"], &body["status"]), (&json!(code), &json!(status)), "{body}");
    assert!(body["title"].is_string() && body["detail"].is_string(), "{body}");
    assert_eq!(body["request_id"], answer.header("x-request-id"));
    let known = ["type", "title", "status", "detail", "errors", "stored", "key", "request_id"];
    let members = body.as_object().expect("an object").keys();
    assert!(members.clone().all(|member| known.contains(&member.as_str())), "{body}");
    for error in body["errors"].as_array().into_iter().flatten() {
        assert!(error["detail"].is_string() && error["code"].is_string(), "{body}");
        assert!(error["pointer"].is_string() != error["parameter"].is_string(), "{body}");
    }
    body
}

/// Asserts that an answer is a 422 about exactly one field, with this code.
#[track_caller]
fn refused(answer: &Answer, field: &str, code: &str) {
    let body = problem(answer, 422, "invalid_input");
    let errors = body["errors"].as_array().expect("a list");
    assert_eq!(errors.len(), 1, "{body}");
    let place = errors[0].get("pointer").or(errors[0].get("parameter")).and_then(Value::as_str).unwrap_or_default();
    assert_eq!((place.trim_start_matches("#/"), errors[0]["code"].as_str()), (field, Some(code)), "{body}");
}

/// The number of a new prompt.
async fn prompt(service: &TestService, row: Value) -> i64 {
    ok(&service.post("/prompts", &row).await)["id"].as_i64().expect("a number")
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
