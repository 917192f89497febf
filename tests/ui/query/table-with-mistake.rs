use pxt::{Select, Table};

#[derive(Table)]
struct Film {
    title: String,
    year: i32,
    rating: Option<f32>,
    tags: Vec<String>,
}

fn query() -> Select<Film, (String, i64)> {
    Film::select()
        .filter(Film::title.contains("x") | Film::year.gt(1979) | Film::rating.is_null())
        .columns((Film::title, Film::year))
}

fn main() {}
