//! Whom a connection waits for: the service, or its client and since when.
//!
//! A request costs it two atomic operations and one look at the clock.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::task::{Context, Poll};

use axum::body::Body;
use bytes::Bytes;
use hyper::body::{Frame, Incoming, SizeHint};
use tokio::time::Instant;

/// A request has come, and its answer has not been made to its end.
const ASKED: u8 = 1;
/// The next part of the request's body is waited for.
const BODY: u8 = 2;
/// The client is waited for to take what was written before.
const ANSWER: u8 = 4;

/// How long a connection may stand before it is closed for another one, in milliseconds: over the head of its next request, and
/// over the rest of a request, where a client that is only slow loses more.
const HEAD_MOMENT: u64 = 500;
const REST_MOMENT: u64 = 2000;

/// What is known of a connection.
pub(super) struct Activity {
    /// Times are milliseconds since then.
    epoch: Instant,
    /// When it came to a stand; means something only while it stands.
    since: AtomicU64,
    state: AtomicU8,
}

/// What a client is waited for.
#[derive(Clone, Copy)]
#[repr(u8)]
pub(super) enum Part {
    /// That it sends more of its body.
    Body = BODY,
    /// That it takes more of its answer.
    Answer = ANSWER,
}

impl Activity {
    /// A new connection, which waits for its first request.
    pub(super) fn new(epoch: Instant) -> Self {
        let activity = Self { epoch, since: AtomicU64::new(0), state: AtomicU8::new(0) };
        activity.stand();
        activity
    }

    /// A request has come, and what was waited for before it.
    fn asked(&self) {
        self.state.store(ASKED, Ordering::Relaxed);
    }

    fn answered(&self) {
        self.stand();
        self.state.fetch_and(!ASKED, Ordering::Release);
    }

    /// The client is waited for.
    pub(super) fn waits(&self, part: Part) {
        let bit = part as u8;
        if self.state.load(Ordering::Relaxed) & bit == 0 {
            self.stand();
            self.state.fetch_or(bit, Ordering::Release);
        }
    }

    /// The client did what it was waited for.
    pub(super) fn goes_on(&self, part: Part) {
        let bit = part as u8;
        if self.state.load(Ordering::Relaxed) & bit != 0 {
            self.stand();
            self.state.fetch_and(!bit, Ordering::Release);
        }
    }

    /// Notes the time, before the state that it belongs to: who finds the state finds the time.
    fn stand(&self) {
        self.since.store(since(self.epoch), Ordering::Relaxed);
    }

    /// From when on it may be closed for the sake of another connection, in milliseconds of the epoch: its client has kept it waiting
    /// for a moment. None when the client waits for the service. A head that comes letter by letter changes nothing.
    pub(super) fn closable_from(&self) -> Option<u64> {
        let moment = match self.state.load(Ordering::Acquire) {
            ASKED => return None,
            0 => HEAD_MOMENT,
            _ => REST_MOMENT,
        };
        Some(self.since.load(Ordering::Relaxed).saturating_add(moment))
    }

    /// Whether there is a client to be answered.
    pub(super) fn is_owed(&self) -> bool {
        self.state.load(Ordering::Relaxed) & ASKED != 0
    }

    /// Whether the client is waited for to take an answer.
    pub(super) fn is_blocked(&self) -> bool {
        self.state.load(Ordering::Relaxed) & ANSWER != 0
    }
}

/// Milliseconds since an instant.
pub(super) fn since(instant: Instant) -> u64 {
    u64::try_from(instant.elapsed().as_millis()).unwrap_or(u64::MAX)
}

/// The body of a request, which tells when it is waited for.
pub(super) struct RequestBody {
    body: Incoming,
    activity: Arc<Activity>,
}

/// The body of an answer, which tells when it has ended.
pub(super) struct AnswerBody {
    body: Body,
    activity: Arc<Activity>,
}

/// A request has come: its body, and what its answer's body is made by.
pub(super) fn watched(body: Incoming, activity: Arc<Activity>) -> (RequestBody, impl FnOnce(Body) -> AnswerBody) {
    activity.asked();
    (RequestBody { body, activity: activity.clone() }, |body| AnswerBody { body, activity })
}

impl hyper::body::Body for RequestBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<hyper::Result<Frame<Bytes>>>> {
        let frame = Pin::new(&mut self.body).poll_frame(cx);
        match frame {
            Poll::Pending => self.activity.waits(Part::Body),
            Poll::Ready(_) => self.activity.goes_on(Part::Body),
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for RequestBody {
    fn drop(&mut self) {
        self.activity.goes_on(Part::Body);
    }
}

impl hyper::body::Body for AnswerBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for AnswerBody {
    fn drop(&mut self) {
        self.activity.answered();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn it_stands_while_it_waits_for_its_client() {
        let activity = Activity::new(Instant::now());
        let later = || std::thread::sleep(Duration::from_millis(3));
        let new = activity.closable_from().expect("waits for a request");
        activity.asked();
        assert_eq!((activity.closable_from(), activity.is_owed()), (None, true));
        later();
        activity.waits(Part::Body);
        let body = activity.closable_from().expect("waits for the body");
        assert!(body > new && activity.is_owed());
        later();
        activity.waits(Part::Body);
        assert_eq!(activity.closable_from(), Some(body), "since it began to wait");
        activity.goes_on(Part::Body);
        assert_eq!(activity.closable_from(), None);
        activity.waits(Part::Answer);
        let answer = activity.closable_from().expect("waits for its client to read");
        assert!(answer > body && activity.is_owed() && activity.is_blocked());
        later();
        activity.answered();
        activity.goes_on(Part::Answer);
        assert!(activity.closable_from() > Some(new) && !activity.is_owed());
    }
}
