//! The tables.

use pxt::functions::{image, string};
use pxt::{Image, Table, Uuid, serde_json};

/// A film poster, and what is computed from its picture.
#[derive(Table)]
#[table(name = "films.posters")]
pub struct Poster {
    /// Made by the service.
    #[column(primary_key, default = Uuid::now_v7)]
    pub id: Uuid,
    /// The film's title.
    pub title: String,
    /// A remark of the curator.
    pub note: Option<String>,
    /// What a curator's system knows about it.
    pub details: Option<serde_json::Value>,
    /// The poster as it was uploaded.
    pub image: Image,
    /// The poster, 160 pixels on its longer side.
    #[column(computed = image::thumbnail(image, 160))]
    pub thumbnail: Image,
    /// A placeholder to show while the picture loads (see blurha.sh).
    #[column(computed = image::blurhash(thumbnail))]
    pub blurhash: String,
    /// The dominant colour, `#rrggbb`.
    #[column(computed = image::dominant_color(thumbnail))]
    pub color: String,
    /// Mean brightness, 0 to 1.
    #[column(computed = image::brightness(thumbnail))]
    pub brightness: f64,
    /// The camera's notes, tag by tag; empty for pictures without.
    #[column(computed = image::exif(image), on_error = ignore)]
    pub exif: Option<serde_json::Value>,
    /// The title as it stands in addresses.
    #[column(computed = string::slug(title))]
    pub slug: String,
    /// Text for those who cannot see the picture.
    #[column(computed = crate::describe(title, color, brightness))]
    pub description: String,
}

pxt::schema![Poster];
