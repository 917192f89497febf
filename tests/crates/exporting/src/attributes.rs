//! Routes by attributes. What their functions answer differs from the row, so that it shows which of the two was exported.

use std::time::Duration;

use pxt::jiff::Timestamp;
use pxt::serde_json::Value;
use pxt::{Error, Result, Uuid};
use schemars::JsonSchema;
use serde::Serialize;

/// What is told of a note.
#[derive(Serialize, JsonSchema)]
struct Told {
    id: Uuid,
    #[schemars(length(max = 80))]
    title: String,
    score: f64,
    note: Option<String>,
    tags: Value,
    moment: Timestamp,
    length: i64,
}

/// A note under another title, with twice the score. Its title may ask for more time, or for an error.
async fn tell(mut told: Told) -> Result<Told> {
    if told.title.starts_with("slow") {
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    match &*told.title {
        "public" => return Err(Error::public(409, "nothing is told of this one")),
        "other" => drop("none".parse::<i64>()?),
        _ => {}
    }
    told.title = format!("told: {}", told.title);
    told.score *= 2.0;
    Ok(told)
}

/// Routes over notes.
macro_rules! notes {
    ($($name:ident: $route:ident $path:tt, $table:tt, $method:tt, $delivery:tt, $background:tt;)*) => {$(
        #[pxt::$route(
            table = "notes",
            path = $path,
            background = $background,
            export_sql(db_connect = "${PXT_EXPORT_TARGET}", table = $table, method = $method, delivery = $delivery)
        )]
        async fn $name(
            id: Uuid,
            title: String,
            score: f64,
            note: Option<String>,
            tags: Value,
            moment: Timestamp,
            length: i64,
        ) -> Result<Told> {
            tell(Told { id, title, score, note, tags, moment, length }).await
        }
    )*};
}

notes! {
    insert_insert_request_foreground: insert_route "/attribute/insert/insert/request/foreground", "answers", "insert", "request", false;
    insert_insert_request_background: insert_route "/attribute/insert/insert/request/background", "answers", "insert", "request", true;
    insert_insert_outbox_foreground: insert_route "/attribute/insert/insert/outbox/foreground", "answers", "insert", "outbox", false;
    insert_insert_outbox_background: insert_route "/attribute/insert/insert/outbox/background", "answers", "insert", "outbox", true;
    insert_update_request_foreground: insert_route "/attribute/insert/update/request/foreground", "answers", "update", "request", false;
    insert_update_request_background: insert_route "/attribute/insert/update/request/background", "answers", "update", "request", true;
    insert_update_outbox_foreground: insert_route "/attribute/insert/update/outbox/foreground", "answers", "update", "outbox", false;
    insert_update_outbox_background: insert_route "/attribute/insert/update/outbox/background", "answers", "update", "outbox", true;
    insert_merge_request_foreground: insert_route "/attribute/insert/merge/request/foreground", "answers", "merge", "request", false;
    insert_merge_request_background: insert_route "/attribute/insert/merge/request/background", "answers", "merge", "request", true;
    insert_merge_outbox_foreground: insert_route "/attribute/insert/merge/outbox/foreground", "answers", "merge", "outbox", false;
    insert_merge_outbox_background: insert_route "/attribute/insert/merge/outbox/background", "answers", "merge", "outbox", true;
    update_insert_request_foreground: update_route "/attribute/update/insert/request/foreground", "answers", "insert", "request", false;
    update_insert_request_background: update_route "/attribute/update/insert/request/background", "answers", "insert", "request", true;
    update_insert_outbox_foreground: update_route "/attribute/update/insert/outbox/foreground", "answers", "insert", "outbox", false;
    update_insert_outbox_background: update_route "/attribute/update/insert/outbox/background", "answers", "insert", "outbox", true;
    update_update_request_foreground: update_route "/attribute/update/update/request/foreground", "answers", "update", "request", false;
    update_update_request_background: update_route "/attribute/update/update/request/background", "answers", "update", "request", true;
    update_update_outbox_foreground: update_route "/attribute/update/update/outbox/foreground", "answers", "update", "outbox", false;
    update_update_outbox_background: update_route "/attribute/update/update/outbox/background", "answers", "update", "outbox", true;
    update_merge_request_foreground: update_route "/attribute/update/merge/request/foreground", "answers", "merge", "request", false;
    update_merge_request_background: update_route "/attribute/update/merge/request/background", "answers", "merge", "request", true;
    update_merge_outbox_foreground: update_route "/attribute/update/merge/outbox/foreground", "answers", "merge", "outbox", false;
    update_merge_outbox_background: update_route "/attribute/update/merge/outbox/background", "answers", "merge", "outbox", true;
    marked: insert_route "/attribute/marked", "marked", "insert", "request", true;
    history: update_route "/attribute/history", "history", "insert", "outbox", false;
    alone: insert_route "/attribute/alone", "attribute_alone", "insert", "request", false;
}

/// The same over a database that may be another one.
#[pxt::insert_route(
    table = "notes",
    path = "/attribute/late",
    inputs = ["id", "title", "score", "note", "tags", "moment"],
    export_sql(db_connect = "${PXT_EXPORT_LATE}", table = "late", delivery = "outbox")
)]
fn late(id: Uuid, title: String) -> Late {
    Late { id, title: format!("told: {title}") }
}

/// What is told of a note to a database that may be another one.
#[derive(Serialize, JsonSchema)]
struct Late {
    id: Uuid,
    #[schemars(length(max = 80))]
    title: String,
}

/// What is told of an entry.
#[derive(Serialize, JsonSchema)]
struct Numbered {
    id: i64,
    #[schemars(length(max = 80))]
    title: String,
}

/// Routes over entries.
macro_rules! entries {
    ($($name:ident: $path:tt, $delivery:tt, $background:tt;)*) => {$(
        #[pxt::insert_route(
            table = "entries",
            path = $path,
            background = $background,
            export_sql(db_connect = "${PXT_EXPORT_TARGET}", table = "entries", delivery = $delivery)
        )]
        fn $name(id: i64, title: String) -> Numbered {
            Numbered { id, title: format!("{id}: {title}") }
        }
    )*};
}

entries! {
    entry_request_foreground: "/attribute/entries/request/foreground", "request", false;
    entry_request_background: "/attribute/entries/request/background", "request", true;
    entry_outbox_foreground: "/attribute/entries/outbox/foreground", "outbox", false;
    entry_outbox_background: "/attribute/entries/outbox/background", "outbox", true;
}

/// What is told of a picture.
#[derive(Serialize, JsonSchema)]
struct Shown {
    id: Uuid,
    image: String,
}

/// Routes over pictures.
macro_rules! pictures {
    ($($name:ident: $path:tt, $delivery:tt;)*) => {$(
        #[pxt::insert_route(
            table = "pictures",
            path = $path,
            uploadfile_inputs = ["image"],
            export_sql(db_connect = "${PXT_EXPORT_TARGET}", table = "pictures", delivery = $delivery)
        )]
        fn $name(id: Uuid, image: String) -> Shown {
            Shown { id, image }
        }
    )*};
}

pictures! {
    picture_request: "/attribute/pictures/request", "request";
    picture_outbox: "/attribute/pictures/outbox", "outbox";
}
