//! A crate whose lints are strict.

#![forbid(unsafe_code)]
#![deny(missing_docs, missing_debug_implementations, warnings)]
#![deny(rust_2018_idioms, unreachable_pub, unused_qualifications, single_use_lifetimes, trivial_casts)]
#![deny(unused_results, let_underscore_drop, non_ascii_idents, keyword_idents)]

/// The tables.
pub mod schema {
    use pxt::{Image, Table, Uuid};

    /// The text in capitals.
    #[pxt::udf]
    pub fn upper(text: String) -> String {
        text.to_uppercase()
    }

    /// A film.
    #[derive(Debug, Table)]
    pub struct Film {
        /// Its key.
        #[column(primary_key, default = Uuid::now_v7)]
        pub id: Uuid,
        /// Its title.
        #[column(default = "untitled")]
        pub title: String,
        /// Its poster.
        pub poster: Option<Image>,
        /// Its title in capitals.
        #[column(computed = upper(title), on_error = ignore)]
        pub upper: Option<String>,
    }

    pxt::schema![Film];
}

/// Answers with the title.
#[pxt::insert_route(table = "film")]
pub fn created(title: String, upper: Option<String>) -> String {
    format!("{title}{upper:?}")
}

#[pxt::update_route(table = "film")]
async fn updated(poster: Option<String>) -> pxt::Result<Option<String>> {
    Ok(poster)
}

#[pxt::compute_route(table = "film")]
fn nothing() {}

fn main() {}
