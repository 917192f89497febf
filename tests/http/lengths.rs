//! How long texts and keys may be, wherever they come from: JSON, forms, query strings, jobs, typed calls, functions.

use pxt::serde_json::Value as Json;
use pxt::testing::{Form, TestService};
use pxt::{Binary, Delete, Document, Error, Insert, Method, Query, Routes, Select, Table, Update, retrieval};
use serde_json::json;

use crate::{fields, files, problem};

/// The most bytes of a text in these tests, where no column says otherwise.
const MOST: usize = 2000;

/// Texts with the bound of all, and with bounds of their own.
#[derive(Table)]
#[table(name = "lengths.notes")]
pub struct Note {
    #[column(primary_key, auto)]
    pub id: i64,
    pub text: String,
    #[column(max_bytes = 5)]
    pub short: Option<String>,
    #[column(max_bytes = 4_000)]
    pub long: Option<String>,
    pub tree: Option<Json>,
    #[column(max_bytes = 4)]
    pub bytes: Option<Binary>,
    #[column(computed = twice(text), on_error = ignore)]
    pub twice: Option<String>,
    #[column(computed = exclaimed(short), max_bytes = 5)]
    pub exclaimed: Option<String>,
    pub file: Option<Document>,
}

pxt::schema![Note];

#[pxt::udf]
fn twice(text: String) -> String {
    text.repeat(2)
}

#[pxt::udf]
fn exclaimed(short: Option<String>) -> Option<String> {
    short.map(|short| format!("{short}!"))
}

#[pxt::query]
fn searched(text: String, start: Option<String>) -> Select<Note> {
    let select = Note::select().filter(Note::text.contains(text));
    match start {
        Some(start) => select.filter(Note::text.starts_with(start)),
        None => select,
    }
}

/// The rows that another query makes of them, of texts that only it has.
#[pxt::query]
async fn listed(app: &pxt::App, word: String) -> pxt::Result<Vec<i64>> {
    let twice = format!("{word}{word}");
    Note::select().filter(Note::text.ends_with(twice)).only(Note::id).fetch(app).await
}

fn routes(routes: Routes) -> Routes {
    let notes = Note::DEF;
    let columns = ["text", "short", "long", "tree", "bytes"];
    routes
        .without_attribute_routes()
        .add_insert_route(notes, Insert::at("/notes").inputs(columns))
        .add_insert_route(notes, Insert::at("/form").inputs(columns).uploadfile_inputs(["file"]))
        .add_insert_route(notes, Insert::at("/later").inputs(columns).background(true))
        .add_update_route(notes, Update::at("/update").inputs(columns))
        .add_delete_route(notes, Delete::at("/delete").match_columns(["text"]))
        .add_query_route(retrieval(notes, ["text"]), Query::at("/titled").method(Method::Get))
        .add_query_route(searched {}, Query::at("/search").method(Method::Get))
        .add_query_route(searched {}, Query::at("/searched"))
        .add_query_route(listed {}, Query::at("/listed"))
}

async fn service() -> TestService {
    let configure = |mut config: pxt::Config| {
        config.max_text = MOST;
        config
    };
    TestService::of(&SCHEMA, configure, routes).await.expect("the routes are right")
}

fn new(text: &str) -> NewNote {
    NewNote { text: text.into(), short: None, long: None, tree: None, bytes: None, file: None }
}

/// A text of so many bytes.
fn text(bytes: usize) -> String {
    format!("{}{}", "x".repeat(bytes % 2), "é".repeat(bytes / 2))
}

#[tokio::test]
async fn texts_that_are_too_long_are_refused_at_their_field() {
    let service = service().await;
    // A quote and a brace at each end of the tree.
    let tree = |bytes: usize| json!({"a": text(bytes - r#"{"a":""}"#.len())});
    let (fits, long) = (
        json!({"text": text(MOST), "short": "éé", "long": text(4000), "tree": tree(MOST), "bytes": "AAAAAA=="}),
        json!({"text": text(MOST + 1), "short": "ééé", "long": text(4001), "tree": tree(MOST + 1), "bytes": "AAAAAAA="}),
    );
    let row = service.post("/notes", &fits).await;
    assert_eq!(row.status, 200, "{}", row.text());
    let id = &row.json()["id"];
    let all = ["text", "short", "long", "tree", "bytes"];

    let body = problem(&service.post("/notes", &long).await, 422, "invalid_input");
    assert_eq!(fields(&body, &all), ["too_long"; 5]);
    let details: Vec<_> =
        body["errors"].as_array().expect("a list").iter().map(|error| error["detail"].clone()).collect();
    // In the order of the body.
    let limits = ["4 bytes", "4000 bytes", "5 bytes", "2000 bytes", "2000 bytes"];
    assert_eq!(details, limits.map(|limit| Json::from(format!("is longer than {limit}"))));
    for (path, with) in [("/later", None), ("/update", Some(id))] {
        let mut body = long.clone();
        if let Some(id) = with {
            body["id"] = id.clone();
        }
        let answer = problem(&service.post(path, &body).await, 422, "invalid_input");
        assert_eq!(fields(&answer, &all), ["too_long"; 5], "{path}");
    }
    let answer = problem(&service.post("/delete", &json!({"text": text(MOST + 1)})).await, 422, "invalid_input");
    assert_eq!(fields(&answer, &["text"]), ["too_long"]);

    let form = format!("text={}&short=1234", "x".repeat(MOST));
    assert_eq!(service.post_bytes("/notes", "application/x-www-form-urlencoded", form.clone()).await.status, 200);
    let answer = service.post_bytes("/notes", "application/x-www-form-urlencoded", format!("{form}56")).await;
    assert_eq!(fields(&problem(&answer, 422, "invalid_input"), &["short"]), ["too_long"]);
    assert_eq!(service.get(&format!("/titled?text={}", "x".repeat(MOST))).await.status, 200);
    let answer = problem(&service.get(&format!("/titled?text={}", "x".repeat(MOST + 1))).await, 422, "invalid_input");
    assert_eq!(fields(&answer, &["text"]), ["too_long"]);
    assert_eq!(answer["errors"][0]["parameter"], "text");
}

#[tokio::test]
async fn forms_with_files_have_the_same_bounds() {
    let service = service().await;
    let form = |from: &Json| {
        let with = |form: Form, name: &str| {
            let value = &from[name];
            form.text(name, &value.as_str().map_or(value.to_string(), str::to_owned))
        };
        let form = Form::new().file("file", "a.txt", b"a");
        ["text", "short", "long", "tree", "bytes"].into_iter().fold(form, with)
    };
    let fits = json!({"text": text(MOST), "short": "éé", "long": text(4000), "tree": [1], "bytes": "AAAAAA=="});
    let answer = service.upload("/form", form(&fits)).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let tree = json!([text(MOST)]);
    let long = json!({"text": text(MOST + 1), "short": "ééé", "long": text(4001), "tree": tree, "bytes": "AAAAAAA="});
    let body = problem(&service.upload("/form", form(&long)).await, 422, "invalid_input");
    assert_eq!(fields(&body, &["text", "short", "long", "tree", "bytes"]), ["too_long"; 5]);
    // What stands in a form beside its files is no more than a body without files.
    let spaces = format!("{}[1]", " ".repeat(17 << 20));
    let answer = service.upload("/form", Form::new().text("text", "x").text("tree", &spaces)).await;
    problem(&answer, 413, "body_too_large");
    assert_eq!(files(&service), 1, "the one that was stored");
}

#[tokio::test]
async fn a_program_keeps_to_the_same_bounds() {
    let service = service().await;
    let app = &service.app;
    let refused = |error: Error, name: &str| {
        assert_eq!((error.status(), error.fields().len()), (422, 1), "{error:?}");
        assert_eq!((error.fields()[0].code, error.to_string().contains(name)), ("too_long", true), "{error:?}");
    };
    let made = Note::insert(app, NewNote { long: Some(text(4000)), ..new(&text(MOST)) }).await.expect("fits");
    refused(Note::insert(app, new(&text(MOST + 1))).await.err().expect("is too long"), "text");
    let long = NewNote { bytes: Some(Binary::from(vec![0; 5])), ..new("x") };
    refused(Note::insert(app, long).await.err().expect("is too long"), "bytes");
    let tree = NewNote { tree: Some(json!([text(MOST)])), ..new("x") };
    refused(Note::insert(app, tree).await.err().expect("is too long"), "tree");
    let changes = NoteChanges { short: Some(Some("123456".into())), ..NoteChanges::default() };
    refused(Note::update(app, made.id, changes).await.err().expect("is too long"), "short");
}

#[tokio::test]
async fn what_a_function_makes_is_bounded_too() {
    let service = service().await;
    let row = Note::insert(&service.app, new(&text(MOST))).await.expect("the failure is ignored");
    assert_eq!(row.twice, None);
    let failures = Note::failures(&service.app, row.id).await.expect("reads").expect("is there");
    assert_eq!(failures.len(), 1);
    assert!(failures[0].1.contains("is longer than 2000 bytes"), "{failures:?}");
    let answer = service.post("/notes", &json!({"text": "x", "short": "12345"})).await;
    let body = problem(&answer, 422, "function_failed");
    assert_eq!(body["detail"], "what is computed for column `exclaimed` is longer than 5 bytes");
    assert_eq!(fields(&body, &["exclaimed"]), ["function_failed"]);
    assert_eq!(service.post("/notes", &json!({"text": "x", "short": "1234"})).await.json()["exclaimed"], "1234!");
}

#[tokio::test]
async fn no_long_text_is_looked_for() {
    let service = service().await;
    Note::insert(&service.app, new(&"x".repeat(1024))).await.expect("fits");
    let (fits, long) = ("x".repeat(1024), "x".repeat(1025));
    let found = service.get(&format!("/search?text={fits}&start={fits}")).await;
    assert_eq!(found.json()["rows"].as_array().map(Vec::len), Some(1), "{}", found.text());
    let body = problem(&service.get(&format!("/search?text={long}")).await, 422, "invalid_input");
    assert_eq!(fields(&body, &["text"]), ["too_long"]);
    assert_eq!(body["errors"][0]["parameter"], "text");
    assert_eq!(body["errors"][0]["detail"], "is longer than 1 KiB: other texts are not searched for more");
    let body = problem(&service.post("/searched", &json!({"text": "x", "start": long})).await, 422, "invalid_input");
    assert_eq!(fields(&body, &["start"]), ["too_long"]);
    // What is looked for is no parameter.
    let body = problem(&service.post("/listed", &json!({"word": "x".repeat(600)})).await, 422, "invalid_input");
    assert_eq!(fields(&body, &["#"]), ["too_long"]);
    let error = Note::select().filter(Note::text.contains(long)).count(&service.app).await.expect_err("is too long");
    assert_eq!((error.status(), error.fields()[0].code), (422, "too_long"), "{error:?}");
}

#[tokio::test]
async fn keys_are_short_and_few() {
    let service = service().await;
    let key = |bytes: usize| "k".repeat(bytes);
    let answer = service.post("/notes", &json!({"text": "x", "tree": {"a": {key(1024): 1}}})).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    for tree in [json!({key(1025): 1}), json!([{"a": {key(1025): 1}}])] {
        let body = problem(&service.post("/notes", &json!({"text": "x", "tree": tree})).await, 422, "invalid_input");
        assert_eq!(fields(&body, &["tree"]), ["too_long"]);
        assert_eq!(body["errors"][0]["detail"], "has a key that is longer than 1 KiB");
        let error = Note::insert(&service.app, NewNote { tree: Some(tree), ..new("x") }).await.err();
        assert_eq!(error.expect("is refused").fields()[0].code, "too_long");
    }
    let body = problem(&service.post("/notes", &json!({"text": "x", key(1024): 1})).await, 422, "invalid_input");
    assert_eq!(fields(&body, &[&key(64)]), ["unknown_field"]);
    let body = problem(&service.post("/notes", &json!({"text": "x", key(1025): 1})).await, 422, "invalid_input");
    assert_eq!(fields(&body, &["#"]), ["too_long"]);

    // What stands behind the last key that is read is not looked at.
    let many = |keys: usize| {
        let keys: Vec<String> = (0..keys).map(|key| format!("\"k{key}\":1")).collect();
        format!("{{{},]", keys.join(","))
    };
    let answer = service.post_bytes("/notes", "application/json", many(1000)).await;
    problem(&answer, 400, "malformed_body");
    let body = problem(&service.post_bytes("/notes", "application/json", many(1001)).await, 422, "invalid_input");
    let errors = body["errors"].as_array().expect("a list");
    assert_eq!(errors.len(), 51, "those that are named, and why there are no more");
    assert_eq!(errors[50], json!({"pointer": "#", "code": "too_many", "detail": "has more than 1000 fields"}));
}
