//! The two tables of the services on pxt, and the function behind a column.

use pxt::{Image, Table, Uuid};
use pxt_load::note::slug_of;

/// A note.
#[derive(Table)]
#[table(name = "notes")]
pub(crate) struct Note {
    #[column(primary_key, default = Uuid::now_v7)]
    pub(crate) id: Uuid,
    pub(crate) title: String,
    pub(crate) body: String,
    pub(crate) stars: i64,
    #[column(computed = slugged(title))]
    pub(crate) slug: String,
}

/// A picture.
#[derive(Table)]
#[table(name = "pictures")]
pub(crate) struct Picture {
    #[column(primary_key, default = Uuid::now_v7)]
    pub(crate) id: Uuid,
    pub(crate) picture: Image,
}

#[pxt::udf]
#[expect(clippy::needless_pass_by_value, reason = "a function of a computed column owns what it is given")]
fn slugged(title: String) -> String {
    slug_of(&title)
}

pxt::schema![Note, Picture];
