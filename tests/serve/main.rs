//! Every command line and TOML block of Pixeltable's pages on serving, on the program `pxt`: what it says at the start, what its
//! routes answer, how it ends. Blocks that need functions of Rust are in `tests/crates/myapp`.
//!
//! What differs from the pages, and why, is in `DIFFERENCES.md`.
#![cfg(unix)]
#![allow(dead_code, unreachable_pub, reason = "a test is no library")]

mod blocks;
mod client;
mod dry;
mod ends;
mod export;
mod process;
mod services;
mod single;
mod starts;
mod tables;
mod usage;

use process::Folder;

/// A working folder for `pxt`, with tables in its `pxt.toml`.
fn folder(tables: &str) -> Folder {
    Folder::new(env!("CARGO_BIN_EXE_pxt")).with("pxt.toml", tables)
}
