//! Which service of which file: several in one, the only one, one that is not there, and one in `Cargo.toml`.

use serde_json::{Value, json};

use crate::client::Client;
use crate::folder;
use crate::tables::MY_TABLE;

const ROUTE: &str = r#"
[[service.routes]]
type = "insert"
table = "my_dir/my_table"
path = "/generate"
"#;

#[test]
fn several_in_one_file() {
    let file =
        format!("[[service]]\nname = \"first\"\n{ROUTE}\n[[service]]\nname = \"second\"\nprefix = \"/v2\"\n{ROUTE}");
    let folder = folder(MY_TABLE).with("service.toml", &file);
    let service = folder.serve("pxt serve second --config service.toml");
    assert!(service.said.starts_with("Starting pxt service: second\n"), "{}", service.said);
    assert!(service.said.ends_with("  Routes: 1\n    POST /v2/generate\n"), "{}", service.said);
    assert_eq!(service.end("TERM").code, Some(0));
    let service = folder.serve("pxt serve first --config service.toml");
    assert!(service.said.ends_with("  Routes: 1\n    POST /generate\n"), "{}", service.said);
    assert_eq!(Client::of(&service).get("/openapi.json").json(200)["info"]["title"], "first");
}

#[test]
fn one_that_is_not_there() {
    let file = format!("[[service]]\nname = \"first\"\n{ROUTE}\n[[service]]\nname = \"second\"\n{ROUTE}");
    let folder = folder(MY_TABLE).with("service.toml", &file);
    let error = |line: &str| folder.run(line).refused(1).lines().next().unwrap_or_default().to_owned();
    let third = error("pxt serve my-service --config service.toml");
    assert_eq!(third, "error: there is no service `my-service`; there are `first`, `second`");
    assert_eq!(
        error("pxt serve frist --config service.toml"),
        "error: there is no service `frist`; did you mean `first`?"
    );
    // Without the file.
    let none = error("pxt serve my-service");
    assert!(none.starts_with("error: there is no service `my-service`, nor any other: declare it"), "{none}");
    let ended = folder.run("pxt serve my-service --config service.toml --json");
    let value: Value = serde_json::from_str(ended.refused(1)).expect("is one document");
    let message = json!("there is no service `my-service`; there are `first`, `second`");
    assert_eq!((&value["status"], &value["message"]), (&json!("error"), &message));
}

#[test]
fn without_a_name() {
    let file = format!("[[service]]\nname = \"first\"\n{ROUTE}\n[[service]]\nname = \"second\"\n{ROUTE}");
    let folder = folder(MY_TABLE).with("service.toml", &file);
    let before = folder.files();
    let several = "error: which service is to be served? There are `first`, `second`: write `serve first`\n";
    assert_eq!(folder.run("pxt serve --config service.toml").refused(1), several);
    let ended = folder.run("pxt serve");
    assert!(ended.refused(1).starts_with("error: there is nothing to serve: declare a service as `[[service]]`"));
    folder.write("service.toml", "[[service]]\nname = \"empty\"\n");
    let empty = "error: service `empty` has no route: give it some as `[[service.routes]]`\n";
    assert_eq!(folder.run("pxt serve empty --config service.toml --dry-run").refused(1), empty);
    // Nothing was made for what is not served.
    folder.write("service.toml", &file);
    assert_eq!(folder.files(), before);
}

#[test]
fn the_only_one_may_have_a_name() {
    let folder = folder(MY_TABLE).with("service.toml", &format!("[service]\nname = \"my-service\"\n{ROUTE}"));
    let named = folder.serve("pxt serve my-service --config service.toml").said.clone();
    assert!(named.starts_with("Starting pxt service: my-service\n"), "{named}");
    assert_eq!(folder.serve("pxt serve --config service.toml").said, named);
}

#[test]
fn in_the_manifest() {
    let manifest =
        format!("[package]\nname = \"x\"\n\n[[package.metadata.pxt.service]]\nname = \"my-service\"\n{ROUTE}");
    let manifest = manifest.replace("[[service.routes]]", "[[package.metadata.pxt.service.routes]]");
    let service = folder(MY_TABLE).with("Cargo.toml", &manifest).serve("pxt serve my-service");
    Client::of(&service).post("/generate", r#"{"prompt": "a"}"#).json(200);
}

#[test]
fn modules_of_rust_are_not_in_pxt() {
    // As the guide writes them: at the top of a file, above a service.
    let file = format!("modules = [\"myapp.queries\", \"myapp.udfs\"]\n{ROUTE}");
    let text =
        folder(MY_TABLE).with("service.toml", &file).run("pxt serve --config service.toml").refused(1).to_owned();
    for module in ["myapp.queries", "myapp.udfs"] {
        assert!(text.contains(&format!("no module `{module}` is linked into this program")), "{text}");
    }
    assert!(text.contains("service.toml:1:12\n") && text.ends_with("\n2 mistakes: nothing is served\n"), "{text}");
}
