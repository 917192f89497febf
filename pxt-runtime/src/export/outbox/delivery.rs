//! The delivery to one table of a target, for as long as the service runs: one round after the other.

use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use super::round::{Deliverer, Next};
use super::{Outbox, Routes, sql};
use crate::jobs::backoff;
use crate::value::Value;

/// Delivers until the outbox stops or is gone.
pub(super) async fn run(
    outbox: Weak<Outbox>,
    id: i64,
    destination: String,
    routes: Arc<Mutex<Routes>>,
    wake: Arc<Notify>,
) {
    let mut deliverer = Deliverer::new(id, destination, routes);
    let mut outage = Outage::default();
    while let Some(outbox) = outbox.upgrade() {
        if outbox.is_stopping() {
            return deliverer.end(&outbox).await;
        }
        let times = outbox.times.clone();
        let round = deliverer.round(&outbox).await;
        let (pause, may_be_woken) = match &round {
            Ok(Next::More) => (Duration::ZERO, true),
            Ok(Next::Idle) => (times.look, true),
            Ok(Next::Elsewhere) => (times.look, false),
            Ok(Next::Away(_)) => (backoff(times.backoff, outage.failures + 1), false),
            Err(error) => {
                tracing::warn!(%error, target = deliverer.destination, "the outbox could not be read: tried again");
                (times.look, false)
            }
        };
        outage.end_round(&outbox, &deliverer, round.ok()).await;
        let weak = Arc::downgrade(&outbox);
        drop(outbox);
        wait(&weak, &wake, pause, may_be_woken).await;
        if pause != Duration::ZERO && may_be_woken {
            tokio::time::sleep(times.gather).await;
        }
    }
}

/// Waits so long, or until there is something to do.
async fn wait(outbox: &Weak<Outbox>, wake: &Notify, pause: Duration, may_be_woken: bool) {
    let wakes = async {
        loop {
            wake.notified().await;
            if may_be_woken || outbox.upgrade().is_none_or(|outbox| outbox.is_stopping()) {
                return;
            }
        }
    };
    // Either is a reason to go on.
    let _ = tokio::time::timeout(pause, wakes).await;
}

/// What is said of a target that takes nothing: once when that begins, and once when it is over.
#[derive(Debug, Default)]
struct Outage {
    since: Option<Instant>,
    failures: u32,
    /// What the outbox says of it: none while that is not known, as at the start.
    noted: Option<Option<String>>,
}

impl Outage {
    async fn end_round(&mut self, outbox: &Outbox, deliverer: &Deliverer, next: Option<Next>) {
        let target = &*deliverer.destination;
        match next {
            Some(Next::Away(why)) => {
                self.failures += 1;
                if self.since.is_none() {
                    self.since = Some(Instant::now());
                    tracing::warn!(target, why, "nothing can be exported: rows wait, and it is tried again");
                }
                self.note(outbox, deliverer.id, Some(why)).await;
            }
            Some(Next::More | Next::Idle) => {
                if let Some(since) = self.since.take() {
                    tracing::info!(target, seconds = since.elapsed().as_secs_f64(), "rows are exported again");
                }
                self.failures = 0;
                self.note(outbox, deliverer.id, None).await;
            }
            // Another node knows.
            Some(Next::Elsewhere) => *self = Self::default(),
            None => {}
        }
    }

    /// Writes down for whoever asks why the target takes nothing, or that it does.
    async fn note(&mut self, outbox: &Outbox, id: i64, why: Option<String>) {
        if self.noted.as_ref() == Some(&why) {
            return;
        }
        let since = why.as_ref().map_or(Value::Null, |_| Value::Int(outbox.now()));
        let text = why.clone().map_or(Value::Null, Value::String);
        if outbox.store.change_own(sql::OUTAGE, vec![Value::Int(id), since, text], &[]).await.is_ok() {
            self.noted = Some(why);
        }
    }
}
