//! The same service on pxt as a process: `pxt-service <database file>`. What `handwritten.rs` writes out, a struct and two
//! attributes say here; the lookup is a hand-written route beside them.

use std::error::Error;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use pxt::{Table, Uuid};
use pxt_load::note::{headline_of, slug_of};
use pxt_load::serve;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

// pxt's binary allocates with mimalloc, and so does the service that this one is compared with.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

mod schema {
    //! The one table.

    use pxt::{Table, Uuid};
    use serde::Serialize;

    /// A note.
    #[derive(Serialize, Table)]
    #[table(name = "notes")]
    pub(crate) struct Note {
        #[column(primary_key, default = Uuid::now_v7)]
        pub(crate) id: Uuid,
        pub(crate) title: String,
        pub(crate) body: String,
        pub(crate) stars: i64,
        #[column(computed = crate::slugged(title))]
        pub(crate) slug: String,
    }

    pxt::schema![Note];
}

use schema::{Note, SCHEMA};

#[pxt::udf]
#[expect(clippy::needless_pass_by_value, reason = "a function of a computed column owns what it is given")]
fn slugged(title: String) -> String {
    slug_of(&title)
}

#[derive(Serialize, JsonSchema)]
struct Created {
    id: Uuid,
    title: String,
    slug: String,
    stars: i64,
}

#[pxt::insert_route(table = "notes", path = "/insert", inputs = ["title", "body", "stars"])]
fn insert(id: Uuid, title: String, slug: String, stars: i64) -> Created {
    Created { id, title, slug, stars }
}

#[derive(Serialize, JsonSchema)]
struct Decorated {
    id: Uuid,
    headline: String,
}

#[pxt::insert_route(table = "notes", path = "/decorated", inputs = ["title", "body", "stars"])]
async fn decorated(id: Uuid, title: String, stars: i64) -> Decorated {
    Decorated { id, headline: headline_of(&title, stars) }
}

#[derive(Deserialize)]
struct Key {
    id: Uuid,
}

async fn lookup(State(app): State<pxt::App>, Json(key): Json<Key>) -> Result<Json<Note>, StatusCode> {
    match Note::get(&app, key.id).await {
        Ok(Some(note)) => Ok(Json(note)),
        Ok(None) => Err(StatusCode::NOT_FOUND),
        Err(_) => Err(StatusCode::INTERNAL_SERVER_ERROR),
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let database = serve::database()?;
    let media = database.with_extension("media");
    let config = pxt::Config::default().database(database.to_string_lossy()).media(media.to_string_lossy());
    let app = pxt::App::open(config, &SCHEMA).await?;
    let lookups = Router::new().route("/lookup", post(lookup)).with_state(app.clone());
    Ok(serve::serve(lookups.merge(app.router()?)).await?)
}
