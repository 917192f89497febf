//! Routes that attributes declare, as in the guide's section on decorators, beside those of a file, and left out by one.

use serde_json::json;

use crate::client::Client;
use crate::process::Folder;

const FILE: &str = r#"
[[service]]
name = "my-service"

[[service.routes]]
type = "delete"
table = "my_dir.my_table"
path = "/delete"
"#;

fn folder() -> Folder {
    Folder::new(env!("CARGO_BIN_EXE_decorated")).with("service.toml", FILE)
}

#[test]
fn what_they_answer() {
    let folder = folder();
    let service = folder.serve("pxt serve");
    // Whoever starts a program sees where the functions stand.
    let lines: Vec<&str> = service.said.lines().skip(3).collect();
    assert_eq!(lines[0], "  Routes: 2");
    assert!(lines[1].starts_with("    POST /generate  (") && lines[1].contains("decorated.rs:"), "{lines:?}");
    assert!(lines[2].starts_with("    POST /update  ("), "{lines:?}");
    let answer = Client::of(&service).post("/generate", r#"{"prompt": "a sunset over the ocean, at noon"}"#);
    assert_eq!(answer.json(200), json!({"caption": "a picture of a sunset over the ocean, at noon", "score": 0.143}));
}

#[test]
fn beside_those_of_a_file() {
    let folder = folder();
    let said = folder.serve("pxt serve my-service --config service.toml").said.clone();
    assert!(said.contains("  Routes: 3\n    POST /delete\n    POST /generate  ("), "{said}");
}

#[test]
fn left_out() {
    let folder = folder();
    folder
        .write("service.toml", &FILE.replace("\n\n[[service.routes", "\nattribute_routes = false\n\n[[service.routes"));
    let service = folder.serve("pxt serve my-service --config service.toml");
    assert!(service.said.ends_with("  Routes: 1\n    POST /delete\n"), "{}", service.said);
    assert_eq!(Client::of(&service).post("/generate", r#"{"prompt": "a"}"#).status, 404);
}

#[test]
fn not_beside_a_single_endpoint() {
    let folder = folder();
    let said = folder.serve("pxt serve delete --table my_dir.my_table --path /delete").said.clone();
    assert!(said.ends_with("  Routes: 1\n    POST /delete\n"), "{said}");
}
