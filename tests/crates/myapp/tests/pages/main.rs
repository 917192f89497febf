//! The blocks of Pixeltable's pages on serving that name modules and functions: on the program of this crate, which has them.
//!
//! The others, the helpers of both, and what differs from the pages are in `tests/serve` of the workspace.
#![cfg(unix)]
#![allow(dead_code, unreachable_pub, reason = "a test is no library")]

#[path = "../../../../serve/client.rs"]
mod client;
mod decorated;
mod full;
#[path = "../../../../serve/process.rs"]
mod process;
mod queries;
mod quickstart;

use client::Client;
use process::Folder;

/// A working folder for the application.
fn folder() -> Folder {
    Folder::new(env!("CARGO_BIN_EXE_myapp"))
}

/// Stores rows by a service of its own, which has ended when this returns.
fn fill(folder: &Folder, table: &str, rows: &[&str]) {
    let service = folder.serve(&format!("pxt serve insert --table {table} --path /rows"));
    let client = Client::of(&service);
    for row in rows {
        client.post("/rows", row).json(200);
    }
    assert_eq!(service.end("TERM").code, Some(0));
}
