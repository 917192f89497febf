//! Three nodes on one PostgreSQL and one bucket, behind a round-robin client: rows are inserted, the same counters incremented
//! by all, pictures stored by one node and read from another. Meanwhile a node is killed and replaced, and the database
//! crashes and comes back. Nothing acknowledged is lost, and errors end with the database's return.
#![cfg(unix)]
#![allow(
    dead_code,
    clippy::needless_pass_by_value,
    unreachable_pub,
    reason = "a test is no library, and uses a part of the bucket server's module"
)]

mod application;
mod client;
mod process;
#[path = "../bucket/server.rs"]
mod s3;
mod schema;

use std::collections::BTreeSet;
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use client::{Client, Outcome, form};
use process::{NODE, Node, Postgres, shared};
use pxt::{App, Config, Table};
use reqwest::Method;
use schema::{Counter, Event, Picture, SCHEMA};
use serde_json::json;
use tokio::task::JoinSet;

const NODES: usize = 3;
const INCREMENTS: usize = 10_000;
/// Few enough that many meet at each.
const COUNTERS: usize = 10;
const CALLERS: usize = 24;
/// What an operator waits for at most after the database is back.
const RECOVERY: Duration = Duration::from_secs(5);
/// What a client waits before it asks again.
const PAUSE: Duration = Duration::from_millis(20);

/// Not a test: what a node's process runs.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "it is started by the test of this file"]
async fn the_node_itself() {
    if std::env::var_os(NODE).is_some() {
        process::serve(&SCHEMA, application::declare).await;
    }
}

/// What the callers did.
struct Tally {
    client: Client,
    /// Set when the callers are to end.
    enough: AtomicBool,
    /// Increments that were begun and that were acknowledged, and of each counter those that were and those that may be stored.
    begun: AtomicUsize,
    done: AtomicUsize,
    counted: [AtomicUsize; COUNTERS],
    perhaps: [AtomicUsize; COUNTERS],
    events: AtomicUsize,
    pictures: AtomicUsize,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_share_a_database_and_a_bucket() {
    let Some(postgres) = Postgres::start() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let bucket = s3::Server::start(folder.path());
    // All at once, so that they meet at the migration of an empty database.
    let environment = shared(&postgres.url, &bucket.address());
    let mut nodes: Vec<Node> = (0..NODES).map(|_| Node::start(&environment)).collect();
    let addresses = nodes.iter_mut().map(Node::address).collect();
    let tally = Arc::new(Tally::new(Client::new(addresses)));
    for name in 0..COUNTERS {
        let made = tally.client.post("/counters", &json!({"name": name.to_string(), "value": 0}), None).await;
        assert!(matches!(made, Outcome::Done(_)), "{made:?}");
    }

    let started = Instant::now();
    let mut callers = JoinSet::new();
    for caller in 0..CALLERS {
        // Every eighth reads and writes itself, by versions.
        callers.spawn(Arc::clone(&tally).increment(caller % 8 == 0));
    }
    let mut others = JoinSet::new();
    for _ in 0..2 {
        others.spawn(Arc::clone(&tally).insert());
        others.spawn(Arc::clone(&tally).store());
    }

    tally.reach(INCREMENTS / 3, &mut callers).await;
    nodes[0].kill();
    nodes[0] = Node::start(&environment);
    tally.client.replace(0, nodes[0].address());

    tally.reach(INCREMENTS * 2 / 3, &mut callers).await;
    let postgres = tokio::task::spawn_blocking(move || {
        postgres.restart();
        postgres
    });
    let postgres = postgres.await.expect("restarts");
    let back = Instant::now();

    tally.reach(INCREMENTS, &mut callers).await;
    while let Some(caller) = callers.join_next().await {
        caller.expect("does not panic");
    }
    let took = started.elapsed();
    tally.enough.store(true, Ordering::Relaxed);
    while let Some(other) = others.join_next().await {
        other.expect("does not panic");
    }
    let last = tally.client.last_error.lock().expect("no thread panics").expect("the restart was noticed");
    let errors = last.saturating_duration_since(back);
    assert!(errors < RECOVERY, "errors went on for {errors:?} after the database's return");
    tally.check(&postgres.url, folder.path()).await;
    let text = format!(
        "{INCREMENTS} increments in {took:.1?}, {} events, {} pictures; {} requests refused, {} without certainty; \
         errors ended {errors:.1?} after the database's return",
        tally.events.load(Ordering::Relaxed),
        tally.pictures.load(Ordering::Relaxed),
        tally.client.refused.load(Ordering::Relaxed),
        tally.client.unknown.load(Ordering::Relaxed),
    );
    drop(writeln!(std::io::stderr(), "{text}"));
}

impl Tally {
    fn new(client: Client) -> Self {
        Self {
            client,
            enough: AtomicBool::new(false),
            begun: AtomicUsize::new(0),
            done: AtomicUsize::new(0),
            counted: Default::default(),
            perhaps: Default::default(),
            events: AtomicUsize::new(0),
            pictures: AtomicUsize::new(0),
        }
    }

    /// Waits until so many increments are acknowledged.
    async fn reach(&self, increments: usize, callers: &mut JoinSet<()>) {
        while self.done.load(Ordering::Relaxed) < increments {
            tokio::select! {
                Some(caller) = callers.join_next() => caller.expect("does not panic"),
                () = tokio::time::sleep(PAUSE) => {}
            }
        }
    }

    /// Increments one counter after the other, each until it is acknowledged.
    async fn increment(self: Arc<Self>, by_version: bool) {
        loop {
            let number = self.begun.fetch_add(1, Ordering::Relaxed);
            if number >= INCREMENTS {
                return;
            }
            let counter = number % COUNTERS;
            loop {
                let name = counter.to_string();
                let outcome = if by_version {
                    self.set(&name).await
                } else {
                    self.client.post("/increment", &json!({"name": name}), None).await
                };
                match outcome {
                    Outcome::Done(_) => break,
                    Outcome::Conflict => continue,
                    Outcome::Refused => {}
                    Outcome::Unknown => drop(self.perhaps[counter].fetch_add(1, Ordering::Relaxed)),
                }
                tokio::time::sleep(PAUSE).await;
            }
            self.counted[counter].fetch_add(1, Ordering::Relaxed);
            self.done.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Reads a counter from one node, and writes it by another if its version is the same still.
    async fn set(&self, name: &str) -> Outcome {
        let path = format!("/counter?name={name}");
        let (found, version) = self.client.send(&self.client.node(), Method::GET, &path, None, None).await;
        let Outcome::Done(found) = found else { return Outcome::Refused };
        let value = found["value"].as_i64().expect("a number") + 1;
        let version = version.expect("a lookup by key names the version");
        self.client.post("/counter/set", &json!({"name": name, "value": value}), Some(&version)).await
    }

    /// Inserts events until there are enough. What may have been stored is sent again, under the same number.
    async fn insert(self: Arc<Self>) {
        while !self.enough.load(Ordering::Relaxed) {
            let number = self.events.fetch_add(1, Ordering::Relaxed);
            let body = json!({"number": number, "text": format!("event {number}")});
            let mut perhaps = false;
            loop {
                match self.client.post("/events", &body, None).await {
                    Outcome::Done(_) => break,
                    Outcome::Conflict if perhaps => break,
                    Outcome::Conflict => panic!("event {number} was stored before it was sent"),
                    Outcome::Refused => {}
                    Outcome::Unknown => perhaps = true,
                }
                tokio::time::sleep(PAUSE).await;
            }
        }
    }

    /// Stores pictures by one node and reads them from the next, until there are enough.
    async fn store(self: Arc<Self>) {
        while !self.enough.load(Ordering::Relaxed) {
            let bytes = picture(self.pictures.fetch_add(1, Ordering::Relaxed));
            let row = loop {
                let node = self.client.node();
                match self.client.send(&node, Method::POST, "/pictures", Some(form(&bytes)), None).await.0 {
                    Outcome::Done(row) => break row,
                    Outcome::Conflict => panic!("each picture has a key of its own"),
                    Outcome::Refused | Outcome::Unknown => tokio::time::sleep(PAUSE).await,
                }
            };
            assert_eq!(self.read(&row["image"]).await, bytes);
            image::load_from_memory(&self.read(&row["thumbnail"]).await).expect("a picture");
        }
    }

    async fn read(&self, url: &serde_json::Value) -> Vec<u8> {
        let url = url.as_str().expect("a URL");
        loop {
            match self.client.file(&self.client.node(), url).await {
                Some(bytes) => return bytes,
                None => tokio::time::sleep(PAUSE).await,
            }
        }
    }

    /// Compares what was acknowledged with what the database has.
    async fn check(&self, database: &str, folder: &std::path::Path) {
        let config = Config::in_folder(folder.join("checking")).database(database);
        let app = App::open(config, &SCHEMA).await.expect("opens");
        for (counter, (counted, perhaps)) in self.counted.iter().zip(&self.perhaps).enumerate() {
            let found = Counter::get(&app, counter.to_string()).await.expect("reads").expect("is there");
            let (counted, perhaps) = (counted.load(Ordering::Relaxed), perhaps.load(Ordering::Relaxed));
            let value = usize::try_from(found.value).expect("grew");
            assert!((counted..=counted + perhaps).contains(&value), "{value}: {counted} and perhaps {perhaps}");
            assert_eq!(found.twice, found.value * 2);
        }
        let found: BTreeSet<i64> =
            Event::select().only(Event::number).fetch(&app).await.expect("reads").into_iter().collect();
        let events = self.events.load(Ordering::Relaxed);
        assert_eq!((found.len(), found.last().copied()), (events, Some(events as i64 - 1)));
        // One that may have been stored was sent again under another key.
        let pictures = Picture::select().count(&app).await.expect("counts");
        assert!(pictures >= self.pictures.load(Ordering::Relaxed) as u64, "{pictures}");
        app.close().await;
    }
}

/// A small picture that no other number has.
fn picture(number: usize) -> Vec<u8> {
    let [.., red, green, blue] = number.to_be_bytes();
    let image = image::RgbImage::from_pixel(8, 8, image::Rgb([red, green, blue]));
    let mut bytes = std::io::Cursor::new(Vec::new());
    image::DynamicImage::from(image).write_to(&mut bytes, image::ImageFormat::Png).expect("a PNG can be written");
    bytes.into_inner()
}
