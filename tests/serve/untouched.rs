//! Databases that a dry run and `config show` look at, and leave as they are: one of another program, one whose service was killed,
//! and one whose service runs.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::json;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection};

use crate::client::Client;
use crate::folder;
use crate::process::Folder;
use crate::tables::MY_TABLE;

const INSERT: &str = "pxt serve insert --table my_dir.my_table --path /generate --inputs prompt";

/// A table that another program made, in a file without a write-ahead log.
fn make_notes(folder: &Folder) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let options = SqliteConnectOptions::new().filename(folder.path("notes.db")).create_if_missing(true);
    runtime.block_on(async {
        let mut connection: SqliteConnection = options.connect().await.expect("opens");
        let text = "CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL); INSERT INTO notes VALUES (1, 'a')";
        sqlx::raw_sql(text).execute(&mut connection).await.expect("is made");
        connection.close().await.expect("closes");
    });
}

const NOTES: &str = r#"
[database]
url = "sqlite://notes.db"

[[table]]
name = "notes"
adopt = true
"#;

#[test]
fn of_another_program() {
    let folder = folder(NOTES);
    make_notes(&folder);
    let before = folder.files();
    let line = "pxt serve insert --table notes --path /notes --inputs text --outputs id text";
    let wanted = "  Host:   0.0.0.0
  Port:   8000
Routes (1):
  [insert] /notes
Changes of the database at a start (1):
  table `notes` is adopted
";
    assert_eq!(folder.run(&format!("{line} --dry-run")).printed(), wanted);
    assert!(folder.run("pxt config show").printed().contains("database.url = \"sqlite://notes.db\""));
    // What is not adopted is refused as a start refuses it.
    folder.write("pxt.toml", &NOTES.replace("adopt = true", ""));
    let dry = folder.run(&format!("{line} --dry-run"));
    let text = dry.refused(1);
    assert!(text.contains("pxt did not make it: write `adopt = true`"), "{text}");
    folder.write("pxt.toml", NOTES);
    assert_same(&folder.files(), &before);

    let service = folder.serve(line);
    let answer = Client::of(&service).post("/notes", r#"{"text": "b"}"#).json(200);
    assert_eq!(answer, json!({"id": 2, "text": "b"}));
}

/// Whether the same files have the same bytes. Their names alone are shown.
fn assert_same(after: &BTreeMap<PathBuf, Vec<u8>>, before: &BTreeMap<PathBuf, Vec<u8>>) {
    let paths = || after.keys().chain(before.keys());
    let changed: Vec<_> = paths().filter(|path| after.get(*path) != before.get(*path)).collect();
    assert!(changed.is_empty(), "{changed:?}");
}

/// What is kept, but for the index that readers of a write-ahead log share.
fn kept(folder: &Folder) -> BTreeMap<PathBuf, Vec<u8>> {
    folder.files().into_iter().filter(|(path, _)| path.extension().is_none_or(|name| name != "db-shm")).collect()
}

/// SQL over a view of another program, beside a table that a start would make.
#[test]
fn sql_over_what_is_there_and_what_is_not() {
    let file = format!(
        "[database]\nurl = \"sqlite://notes.db\"\nauto_migrate = {{}}\n{MY_TABLE}
[[service]]
name = \"notes\"
[[service.routes]]
type = \"query\"
path = \"/notes\"
method = \"get\"
sql = 'SELECT n.text, t.result FROM notes AS n LEFT JOIN \"my_dir.my_table\" AS t ON t.prompt = n.text'
"
    );
    let folder = folder(&file.replace("{}", "true"));
    make_notes(&folder);
    let before = folder.files();
    let printed = folder.run("pxt serve notes --dry-run");
    assert!(printed.printed().contains("  table `my_dir.my_table` is new\n"), "{}", printed.printed());
    folder.write("pxt.toml", &file.replace("{}", "true").replace("n.text, t.result", "n.txt"));
    let wrong = folder.run("pxt serve notes --dry-run");
    assert!(wrong.refused(1).contains("no such column: n.txt"), "{}", wrong.err);
    folder.write("pxt.toml", &file.replace("{}", "true"));
    assert_same(&folder.files(), &before);

    // Once a start has made the table, no start has to change anything.
    drop(folder.serve("pxt serve notes"));
    folder.write("pxt.toml", &file.replace("{}", "false"));
    let current = folder.run("pxt serve notes --dry-run");
    assert!(!current.printed().contains("Changes"), "{}", current.printed());
}

#[test]
fn while_a_service_runs_and_after_it_was_killed() {
    let folder = folder(MY_TABLE);
    let service = folder.serve(INSERT);
    Client::of(&service).post("/generate", r#"{"prompt": "a"}"#).json(200);
    let before = kept(&folder);
    let log = folder.path("pxt-data/pxt.db-wal");
    assert!(before.get(&log).is_some_and(|log| !log.is_empty()), "{:?}", before.keys());
    let dry = format!("{INSERT} --dry-run");
    let printed = "  Host:   0.0.0.0\n  Port:   8000\nRoutes (1):\n  [insert] /generate\n";
    assert_eq!(folder.run(&dry).printed(), printed);
    assert_same(&kept(&folder), &before);
    drop(service);
    assert_eq!(folder.run(&dry).printed(), printed);
    assert_same(&kept(&folder), &before);
    let service = folder.serve(INSERT);
    assert_eq!(Client::of(&service).post("/generate", r#"{"prompt": "b"}"#).json(200)["id"], 2);
}

#[test]
fn what_is_no_database() {
    let folder = folder(MY_TABLE);
    folder.write("pxt.toml", &format!("[database]\nurl = \"notes.txt\"\n{MY_TABLE}"));
    folder.write(
        "notes.txt",
        "This is no database, and long enough to see it: a header of SQLite has a hundred bytes, say.",
    );
    let before = folder.files();
    let text = folder.run(&format!("{INSERT} --dry-run")).refused(1).to_owned();
    assert!(text.contains("notes.txt` is not a SQLite database: write another path"), "{text}");
    assert_eq!(folder.run(INSERT).refused(1), text);
    assert_same(&folder.files(), &before);
}
