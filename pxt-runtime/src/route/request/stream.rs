//! A request's body as it arrives: how large, how fast, and what becomes of the rest of it.

use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use axum::extract::Request;
use axum::http::{HeaderMap, header};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use tokio::time::Instant;

use crate::error::{Error, Result};

/// How long what is left of a body is read and dropped after a refusal. hyper closes a connection over an unread body, and a
/// client that still writes would see that and not the answer.
const DRAIN: Duration = Duration::from_secs(5);

/// Bytes a second that a body may not fall below for longer than the configured wait.
const SLOWEST: u64 = 16 << 10;

/// Reads what is left of a request that nothing serves, within the time for that, so that its client reads the answer.
pub(crate) async fn drain(request: Request) {
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
    /// The body of a request; `wait` is how long it may stand still.
    pub(super) fn new(wait: Duration, headers: &HeaderMap, body: Body) -> Self {
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

    /// The whole body.
    pub(super) async fn collect(&mut self, headers: &HeaderMap, limit: usize) -> Result<Bytes> {
        let announced = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
        if announced.is_some_and(|length| length > limit as u64) {
            return Err(too_large(limit as u64));
        }
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
    pub(super) async fn drain(&mut self) {
        if self.asked {
            return;
        }
        let rest = async { while let Ok(Some(_)) = self.next().await {} };
        // Whoever is slower than that has its connection closed.
        drop(tokio::time::timeout(DRAIN, rest).await);
    }
}
