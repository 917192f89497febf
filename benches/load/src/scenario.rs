//! The scenarios that are compared.

use crate::connection::{get, post};
use crate::load::Requests;
use crate::note::{BODY, STARS, TITLE};

/// How many notes, or finished jobs, are there to be looked up.
pub const SEEDED: u64 = 500;

/// A kind of work over a number of connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scenario {
    /// The name on the command line and in the table.
    pub name: &'static str,
    /// What each request does.
    pub work: Work,
    /// How many requests are in flight.
    pub connections: usize,
}

/// What a request does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// Stores a note; answers some of its columns.
    Insert,
    /// Stores a note; answers what a function makes of its columns.
    Decorated,
    /// Answers a whole note by its key.
    Lookup,
    /// Answers ten whole notes, in the order of their keys from one of them on.
    Page,
    /// Accepts a note as a job, which stores it; the run lasts until the last job has ended.
    Background,
    /// Answers a finished job with its result.
    Poll,
}

/// Every scenario, in the order of the table.
pub const SCENARIOS: [Scenario; 8] = [
    Scenario { name: "insert-1", work: Work::Insert, connections: 1 },
    Scenario { name: "insert-32", work: Work::Insert, connections: 32 },
    Scenario { name: "insert-128", work: Work::Insert, connections: 128 },
    Scenario { name: "decorated-32", work: Work::Decorated, connections: 32 },
    Scenario { name: "lookup-32", work: Work::Lookup, connections: 32 },
    Scenario { name: "page-32", work: Work::Page, connections: 32 },
    Scenario { name: "background-32", work: Work::Background, connections: 32 },
    Scenario { name: "poll-32", work: Work::Poll, connections: 32 },
];

impl Scenario {
    /// The scenario of this name.
    pub fn named(name: &str) -> Option<Self> {
        SCENARIOS.into_iter().find(|scenario| scenario.name == name)
    }
}

/// Requests that store the note: one variant, since the service numbers the rows.
pub fn inserts(path: &'static str) -> Requests {
    Requests { path, expected: 200, variants: vec![post(path, &new_note())] }
}

/// Requests for a job that stores the note.
pub fn submissions() -> Requests {
    Requests { path: "/later", expected: 202, variants: vec![post("/later", &new_note())] }
}

/// Requests for these jobs, one variant each.
pub fn polls(jobs: &[String]) -> Requests {
    Requests { path: "/jobs", expected: 200, variants: jobs.iter().map(|id| get(&format!("/jobs/{id}"))).collect() }
}

/// Requests that look these keys up, one variant each.
pub fn lookups(ids: &[String]) -> Requests {
    Requests { path: "/lookup", expected: 200, variants: ids.iter().map(|id| post("/lookup", &key(id))).collect() }
}

/// Requests for ten notes from these keys on, one variant each.
pub fn pages(ids: &[String]) -> Requests {
    Requests { path: "/page", expected: 200, variants: ids.iter().map(|id| post("/page", &from(id))).collect() }
}

/// The JSON text of the note to store.
pub fn new_note() -> String {
    serde_json::json!({ "title": TITLE, "body": BODY, "stars": STARS }).to_string()
}

/// The JSON text that names a note.
pub fn key(id: &str) -> String {
    serde_json::json!({ "id": id }).to_string()
}

/// The JSON text that says where ten notes begin.
pub fn from(id: &str) -> String {
    serde_json::json!({ "from": id }).to_string()
}
