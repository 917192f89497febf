//! The tables.

use pxt::functions::{image, string};
use pxt::{Array, Image, Table, Uuid, Video};

use crate::udfs;

/// Prompts, and what became of them.
#[derive(Table)]
#[table(name = "my_dir.my_table")]
pub struct Generation {
    #[column(primary_key, auto)]
    pub id: i64,
    pub prompt: String,
    #[column(computed = string::upper(prompt))]
    pub result: String,
}

/// Texts to search in.
#[derive(Table)]
#[table(name = "docs")]
pub struct Doc {
    #[column(primary_key, auto)]
    pub id: i64,
    pub text: String,
    pub score: f64,
}

/// People to look up.
#[derive(Table)]
#[table(name = "people")]
pub struct Person {
    #[column(primary_key)]
    pub id: i64,
    pub name: String,
    pub email: String,
}

/// Pictures.
#[derive(Table)]
#[table(name = "myapp.images")]
pub struct Picture {
    #[column(primary_key, auto)]
    pub id: i64,
    pub image: Image,
    pub width: i64,
    pub height: i64,
    pub tag: Option<String>,
    #[column(computed = image::resize(image, width, height))]
    pub thumbnail: Image,
    #[column(computed = udfs::embed(width, height))]
    pub embedding: Array<f32, 2>,
}

/// Videos.
#[derive(Table)]
#[table(name = "myapp.videos")]
pub struct Clip {
    #[column(primary_key, default = Uuid::now_v7)]
    pub id: Uuid,
    pub video: Video,
}

pxt::schema![Generation, Doc, Person, Picture, Clip];
