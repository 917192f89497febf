//! The command structure: version, help, and what is no command.

use serde_json::Value;

use crate::folder;
use crate::tables::MY_TABLE;

#[test]
fn version() {
    let version = format!("pxt {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(folder("").run("pxt --version").printed(), version);
}

#[test]
fn help() {
    let folder = folder("");
    let ended = folder.run("pxt --help");
    assert!(["Usage: pxt ", "\n  serve "].iter().all(|part| ended.printed().contains(part)), "{}", ended.out);
    let ended = folder.run("pxt serve --help");
    let commands = ["insert", "update", "delete", "query"].map(|command| format!("\n  {command} "));
    let flags = ["--host", "--port", "--prefix", "--config", "--dry-run", "--json"].map(str::to_owned);
    for part in commands.iter().chain(&flags) {
        assert!(ended.printed().contains(part.as_str()), "{part} in {}", ended.out);
    }
}

/// Every flag of the page's tables.
#[test]
fn flags() {
    let of = |command: &str| folder("").run(&format!("pxt serve {command} --help")).printed().to_owned();
    let export = [
        "--export-sql-db-connect",
        "--export-sql-table",
        "--export-sql-db-schema",
        "--export-sql-method",
        "--export-sql-delivery",
    ];
    let insert =
        ["--table", "--path", "--inputs", "--uploadfile-inputs", "--outputs", "--return-fileresponse", "--background"];
    let update = ["--table", "--path", "--inputs", "--outputs", "--return-fileresponse", "--background"];
    let delete = ["--table", "--path", "--match-columns", "--background"];
    let query = [
        "--query",
        "--path",
        "--inputs",
        "--uploadfile-inputs",
        "--one-row",
        "--return-fileresponse",
        "--background",
        "--method",
    ];
    let all = [
        ("insert", &insert[..], &export[..]),
        ("update", &update, &export),
        ("delete", &delete, &[]),
        ("query", &query, &[]),
    ];
    for (command, flags, more) in all {
        let help = of(command);
        for flag in flags.iter().chain(more) {
            assert!(help.contains(&format!("{flag} ")) || help.contains(&format!("{flag}\n")), "{flag} in {help}");
        }
    }
}

#[test]
fn deploy_is_no_command_yet() {
    let folder = folder("");
    let ended = folder.run("pxt deploy production");
    let text = ended.refused(2);
    assert!(text.contains("'deploy'") && text.contains("Usage: pxt "), "{text}");
    let ended = folder.run("pxt deploy production --json");
    let value: Value = serde_json::from_str(ended.refused(2)).expect("is one document");
    assert_eq!(value["status"], "error");
}

#[test]
fn what_is_wrong_usage() {
    let folder = folder(MY_TABLE);
    let insert = "pxt serve insert --table my_dir.my_table";
    let lines = [
        // Required flags.
        insert.to_owned(),
        "pxt serve insert --path /generate".to_owned(),
        "pxt serve update --path /update".to_owned(),
        "pxt serve delete --table my_dir.my_table".to_owned(),
        "pxt serve query --path /search".to_owned(),
        "pxt serve query --query myapp.queries.search_docs".to_owned(),
        // Flags that exclude one another.
        format!("{insert} --path /generate --background --return-fileresponse"),
        "pxt serve update --table my_dir.my_table --path /update --background --return-fileresponse".to_owned(),
        "pxt serve query --query a.b --path /search --background --return-fileresponse".to_owned(),
        // Values that are none.
        "pxt serve query --query a.b --path /search --method put".to_owned(),
        format!("{insert} --path /generate --port many"),
        format!("{insert} --path /generate --export-sql-db-connect x --export-sql-table y --export-sql-method append"),
        // A flag that belongs to another command.
        "pxt serve delete --table my_dir.my_table --path /delete --outputs prompt".to_owned(),
    ];
    let before = folder.files();
    for line in lines {
        let text = folder.run(&line).refused(2).to_owned();
        assert!(text.starts_with("error: "), "{line}: {text}");
    }
    assert_eq!(folder.files(), before);
}
