//! The tables that the rules are driven through: those of the pages' examples, and one column of each type.

use pxt::jiff::Timestamp;
use pxt::jiff::civil::Date;
use pxt::{Array, Audio, Binary, Document, Image, Json, Table, Uuid, Video};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A prompt, and what is made of it.
#[derive(Table)]
#[table(name = "studio.prompts")]
pub struct Prompt {
    #[column(primary_key, auto)]
    pub id: i64,
    pub prompt: String,
    pub tag: Option<String>,
    #[column(default = 1)]
    pub weight: i64,
    #[column(computed = crate::routes::capitals(prompt))]
    pub result: String,
    #[column(computed = crate::routes::scored(prompt, weight))]
    pub score: f64,
}

/// A picture in other sizes.
#[derive(Table)]
#[table(name = "studio.pictures")]
pub struct Picture {
    #[column(primary_key, default = Uuid::now_v7)]
    pub id: Uuid,
    pub image: Image,
    #[column(default = 16)]
    pub width: i64,
    #[column(default = 16)]
    pub height: i64,
    pub tag: Option<String>,
    pub still: Option<Image>,
    #[column(computed = pxt::functions::image::resize(image, width, height))]
    pub resized: Image,
    #[column(computed = pxt::functions::image::thumbnail(image, 8))]
    pub thumbnail: Image,
}

/// A file that may be missing.
#[derive(Table)]
#[table(name = "studio.papers")]
pub struct Paper {
    #[column(primary_key)]
    pub name: String,
    pub shelf: Option<String>,
    pub file: Option<Document>,
}

/// A file of each type.
#[derive(Table)]
#[table(name = "studio.clips")]
pub struct Clip {
    #[column(primary_key, auto)]
    pub id: i64,
    pub video: Option<Video>,
    pub audio: Option<Audio>,
    pub image: Option<Image>,
    pub document: Option<Document>,
}

/// A column of each type.
#[derive(Table)]
#[table(name = "kinds")]
pub struct Kinds {
    #[column(primary_key, auto)]
    pub id: i64,
    pub truth: bool,
    pub int: i64,
    pub float: f64,
    pub text: String,
    pub time: Timestamp,
    pub day: Date,
    pub uuid: Uuid,
    pub tree: pxt::serde_json::Value,
    pub tag: Json<Tag>,
    pub bytes: Binary,
    pub vector: Array<f32, 3>,
    pub counts: Array<i64, 2>,
    pub flags: Array<bool, 2>,
}

/// The same, each of which may be null.
#[derive(Table)]
#[table(name = "maybes")]
pub struct Maybes {
    #[column(primary_key, auto)]
    pub id: i64,
    pub truth: Option<bool>,
    pub int: Option<i64>,
    pub float: Option<f64>,
    pub text: Option<String>,
    pub time: Option<Timestamp>,
    pub day: Option<Date>,
    pub uuid: Option<Uuid>,
    pub tree: Option<pxt::serde_json::Value>,
    pub bytes: Option<Binary>,
    pub vector: Option<Array<f32, 3>>,
}

/// A structured JSON value that takes no other keys.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tag {
    pub name: String,
    pub weight: u8,
}

/// A key of two columns.
#[derive(Table)]
#[table(name = "pairs")]
pub struct Pair {
    #[column(primary_key)]
    pub left: String,
    #[column(primary_key)]
    pub right: i64,
    pub value: i64,
    pub note: Option<String>,
    #[column(computed = crate::routes::successor(value))]
    pub next: i64,
}

/// A row whose function does as its name says.
#[derive(Table)]
#[table(name = "trials")]
pub struct Trial {
    #[column(primary_key)]
    pub name: String,
    #[column(computed = crate::routes::act(name))]
    pub acted: i64,
}

/// A table without a primary key.
#[derive(Table)]
#[table(name = "readings")]
pub struct Reading {
    pub sensor: String,
    pub value: Option<i64>,
}

/// A table that no route serves.
#[derive(Table)]
#[table(name = "hidden")]
pub struct Hidden {
    #[column(primary_key)]
    pub name: String,
    pub image: Image,
}

pxt::schema![Prompt, Picture, Paper, Clip, Kinds, Maybes, Pair, Trial, Reading, Hidden];
