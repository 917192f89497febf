//! What each test has for itself: a target with its tables, a database and a folder for the service, and the file of routes.

use std::time::{Duration, Instant};

use pxt::testing::TestDatabase;
use pxt::{Uuid, jiff};
use serde_json::{Value, json};

use crate::client::{Answer, Client};
use crate::database::{Database, Kind};
use crate::process::{Folder, Service};

/// The forms that a route is declared in.
pub const FORMS: [&str; 3] = ["attribute", "builder", "file"];
pub const METHODS: [&str; 3] = ["insert", "update", "merge"];
pub const DELIVERIES: [&str; 2] = ["request", "outbox"];
pub const MODES: [&str; 2] = ["foreground", "background"];

/// The columns of a note, at its target as well.
pub const COLUMNS: [&str; 7] = ["id", "title", "score", "note", "tags", "moment", "length"];
pub const MOMENT: &str = "2026-01-02T03:04:05.123456Z";

/// How long anything is waited for.
const PATIENCE: Duration = Duration::from_secs(60);

pub struct Room {
    pub kind: Kind,
    pub target: Database,
    pub folder: Folder,
    own: TestDatabase,
}

/// Does the same over each kind of target that there is, all at once.
pub fn everywhere(test: impl Fn(Room) + Sync) {
    std::thread::scope(|scope| {
        for kind in Kind::all() {
            let test = &test;
            scope.spawn(move || test(Room::new(kind)));
        }
    });
}

impl Room {
    pub fn new(kind: Kind) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let own = runtime.block_on(TestDatabase::new()).expect("a database");
        let target = Database::new(kind);
        target.execute(&tables(kind));
        let mut folder = Folder::new(env!("CARGO_BIN_EXE_exporting")).with("pxt.toml", &file());
        folder.set("PXT_DATABASE", own.url());
        folder.set("PXT_EXPORT_TARGET", &target.connect());
        folder.set("PXT_EXPORT_LATE", &target.connect());
        Self { kind, target, folder, own }
    }

    pub fn serve(&self) -> (Service, Client) {
        let service = self.folder.serve("pxt serve");
        let client = Client::of(&service);
        (service, client)
    }

    /// The service's own database.
    pub fn own(&self) -> Database {
        Database::at(self.own.url())
    }

    /// Whether nothing was made in the service's own database.
    pub fn is_untouched(&self) -> bool {
        if self.own.url().starts_with("postgres") {
            return self.own().count("pg_tables", "WHERE schemaname = 'public'") == 0;
        }
        !std::path::Path::new(self.own.url()).exists()
    }

    /// The row of the target's table with this key, or none.
    pub fn at_target(&self, table: &str, id: Uuid) -> Option<Value> {
        let mut rows = self.target.rows(table, &COLUMNS, &format!("WHERE id = '{id}'"));
        assert!(rows.len() < 2, "{:?}: {rows:?}", self.kind);
        rows.pop()
    }

    /// A row of the target with this key, before anything is exported.
    pub fn prepare(&self, id: Uuid) {
        let moment = self.kind.pick("'2020-01-01T00:00:00Z'", "'2020-01-01T00:00:00Z'", "'2020-01-01'");
        let columns = "id, title, score, moment, length";
        self.target.execute(&format!("INSERT INTO answers ({columns}) VALUES ('{id}', 'before', 0.5, {moment}, 0)"));
    }

    /// Whether the service has a note with this key.
    pub fn is_stored(&self, id: Uuid) -> bool {
        let own = self.own();
        let key = own.kind.pick(&format!("X'{}'", id.simple()), &format!("'{id}'"), "").to_owned();
        own.count("notes", &format!("WHERE id = {key}")) == 1
    }

    /// What `pxt exports` says, as JSON.
    pub fn exports(&self, arguments: &str) -> Value {
        let ended = self.folder.run(&format!("pxt exports {arguments} --json"));
        serde_json::from_str(ended.printed()).expect("is JSON")
    }
}

/// Asks until there is an answer.
#[track_caller]
pub fn until<T>(what: &str, ask: impl Fn() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = ask() {
            return found;
        }
        assert!(begun.elapsed() < PATIENCE, "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A request's body for a note.
pub fn note(id: Uuid, title: &str) -> Value {
    json!({"id": id, "title": title, "score": 1.125, "note": null, "tags": {"a": [1, null, "ü"]}, "moment": MOMENT})
}

/// What a route of this form answers of a note.
pub fn answered(form: &str, note: &Value) -> Value {
    let mut answer = note.clone();
    let title = note["title"].as_str().expect("is text");
    answer["length"] = json!(title.chars().count());
    if form == "attribute" {
        answer["title"] = json!(format!("told: {title}"));
        answer["score"] = json!(note["score"].as_f64().expect("is a number") * 2.0);
    }
    answer
}

/// Asks a route, and waits for its job if it is one of the background. Status and body.
pub fn ask(client: &Client, path: &str, body: &Value) -> (u16, Value) {
    ended(client, &client.post(path, &body.to_string()))
}

/// The same of an answer that is there.
pub fn ended(client: &Client, answer: &Answer) -> (u16, Value) {
    let body: Value = serde_json::from_slice(&answer.body).expect("is JSON");
    if answer.status != 202 {
        return (answer.status, body);
    }
    let job = client.get(body["job_url"].as_str().expect("an address")).json(200);
    match job["state"].as_str().expect("is text") {
        "done" => (200, job["result"].clone()),
        "error" => {
            let status = job["problem"]["status"].as_u64().and_then(|status| u16::try_from(status).ok());
            (status.expect("a status"), job["problem"].clone())
        }
        _ => panic!("the job goes on: {job}"),
    }
}

/// The time of a row of the outbox, which is not known before.
#[track_caller]
pub fn is_time(text: &str) -> bool {
    text.parse::<jiff::Timestamp>().is_ok()
}

/// The routes of this file are those of the attributes and of the builder.
fn file() -> String {
    let mut text = String::new();
    let mut route = |kind: &str, table: &str, path: &str, more: &str, to: &str, export: &str| {
        text += &format!(
            "[[routes]]\ntype = \"{kind}\"\ntable = \"{table}\"\npath = \"/file/{path}\"\n{more}\
             [routes.export_sql]\ndb_connect = \"${{{}}}\"\ntable = \"{to}\"\n{export}\n",
            if to == "late" { "PXT_EXPORT_LATE" } else { "PXT_EXPORT_TARGET" },
        );
    };
    for delivery in DELIVERIES {
        let by = format!("delivery = \"{delivery}\"\n");
        for (mode, background) in MODES.into_iter().zip(["", "background = true\n"]) {
            for method in METHODS {
                for kind in ["insert", "update"] {
                    let path = format!("{kind}/{method}/{delivery}/{mode}");
                    route(kind, "notes", &path, background, "answers", &format!("{by}method = \"{method}\"\n"));
                }
            }
            route("insert", "entries", &format!("entries/{delivery}/{mode}"), background, "entries", &by);
        }
        let upload = "uploadfile_inputs = [\"image\"]\n";
        route("insert", "pictures", &format!("pictures/{delivery}"), upload, "pictures", &by);
    }
    let outbox = "delivery = \"outbox\"\n";
    route("insert", "notes", "marked", "background = true\n", "marked", "");
    route("insert", "notes", "alone", "", "file_alone", "");
    route("insert", "notes", "late", "outputs = [\"id\", \"title\"]\n", "late", outbox);
    route("update", "notes", "history", "", "history", outbox);
    text
}

/// The tables of a target.
fn tables(kind: Kind) -> String {
    let text = kind.pick("TEXT", "text", "LONGTEXT");
    let json = kind.pick("JSON", "jsonb", "JSON");
    let moment = kind.pick("TIMESTAMP", "timestamptz", "DATETIME(6)");
    let arrival = kind.pick(
        "arrival INTEGER PRIMARY KEY",
        "arrival BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY",
        "arrival BIGINT AUTO_INCREMENT PRIMARY KEY",
    );
    let rest = format!(
        "title VARCHAR(80) NOT NULL, score DOUBLE PRECISION NOT NULL, note {text}, tags {json}, \
         moment {moment} NOT NULL, length BIGINT NOT NULL"
    );
    let note = format!("id UUID PRIMARY KEY, {rest}");
    let mark = "_pxt_export_id UUID NOT NULL UNIQUE";
    format!(
        "CREATE TABLE answers ({note}); CREATE TABLE marked ({arrival}, id UUID NOT NULL, {rest}, {mark}); \
         CREATE TABLE history ({arrival}, id UUID NOT NULL, {rest}); CREATE TABLE attribute_alone ({note}); \
         CREATE TABLE builder_alone ({note}); CREATE TABLE file_alone ({note}); \
         CREATE TABLE late (id UUID PRIMARY KEY, title VARCHAR(80) NOT NULL); \
         CREATE TABLE entries (id BIGINT PRIMARY KEY, title VARCHAR(80) NOT NULL); \
         CREATE TABLE pictures (id UUID PRIMARY KEY, image {text} NOT NULL)"
    )
}
