//! `kill -9`, again and again, under a load of quick and slow background inserts with uploads: every accepted job ends once, every row is
//! there once, and no file is left over. A few kills as a test; as many as one likes by
//!
//! ```sh
//! PXT_TEST_KILLS=100 cargo test --test kills -- --nocapture
//! ```
//!
//! On PostgreSQL there are three nodes, and the clock of one is 90 s ahead for half of the time where libfaketime is installed; on SQLite the
//! one node's, when there are many kills: what it claimed meanwhile is let go when the time has come.
#![cfg(unix)]
#![allow(
    dead_code,
    clippy::needless_pass_by_value,
    unreachable_pub,
    reason = "a test is no library, and uses a part of the modules of others"
)]

mod application;
mod client;
#[path = "../nodes/process.rs"]
mod process;
#[path = "../bucket/server.rs"]
mod s3;
mod schema;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use client::Clients;
use process::{NODE, Node, Postgres, shared};
use pxt::{App, Config, Table};
use schema::{Quick, SCHEMA, Slow};
use tokio::task::JoinSet;

/// How many nodes are killed if nobody says.
const KILLS: usize = 3;
/// As many clients.
const CLIENTS: usize = 6;
/// Between two requests of one client.
const PAUSE: Duration = Duration::from_millis(50);
/// From this number of kills on, the clock of SQLite's one node is set: its jobs end later by as much.
const MANY: usize = 20;

/// Not a test: what a node's process runs.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "it is started by the tests of this file"]
async fn the_node_itself() {
    if std::env::var_os(NODE).is_some() {
        process::serve(&SCHEMA, application::declare).await;
    }
}

fn kills() -> usize {
    std::env::var("PXT_TEST_KILLS").map_or(KILLS, |kills| kills.parse().expect("PXT_TEST_KILLS is a number"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn jobs_survive_kills_on_sqlite() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).display().to_string();
    let environment = vec![("PXT_DATABASE", path("pxt.db")), ("PXT_MEDIA", path("media"))];
    let clients = run("SQLite", 1, &environment, PAUSE, kills() >= MANY).await;
    let config = Config::in_folder(folder.path()).database(path("pxt.db")).media(path("media"));
    check(&clients, config, || count(&folder.path().join("media"))).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn jobs_survive_kills_of_three_nodes_on_postgresql() {
    let Some(postgres) = Postgres::start() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let bucket = s3::Server::start(folder.path());
    // The server of the bucket looks at all files when it lists some.
    let pause = PAUSE + Duration::from_millis(4) * kills() as u32;
    let clients = run("PostgreSQL", 3, &shared(&postgres.url, &bucket.address()), pause, true).await;
    let config = bucket.configure(Config::in_folder(folder.path().join("checking")).database(&postgres.url));
    check(&clients, config, || bucket.files()).await;
}

/// Kills nodes under load, and waits until what was accepted is done.
async fn run(
    database: &str,
    count: usize,
    environment: &[(&str, String)],
    pause: Duration,
    sets_clock: bool,
) -> Arc<Clients> {
    let ahead = ahead().filter(|_| sets_clock);
    assert!(ahead.is_some() || kills() < MANY, "`apt-get install faketime` for a clock that is ahead");
    let start = |is_ahead: bool| {
        let ahead = ahead.iter().flatten().filter(|_| is_ahead).cloned();
        Node::start(&environment.iter().cloned().chain(ahead).collect::<Vec<_>>())
    };
    let mut nodes: Vec<Node> = (0..count).map(|_| start(false)).collect();
    let clients = Clients::new(nodes.iter_mut().map(Node::address).collect());
    let mut submitting = JoinSet::new();
    for _ in 0..CLIENTS {
        submitting.spawn(Arc::clone(&clients).submit(pause));
    }
    let kills = kills();
    for kill in 0..kills {
        // Not in step with anything.
        tokio::time::sleep(Duration::from_millis(300 + kill as u64 * 379 % 900)).await;
        let place = kill % count;
        nodes[place].kill();
        nodes[place] = start(place == 0 && (kills / 4..kills * 3 / 4).contains(&kill));
        clients.replace(place, nodes[place].address());
    }
    clients.stop();
    while let Some(client) = submitting.join_next().await {
        client.expect("does not panic");
    }
    if ahead.is_some() {
        nodes[0].kill();
        nodes[0] = start(false);
        clients.replace(0, nodes[0].address());
    }
    let (most, again) = clients.end().await;
    let (accepted, perhaps) =
        (clients.accepted.lock().expect("is free").len(), clients.perhaps.lock().expect("is free").len());
    let clock = if ahead.is_some() { ", one clock 90 s ahead for half of them" } else { "" };
    let text = format!(
        "{database}: {accepted} jobs accepted, {perhaps} without an answer, {kills} kills{clock}; {again} were started more than once, \
         {most} times at most; all are done"
    );
    // Not by `eprintln`, which the harness keeps to itself.
    drop(writeln!(std::io::stderr(), "{text}"));
    clients
}

/// The environment in which the clock is 90 s ahead; none where libfaketime is not installed.
fn ahead() -> Option<[(&'static str, String); 3]> {
    let triples = ["x86_64-linux-gnu", "aarch64-linux-gnu"];
    let mut libraries = triples.iter().map(|triple| format!("/usr/lib/{triple}/faketime/libfaketimeMT.so.1"));
    let library = libraries.find(|path| Path::new(path).exists())?;
    Some([
        ("LD_PRELOAD", library),
        ("FAKETIME", "+90s".to_owned()),
        // What is set is the time of day.
        ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
    ])
}

/// Compares what was acknowledged with the rows and the files.
async fn check(clients: &Clients, config: Config, files: impl Fn() -> usize) {
    let app = App::open(config, &SCHEMA).await.expect("opens");
    let (accepted, perhaps) =
        (clients.accepted.lock().expect("is free").clone(), clients.perhaps.lock().expect("is free").clone());
    let mut rows = BTreeMap::<i64, usize>::new();
    let quick: Vec<i64> = Quick::select().only(Quick::number).fetch(&app).await.expect("reads");
    let slow: Vec<i64> = Slow::select().only(Slow::number).fetch(&app).await.expect("reads");
    assert!(
        slow.iter().all(|number| Clients::is_slow(*number)) && !quick.iter().any(|number| Clients::is_slow(*number))
    );
    for number in quick.into_iter().chain(slow) {
        *rows.entry(number).or_default() += 1;
    }
    for number in accepted.keys() {
        assert_eq!(rows.get(number), Some(&1), "the row of job {number}");
    }
    for (number, count) in &rows {
        let is_known = accepted.contains_key(number) || perhaps.contains(number);
        assert!(*count == 1 && is_known, "{count} rows of request {number}");
    }
    // What a killed node was about to store, and nobody names. A bucket's files are moved aside first.
    app.sweep_media(Duration::ZERO).await.expect("sweeps");
    assert_eq!(files(), rows.len() * 2, "of each row the picture and its thumbnail");
    app.close().await;
}

fn count(folder: &Path) -> usize {
    let entries = folder.read_dir().expect("is a folder").filter_map(Result::ok);
    let visible = entries.filter(|entry| !entry.file_name().to_string_lossy().starts_with('.'));
    visible.map(|entry| if entry.path().is_dir() { count(&entry.path()) } else { 1 }).sum()
}
