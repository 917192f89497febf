//! A program whose answers are exported, by routes of attributes and of the builder; its tests write a file with the same routes.
//!
//! A path says what a route does: `/attribute/insert/merge/outbox/background` is an insert route by an attribute that merges
//! rows into the target by the outbox, and answers with a job.
#![allow(clippy::needless_pass_by_value, reason = "functions over columns own their arguments")]

mod attributes;
mod built;
mod schema;

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    pxt::cli::run_with(&schema::SCHEMA, built::declare).await
}
