//! The service on pxt with its routes in a file: `toml-service <database> <folder> <jobs at once>`. The tables, and what a file cannot declare, are
//! those of `pxt_service.rs`.

use std::error::Error;

use pxt_load::serve;

// As the services that this one is compared with.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

mod decorated;
mod schema;

use schema::{Note, SCHEMA};

#[pxt::query]
fn page(from: pxt::Uuid) -> pxt::Select<Note> {
    use pxt::Table as _;
    Note::select().filter(Note::id.ge(from)).order_by(Note::id.asc()).limit(10)
}

/// The routes but the decorated one.
const ROUTES: &str = r#"
[[service]]
name = "load"

[[service.routes]]
type = "insert"
table = "notes"
path = "/insert"
inputs = ["title", "body", "stars"]
outputs = ["id", "title", "slug", "stars"]

[[service.routes]]
type = "insert"
table = "notes"
path = "/later"
inputs = ["title", "body", "stars"]
outputs = ["id", "title", "slug", "stars"]
background = true

[[service.routes]]
type = "insert"
table = "pictures"
path = "/upload"
uploadfile_inputs = ["picture"]
outputs = ["id", "picture"]

[[service.routes]]
type = "query"
table = "notes"
match_columns = ["id"]
path = "/lookup"
one_row = true

[[service.routes]]
type = "query"
query = "page"
path = "/page"
"#;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let (database, folder, jobs) = serve::arguments()?;
    std::fs::create_dir_all(&folder)?;
    let file = format!("{folder}/service.toml");
    std::fs::write(&file, ROUTES)?;
    let service = pxt::Service::read(&file, "load", &SCHEMA)?;
    // The hand-written service accepts without a bound.
    let limits = pxt::JobsConfig::default().queue(u64::MAX).concurrency(jobs);
    let config = service.config().clone().database(database).media(format!("{folder}/media")).jobs(limits);
    let app = pxt::App::open(config, &SCHEMA).await?;
    Ok(serve::serve(service.routes(&app).router()?).await?)
}
