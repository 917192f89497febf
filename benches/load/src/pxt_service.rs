//! The same service on pxt as a process: `pxt-service <database> <folder> <jobs at once>`. What `handwritten.rs` writes out, a struct,
//! two functions and two declarations say here.

use std::error::Error;

use pxt::JobsConfig;
use pxt_load::serve;

// pxt's binary allocates with mimalloc, and so does the service that this one is compared with.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

mod decorated;
mod routes;
mod schema;

use schema::SCHEMA;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let (database, folder, jobs) = serve::arguments()?;
    // The hand-written service accepts without a bound.
    let jobs = JobsConfig::default().queue(u64::MAX).concurrency(jobs);
    let config = pxt::Config::default().database(database).media(format!("{folder}/media")).jobs(jobs);
    let app = pxt::App::open(config, &SCHEMA).await?;
    Ok(serve::serve(routes::routes(&app, routes::insert("/insert")).router()?).await?)
}
