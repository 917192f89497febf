//! The database's clock, as this node knows it: all times of jobs are its, so that nodes whose own clocks differ agree on when a lease ends.
//!
//! It is asked for now and then; in between the time goes on as the machine's monotonic clock does, which nobody sets.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use uuid::{ContextV7, Uuid};

use crate::store::{Store, StoreError};

/// A difference between the database's clock and what was expected of it that is no matter of the time which asking takes.
const JUMP: SignedDuration = SignedDuration::from_secs(1);

/// The database's clock.
#[derive(Debug)]
pub(crate) struct Clock {
    /// What it said, and when.
    read: Mutex<(Instant, Timestamp)>,
    /// Keeps the ids of one moment in their order.
    ids: Mutex<ContextV7>,
}

/// What the clock said just now.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reading(Instant, Timestamp);

impl Clock {
    /// Asks the database.
    ///
    /// # Errors
    /// Those of reading.
    pub(crate) async fn open(store: &Store) -> Result<Self, StoreError> {
        let Reading(at, time) = Reading::of(store).await?.0;
        Ok(Self { read: Mutex::new((at, time)), ids: Mutex::new(ContextV7::new()) })
    }

    /// The database's time.
    pub(crate) fn now(&self) -> Timestamp {
        self.last().now()
    }

    /// What it said last.
    pub(super) fn last(&self) -> Reading {
        let (at, time) = *self.read.lock().unwrap_or_else(PoisonError::into_inner);
        Reading(at, time)
    }

    /// Whether a reading differs from what was expected.
    pub(super) fn jumps(&self, reading: Reading) -> bool {
        reading.now().duration_since(self.now()).abs() > JUMP
    }

    /// Goes by this reading from now on.
    pub(crate) fn set(&self, Reading(at, time): Reading) {
        *self.read.lock().unwrap_or_else(PoisonError::into_inner) = (at, time);
    }

    /// A new id, in the order of time. Before 1970, where a clock that is not set may be, all times are the same one.
    pub(crate) fn new_id(&self) -> Uuid {
        let since = self.now().duration_since(Timestamp::UNIX_EPOCH);
        let since = Duration::try_from(since).unwrap_or_default();
        Uuid::new_v7(uuid::Timestamp::from_unix(&self.ids, since.as_secs(), since.subsec_nanos()))
    }
}

impl Reading {
    /// The time now, by this reading.
    pub(super) fn now(self) -> Timestamp {
        after(self.1, self.0.elapsed())
    }

    /// Asks the database. With it whether the answer came so quickly that it tells the time.
    ///
    /// # Errors
    /// Those of reading.
    pub(crate) async fn of(store: &Store) -> Result<(Self, bool), StoreError> {
        let asked = Instant::now();
        let microseconds = store.now().await?;
        // It was read somewhere between the question and the answer.
        let time = Timestamp::from_microsecond(microseconds).unwrap_or(Timestamp::UNIX_EPOCH);
        let took = asked.elapsed();
        Ok((Self(asked + took / 2, time), SignedDuration::try_from(took).is_ok_and(|took| took < JUMP)))
    }
}

/// A point of time so long after another.
pub(super) fn after(time: Timestamp, by: Duration) -> Timestamp {
    // The settings keep spans far below what a timestamp takes.
    time.checked_add(by).unwrap_or(Timestamp::MAX)
}

/// When a job was submitted, as its id tells it.
pub(super) fn submitted(id: Uuid) -> Timestamp {
    let (seconds, nanos) = id.get_timestamp().map_or((0, 0), |time| time.to_unix());
    after(Timestamp::UNIX_EPOCH, Duration::new(seconds, nanos))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clock(time: Timestamp) -> Clock {
        Clock { read: Mutex::new((Instant::now(), time)), ids: Mutex::new(ContextV7::new()) }
    }

    #[test]
    fn ids_tell_the_database_s_time_and_keep_their_order() {
        let time: Timestamp = "2030-01-02T03:04:05Z".parse().unwrap();
        let clock = clock(time);
        let ids: Vec<Uuid> = (0..100).map(|_| clock.new_id()).collect();
        assert!(ids.is_sorted());
        assert!(submitted(ids[0]).duration_since(time).abs() < SignedDuration::from_secs(1));
    }

    #[test]
    fn a_clock_that_is_not_set_gives_ids_all_the_same() {
        let clock = clock("1969-12-31T23:59:59Z".parse().unwrap());
        assert_ne!(clock.new_id(), clock.new_id());
        assert!(clock.new_id() < Uuid::now_v7());
    }

    #[test]
    fn it_jumps_when_somebody_sets_it() {
        let time: Timestamp = "2030-01-02T03:04:05Z".parse().unwrap();
        let clock = clock(time);
        assert!(!clock.jumps(Reading(Instant::now(), time)));
        let later = Reading(Instant::now(), after(time, Duration::from_secs(90)));
        assert!(clock.jumps(later));
        clock.set(later);
        assert!(!clock.jumps(later) && clock.now() >= after(time, Duration::from_secs(90)));
    }
}
