//! How many rows one write takes: fewer where the target is slow, so that a write ends within its time. A write that does not
//! leaves nothing behind, and as many rows again would not end either.

use std::time::Duration;

use super::sql;

/// How many rows one write takes, by how long the last ones took.
#[derive(Debug)]
pub(super) struct Pace(usize);

impl Default for Pace {
    fn default() -> Self {
        Self(sql::BATCH)
    }
}

impl Pace {
    pub(super) fn rows(&self) -> usize {
        self.0
    }

    /// A write has ended. Twice as many rows have to end in half of the time, so that the next failure is not of this making.
    pub(super) fn took(&mut self, time: Duration, timeout: Duration) {
        if time > timeout / 2 {
            self.0 = (self.0 / 2).max(1);
        } else if time < timeout / 4 {
            self.0 = (self.0 * 2).min(sql::BATCH);
        }
    }

    /// A write of so many rows has failed, for want of time or because the target is away.
    pub(super) fn failed(&mut self, rows: usize) {
        self.0 = (rows / 2).max(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_target_gets_as_many_rows_as_it_takes_in_its_time() {
        let (timeout, of_a_row) = (Duration::from_secs(10), Duration::from_millis(100));
        let (mut pace, mut failures) = (Pace::default(), 0);
        for _ in 0..20 {
            let time = of_a_row * u32::try_from(pace.rows()).unwrap();
            if time > timeout {
                pace.failed(pace.rows());
                failures += 1;
            } else {
                pace.took(time, timeout);
            }
        }
        assert_eq!((pace.rows(), failures), (32, 2));
    }

    #[test]
    fn a_target_that_was_away_soon_gets_whole_batches_again() {
        let mut pace = Pace::default();
        (0..20).for_each(|_| pace.failed(pace.rows()));
        assert_eq!(pace.rows(), 1);
        (0..8).for_each(|_| pace.took(Duration::from_millis(5), Duration::from_secs(10)));
        assert_eq!(pace.rows(), sql::BATCH);
    }
}
