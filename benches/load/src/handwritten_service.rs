//! The hand-written service as a process: `handwritten-service <database>`.

use std::error::Error;

use pxt_load::{handwritten, serve};

// pxt's binary allocates with mimalloc; the comparison is of the frameworks, not of allocators.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let router = handwritten::router(&serve::database()?).await?;
    Ok(serve::serve(router).await?)
}
