#[path = "../../../ui/schema.rs"]
mod tables;
use tables::schema;

use std::fmt;

#[derive(Debug)]
struct Refused;

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("refused")
    }
}

impl std::error::Error for Refused {}

#[derive(Debug)]
struct Gone;

impl From<Gone> for pxt::Error {
    fn from(_: Gone) -> Self {
        pxt::Error::public(410, "gone")
    }
}

#[pxt::insert_route(table = "films.posters")]
fn plain(title: String) -> pxt::Result<String> {
    Ok(title)
}

#[pxt::insert_route(table = "films.posters")]
fn own(title: String) -> Result<String, Refused> {
    if title.is_empty() { Err(Refused) } else { Ok(title) }
}

#[pxt::insert_route(table = "films.posters")]
fn converted(title: String) -> Result<String, Gone> {
    if title.is_empty() { Err(Gone) } else { Ok(title) }
}

#[pxt::insert_route(table = "films.posters")]
fn io(title: String) -> std::io::Result<String> {
    Ok(title)
}

#[pxt::insert_route(table = "films.posters")]
async fn nothing(title: String) -> std::result::Result<(), Refused> {
    if title.is_empty() { Err(Refused) } else { Ok(()) }
}

fn main() {}
