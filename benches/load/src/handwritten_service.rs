//! The hand-written service as a process: `handwritten-service <database> <folder> <jobs at once>`.

use std::error::Error;

use pxt_load::{handwritten, serve};

// pxt's binary allocates with mimalloc; the comparison is of the frameworks, not of allocators.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let (database, folder, jobs) = serve::arguments()?;
    let router = handwritten::router(&database, folder.as_ref(), jobs).await?;
    Ok(serve::serve(router).await?)
}
