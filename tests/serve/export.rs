//! `export_sql`: its form is the pages', by flags and in a file, and a start that would have to perform it says that it does not.

use serde_json::{Value, json};

use crate::folder;
use crate::tables::MY_TABLE;

/// The guide's block, with neither a service nor a name.
const BLOCK: &str = r#"
[[routes]]
type = "insert"
table = "my_dir.my_table"
path = "/generate"
inputs = ["prompt"]
outputs = ["prompt", "result"]

[routes.export_sql]
db_connect = "postgresql+psycopg://user:pw@host/analytics"
table = "generations"
# db_schema = "public"  # optional
# method = "insert"         # default; alternatives: "update", "merge" (not yet supported)
"#;

const LINE: &str = r"pxt serve insert --table my_dir.my_table --path /generate \
  --inputs prompt --outputs prompt result \
  --export-sql-db-connect 'postgresql+psycopg://user:pw@host/analytics' \
  --export-sql-table generations";

const REFUSED: &str = "`export_sql` is declared, and nothing here performs it: remove it";

#[test]
fn in_a_file() {
    let folder = folder(MY_TABLE).with("service.toml", BLOCK);
    let text = folder.run("pxt serve --config service.toml").refused(1).to_owned();
    assert!(text.starts_with(&format!("error: {REFUSED}\n")) && text.contains("--> service.toml:"), "{text}");
    assert!(text.ends_with("\none mistake: nothing is served\n"), "{text}");
}

#[test]
fn without_it_the_block_is_a_service() {
    let (routes, _) = BLOCK.split_once("[routes.export_sql]").expect("both are there");
    let folder = folder(MY_TABLE).with("service.toml", routes);
    let service = folder.serve("pxt serve --config service.toml");
    assert!(service.said.ends_with("  Routes: 1\n    POST /generate\n"), "{}", service.said);
}

#[test]
fn by_flags() {
    let folder = folder(MY_TABLE);
    let before = folder.files();
    let text = folder.run(LINE).refused(1).to_owned();
    assert!(text.starts_with(&format!("error: {REFUSED}\n")), "{text}");
    // The password of the command line is not shown again.
    assert!(!text.contains("user:pw"), "{text}");
    let ended = folder.run(&format!("{LINE} --dry-run --json"));
    let value: Value = serde_json::from_str(ended.refused(1)).expect("is one document");
    assert_eq!((&value["code"], &value["mistakes"][0]["message"]), (&json!("invalid_configuration"), &json!(REFUSED)));
    assert_eq!(folder.files(), before);
}

#[test]
fn every_flag_is_known() {
    let folder = folder(MY_TABLE);
    for method in ["insert", "update", "merge"] {
        let line = format!("{LINE} --export-sql-db-schema public --export-sql-method {method}");
        assert!(folder.run(&line).refused(1).starts_with(&format!("error: {REFUSED}\n")));
    }
    let update = LINE.replace("serve insert", "serve update").replace("/generate", "/update");
    assert!(folder.run(&update).refused(1).starts_with(&format!("error: {REFUSED}\n")));
}

#[test]
fn what_excludes_it_is_wrong_usage() {
    let folder = folder(MY_TABLE);
    let connect = " --export-sql-db-connect 'postgresql+psycopg://user:pw@host/analytics'";
    let table = " --export-sql-table generations";
    let begin = LINE.split(" --export").next().expect("is there").trim_end_matches("\\\n ");
    for line in [format!("{LINE} --return-fileresponse"), format!("{begin}{connect}"), format!("{begin}{table}")] {
        folder.run(&line).refused(2);
    }
}
