//! `export_sql`, up to the start: what is declared by attributes and by the builder is held against the target, all at once.

use pxt::testing::{TestDatabase, TestService};
use pxt::{App, Config, Delivery, ExportMethod, Insert, Result, Routes, Service, SqlExport, Update};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection};
use tempfile::TempDir;

/// Routes by the builder.
mod built {
    #[derive(pxt::Table)]
    #[table(name = "notes")]
    pub(super) struct Note {
        #[column(primary_key, auto)]
        pub(super) id: i64,
        #[column(max_bytes = 40)]
        pub(super) title: String,
        pub(super) stars: Option<i64>,
        #[column(computed = pxt::functions::string::len(title))]
        pub(super) length: i64,
    }
    pxt::schema![Note];
}

/// Routes by attributes, whose database a variable names.
mod attributes {
    use serde::Serialize;

    #[derive(pxt::Table)]
    #[table(name = "notes")]
    pub(super) struct Note {
        #[column(primary_key, auto)]
        pub(super) id: i64,
        pub(super) title: String,
    }
    pxt::schema![Note];

    #[derive(Serialize, schemars::JsonSchema)]
    struct Told {
        title: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        length: Option<u32>,
    }

    #[pxt::insert_route(
        table = "notes",
        schema = crate::export::attributes,
        path = "/told",
        export_sql(db_connect = "${PXT_TEST_TARGET}", table = "told")
    )]
    fn told(title: String) -> Told {
        Told { length: u32::try_from(title.len()).ok(), title }
    }
}

/// Routes by attributes that are wrong.
mod wrong {
    #[derive(pxt::Table)]
    #[table(name = "notes")]
    pub(super) struct Note {
        #[column(primary_key, auto)]
        pub(super) id: i64,
        pub(super) title: String,
    }
    pxt::schema![Note];

    #[pxt::insert_route(
        table = "notes",
        schema = crate::export::wrong,
        path = "/list",
        export_sql(db_connect = "sqlite://none.db", table = "told")
    )]
    fn list(title: String) -> Vec<String> {
        vec![title]
    }

    #[pxt::update_route(
        table = "notes",
        schema = crate::export::wrong,
        path = "/missing",
        export_sql(db_connect = "postgresql://u:${PXT_TEST_NO_SUCH_VARIABLE}@host/db", table = "told")
    )]
    fn missing(title: String) -> String {
        title
    }
}

/// A database with tables to export to, and the text that leads there.
async fn target(tables: &str) -> (TempDir, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("target.db");
    let options = SqliteConnectOptions::new().filename(&file).create_if_missing(true);
    let mut connection: SqliteConnection = options.connect().await.expect("opens");
    sqlx::raw_sql(sqlx::AssertSqlSafe(tables)).execute(&mut connection).await.expect("is made");
    connection.close().await.expect("closes");
    let connect = format!("sqlite:///{}", file.display());
    (folder, connect)
}

async fn refused(declare: impl FnOnce(Routes) -> Routes) -> String {
    let service = TestService::of(&built::SCHEMA, |config| config, declare).await;
    service.err().expect("is refused").to_string()
}

fn insert(path: &str, export: SqlExport) -> Insert {
    Insert::at(path).inputs(["title", "stars"]).outputs(["id", "title", "stars", "length"]).export_sql(export)
}

const RIGHT: &str =
    "CREATE TABLE told (id BIGINT PRIMARY KEY, title VARCHAR(40) NOT NULL, stars BIGINT, length BIGINT)";

#[tokio::test]
async fn what_fits_is_served() {
    let (_folder, connect) = target(RIGHT).await;
    for method in [ExportMethod::Insert, ExportMethod::Update, ExportMethod::Merge] {
        let export = SqlExport::to(&connect, "told").method(method);
        let declare = |routes: Routes| {
            routes
                .add_insert_route("notes", insert("/insert", export.clone()))
                .add_update_route("notes", Update::at("/update").export_sql(export))
        };
        let service = TestService::of(&built::SCHEMA, |config| config, declare).await.expect("is served");
        let document = service.get("/openapi.json").await.json();
        let of = |status: &str| {
            let name = document["paths"]["/insert"]["post"]["responses"][status]["$ref"].as_str().expect("is there");
            let name = name.rsplit('/').next().expect("has a name");
            document["components"]["responses"][name]["description"].as_str().expect("is there").to_owned()
        };
        assert!(of("500").contains("`export_failed`: The row is stored"), "{}", of("500"));
        assert!(!of("503").contains("`export_queue_full`"), "{}", of("503"));
        assert!(!document.to_string().contains("sqlite:"), "the document does not tell where rows are exported to");
    }
}

#[tokio::test]
async fn every_route_is_told_at_once() {
    let (folder, connect) =
        target(&format!("{RIGHT}; CREATE TABLE small (id BIGINT, title VARCHAR(40), stars BIGINT)")).await;
    let nowhere = format!("sqlite:///{}", folder.path().join("none.db").display());
    let text = refused(|routes| {
        routes
            .add_insert_route("notes", insert("/a", SqlExport::to(&connect, "tolt")))
            .add_insert_route("notes", insert("/b", SqlExport::to(&connect, "small")))
            .add_insert_route("notes", insert("/c", SqlExport::to(&nowhere, "told")))
            .add_insert_route("notes", insert("/d", SqlExport::to("oracle://ada:s3cret@host/db", "told")))
            .add_insert_route("notes", insert("/e", SqlExport::to(&connect, "").db_schema("")))
            .add_insert_route("notes", insert("/f", SqlExport::to("sqlite://${", "told")))
            .add_insert_route("notes", insert("/g", SqlExport::to(&connect, "told")))
    })
    .await;
    for wanted in [
        "POST /a (insert into `notes`, tests/http/export.rs:",
        "there is no table `tolt` in `sqlite:///",
        "POST /b (insert into `notes`, tests/http/export.rs:",
        "`length`",
        "POST /c (insert into `notes`, tests/http/export.rs:",
        "see that it can be reached, or let rows wait for it by `delivery = \"outbox\"`",
        "POST /d (insert into `notes`, tests/http/export.rs:",
        "`table` of `export_sql` is empty: name the table",
        "`db_schema` of `export_sql` is empty: name the schema, or leave it out",
        "`${` begins the name of a variable: write `${NAME}`, or `$$` for a dollar sign",
    ] {
        assert!(text.contains(wanted), "{wanted}\nis not in\n{text}");
    }
    assert!(!text.contains("POST /g") && !text.contains("s3cret"), "{text}");
}

#[tokio::test]
async fn rows_wait_for_a_target_that_is_away() {
    let (folder, _) = target(RIGHT).await;
    let nowhere = format!("sqlite:///{}", folder.path().join("none.db").display());
    let export = SqlExport::to(nowhere, "told").delivery(Delivery::Outbox);
    let declare = |routes: Routes| routes.add_insert_route("notes", insert("/insert", export));
    let service = TestService::of(&built::SCHEMA, |config| config, declare).await.expect("is served");
    let document = service.get("/openapi.json").await.text();
    assert!(document.contains("`export_queue_full`") && !document.contains("`export_failed`"), "{document}");
    assert!(!folder.path().join("none.db").exists(), "asking makes no database");
}

#[tokio::test]
async fn targets_are_asked_before() {
    let (_folder, connect) = target(RIGHT).await;
    let database = TestDatabase::new().await.expect("a database");
    let app = App::open(database.config(), &built::SCHEMA).await.expect("opens");
    let routes = || app.routes().add_insert_route("notes", insert("/insert", SqlExport::to(&connect, "told")));
    let text = routes().router().expect_err("is refused").to_string();
    let wanted = "the database of `export_sql` was not asked about the table: write `.prepare().await?` before";
    assert!(text.contains("POST /insert (insert into `notes`, ") && text.contains(wanted), "{text}");
    let prepared = routes().prepare().await.expect("is prepared").prepare().await.expect("and again");
    assert_eq!(prepared.list().expect("is right").len(), 1);
    app.close().await;
}

#[tokio::test]
async fn attributes_are_judged_by_what_the_function_returns() {
    let text = TestService::new(&wrong::SCHEMA).await.err().expect("is refused").to_string();
    for wanted in [
        "`export_sql` writes the fields of an object, and the value of `list` is an array: return a struct",
        "`export_sql` writes the fields of an object, and the value of `missing` is a text: return a struct",
        "the environment variable `PXT_TEST_NO_SUCH_VARIABLE` is not set: set it, or write what stands in as \
         `${PXT_TEST_NO_SUCH_VARIABLE:-…}`",
    ] {
        assert!(text.contains(wanted), "{wanted}\nis not in\n{text}");
    }
}

#[tokio::test]
async fn a_file_of_variables_serves_attributes_too() -> Result<()> {
    let (folder, connect) = target("CREATE TABLE told (title TEXT, length BIGINT)").await;
    let file = folder.path().join("service.toml");
    std::fs::write(folder.path().join(".env"), format!("PXT_TEST_TARGET={connect}\n")).expect("is written");
    std::fs::write(&file, "env_file = \".env\"\n[[service]]\nname = \"notes\"\n").expect("is written");
    let service = Service::read(&file, "notes", &attributes::SCHEMA)?;
    let app = App::open(Config::in_folder(folder.path().join("data")), &attributes::SCHEMA).await?;
    let routes = service.routes(&app).prepare().await?;
    assert_eq!(routes.list()?.len(), 1);
    // Of the process alone, there is no such variable.
    let text = app.routes().prepare().await?.list().expect_err("is refused").to_string();
    assert!(text.contains("the environment variable `PXT_TEST_TARGET` is not set"), "{text}");
    app.close().await;
    Ok(())
}

#[test]
fn no_setting_leaves_rows_unwritten() {
    use pxt::ExportConfig;
    use std::time::Duration;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let refused = |export: ExportConfig| {
        let folder = tempfile::tempdir().expect("a folder");
        let opened = runtime.block_on(App::open(Config::in_folder(folder.path()).export(export), &built::SCHEMA));
        opened.err().expect("is refused").to_string()
    };
    let config = ExportConfig::default;
    assert!(refused(config().connections(0)).contains("`export.connections` is 0, so that no row would be written"));
    assert!(refused(config().timeout(Duration::ZERO)).contains("`export.timeout` is 0, so that no row would be"));
    assert!(refused(config().timeout(Duration::from_secs(3601))).contains("`export.timeout` is longer than an hour"));
    assert!(refused(config().queue(0)).contains("`export.queue` is 0, so that no row could wait: write 1 or more"));
}
