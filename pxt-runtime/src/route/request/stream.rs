//! A request's body as it arrives: how large, how fast, and what becomes of the rest of it.

use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use axum::extract::Request;
use axum::http::{HeaderMap, header};
use bytes::Bytes;
use futures_util::{FutureExt, StreamExt};
use tokio::time::Instant;

use crate::app::{BodyShare, Settings};
use crate::error::{Error, Result};

/// How long what is left of a body is read and dropped after a refusal. hyper closes a connection over an unread body, and a
/// client that still writes would see that and not the answer.
const DRAIN: Duration = Duration::from_secs(5);

/// Bytes a second that a body may not fall below for longer than the configured wait.
const SLOWEST: u64 = 16 << 10;

/// Reads away what is left of a request's body, within the time for that, so that its client reads the response.
pub(crate) async fn drain(request: &mut Request) {
    let body = std::mem::take(request.body_mut());
    Stream::within(DRAIN, DRAIN, body).drain(request.headers()).await;
}

pub(super) fn too_large(limit: u64) -> Error {
    let detail = if limit >= 1 << 20 {
        format!("the body is larger than {} MiB", limit >> 20)
    } else {
        format!("the body is larger than {limit} bytes")
    };
    Error::new(413, "body_too_large", detail)
}

/// A body as it arrives, with limits on its time: for the next part, for all of it, and for how much has to have come by now.
pub(super) struct Stream {
    /// None once it has ended.
    body: Option<BodyDataStream>,
    wait: Duration,
    whole: Duration,
    start: Instant,
    /// When the last part came.
    last: Instant,
    /// Until when the next part has to come. Each part puts it off by the time that it may take at the slowest, and never further
    /// than `wait` from now: what came quickly does not pay for silence. None for the end of time.
    due: Option<Instant>,
    /// Whether anything was read, which asks a client for its body that waits for that.
    begun: bool,
}

impl Stream {
    /// The body of a request.
    pub(super) fn new(settings: &Settings, body: Body) -> Self {
        Self::within(settings.read_timeout, settings.body_timeout, body)
    }

    fn within(wait: Duration, whole: Duration, body: Body) -> Self {
        let body = Some(body.into_data_stream());
        let start = Instant::now();
        Self { body, wait, whole, start, last: start, due: start.checked_add(wait), begun: false }
    }

    /// The next part. None at the end.
    pub(super) async fn next(&mut self) -> Result<Option<Bytes>> {
        let deadline = self.deadline();
        let Some(body) = &mut self.body else { return Ok(None) };
        self.begun = true;
        // What is there already needs no clock.
        let next = match body.next().now_or_never() {
            Some(next) => next,
            None => {
                let Ok(next) = tokio::time::timeout_at(deadline, body.next()).await else {
                    self.body = None;
                    return Err(Error::new(408, "request_timeout", self.lateness(deadline)));
                };
                next
            }
        };
        match next {
            Some(Ok(chunk)) => {
                self.came(chunk.len());
                Ok(Some(chunk))
            }
            None => {
                self.body = None;
                Ok(None)
            }
            Some(Err(error)) => {
                self.body = None;
                Err(Error::new(400, "malformed_body", "the body ended before its announced end").with_source(error))
            }
        }
    }

    fn came(&mut self, bytes: usize) {
        self.last = Instant::now();
        let worth = Duration::from_micros(bytes as u64 * 1_000_000 / SLOWEST);
        let put_off = self.due.and_then(|due| due.checked_add(worth));
        self.due = [put_off, self.last.checked_add(self.wait)].into_iter().flatten().min();
    }

    /// Until when the next part has to come.
    fn deadline(&self) -> Instant {
        let first = [self.due, self.start.checked_add(self.whole)].into_iter().flatten().min();
        first.unwrap_or_else(|| Instant::now() + Duration::from_secs(u64::from(u32::MAX)))
    }

    /// What is said where it did not come by then.
    fn lateness(&self, deadline: Instant) -> String {
        if Some(deadline) == self.start.checked_add(self.whole) {
            format!("the body took longer than {} s: send it faster, or less at once", self.whole.as_secs())
        } else if self.last > self.start && Some(deadline) < self.last.checked_add(self.wait) {
            format!("the body arrives too slowly: send at least {} KiB a second", SLOWEST >> 10)
        } else {
            format!("nothing more of the body arrived for {} s", self.wait.as_secs())
        }
    }

    /// The whole body; `share` takes the memory for it as it arrives.
    pub(super) async fn collect(&mut self, headers: &HeaderMap, limit: usize, share: &mut BodyShare) -> Result<Bytes> {
        let announced = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
        if announced.is_some_and(|length| length > limit as u64) {
            return Err(too_large(limit as u64));
        }
        let Some(first) = self.next().await? else { return Ok(Bytes::new()) };
        if first.len() > limit {
            return Err(too_large(limit as u64));
        }
        share.take(first.len())?;
        let Some(second) = self.next().await? else { return Ok(first) };
        let expected = announced.and_then(|length| usize::try_from(length).ok()).unwrap_or(limit);
        let mut whole = Whole { bytes: Vec::new(), taken: first.len(), share, expected, limit };
        whole.append(&first)?;
        drop(first);
        whole.append(&second)?;
        while let Some(chunk) = self.next().await? {
            whole.append(&chunk)?;
        }
        Ok(whole.bytes.into())
    }

    /// Reads what is left, within bounds. A client that waits to be asked for its body does not send it.
    pub(super) async fn drain(&mut self, headers: &HeaderMap) {
        if self.body.is_none() || (!self.begun && headers.contains_key(header::EXPECT)) {
            return;
        }
        let rest = async { while let Ok(Some(_)) = self.next().await {} };
        // Whoever is slower than that has its connection closed.
        drop(tokio::time::timeout(DRAIN, rest).await);
    }
}

/// A body of several parts that is put together, in memory that is taken before it is used.
struct Whole<'s> {
    bytes: Vec<u8>,
    taken: usize,
    share: &'s mut BodyShare,
    /// How long it will be at most, if the client tells the truth.
    expected: usize,
    limit: usize,
}

impl Whole<'_> {
    fn append(&mut self, chunk: &[u8]) -> Result<()> {
        let len = self.bytes.len() + chunk.len();
        if len > self.limit {
            return Err(too_large(self.limit as u64));
        }
        if len > self.bytes.capacity() {
            let capacity = len.max((len * 2).min(self.expected));
            self.share.take(capacity - self.taken)?;
            self.taken = capacity;
            self.bytes.reserve_exact(capacity - self.bytes.len());
        }
        self.bytes.extend_from_slice(chunk);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use futures_util::stream;
    use tokio::time::sleep;

    use super::*;
    use crate::app::BodyMemory;

    const WAIT: Duration = Duration::from_millis(400);
    const HOUR: Duration = Duration::from_secs(3600);

    /// A body of parts of so many bytes, each after so many milliseconds, and then silence.
    fn stream(whole: Duration, parts: Vec<(u64, usize)>) -> Stream {
        let parts = stream::iter(parts).then(|(after, bytes)| async move {
            sleep(Duration::from_millis(after)).await;
            Ok::<_, std::io::Error>(vec![b' '; bytes])
        });
        let body = Body::from_stream(parts.chain(stream::pending()));
        Stream::within(WAIT, whole, body)
    }

    /// When it is given up, and what is said of it.
    async fn given_up(mut stream: Stream) -> (Duration, String) {
        let start = Instant::now();
        let memory = BodyMemory::new(1 << 30);
        let result = stream.collect(&HeaderMap::new(), 1 << 30, &mut memory.share()).await;
        let error = result.expect_err("it does not end");
        assert_eq!((error.status(), error.code()), (408, "request_timeout"));
        (start.elapsed(), error.detail().to_owned())
    }

    #[tokio::test]
    async fn silence_is_not_paid_by_what_came_before_it() {
        for bytes in [1, 1 << 20, 8 << 20] {
            let (after, text) = given_up(stream(HOUR, vec![(0, bytes), (1, bytes)])).await;
            // 16 MiB stand for 17 minutes.
            assert!(after >= WAIT && after < WAIT * 10, "{bytes} bytes: {after:?}");
            assert!(bytes == 1 || text.starts_with("nothing more of the body arrived"), "{text}");
        }
    }

    #[tokio::test]
    async fn a_body_that_trickles_is_given_up() {
        let (_, text) = given_up(stream(HOUR, vec![(100, 10); 90])).await;
        assert_eq!(text, "the body arrives too slowly: send at least 16 KiB a second");
        // Nor does a head start pay for it.
        let parts = [vec![(0, 1 << 20)], vec![(100, 10); 90]].concat();
        let (after, text) = given_up(stream(HOUR, parts)).await;
        assert!(after < WAIT * 10 && text.starts_with("the body arrives too slowly"), "{after:?}: {text}");
    }

    #[tokio::test]
    async fn the_whole_of_a_body_has_its_time() {
        let (_, text) = given_up(stream(WAIT * 2, vec![(100, 1 << 20); 90])).await;
        assert_eq!(text, "the body took longer than 0 s: send it faster, or less at once");
        let (after, text) = given_up(stream(Duration::MAX, vec![(100, 1 << 20); 9])).await;
        assert!(after >= Duration::from_millis(900) && text.starts_with("nothing more"), "{after:?}: {text}");
    }

    #[tokio::test]
    async fn what_is_collected_is_counted_and_given_back() {
        let memory = BodyMemory::new(1 << 20);
        let body = |parts: usize| {
            let part = || Ok::<_, std::io::Error>(vec![b' '; 100_000]);
            let body = Body::from_stream(stream::iter((0..parts).map(move |_| part())));
            Stream::within(WAIT, WAIT, body)
        };
        let mut share = memory.share();
        let whole = body(5).collect(&HeaderMap::new(), 1 << 30, &mut share).await.expect("is free");
        assert_eq!(whole.len(), 500_000);
        assert!(memory.free() <= (1 << 20) - 500_000, "{}", memory.free());
        let refused = body(9).collect(&HeaderMap::new(), 1 << 30, &mut memory.share()).await;
        assert_eq!(refused.expect_err("is more than is free").status(), 503);
        drop(share);
        assert_eq!(memory.free(), 1 << 20);
    }
}
