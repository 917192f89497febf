//! A small round-robin client: each request goes to the next node, as behind a balancer, and each answer is judged by what it
//! says of the row.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use reqwest::{Method, Response};
use serde_json::Value;

/// What became of a request.
#[derive(Debug)]
pub enum Outcome {
    /// 200.
    Done(Value),
    /// 409 or 412: the row is there, or another than was thought.
    Conflict,
    /// Nothing was written: to be tried again.
    Refused,
    /// It may have been written, or not.
    Unknown,
}

/// The nodes, and what was seen of them.
pub struct Client {
    http: reqwest::Client,
    nodes: Mutex<Vec<String>>,
    next: AtomicUsize,
    /// When the database was last said to be away.
    pub last_error: Mutex<Option<Instant>>,
    pub refused: AtomicUsize,
    pub unknown: AtomicUsize,
}

/// A request's body, and its type.
pub type Body = (&'static str, Vec<u8>);

const BOUNDARY: &str = "nodes-test-boundary";

impl Client {
    pub fn new(nodes: Vec<String>) -> Self {
        // Longer than any limit of a service: a request that hangs fails the test.
        let http = reqwest::Client::builder().timeout(Duration::from_secs(30)).no_proxy().build().expect("a client");
        Self {
            http,
            nodes: Mutex::new(nodes),
            next: AtomicUsize::new(0),
            last_error: Mutex::default(),
            refused: AtomicUsize::new(0),
            unknown: AtomicUsize::new(0),
        }
    }

    /// Puts a node in another one's place.
    pub fn replace(&self, place: usize, node: String) {
        self.nodes.lock().expect("no thread panics")[place] = node;
    }

    /// The next node and its place.
    pub fn node(&self) -> String {
        let nodes = self.nodes.lock().expect("no thread panics");
        nodes[self.next.fetch_add(1, Ordering::Relaxed) % nodes.len()].clone()
    }

    /// POSTs JSON to the next node, with a version that the row has to have.
    pub async fn post(&self, path: &str, body: &Value, version: Option<&str>) -> Outcome {
        self.send(&self.node(), Method::POST, path, Some(json(body)), version).await.0
    }

    /// Sends a request to a node. The outcome, and the version of the row that the answer names.
    pub async fn send(
        &self,
        node: &str,
        method: Method,
        path: &str,
        body: Option<Body>,
        version: Option<&str>,
    ) -> (Outcome, Option<String>) {
        let is_read = method == Method::GET;
        let mut request = self.http.request(method, format!("{node}{path}"));
        if let Some((content_type, bytes)) = body {
            request = request.header("content-type", content_type).body(bytes);
        }
        if let Some(version) = version {
            request = request.header("if-match", version);
        }
        match request.send().await {
            Ok(answer) => {
                let version = answer.headers().get("etag").and_then(|tag| tag.to_str().ok()).map(ToOwned::to_owned);
                (self.judge(answer, is_read).await, version)
            }
            // The node was killed. Nothing was sent, or nobody knows what became of it.
            Err(error) if error.is_connect() || is_read => (Outcome::Refused, None),
            Err(error) => {
                assert!(!error.is_timeout(), "a request hangs: {error:?}");
                self.unknown.fetch_add(1, Ordering::Relaxed);
                (Outcome::Unknown, None)
            }
        }
    }

    async fn judge(&self, answer: Response, is_read: bool) -> Outcome {
        let (status, path) = (answer.status().as_u16(), answer.url().path().to_owned());
        let wait = answer.headers().contains_key("retry-after");
        let body = answer.bytes().await;
        let body: Value = match &body {
            Ok(body) => serde_json::from_slice(body).unwrap_or_default(),
            Err(_) if is_read => return Outcome::Refused,
            Err(_) => return Outcome::Unknown,
        };
        match status {
            200 => Outcome::Done(body),
            409 | 412 => Outcome::Conflict,
            503 => {
                *self.last_error.lock().expect("no thread panics") = Some(Instant::now());
                if body["type"] == "outcome_unknown" {
                    self.unknown.fetch_add(1, Ordering::Relaxed);
                    return Outcome::Unknown;
                }
                assert!(wait, "{path}: a 503 that says neither when to come back nor that it may be done: {body}");
                self.refused.fetch_add(1, Ordering::Relaxed);
                Outcome::Refused
            }
            _ => panic!("{path}: {status}: {body}"),
        }
    }

    /// The bytes of a file, from this node; none while they are not to be had.
    pub async fn file(&self, node: &str, url: &str) -> Option<Vec<u8>> {
        let answer = self.http.get(format!("{node}{url}")).send().await.ok()?;
        match answer.status().as_u16() {
            200 => Some(answer.bytes().await.ok()?.to_vec()),
            503 => None,
            status => panic!("{url}: {status}"),
        }
    }
}

/// A JSON body.
pub fn json(value: &Value) -> Body {
    ("application/json", value.to_string().into_bytes())
}

/// A form with a picture.
pub fn form(picture: &[u8]) -> Body {
    let disposition = "Content-Disposition: form-data; name=\"image\"; filename=\"a.png\"";
    let mut body = format!("--{BOUNDARY}\r\n{disposition}\r\n\r\n").into_bytes();
    body.extend_from_slice(picture);
    body.extend_from_slice(format!("\r\n--{BOUNDARY}--\r\n").as_bytes());
    ("multipart/form-data; boundary=nodes-test-boundary", body)
}
