//! The application that the pages call `myapp`: tables, queries and a function of columns. Its routes are those of files and of the
//! command line.
#![allow(unreachable_pub, reason = "an application reads more easily with plain `pub`")]

mod queries;
mod schema;
mod udfs;

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    pxt::cli::run(&schema::SCHEMA).await
}
