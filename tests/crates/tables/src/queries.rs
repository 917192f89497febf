//! Queries beside the tables.

use pxt::{App, Image, Record, Select, Table, count};
use schemars::JsonSchema;
use serde::Serialize;

use crate::schema::Film;

/// A row of a query.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Line {
    title: String,
    year: Option<i64>,
}

/// The film of this key.
#[pxt::query]
pub async fn film(app: &pxt::App, id: pxt::Uuid, #[default("films")] shelf: String) -> pxt::Result<Vec<Line>> {
    drop(shelf);
    let film = Film::get(app, id).await?;
    Ok(film.into_iter().map(|film| Line { title: film.title, year: film.year }).collect())
}

#[pxt::query]
#[pxt::query_route(path = "/years", inputs = ["first"], method = "get")]
fn years(first: i64, #[default(next_year)] last: i64) -> Vec<i64> {
    (first..last).collect()
}

const fn next_year() -> i64 {
    2000
}

#[pxt::query_route(path = "/films/sizes", uploadfile_inputs = ["poster"], one_row)]
async fn sizes(poster: pxt::Image) -> pxt::Result<Vec<u64>> {
    Ok(vec![poster.size().await?])
}

/// A film that was found.
#[derive(Debug, Record)]
pub struct Hit {
    title: String,
    /// Its poster.
    poster: Option<Image>,
}

/// Films whose title has this text, those with most to read first.
#[pxt::query]
pub fn search(text: String, limit: Option<i64>) -> Select<Film, Hit> {
    Film::select()
        .filter(Film::title.contains(text) | Film::year.eq(1979))
        .filter_if(limit, |limit| Film::seen.ge(limit))
        .order_by(Film::length.desc())
        .columns((Film::title, Film::poster))
        .into::<Hit>()
}

/// How many films each year has.
///
/// # Errors
/// As [`Select::fetch`].
pub async fn per_year(app: &App) -> pxt::Result<Vec<(Option<i64>, i64)>> {
    Film::select().group_by(Film::year).columns((Film::year, count())).fetch(app).await
}
