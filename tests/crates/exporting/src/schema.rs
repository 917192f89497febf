//! The tables of the service.

use pxt::functions::string;
use pxt::jiff::Timestamp;
use pxt::serde_json::Value;
use pxt::{Image, Table, Uuid};

/// A row with a value of many types, whose key a client may give.
#[derive(Table)]
#[table(name = "notes")]
pub(crate) struct Note {
    #[column(primary_key, default = Uuid::now_v7)]
    pub(crate) id: Uuid,
    #[column(max_bytes = 60)]
    pub(crate) title: String,
    pub(crate) score: f64,
    pub(crate) note: Option<String>,
    pub(crate) tags: Value,
    pub(crate) moment: Timestamp,
    #[column(computed = string::len(title))]
    pub(crate) length: i64,
}

/// A row that the database numbers.
#[derive(Table)]
#[table(name = "entries")]
pub(crate) struct Entry {
    #[column(primary_key, auto)]
    pub(crate) id: i64,
    #[column(max_bytes = 60)]
    pub(crate) title: String,
}

/// A file.
#[derive(Table)]
#[table(name = "pictures")]
pub(crate) struct Picture {
    #[column(primary_key, default = Uuid::now_v7)]
    pub(crate) id: Uuid,
    pub(crate) image: Image,
}

pxt::schema![Note, Entry, Picture];
