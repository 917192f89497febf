//! The scenarios that are compared.

use crate::connection::{get, post, post_file};
use crate::load::Requests;
use crate::note::{BODY, STARS, TITLE};

/// A photograph of 110 KiB.
static PHOTO: &[u8] = include_bytes!("../../../examples/posters/photos/rocket.jpg");
/// What each upload's copy has of its own: the text of a comment behind the photograph's first marker.
const NUMBER: &[u8] = b"00000000";

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
    /// Stores a photograph that was not there before, and a row that names it.
    Upload,
    /// Accepts a note as a job, which stores it; the run lasts until the last job has ended.
    Background,
    /// Answers a finished job with its result.
    Poll,
}

/// Every scenario, in the order of the table.
pub const SCENARIOS: [Scenario; 9] = [
    Scenario { name: "insert-1", work: Work::Insert, connections: 1 },
    Scenario { name: "insert-32", work: Work::Insert, connections: 32 },
    Scenario { name: "insert-128", work: Work::Insert, connections: 128 },
    Scenario { name: "decorated-32", work: Work::Decorated, connections: 32 },
    Scenario { name: "lookup-32", work: Work::Lookup, connections: 32 },
    Scenario { name: "page-32", work: Work::Page, connections: 32 },
    Scenario { name: "upload-8", work: Work::Upload, connections: 8 },
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
    Requests { path, expected: 200, variants: vec![post(path, &new_note())], number: None }
}

/// Requests that upload a photograph, each another one.
pub fn uploads() -> Requests {
    let request = upload();
    let number = request.windows(NUMBER.len()).position(|bytes| bytes == NUMBER);
    Requests { path: "/upload", expected: 200, variants: vec![request], number }
}

/// A request that uploads a photograph, with a comment in it.
pub fn upload() -> Vec<u8> {
    let (start, rest) = PHOTO.split_at(2);
    let photo = [start, b"\xff\xfe\x00\x0a", NUMBER, rest].concat();
    post_file("/upload", "picture", "rocket.jpg", "image/jpeg", &photo)
}

/// Requests for a job that stores the note.
pub fn submissions() -> Requests {
    Requests { path: "/later", expected: 202, variants: vec![post("/later", &new_note())], number: None }
}

/// Requests for these jobs, one variant each.
pub fn polls(jobs: &[String]) -> Requests {
    let variants = jobs.iter().map(|id| get(&format!("/jobs/{id}"))).collect();
    Requests { path: "/jobs", expected: 200, variants, number: None }
}

/// Requests that look these keys up, one variant each.
pub fn lookups(ids: &[String]) -> Requests {
    let variants = ids.iter().map(|id| post("/lookup", &key(id))).collect();
    Requests { path: "/lookup", expected: 200, variants, number: None }
}

/// Requests for ten notes from these keys on, one variant each.
pub fn pages(ids: &[String]) -> Requests {
    let variants = ids.iter().map(|id| post("/page", &from(id))).collect();
    Requests { path: "/page", expected: 200, variants, number: None }
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
