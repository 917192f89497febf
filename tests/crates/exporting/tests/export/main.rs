//! Exports as they are used: the program of this crate as a process of its own, asked by HTTP, and its rows at real targets.
//!
//! Each test does the same over every kind of target: SQLite always; PostgreSQL and MariaDB where `PXT_TEST_POSTGRES` and
//! `PXT_TEST_MARIADB` name servers, as in `tests/run export`. The service's own database is that of `PXT_TEST_DATABASE`, or SQLite.
#![cfg(unix)]
#![allow(dead_code, unreachable_pub, reason = "a test is no library")]

mod away;
#[path = "../../../../serve/client.rs"]
mod client;
mod command;
mod database;
mod gate;
mod killed;
mod matrix;
mod mistakes;
mod order;
#[path = "../../../../serve/process.rs"]
mod process;
mod refused;
mod room;

/// With the step's command there is no way around a server.
#[test]
#[ignore = "only where servers are meant to be there: tests/run export"]
fn every_server_is_there() {
    for variable in [database::POSTGRES, database::MARIADB] {
        assert!(std::env::var(variable).is_ok_and(|url| url.contains("://")), "{variable} is not set");
    }
}
