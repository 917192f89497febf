//! What the pages' `curl` commands ask, and the answers.

use reqwest::Method;
use reqwest::header::HeaderMap;
use serde_json::Value;
use tokio::runtime::{Builder, Runtime};

use crate::process::Service;

const BOUNDARY: &str = "serve-test-boundary";

/// A client of one service.
pub struct Client {
    runtime: Runtime,
    http: reqwest::Client,
    url: String,
}

/// An answer, read to its end.
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    /// The body as JSON, of an answer with this status.
    #[track_caller]
    pub fn json(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", String::from_utf8_lossy(&self.body));
        serde_json::from_slice(&self.body).expect("is JSON")
    }

    /// A header's text.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

impl Client {
    pub fn of(service: &Service) -> Self {
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        let http = reqwest::Client::builder().no_proxy().build().expect("a client");
        Self { runtime, http, url: service.url.clone() }
    }

    /// `curl URL`, which waits for a job if there is one.
    pub fn get(&self, path: &str) -> Answer {
        let request = self.http.get(self.address(path)).header("prefer", "wait=20");
        self.send(request)
    }

    /// The same, without waiting for a job.
    pub fn now(&self, path: &str) -> Answer {
        self.send(self.http.get(self.address(path)))
    }

    /// `curl -X POST URL -H 'Content-Type: application/json' -d BODY`
    pub fn post(&self, path: &str, body: &str) -> Answer {
        let request = self.http.request(Method::POST, self.address(path)).header("content-type", "application/json");
        self.send(request.body(body.to_owned()))
    }

    /// `curl -X POST URL -F NAME=@FILE -F NAME=VALUE …`
    pub fn form(&self, path: &str, file: (&str, &[u8]), values: &[(&str, &str)]) -> Answer {
        let part = format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=");
        let mut body = format!("{part}\"{}\"; filename=\"file\"\r\n\r\n", file.0).into_bytes();
        body.extend_from_slice(file.1);
        for (name, value) in values {
            body.extend_from_slice(format!("\r\n{part}\"{name}\"\r\n\r\n{value}").as_bytes());
        }
        body.extend_from_slice(format!("\r\n--{BOUNDARY}--\r\n").as_bytes());
        let content_type = format!("multipart/form-data; boundary={BOUNDARY}");
        self.send(self.http.post(self.address(path)).header("content-type", content_type).body(body))
    }

    /// A path of the service, or the address of a job.
    fn address(&self, path: &str) -> String {
        if path.starts_with('/') { format!("{}{path}", self.url) } else { path.to_owned() }
    }

    fn send(&self, request: reqwest::RequestBuilder) -> Answer {
        self.runtime.block_on(async {
            let answer = request.send().await.expect("the service answers");
            let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
            Answer { status, headers, body: answer.bytes().await.expect("to the end").to_vec() }
        })
    }
}

/// `photo.jpg`
pub const PHOTO: &[u8] = include_bytes!("../../examples/posters/photos/rocket.jpg");
