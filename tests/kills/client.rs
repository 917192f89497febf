//! Clients that submit jobs to whichever node is next, and keep what was said of each.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use reqwest::StatusCode;
use serde_json::Value;

const BOUNDARY: &str = "kills-test-boundary";
/// Every so many-th job is a slow one.
const SLOW: i64 = 4;
/// How long accepted jobs may take to end: leases of killed nodes take half a minute, and those of one whose clock was ahead longer.
const PATIENCE: Duration = Duration::from_secs(400);

/// The nodes, and what was seen of them.
pub struct Clients {
    http: reqwest::Client,
    nodes: Mutex<Vec<String>>,
    /// Set when no more are to be submitted.
    enough: AtomicBool,
    next: AtomicI64,
    /// The jobs that were accepted, by their numbers.
    pub accepted: Mutex<BTreeMap<i64, String>>,
    /// The numbers of requests that nobody answered.
    pub perhaps: Mutex<BTreeSet<i64>>,
}

impl Clients {
    pub fn new(nodes: Vec<String>) -> Arc<Self> {
        // Longer than any limit of a service: a request that hangs fails the test.
        let http = reqwest::Client::builder().timeout(Duration::from_secs(60)).no_proxy().build().expect("a client");
        Arc::new(Self {
            http,
            nodes: Mutex::new(nodes),
            enough: AtomicBool::new(false),
            next: AtomicI64::new(0),
            accepted: Mutex::default(),
            perhaps: Mutex::default(),
        })
    }

    /// Puts a node in another one's place.
    pub fn replace(&self, place: usize, node: String) {
        self.nodes.lock().expect("no thread panics")[place] = node;
    }

    pub fn stop(&self) {
        self.enough.store(true, Ordering::Relaxed);
    }

    fn node(&self, number: i64) -> String {
        let nodes = self.nodes.lock().expect("no thread panics");
        nodes[number.unsigned_abs() as usize % nodes.len()].clone()
    }

    /// Whether a number is that of a slow job.
    pub fn is_slow(number: i64) -> bool {
        number % SLOW == 0
    }

    /// Submits one job after the other.
    pub async fn submit(self: Arc<Self>, pause: Duration) {
        while !self.enough.load(Ordering::Relaxed) {
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            let path = if Self::is_slow(number) { "/slow" } else { "/quick" };
            let request = self.http.post(format!("{}{path}", self.node(number)));
            let request =
                request.header("content-type", format!("multipart/form-data; boundary={BOUNDARY}")).body(form(number));
            match request.send().await {
                Ok(answer) => self.heard(number, answer).await,
                Err(error) if error.is_connect() => {}
                Err(error) => {
                    assert!(!error.is_timeout(), "a request hangs: {error:?}");
                    self.perhaps(number);
                }
            }
            tokio::time::sleep(pause).await;
        }
    }

    async fn heard(&self, number: i64, answer: reqwest::Response) {
        let status = answer.status();
        let body: Value = match answer.bytes().await {
            Ok(body) => serde_json::from_slice(&body).unwrap_or_default(),
            Err(_) => return self.perhaps(number),
        };
        match status {
            StatusCode::ACCEPTED => {
                let id = body["id"].as_str().expect("an id").to_owned();
                self.accepted.lock().expect("no thread panics").insert(number, id);
            }
            StatusCode::SERVICE_UNAVAILABLE if body["type"] == "outcome_unknown" => self.perhaps(number),
            StatusCode::SERVICE_UNAVAILABLE => {}
            _ => panic!("{number}: {status}: {body}"),
        }
    }

    fn perhaps(&self, number: i64) {
        self.perhaps.lock().expect("no thread panics").insert(number);
    }

    /// Waits until all that was accepted is done; answers how often a job was started at most, and how many more than once.
    pub async fn end(&self) -> (i64, usize) {
        let until = Instant::now() + PATIENCE;
        let accepted: Vec<_> = self.accepted.lock().expect("no thread panics").clone().into_iter().collect();
        let (mut most, mut again) = (0, 0);
        for (number, id) in accepted {
            loop {
                let request = self.http.get(format!("{}/jobs/{id}", self.node(number))).header("prefer", "wait=20");
                let answer = request.send().await.expect("all nodes are there");
                assert_eq!(answer.status(), StatusCode::OK, "{number}");
                let job: Value = serde_json::from_slice(&answer.bytes().await.expect("whole")).expect("JSON");
                assert!(Instant::now() < until, "job {number} does not end: {job}");
                match job["state"].as_str().expect("a state") {
                    "pending" | "running" => {}
                    state => {
                        assert_eq!((state, &job["result"]["number"]), ("done", &number.into()), "{job}");
                        let attempts = job["attempts"].as_i64().expect("a number");
                        most = most.max(attempts);
                        again += usize::from(attempts > 1);
                        break;
                    }
                }
            }
        }
        (most, again)
    }
}

/// The form of a request: its number, and a picture that no other has.
fn form(number: i64) -> Vec<u8> {
    let part = format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=");
    let mut body =
        format!("{part}\"number\"\r\n\r\n{number}\r\n{part}\"image\"; filename=\"a.png\"\r\n\r\n").into_bytes();
    body.extend_from_slice(&picture(number));
    body.extend_from_slice(format!("\r\n--{BOUNDARY}--\r\n").as_bytes());
    body
}

fn picture(number: i64) -> Vec<u8> {
    let [.., red, green, blue] = number.to_be_bytes();
    let image = image::RgbImage::from_pixel(8, 8, image::Rgb([red, green, blue]));
    let mut bytes = std::io::Cursor::new(Vec::new());
    image::DynamicImage::from(image).write_to(&mut bytes, image::ImageFormat::Png).expect("a PNG can be written");
    bytes.into_inner()
}
