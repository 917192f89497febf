//! Background jobs under faults: services that are killed and stopped at random moments, and nodes that share a queue. Every job
//! that was accepted ends, and has stored its row exactly once.
//!
//! `PXT_JOBS` says how many jobs, `PXT_FAULTS` how often a service is stopped; by default few enough for every run of the tests.
#![allow(clippy::print_stdout, reason = "a test says what it counted")]
#![allow(unreachable_pub, reason = "the tables are those of the example")]
#![allow(dead_code, reason = "of the tables, these tests only read some columns")]
#![allow(clippy::needless_pass_by_value, reason = "functions over columns own their arguments")]

#[path = "../src/schema.rs"]
mod schema;
mod service;

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use pxt::testing::TestDatabase;
use pxt::{App, Table};
use schema::Poster;
use service::{Client, Service, database, picture};

const CONNECTIONS: usize = 8;

/// The example's function, as the tables name it.
#[pxt::udf]
fn describe(title: String, color: String, brightness: f64) -> String {
    format!("{title} {color} {brightness}")
}

/// A job that a service has accepted.
#[derive(Clone)]
struct Accepted {
    path: String,
    title: String,
}

/// Jobs to submit, and those that were accepted.
#[derive(Default)]
struct Work {
    sent: AtomicUsize,
    accepted: Mutex<Vec<Accepted>>,
}

fn number(variable: &str, usual: usize) -> usize {
    std::env::var(variable).ok().map_or(usual, |text| text.parse().expect("is a number"))
}

/// A number below `end`, another one each time.
fn random(end: usize) -> usize {
    let hash = RandomState::new().build_hasher().finish();
    usize::try_from(hash % end.max(1) as u64).expect("is small")
}

impl Work {
    fn count(&self) -> usize {
        self.accepted.lock().expect("no submitter panics").len()
    }

    /// Submits jobs over several connections until so many are accepted in all, or the service is gone.
    fn submit(&self, address: &str, enough: usize) {
        thread::scope(|scope| {
            for _ in 0..CONNECTIONS {
                scope.spawn(|| self.submit_over_one(address, enough));
            }
        });
    }

    fn submit_over_one(&self, address: &str, enough: usize) {
        let Ok(mut client) = Client::connect(address) else { return };
        while self.count() < enough {
            let number = self.sent.fetch_add(1, Ordering::SeqCst);
            let title = format!("poster {number}.");
            let picture = picture(u32::try_from(number).expect("is small"));
            let Ok((status, answer)) = client.upload("/posters/later", &title, &picture) else { return };
            let answer: serde_json::Value = serde_json::from_slice(&answer).expect("is JSON");
            if answer["type"] == "stopping" {
                return;
            }
            assert_eq!(status, 202, "{answer}");
            let path = format!("/jobs/{}", answer["id"].as_str().expect("is text"));
            self.accepted.lock().expect("no submitter panics").push(Accepted { path, title });
        }
    }

    /// Waits until every accepted job has ended, which each has to do well, and returns how many attempts they took.
    fn finish(&self, address: &str) -> u64 {
        let mut client = Client::connect(address).expect("the service answers");
        let deadline = Instant::now() + Duration::from_secs(300);
        let mut attempts = 0;
        for job in self.accepted.lock().expect("no submitter panics").iter() {
            let ended = loop {
                assert!(Instant::now() < deadline, "{} has not ended", job.path);
                let (status, answer) = client.get_waiting(&job.path).expect("answers");
                assert_eq!(status, 200, "{}: {}", job.path, String::from_utf8_lossy(&answer));
                let answer: serde_json::Value = serde_json::from_slice(&answer).expect("is JSON");
                if answer["status"] != "pending" {
                    break answer;
                }
            };
            assert_eq!(ended["status"], "done", "{ended}");
            assert_eq!(ended["result"]["title"], job.title.as_str(), "{ended}");
            attempts += ended["attempts"].as_u64().expect("a number");
        }
        attempts
    }
}

/// Every accepted job's row is there once, no other row twice, and after a sweep every file is a row's. The services are stopped.
fn nothing_lost_and_nothing_twice(database: &TestDatabase, work: &Work) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let (rows, swept) = runtime.block_on(async {
        let app = App::open(database.config(), &schema::SCHEMA).await.expect("opens");
        let swept = app.sweep_media(Duration::ZERO).await.expect("sweeps");
        let rows: Vec<Poster> = Poster::select().fetch(&app).await.expect("reads");
        app.close().await;
        (rows, swept)
    });
    let mut titles: BTreeMap<&str, usize> = BTreeMap::new();
    for row in &rows {
        *titles.entry(&row.title).or_default() += 1;
    }
    assert_eq!(titles.iter().filter(|(_, count)| **count > 1).collect::<Vec<_>>(), [], "rows that are there twice");
    let accepted = work.accepted.lock().expect("no submitter panics");
    let lost: Vec<_> = accepted.iter().filter(|job| !titles.contains_key(job.title.as_str())).collect();
    assert!(lost.is_empty(), "{} accepted jobs have no row: {}", lost.len(), lost[0].title);

    let named: BTreeSet<String> = rows
        .iter()
        .flat_map(|row| [row.image.url(), row.thumbnail.url()])
        .map(|url| url.expect("is stored").rsplit('/').next().unwrap_or_default().to_owned())
        .collect();
    let kept: BTreeSet<String> = files(&database.folder().join("media")).into_iter().collect();
    assert_eq!(kept.difference(&named).collect::<Vec<_>>(), [""; 0], "files without a row, after {swept} were swept");
    assert_eq!(named.difference(&kept).collect::<Vec<_>>(), [""; 0], "rows without their file");
}

/// The names of the files below a folder.
fn files(folder: &Path) -> Vec<String> {
    let entries = folder.read_dir().expect("is a folder").map(|entry| entry.expect("is readable"));
    let names = |entry: std::fs::DirEntry| match entry.file_type().expect("has a type").is_dir() {
        true => files(&entry.path()),
        false => vec![entry.file_name().to_string_lossy().into_owned()],
    };
    entries.flat_map(names).collect()
}

/// Ends the leases of all jobs that run, as half a minute does in which their nodes are silent. A node that lives on has to find
/// out that its job is another's.
fn end_leases(database: &TestDatabase) {
    let statement = "UPDATE _pxt_jobs SET due_at = created_at WHERE state = 'running'";
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(database.execute(statement)).expect("the table is there");
}

/// Starts a service again and again, stops it while jobs arrive and run, and sees what is left.
fn stopped_at_random(stop: impl Fn(&mut Service) + Sync) {
    let (jobs, faults) = (number("PXT_JOBS", 100), number("PXT_FAULTS", 4));
    let (database, work) = (database(), Work::default());
    let start = Instant::now();
    for fault in 1..=faults {
        let mut service = Service::start(&database);
        let (address, enough) = (service.address(), jobs * fault / faults);
        let before = work.count();
        let moment = before + 1 + random(enough.saturating_sub(before));
        let all = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| {
                work.submit(&address, enough);
                all.store(true, Ordering::SeqCst);
            });
            // In the middle of submissions, or a little later: jobs run all the time.
            while work.count() < moment && !all.load(Ordering::SeqCst) {
                thread::yield_now();
            }
            stop(&mut service);
        });
    }
    end_leases(&database);
    let mut service = Service::start(&database);
    work.submit(&service.address(), jobs);
    let attempts = work.finish(&service.address());
    service.terminate();
    assert!(service.wait().success(), "a clean stop");
    nothing_lost_and_nothing_twice(&database, &work);
    let (sent, accepted) = (work.sent.load(Ordering::SeqCst), work.count());
    let seconds = start.elapsed().as_secs();
    println!(
        "{accepted} jobs of {sent} accepted, {faults} stops, {attempts} attempts, {seconds} s: each row is there once"
    );
}

#[test]
fn sigkill_loses_no_job_and_does_none_twice() {
    stopped_at_random(Service::kill);
}

#[test]
fn sigterm_hands_back_what_it_cannot_finish() {
    stopped_at_random(|service| {
        let start = Instant::now();
        service.terminate();
        assert!(service.wait().success(), "a clean stop");
        assert!(start.elapsed() < Duration::from_secs(35), "it stops within its deadline: {:?}", start.elapsed());
    });
}

#[test]
fn nodes_share_a_queue() {
    let (jobs, database, work) = (number("PXT_JOBS", 100), database(), Work::default());
    // SQLite has two processes on one file, PostgreSQL three on one server.
    let is_server = database.config().database.starts_with("postgres");
    let mut nodes: Vec<Service> = (0..if is_server { 3 } else { 2 }).map(|_| Service::start(&database)).collect();
    let (first, last) = (nodes[0].address(), nodes[nodes.len() - 1].address());
    thread::scope(|scope| {
        scope.spawn(|| work.submit(&first, jobs));
        while work.count() < jobs / 2 {
            thread::yield_now();
        }
        // It dies while it works; the others do what it has accepted.
        nodes[0].kill();
    });
    end_leases(&database);
    work.submit(&last, jobs);
    let attempts = work.finish(&last);
    for node in &mut nodes[1..] {
        node.terminate();
        assert!(node.wait().success(), "a clean stop");
    }
    nothing_lost_and_nothing_twice(&database, &work);
    println!("{} jobs over {} nodes, {attempts} attempts: each row is there once", work.count(), nodes.len());
}
