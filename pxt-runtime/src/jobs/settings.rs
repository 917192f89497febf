//! How much background work there may be, and for how long it is kept.

use std::time::Duration;

/// What is configured of background jobs.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct JobsConfig {
    /// How many jobs run at once on this node, of all routes together: how many functions. Default: 16.
    pub concurrency: usize,
    /// How many jobs may wait, on all nodes together, before further ones are refused by 503. Default: 10,000.
    pub queue: u64,
    /// How long a finished job and its result are kept. Default: one hour.
    pub keep: Duration,
    /// How often a job may fail in a way that can pass before it has failed for good. The death of the process that ran it is no failure
    /// of a job; a job is given up after 16 of them. Default: 5.
    pub attempts: u32,
}

impl Default for JobsConfig {
    fn default() -> Self {
        Self { concurrency: 16, queue: 10_000, keep: Duration::from_secs(60 * 60), attempts: 5 }
    }
}

impl JobsConfig {
    /// With so many jobs at once on this node.
    #[must_use]
    pub fn concurrency(mut self, concurrency: usize) -> Self {
        self.concurrency = concurrency;
        self
    }

    /// With room for so many jobs that wait.
    #[must_use]
    pub fn queue(mut self, queue: u64) -> Self {
        self.queue = queue;
        self
    }

    /// With finished jobs kept for so long.
    #[must_use]
    pub fn keep(mut self, keep: Duration) -> Self {
        self.keep = keep;
        self
    }

    /// With so many attempts at most.
    #[must_use]
    pub fn attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts;
        self
    }

    /// What would leave jobs without a chance: the name of the field, and what to write instead.
    pub(crate) fn mistakes(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let none = self.concurrency == 0;
        let no_attempt = self.attempts == 0;
        let long = self.keep > Duration::from_secs(366 * 24 * 60 * 60);
        [
            (none, "jobs.concurrency", "`jobs.concurrency` is 0, so that no job would run: write 1 or more"),
            (no_attempt, "jobs.attempts", "`jobs.attempts` is 0, so that no job would run: write 1 or more"),
            (long, "jobs.keep", "`jobs.keep` is longer than a year: write less, and keep results in a table"),
        ]
        .into_iter()
        .filter_map(|(is_wrong, name, text)| is_wrong.then_some((name, text)))
    }
}

/// The times by which jobs are kept going. Tests have shorter ones.
#[derive(Debug, Clone)]
pub(super) struct Times {
    /// How long a job is its node's without a word.
    pub(super) lease: Duration,
    /// How often leases are renewed.
    pub(super) renew: Duration,
    /// How often the queue is looked at when nothing happens on this node.
    pub(super) look: Duration,
    /// How long a claimed job may wait for a slot.
    pub(super) queued: Duration,
    /// A job that took less is quick: others of its route are claimed before there is a slot for them.
    pub(super) quick: Duration,
    /// How long a job that is to be alone waits for the others to end, and for how long none is started beside it.
    pub(super) alone: (Duration, Duration),
    /// How long a job runs before its row says so.
    pub(super) mark: Duration,
    /// For how long all slots may be taken before somebody is told.
    pub(super) taken: Duration,
    /// The pause after a first failure that can pass, doubled after each, and the longest.
    pub(super) backoff: (Duration, Duration),
    /// How soon a job that this node cannot read is there for other nodes, at first; and how long after its submission, and
    /// after this node's start, it is given up.
    pub(super) elsewhere: (Duration, Duration),
    /// How often finished jobs are looked for that were kept long enough.
    pub(super) clean: Duration,
}

impl Default for Times {
    fn default() -> Self {
        Self {
            lease: Duration::from_secs(30),
            renew: Duration::from_secs(10),
            look: Duration::from_secs(1),
            queued: Duration::from_secs(1),
            quick: Duration::from_millis(100),
            alone: (Duration::from_secs(10), Duration::from_secs(60)),
            mark: Duration::from_millis(100),
            taken: Duration::from_secs(60),
            backoff: (Duration::from_secs(1), Duration::from_secs(60)),
            // As long as a rolling deployment may well take.
            elsewhere: (Duration::from_secs(5), Duration::from_secs(15 * 60)),
            clean: Duration::from_secs(10),
        }
    }
}
