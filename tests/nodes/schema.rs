//! The tables of the nodes.

use pxt::{Image, Uuid};

/// A number that many increment.
#[derive(pxt::Table)]
#[table(name = "counters")]
pub struct Counter {
    #[column(primary_key)]
    pub name: String,
    pub value: i64,
    #[column(computed = crate::application::doubled(value))]
    pub twice: i64,
}

/// Something that happened once.
#[derive(pxt::Table)]
#[table(name = "events")]
pub struct Event {
    #[column(primary_key)]
    pub number: i64,
    pub text: String,
}

/// A picture.
#[derive(pxt::Table)]
#[table(name = "pictures")]
pub struct Picture {
    #[column(primary_key, default = Uuid::now_v7)]
    pub id: Uuid,
    pub image: Image,
    #[column(computed = pxt::functions::image::thumbnail(image, 4))]
    pub thumbnail: Image,
}

pxt::schema![Counter, Event, Picture];
