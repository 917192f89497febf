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

/// A film that was found.
#[derive(Debug, pxt::Record)]
pub struct Hit {
    /// Its title.
    pub title: String,
    poster: Option<pxt::Image>,
}

/// Films whose title has this text.
pub fn search(text: String) -> pxt::Select<schema::Film, Hit> {
    use pxt::Table as _;
    use schema::Film;

    Film::select().filter(Film::title.contains(text)).columns((Film::title, Film::poster)).into::<Hit>()
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

/// The parts of a text.
#[pxt::query]
pub fn parts(text: String, #[default(" ")] between: String) -> Vec<String> {
    text.split(&between).map(str::to_owned).collect()
}

#[pxt::query_route(path = "/latest", method = "get", one_row)]
async fn latest(app: &pxt::App, #[default(0)] least: i64) -> pxt::Result<Vec<i64>> {
    Ok(vec![least + app.schema().tables.len().try_into().unwrap_or(0)])
}

#[pxt::query_route]
fn none() -> Vec<String> {
    Vec::new()
}

fn main() {}
