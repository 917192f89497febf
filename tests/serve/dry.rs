//! `--dry-run`: what it prints, and that nothing is there afterwards that was not there before.

use serde_json::{Value, json};

use crate::folder;
use crate::tables::{MEDIA, MY_TABLE};

/// The page's first file, with a query that needs no function.
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

const DRY: &str = "pxt serve my-service --config service.toml --dry-run";

/// As the page has it.
const PRINTED: &str = "Service:  my-service
  Host:   0.0.0.0
  Port:   8000
Routes (2):
  [insert] /generate
  [query] /search
";

#[test]
fn it_prints_what_would_be_served() {
    let folder = folder(MY_TABLE).with("service.toml", SERVICE);
    let before = folder.files();
    let changes = "Changes of the database at a start (2):
  the database does not exist, and is made
  table `my_dir.my_table` is new
";
    assert_eq!(folder.run(DRY).printed(), format!("{PRINTED}{changes}"));
    let text = folder.run("pxt serve my-service --config service.toml --dry-run --json").printed().to_owned();
    let value: Value = serde_json::from_str(&text).expect("is one document");
    let tables = ["my_dir.my_table"];
    let generate = json!({"type": "insert", "method": "POST", "path": "/generate", "tables": tables,
                          "inputs": ["prompt"], "background": false});
    let search = json!({"type": "query", "method": "POST", "path": "/search", "tables": tables,
                        "inputs": ["prompt"], "background": false});
    let service = json!({"name": "my-service", "title": null, "prefix": "", "host": "0.0.0.0", "port": 8000,
                         "routes": [generate, search]});
    let changes = ["the database does not exist, and is made", "table `my_dir.my_table` is new"];
    assert_eq!(value, json!({"status": "valid", "service": service, "changes": changes}));
    assert_eq!(folder.files(), before);
}

#[test]
fn a_database_that_is_there_stays_as_it_is() {
    let folder = folder(MY_TABLE).with("service.toml", SERVICE);
    assert_eq!(folder.serve("pxt serve my-service --config service.toml").end("TERM").code, Some(0));
    let before = folder.files();
    assert!(before.keys().any(|path| path.ends_with("pxt-data/pxt.db")), "{:?}", before.keys());
    // Word for word the page's output.
    assert_eq!(folder.run(DRY).printed(), PRINTED);
    assert_eq!(folder.files(), before);
    // With something to change.
    folder.write("pxt.toml", &format!("{MY_TABLE}{MEDIA}"));
    let before = folder.files();
    let text = folder.run(DRY).printed().to_owned();
    assert!(text.ends_with("(2):\n  table `my_dir.images` is new\n  table `my_dir.videos` is new\n"), "{text}");
    assert_eq!(folder.files(), before);
}

#[test]
fn flags_stand_above_the_file() {
    let folder = folder(MY_TABLE).with("service.toml", SERVICE);
    let text = folder.run("pxt serve my-service --config service.toml --port 9000 --dry-run").printed().to_owned();
    assert!(text.starts_with("Service:  my-service\n  Host:   0.0.0.0\n  Port:   9000\nRoutes (2):\n"), "{text}");
    let line = "pxt serve my-service --config service.toml --host 127.0.0.1 --prefix /api --dry-run";
    let wanted = "Service:  my-service
  Host:   127.0.0.1
  Port:   8000
  Prefix: /api
Routes (2):
  [insert] /api/generate
  [query] /api/search
";
    let text = folder.run(line).printed().to_owned();
    assert!(text.starts_with(wanted), "{text}");
}

#[test]
fn one_endpoint() {
    let line = "pxt serve delete --table my_dir.my_table --path /delete --dry-run";
    let text = folder(MY_TABLE).run(line).printed().to_owned();
    assert!(text.starts_with("  Host:   0.0.0.0\n  Port:   8000\nRoutes (1):\n  [delete] /delete\n"), "{text}");
}

#[test]
fn places_that_cannot_be_used() {
    let folder = folder("").with("service.toml", SERVICE);
    let files = [
        ("[media]\nurl = \"service.toml\"\n", "error: media storage `service.toml` cannot be opened: "),
        ("[media]\nurl = \"service.toml/media\"\n", "error: media storage `service.toml/media` cannot be opened: "),
        ("[database]\nurl = \"service.toml/pxt.db\"\n", "error: the folder `"),
    ];
    for (settings, begin) in files {
        folder.write("pxt.toml", &format!("{settings}{MY_TABLE}"));
        let before = folder.files();
        let dry = folder.run(DRY);
        assert!(dry.refused(1).starts_with(begin), "{settings}: {}", dry.err);
        assert_eq!(folder.files(), before);
        let started = folder.run("pxt serve my-service --config service.toml --host 127.0.0.1 --port 0");
        assert!(started.refused(1).starts_with(begin), "{settings}: {}", started.err);
    }
}

#[test]
fn mistakes_are_those_of_a_start() {
    let folder = folder(MY_TABLE).with("service.toml", &SERVICE.replace("\"prompt\", \"result\"", "\"promt\""));
    let before = folder.files();
    let dry = folder.run(DRY);
    let text = dry.refused(1);
    assert!(text.contains("did you mean `prompt`?") && text.contains("--> service.toml:11:12\n"), "{text}");
    assert_eq!(folder.run("pxt serve my-service --config service.toml").refused(1), text);
    let json = folder.run("pxt serve my-service --config service.toml --dry-run --json");
    let value: Value = serde_json::from_str(json.refused(1)).expect("is one document");
    assert_eq!((&value["status"], &value["code"]), (&json!("error"), &json!("invalid_configuration")));
    let mistake = &value["mistakes"][0];
    assert_eq!((&mistake["file"], &mistake["line"]), (&json!("service.toml"), &json!(11)));
    assert_eq!(folder.files(), before);
}
