//! Query routes: the commands of one endpoint, and the guide's blocks.

use serde_json::json;

use crate::client::Client;
use crate::{fill, folder};

const ALICE: &str = r#"{"id": 42, "name": "Alice", "email": "alice@example.com"}"#;

const SEARCH: &str = r#"
[[service.routes]]
type = "query"
path = "/search"
query = "myapp.queries.search_docs"
"#;

const LOOKUP: &str = r#"
[[service.routes]]
type = "query"
path = "/lookup"
query = "myapp.queries.lookup_by_id"
one_row = true
method = "get"
"#;

#[test]
fn search() {
    let folder = folder().with("service.toml", SEARCH);
    let rows = [r#"{"text": "hello", "score": 0.5}"#, r#"{"text": "hello world", "score": 0.95}"#];
    fill(&folder, "docs", &rows);
    let found =
        json!({"rows": [{"id": 2, "text": "hello world", "score": 0.95}, {"id": 1, "text": "hello", "score": 0.5}]});
    for line in ["pxt serve query --query myapp.queries.search_docs --path /search", "pxt serve --config service.toml"]
    {
        let service = folder.serve(line);
        assert!(service.said.contains("  Routes: 1\n    POST /search  ("), "{}", service.said);
        let answer = Client::of(&service).post("/search", r#"{"query_text": "hello"}"#);
        assert_eq!(answer.json(200), found, "{line}");
    }
}

#[test]
fn lookup() {
    let folder = folder().with("service.toml", LOOKUP);
    fill(&folder, "people", &[ALICE]);
    let single = r"pxt serve query --query myapp.queries.lookup_by_id --path /lookup \
  --one-row --method get";
    for line in [single, "pxt serve --config service.toml"] {
        let service = folder.serve(line);
        assert!(service.said.contains("  Routes: 1\n    GET /lookup  ("), "{}", service.said);
        let client = Client::of(&service);
        let alice: serde_json::Value = serde_json::from_str(ALICE).expect("is JSON");
        assert_eq!(client.get("/lookup?id=42").json(200), alice, "{line}");
        assert_eq!(client.get("/lookup?id=43").json(404)["status"], 404);
        assert_eq!(client.post("/lookup", r#"{"id": 42}"#).status, 405);
    }
}

#[test]
fn one_row_of_several() {
    let folder = folder();
    fill(&folder, "docs", &[r#"{"text": "a", "score": 1}"#, r#"{"text": "a", "score": 2}"#]);
    let line = "pxt serve query --query myapp.queries.search_docs --path /search --inputs query_text --one-row";
    assert_eq!(Client::of(&folder.serve(line)).post("/search", r#"{"query_text": "a"}"#).json(409)["status"], 409);
}

#[test]
fn in_the_background() {
    let folder = folder();
    fill(&folder, "docs", &[r#"{"text": "hello", "score": 1}"#]);
    let line = "pxt serve query --query myapp.queries.search_docs --path /search --background";
    let service = folder.serve(line);
    let client = Client::of(&service);
    let answer = client.post("/search", r#"{"query_text": "hello"}"#).json(202);
    let job = client.get(answer["job_url"].as_str().expect("an address")).json(200);
    assert_eq!(job["status"], "done");
    assert_eq!(job["result"]["rows"], json!([{"id": 1, "text": "hello", "score": 1.0}]));
}

#[test]
fn one_that_is_not_there() {
    let line = "pxt serve query --query myapp.queries.search_doc --path /search";
    let text = folder().run(line).refused(1).to_owned();
    assert!(text.contains("`myapp.queries.search_doc`") && text.contains("search_docs`?"), "{text}");
}
