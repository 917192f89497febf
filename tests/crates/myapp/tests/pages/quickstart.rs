//! The quick starts of both pages: a service of the project's own file, and one of a file for itself.

use serde_json::{Value, json};

use crate::client::Client;
use crate::{fill, folder};

/// `pyproject.toml` of the guide; Rust's is `Cargo.toml`, and its place for other programs `package.metadata`.
const MANIFEST: &str = r#"
# Cargo.toml
[[package.metadata.pxt.service]]
name = "my-service"
port = 8000
modules = ["schema"]   # modules that have to be linked in

[[package.metadata.pxt.service.routes]]
type = "insert"
table = "my_dir.my_table"
path = "/insert"
inputs = ["prompt"]
outputs = ["prompt", "result"]
"#;

/// Of the page on the command line.
const SERVICE: &str = r#"
# service.toml
[[service]]
name = "my-service"
port = 8000

[[service.routes]]
type = "insert"
table = "my_dir/my_table"
path = "/generate"
inputs = ["prompt"]
outputs = ["prompt", "result"]

[[service.routes]]
type = "query"
path = "/search"
query = "myapp.queries.search_docs"
"#;

#[test]
fn the_manifest() {
    let folder = folder().with("Cargo.toml", MANIFEST);
    let service = folder.serve("pxt serve my-service");
    let client = Client::of(&service);
    let answer = client.post("/insert", r#"{"prompt": "a sunset over the ocean"}"#).json(200);
    assert_eq!(answer, json!({"prompt": "a sunset over the ocean", "result": "A SUNSET OVER THE OCEAN"}));
    assert_eq!(client.get("/docs").status, 200);
}

#[test]
fn a_module_that_is_not_there() {
    let folder = folder().with("Cargo.toml", &MANIFEST.replace("\"schema\"", "\"shema\""));
    let text = folder.run("pxt serve my-service").refused(1).to_owned();
    assert!(text.starts_with("error: no module `shema` that declares a table"), "{text}");
    assert!(text.contains("--> Cargo.toml:6:12\n"), "{text}");
}

#[test]
fn a_file_for_itself() {
    let folder = folder().with("service.toml", SERVICE);
    fill(&folder, "docs", &[r#"{"text": "hello world", "score": 0.95}"#, r#"{"text": "goodbye", "score": 0.9}"#]);
    let service = folder.serve("pxt serve my-service --config service.toml");
    // Behind a route stands where its function is, whose line may change.
    let (said, place) = service.said.rsplit_once("  (").expect("one is of a function");
    assert!(place.contains("src/queries.rs:"), "{place}");
    assert_eq!(
        said,
        "Starting pxt service: my-service
  Bound to 127.0.0.1:8000
  Listening on http://127.0.0.1:8000
  API docs at http://127.0.0.1:8000/docs
  Routes: 2
    POST /generate
    POST /search"
    );
    let client = Client::of(&service);
    let answer = client.post("/generate", r#"{"prompt": "a sunset over the ocean"}"#).json(200);
    assert_eq!(answer, json!({"prompt": "a sunset over the ocean", "result": "A SUNSET OVER THE OCEAN"}));
    let found = client.post("/search", r#"{"query_text": "hello"}"#).json(200);
    assert_eq!(found, json!({"rows": [{"id": 1, "text": "hello world", "score": 0.95}]}));
}

#[test]
fn without_a_start() {
    let folder = folder().with("service.toml", SERVICE);
    // So that nothing is left to change, which would be told as well.
    fill(&folder, "docs", &[]);
    let line = "pxt serve my-service --config service.toml --dry-run";
    let page = "Service:  my-service
  Host:   0.0.0.0
  Port:   8000
Routes (2):
  [insert] /generate
  [query] /search
";
    assert_eq!(folder.run(line).printed(), page);
    let value: Value = serde_json::from_str(folder.run(&format!("{line} --json")).printed()).expect("is one document");
    let (status, routes) = (&value["status"], value["service"]["routes"].as_array().expect("a list"));
    assert_eq!((status, routes.len(), &value["changes"]), (&json!("valid"), 2, &json!([])));
}

#[test]
fn as_json() {
    let folder = folder().with("service.toml", SERVICE);
    let service = folder.serve("pxt serve my-service --config service.toml --json");
    let said: Value = serde_json::from_str(&service.said).expect("is one document");
    assert_eq!((&said["status"], &said["port"], &said["routes"]), (&json!("starting"), &json!(8000), &json!(2)));
}

/// `modules` of a file's only service, above it as in the guide.
#[test]
fn modules() {
    let file = SERVICE
        .replace("[[service]]\nname = \"my-service\"\nport = 8000", "modules = [\"myapp.queries\", \"myapp.udfs\"]");
    let folder = folder().with("service.toml", &file);
    assert!(folder.serve("pxt serve --config service.toml").said.contains("  Routes: 2\n"));
    folder.write("service.toml", &file.replace("myapp.udfs", "myapp.udf"));
    let text = folder.run("pxt serve --config service.toml").refused(1).to_owned();
    assert!(text.contains("no module `myapp.udf` ") && text.contains("did you mean `myapp.udfs`?"), "{text}");
}

/// Tables of a file are those of the program `pxt`; an application has its own.
#[test]
fn tables_of_a_file() {
    let folder = folder().with("pxt.toml", "[[table]]\nname = \"docs\"\n");
    let text = folder.run("pxt serve delete --table docs --path /delete").refused(1).to_owned();
    assert!(text.starts_with("error: this program declares its tables in Rust"), "{text}");
}
