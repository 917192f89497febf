//! The public behaviour over HTTP, against a real database in a temporary folder.

#![allow(
    clippy::needless_pass_by_value,
    unreachable_pub,
    reason = "functions over columns own their arguments, and tables are `pub` as an application writes them"
)]

mod builder;
mod check;
mod compute;
mod evolve;
mod export;
mod failures;
mod foreign;
mod hostile;
mod insert;
mod jobs;
mod lengths;
mod media;
mod openapi;
mod pages;
mod poison;
mod preconditions;
mod queries;
mod returned;
mod routes;
mod schema;
mod select;
mod shared;
mod sql;
mod start;
mod typed;
mod update;
mod uploads;
mod wire;

use check::{fields, picture, problem};
use pxt::testing::TestService;

/// A service of all tables and routes of these tests.
async fn service() -> TestService {
    TestService::new(&schema::SCHEMA).await.expect("the service starts")
}

/// How many files the service keeps, staged ones included.
fn files(service: &TestService) -> usize {
    fn count(folder: &std::path::Path) -> usize {
        let Ok(entries) = folder.read_dir() else { return 0 };
        entries.filter_map(Result::ok).map(|entry| if entry.path().is_dir() { count(&entry.path()) } else { 1 }).sum()
    }
    count(&service.folder().join("media"))
}
