//! A table of notes: one route stores a note, another finds it.

use std::time::Duration;

use pxt::{App, Config, Query, Table, Uuid, retrieval};
use schemars::JsonSchema;
use serde::Serialize;

mod schema {
    use pxt::{Table, Uuid};

    #[derive(Table)]
    #[table(name = "notes")]
    pub struct Note {
        #[column(primary_key, default = Uuid::now_v7)]
        pub id: Uuid,
        pub title: String,
        #[column(computed = crate::slug(title))]
        pub slug: String,
    }

    pxt::schema![Note];
}

use schema::{Note, SCHEMA};

#[pxt::udf]
fn slug(title: String) -> String {
    title.to_lowercase().replace(' ', "-")
}

#[derive(Serialize, JsonSchema)]
struct Stored {
    id: Uuid,
    title: String,
    slug: String,
}

#[pxt::insert_route(table = "notes", path = "/insert", inputs = ["title"])]
fn insert(id: Uuid, title: String, slug: String) -> Stored {
    Stored { id, title, slug }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let app = App::open(Config::default(), &SCHEMA).await?;
    let routes = app.routes().add_query_route(retrieval(Note::DEF, ["id"]), Query::at("/lookup").one_row(true));
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 8000)).await?;
    Ok(pxt::serve(routes, listener, Duration::from_secs(10)).await?)
}
