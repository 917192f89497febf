//! From a request to its body: which type, how large, how fast.

use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use axum::extract::Request;
use axum::http::{HeaderMap, header};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use tokio::time::Instant;

use super::endpoint::{Endpoint, Input};
use super::{json, multipart};
use crate::error::{Error, Result};

/// How long what is left of a body is read and dropped after a refusal. hyper closes a connection over an unread body, and a
/// client that still writes would see that and not the answer.
const DRAIN: Duration = Duration::from_secs(5);

/// Bytes a second that a body may not fall below for longer than the configured wait.
const SLOWEST: u64 = 16 << 10;

/// Reads a request of this endpoint.
pub(super) async fn read(endpoint: &Endpoint, request: Request) -> Result<Input> {
    let (parts, body) = request.into_parts();
    let mut stream = Stream::new(endpoint, &parts.headers, body);
    let result = read_as(endpoint, &parts.headers, &mut stream).await;
    if result.is_err() {
        stream.drain().await;
    }
    result
}

async fn read_as(endpoint: &Endpoint, headers: &HeaderMap, stream: &mut Stream) -> Result<Input> {
    let content_type = content_type(headers)?;
    if endpoint.takes_files() {
        multipart::read(endpoint, &content_type, stream).await
    } else {
        read_json(endpoint, headers, &content_type, stream).await
    }
}

/// Reads what is left of a request that nothing serves, within the time for that, so that its client reads the answer.
pub(super) async fn drain(request: Request) {
    let (parts, body) = request.into_parts();
    Stream {
        body: Some(body.into_data_stream()),
        wait: DRAIN,
        start: Instant::now(),
        received: 0,
        asked: asked(&parts.headers),
    }
    .drain()
    .await;
}

/// Whether the client sends its body only when asked to.
fn asked(headers: &HeaderMap) -> bool {
    headers.contains_key(header::EXPECT)
}

/// The media type, lower case and without parameters, and the whole header.
pub(super) struct ContentType {
    pub(super) essence: String,
    pub(super) whole: String,
}

fn content_type(headers: &HeaderMap) -> Result<ContentType> {
    let Some(value) = headers.get(header::CONTENT_TYPE) else {
        return Ok(ContentType { essence: String::new(), whole: String::new() });
    };
    let whole = value.to_str().map_err(|_| unsupported("the content type is not readable"))?.to_owned();
    let essence = whole.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    Ok(ContentType { essence, whole })
}

pub(super) fn unsupported(detail: &'static str) -> Error {
    Error::new(415, "unsupported_media_type", detail)
}

async fn read_json(
    endpoint: &Endpoint,
    headers: &HeaderMap,
    content_type: &ContentType,
    stream: &mut Stream,
) -> Result<Input> {
    let essence = content_type.essence.as_str();
    let declared = essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"));
    // What `curl -d '{…}'` sends; accepted when it is an object after all.
    let undeclared = essence.is_empty() || essence == "application/x-www-form-urlencoded";
    let wrong = || unsupported("the body must be JSON: send `Content-Type: application/json`");
    if !declared && !undeclared {
        return Err(wrong());
    }
    let limit = endpoint.app.settings().max_body;
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > limit as u64) {
        return Err(too_large(limit as u64));
    }
    let body = stream.collect(limit).await?;
    if undeclared && !body.trim_ascii_start().starts_with(b"{") && !body.is_empty() {
        return Err(wrong());
    }
    json::read(endpoint, &body)
}

pub(super) fn too_large(limit: u64) -> Error {
    let detail = if limit >= 1 << 20 {
        format!("the body is larger than {} MiB", limit >> 20)
    } else {
        format!("the body is larger than {limit} bytes")
    };
    Error::new(413, "body_too_large", detail)
}

/// A body as it arrives, with a limit on its time: the configured wait, and more as more has come.
pub(super) struct Stream {
    body: Option<BodyDataStream>,
    wait: Duration,
    start: Instant,
    received: u64,
    /// The client waits to be asked for its body, which the first read does.
    asked: bool,
}

impl Stream {
    fn new(endpoint: &Endpoint, headers: &HeaderMap, body: Body) -> Self {
        let wait = endpoint.app.settings().read_timeout;
        Self { body: Some(body.into_data_stream()), wait, start: Instant::now(), received: 0, asked: asked(headers) }
    }

    /// The next part. None at the end.
    pub(super) async fn next(&mut self) -> Result<Option<Bytes>> {
        let Some(body) = &mut self.body else { return Ok(None) };
        self.asked = false;
        let deadline = self.start + self.wait + Duration::from_secs(self.received / SLOWEST);
        match tokio::time::timeout_at(deadline, body.next()).await {
            Ok(Some(Ok(chunk))) => {
                self.received += chunk.len() as u64;
                Ok(Some(chunk))
            }
            Ok(None) => Ok(None),
            Ok(Some(Err(error))) => {
                self.body = None;
                Err(Error::new(400, "malformed_body", "the body ended before its announced end").with_source(error))
            }
            Err(_) => {
                self.body = None;
                Err(Error::new(408, "request_timeout", "the body arrived too slowly"))
            }
        }
    }

    async fn collect(&mut self, limit: usize) -> Result<Bytes> {
        let Some(first) = self.next().await? else { return Ok(Bytes::new()) };
        if first.len() > limit {
            return Err(too_large(limit as u64));
        }
        let Some(second) = self.next().await? else { return Ok(first) };
        let mut whole = BytesMut::with_capacity(first.len() + second.len());
        whole.extend_from_slice(&first);
        let mut next = Some(second);
        while let Some(chunk) = next {
            if whole.len() + chunk.len() > limit {
                return Err(too_large(limit as u64));
            }
            whole.extend_from_slice(&chunk);
            next = self.next().await?;
        }
        Ok(whole.freeze())
    }

    /// Reads what is left, within bounds. A client that has not been asked for its body does not send it.
    async fn drain(&mut self) {
        if self.asked {
            return;
        }
        let rest = async { while let Ok(Some(_)) = self.next().await {} };
        // Whoever is slower than that has its connection closed.
        drop(tokio::time::timeout(DRAIN, rest).await);
    }
}
