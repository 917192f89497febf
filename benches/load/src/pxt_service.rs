//! The same service on pxt as a process: `pxt-service <database> <folder> <jobs at once>`. What `handwritten.rs` writes out, a struct,
//! two functions and two declarations say here.

use std::error::Error;

use pxt::{Insert, JobsConfig, Query, Table, Uuid, retrieval};
use pxt_load::serve;

// pxt's binary allocates with mimalloc, and so does the service that this one is compared with.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

mod decorated;
mod schema;

use schema::{Note, Picture, SCHEMA};

#[pxt::query_route]
fn page(from: Uuid) -> pxt::Select<Note> {
    Note::select().filter(Note::id.ge(from)).order_by(Note::id.asc()).limit(10)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let (database, folder, jobs) = serve::arguments()?;
    // The hand-written service accepts without a bound.
    let jobs = JobsConfig::default().queue(u64::MAX).concurrency(jobs);
    let config = pxt::Config::default().database(database).media(format!("{folder}/media")).jobs(jobs);
    let app = pxt::App::open(config, &SCHEMA).await?;
    let insert = |path| Insert::at(path).inputs(["title", "body", "stars"]).outputs(["id", "title", "slug", "stars"]);
    let routes = app.routes().add_insert_route(Note::DEF, insert("/insert"));
    let routes = routes.add_insert_route(Note::DEF, insert("/later").background(true));
    let upload = Insert::at("/upload").uploadfile_inputs(["picture"]).outputs(["id", "picture"]);
    let routes = routes.add_insert_route(Picture::DEF, upload);
    let routes = routes.add_query_route(retrieval(Note::DEF, ["id"]), Query::at("/lookup").one_row(true));
    Ok(serve::serve(routes.router()?).await?)
}
