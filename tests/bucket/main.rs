//! Media in a bucket, against a real server of the S3 protocol that serves a temporary folder. The tests of uploads and of
//! media files are those of `tests/http`, on this storage.

#![allow(
    dead_code,
    clippy::needless_pass_by_value,
    unreachable_pub,
    reason = "the modules of `tests/http` hold more than is used here; tables are `pub` as an application writes them"
)]

#[path = "../http/check.rs"]
mod check;
#[path = "../http/media.rs"]
mod media;
#[path = "../http/routes.rs"]
mod routes;
#[path = "../http/schema.rs"]
mod schema;
#[path = "../http/uploads.rs"]
mod uploads;

mod failures;
mod redirects;
mod server;
mod sweeping;

use std::path::Path;

use check::{fields, picture, problem};
use pxt::Config;
use pxt::testing::TestService;
use server::Server;

/// A service of all tables and routes of `tests/http`, with its media in a bucket.
async fn service() -> TestService {
    with(|config| config).await.0
}

/// The same with its server, and another configuration.
async fn with(configure: impl FnOnce(Config) -> Config) -> (TestService, Server) {
    let mut server = None;
    let in_bucket = |config: Config| {
        let started = Server::start(Path::new(&config.media));
        let config = started.configure(config);
        server = Some(started);
        configure(config)
    };
    let service = TestService::with(&schema::SCHEMA, in_bucket).await.expect("the service starts");
    (service, server.expect("was started"))
}

/// How many files the service keeps that a row could name.
fn files(service: &TestService) -> usize {
    server::files(&service.folder().join("media"))
}
