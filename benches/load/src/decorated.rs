//! The decorated route of the services on pxt, which no file can declare.

use pxt::Uuid;
use pxt_load::note::headline_of;
use schemars::JsonSchema;
use serde::Serialize;

#[derive(Serialize, JsonSchema)]
struct Decorated {
    id: Uuid,
    headline: String,
}

#[pxt::insert_route(table = "notes", path = "/decorated", inputs = ["title", "body", "stars"])]
async fn decorated(id: Uuid, title: String, stars: i64) -> Decorated {
    Decorated { id, headline: headline_of(&title, stars) }
}
