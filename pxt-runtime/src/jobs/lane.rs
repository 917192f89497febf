//! What goes on in one place: one function at a time, and behind it the commits of jobs whose functions have returned.
//!
//! A commit takes longer than a function that does little. So the next function does not wait for the end of the job before it to
//! be written, and the write that ends a job begins those that come next.

use std::sync::Arc;
use std::time::Instant;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;

use super::Shared;
use super::places::Place;
use super::ready::Seat;
use super::worker::Attempt;

/// How many jobs begin by the write that ends one, where functions are quick.
const MOST: usize = 4;

/// Works on a job, and then on those of its route that are ready, as long as the place is not another route's.
pub(super) async fn work(shared: Arc<Shared>, mut place: Place, mut first: Attempt) {
    loop {
        occupy(&shared, &place, first).await;
        // It is free for others once the last end is written.
        match place.leave(|route| shared.yields(route)) {
            Some((again, next)) => (place, first) = (again, next),
            None => return,
        }
    }
}

async fn occupy(shared: &Shared, place: &Place, first: Attempt) {
    let (mut next, mut ending) = (Some(first), FuturesUnordered::new());
    loop {
        let Some(attempt) = next.take().or_else(|| place.ready.pop(shared.yields(&place.route))) else {
            if ending.is_empty() {
                return;
            }
            tokio::select! {
                biased;
                Some(()) = ending.next() => {}
                () = place.ready.came() => {}
            }
            continue;
        };
        let lease = attempt.lease().clone();
        let mut run = Box::pin(run(shared, place, attempt));
        loop {
            tokio::select! {
                biased;
                () = &mut run => break,
                // Its function has returned: the next one may run.
                () = lease.about_to_end() => {
                    ending.push(run);
                    break;
                }
                Some(()) = ending.next() => {}
            }
        }
    }
}

/// Works on one job.
async fn run(shared: &Shared, place: &Place, attempt: Attempt) {
    let (since, lease) = (Instant::now(), attempt.lease().clone());
    let seats = |own: Option<Seat>| {
        let more = if place.ready.took(since.elapsed()) { MOST - 1 } else { 0 };
        if shared.ahead.is_empty() {
            return Vec::new();
        }
        // The first one comes in the place of the one that ends.
        std::iter::once(own).chain((0..more).map_while(|_| place.seat().map(Some))).collect()
    };
    attempt.run(place.runner.clone(), &place.ready, seats).await;
    if !lease.is_about_to_end() && !lease.context.is_cancelled() {
        place.ready.took(since.elapsed());
    }
}
