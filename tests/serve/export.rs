//! `export_sql`: its form is the pages', by flags and in a file; a start and a dry run hold it against the target.

use serde_json::{Value, json};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection};

use crate::folder;
use crate::process::Folder;
use crate::tables::MY_TABLE;

/// The guide's block, with neither a service nor a name, over another database.
const BLOCK: &str = r#"
[[routes]]
type = "insert"
table = "my_dir.my_table"
path = "/generate"
inputs = ["prompt"]
outputs = ["prompt", "result"]

[routes.export_sql]
db_connect = "sqlite:///analytics.db"
table = "generations"
# db_schema = "public"  # optional
# method = "insert"         # default; alternatives: "update", "merge"
"#;

const LINE: &str = r"pxt serve insert --table my_dir.my_table --path /generate \
  --inputs prompt --outputs prompt result \
  --export-sql-db-connect 'sqlite:///analytics.db' \
  --export-sql-table generations";

/// A server that is not there, with the guide's user and password.
const AWAY: &str = "postgresql+psycopg://user:pw@127.0.0.1:1/analytics";

const GENERATIONS: &str = "CREATE TABLE generations (prompt VARCHAR(255) PRIMARY KEY, result TEXT)";

/// The tables of the pages, and a database beside them.
fn with_target(tables: &str) -> Folder {
    let folder = folder(&MY_TABLE.replace("prompt = \"string\"", "prompt = { type = \"string\", max_bytes = 200 }"));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let options = SqliteConnectOptions::new().filename(folder.path("analytics.db")).create_if_missing(true);
    runtime.block_on(async {
        let mut connection: SqliteConnection = options.connect().await.expect("opens");
        sqlx::raw_sql(sqlx::AssertSqlSafe(tables)).execute(&mut connection).await.expect("is made");
        connection.close().await.expect("closes");
    });
    folder
}

/// The target as an absolute path, as it is shown.
fn shown(folder: &Folder) -> String {
    let path = folder.path("").canonicalize().expect("is there").join("analytics.db");
    format!("sqlite:///{}", path.display())
}

#[test]
fn in_a_file() {
    let folder = with_target(GENERATIONS).with("service.toml", BLOCK);
    let service = folder.serve("pxt serve --config service.toml");
    assert!(service.said.ends_with("  Routes: 1\n    POST /generate\n"), "{}", service.said);
}

#[test]
fn by_flags_and_dry() {
    let folder = with_target(GENERATIONS);
    let before = folder.files();
    for method in ["insert", "update", "merge"] {
        for delivery in ["request", "outbox"] {
            let line = format!("{LINE} --export-sql-method {method} --export-sql-delivery {delivery}");
            let ended = folder.run(&format!("{line} --dry-run"));
            let text = ended.printed();
            let shown = shown(&folder);
            let wanted = format!("    exported to {shown} generations, method {method}, delivery {delivery}\n");
            assert!(text.contains(&wanted), "{text}");
            let value: Value =
                serde_json::from_str(folder.run(&format!("{line} --dry-run --json")).printed()).expect("is JSON");
            let export = json!({"destination": format!("{shown} generations"), "method": method, "delivery": delivery, "checked": true});
            assert_eq!(value["service"]["routes"][0]["export"], export);
        }
    }
    let update = LINE.replace("serve insert", "serve update").replace("--inputs prompt", "--inputs tag");
    folder.run(&format!("{update} --dry-run")).printed();
    // Nothing is written anywhere.
    assert_eq!(folder.files(), before);
}

#[test]
fn what_is_away_is_named_without_its_password() {
    let folder = folder(MY_TABLE).with("service.toml", &BLOCK.replace("sqlite:///analytics.db", AWAY));
    let before = folder.files();
    let line = LINE.replace("sqlite:///analytics.db", AWAY);
    for line in [
        "pxt serve --config service.toml",
        "pxt serve --config service.toml --json",
        &line,
        &format!("{line} --dry-run --json"),
    ] {
        let ended = folder.run(line);
        let text = ended.refused(1);
        assert!(text.contains("postgresql://127.0.0.1:1/analytics"), "{text}");
        assert!(text.contains("see that it can be reached, or let rows wait for it by"), "{text}");
        assert!(!text.contains("user:pw") && !text.contains("pw@"), "{text}");
    }
    assert_eq!(folder.files(), before, "a start that is refused makes no database");
    let waiting = format!("{line} --export-sql-delivery outbox --dry-run");
    let ended = folder.run(&waiting);
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    let told =
        "The database that POST /generate is exported to cannot be reached, and is not checked: rows wait until it can";
    assert!(ended.out.contains(told) && !ended.out.contains("pw"), "{}", ended.out);
    assert!(!ended.err.contains("pw@"), "{}", ended.err);
}

#[test]
fn three_mistakes_of_three_routes_are_told_at_once() {
    let tables = "CREATE TABLE numbers (prompt BIGINT, result TEXT); CREATE TABLE prompts (prompt VARCHAR(255))";
    let route =
        |path: &str, table: &str| BLOCK.replace("/generate", path).replace("\"generations\"", &format!("\"{table}\""));
    let all = [route("/a", "generations"), route("/b", "numbers"), route("/c", "prompts")].concat();
    let folder = with_target(tables).with("service.toml", &all);
    let before = folder.files();
    for line in ["pxt serve --config service.toml", "pxt serve --config service.toml --dry-run"] {
        let ended = folder.run(line);
        let text = ended.refused(1);
        for wanted in
            ["there is no table `generations`", "numbers", "prompts", "`result`", "\n3 mistakes: nothing is served\n"]
        {
            assert!(text.contains(wanted), "{wanted} in {text}");
        }
    }
    assert_eq!(folder.files(), before);
}

#[test]
fn variables_keep_passwords_out_of_files_and_lines() {
    let settings = format!("env_file = \".env\"\n{MY_TABLE}");
    let password = "a/b$${c}@d";
    let env = format!("PASSWORD='{password}'\nTARGET='sqlite:///analytics.db'\n");
    let target = with_target(GENERATIONS);
    target
        .write("pxt.toml", &settings.replace("prompt = \"string\"", "prompt = { type = \"string\", max_bytes = 200 }"));
    target.write(".env", &env);
    target.run(&format!("{} --dry-run", LINE.replace("sqlite:///analytics.db", "${TARGET}"))).printed();
    target.write("service.toml", &BLOCK.replace("sqlite:///analytics.db", "${TARGET}"));
    target.run("pxt serve --config service.toml --dry-run").printed();

    let away = AWAY.replace("pw", "${PASSWORD}");
    target.write("service.toml", &BLOCK.replace("sqlite:///analytics.db", &away));
    let line = LINE.replace("sqlite:///analytics.db", &away);
    for line in ["pxt serve --config service.toml", &line] {
        let ended = target.run(line);
        assert!(!ended.refused(1).contains("a/b") && !ended.err.contains("c}"), "{}", ended.err);
    }
    let missing = LINE.replace("sqlite:///analytics.db", "sqlite:///${NO_SUCH}");
    let ended = target.run(&missing);
    let wanted =
        "error: the environment variable `NO_SUCH` is not set: set it, or write what stands in as `${NO_SUCH:-…}`\n";
    assert!(ended.refused(1).starts_with(wanted), "{}", ended.err);
}

#[test]
fn without_it_the_block_is_a_service() {
    let (routes, _) = BLOCK.split_once("[routes.export_sql]").expect("both are there");
    let folder = folder(MY_TABLE).with("service.toml", routes);
    let service = folder.serve("pxt serve --config service.toml");
    assert!(service.said.ends_with("  Routes: 1\n    POST /generate\n"), "{}", service.said);
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
