//! How a service starts: as lines and as JSON, with a prefix, on IPv6, and with what `[service]` may say.

use std::net::TcpListener;

use serde_json::{Value, json};

use crate::client::Client;
use crate::folder;
use crate::tables::MY_TABLE;

const SERVICE: &str = r#"
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
table = "my_dir/my_table"
match_columns = ["prompt"]
"#;

#[test]
fn lines() {
    let service = folder(MY_TABLE).with("service.toml", SERVICE).serve("pxt serve my-service --config service.toml");
    assert_eq!(
        service.said,
        "Starting pxt service: my-service
  Bound to 127.0.0.1:8000
  Listening on http://127.0.0.1:8000
  API docs at http://127.0.0.1:8000/docs
  Routes: 2
    POST /generate
    POST /search
"
    );
}

#[test]
fn json() {
    let folder = folder(MY_TABLE).with("service.toml", SERVICE);
    let service = folder.serve("pxt serve my-service --config service.toml --json");
    let said: Value = serde_json::from_str(&service.said).expect("is one document");
    let (url, docs) = ("http://127.0.0.1:8000", "http://127.0.0.1:8000/docs");
    let wanted = json!({"status": "starting", "host": "127.0.0.1", "port": 8000, "url": url, "docs_url": docs,
                        "routes": 2});
    assert_eq!(said, wanted);
    Client::of(&service).post("/generate", r#"{"prompt": "a"}"#).json(200);
    let ended = service.end("TERM");
    // One document and nothing else, to the end; the log is elsewhere.
    assert_eq!(ended.out.lines().count(), 1, "{}", ended.out);
    assert!(ended.err.contains(" INFO pxt_runtime::"), "{}", ended.err);
}

#[test]
fn a_prefix() {
    let service = folder(MY_TABLE)
        .with("service.toml", SERVICE)
        .serve("pxt serve my-service --config service.toml --prefix /api --port 9000");
    assert!(service.said.ends_with("    POST /api/generate\n    POST /api/search\n"), "{}", service.said);
    let client = Client::of(&service);
    client.post("/api/generate", r#"{"prompt": "a"}"#).json(200);
    assert_eq!(client.post("/generate", r#"{"prompt": "a"}"#).status, 404);
    // The service's own paths stay where they are.
    assert_eq!(client.get("/docs").status, 200);
}

#[test]
fn on_ipv6() {
    if TcpListener::bind("[::1]:0").is_err() {
        // A machine without IPv6: how addresses are written is tested beside the code.
        return;
    }
    let service =
        folder(MY_TABLE).serve_on("::1", "pxt serve insert --table my_dir.my_table --path /generate --inputs prompt");
    assert!(service.said.starts_with("  Bound to [::1]:8000\n  Listening on http://[::1]:8000\n"), "{}", service.said);
    Client::of(&service).post("/generate", r#"{"prompt": "a"}"#).json(200);
}

#[test]
fn what_service_may_say() {
    let file = r#"
[service]
title = "Prompts"
prefix = "/api"
host = "127.0.0.2"
port = 8123

[[service.routes]]
type = "insert"
table = "my_dir/my_table"
path = "/generate"
"#;
    let folder = folder(MY_TABLE).with("service.toml", file);
    let dry = folder.run("pxt serve --config service.toml --dry-run").printed().to_owned();
    let wanted = "  Host:   127.0.0.2
  Port:   8123
  Prefix: /api
Routes (1):
  [insert] /api/generate
";
    assert!(dry.starts_with(wanted), "{dry}");
    let service = folder.serve("pxt serve --config service.toml");
    let client = Client::of(&service);
    assert_eq!(client.get("/openapi.json").json(200)["info"]["title"], "Prompts");
    client.post("/api/generate", r#"{"prompt": "a", "tag": "b"}"#).json(200);
}

#[test]
fn a_prefix_without_its_slash() {
    let folder = folder(MY_TABLE).with("service.toml", SERVICE);
    let text = folder.run("pxt serve my-service --config service.toml --prefix api").refused(1).to_owned();
    assert_eq!(text, "error: a prefix starts with `/`: write \"/api\"\n\none mistake: nothing is served\n");
}
