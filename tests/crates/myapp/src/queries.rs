//! The queries that routes name.

use pxt::{Image, Record, Select, Table};

use crate::schema::{Doc, Person, Picture};

/// A picture that was found.
#[derive(Record)]
pub struct Found {
    id: i64,
    tag: Option<String>,
    thumbnail: Image,
}

/// Texts that have this text in them, the best first.
#[pxt::query]
pub fn search_docs(query_text: String) -> Select<Doc> {
    Doc::select().filter(Doc::text.contains(query_text)).order_by(Doc::score.desc())
}

/// The person of this id.
#[pxt::query]
pub fn lookup_by_id(id: i64) -> Select<Person> {
    Person::select().filter(Person::id.eq(id))
}

/// Pictures with this tag.
#[pxt::query]
pub fn search_images(tag: String) -> Select<Picture, Found> {
    Picture::select()
        .filter(Picture::tag.eq(tag))
        .order_by(Picture::id.asc())
        .columns((Picture::id, Picture::tag, Picture::thumbnail))
        .into::<Found>()
}

/// The thumbnail of one picture.
#[pxt::query]
pub fn get_thumbnail(id: i64) -> Select<Picture, Image> {
    Picture::select().filter(Picture::id.eq(id)).only(Picture::thumbnail)
}
