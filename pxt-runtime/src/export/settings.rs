//! How much writing to other databases there may be, and how long it may take.

use std::time::Duration;

use super::target::Limits;

/// What is configured of answers that are written to another database too.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExportConfig {
    /// The most connections to one database that answers are written to. Default: 4.
    pub connections: u32,
    /// How long connecting and one write may take, together. Default: 10 s.
    pub timeout: Duration,
    /// How many rows may wait to be written to one table ([`Delivery::Outbox`](super::Delivery)), on all nodes together, before further ones are
    /// refused by 503. Default: 100,000.
    pub queue: u64,
}

impl Default for ExportConfig {
    fn default() -> Self {
        Self { connections: 4, timeout: Duration::from_secs(10), queue: 100_000 }
    }
}

impl ExportConfig {
    /// With so many connections to one database at most.
    #[must_use]
    pub fn connections(mut self, connections: u32) -> Self {
        self.connections = connections;
        self
    }

    /// With so much time for connecting and one write.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// With room for so many rows that wait.
    #[must_use]
    pub fn queue(mut self, queue: u64) -> Self {
        self.queue = queue;
        self
    }

    /// What connections to a target may take.
    pub(crate) fn limits(&self) -> Limits {
        Limits { connections: self.connections, timeout: self.timeout }
    }

    /// What would leave rows unwritten: the name of the field, and what to write instead.
    pub(crate) fn mistakes(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let none = self.connections == 0;
        let at_once = self.timeout.is_zero();
        let long = self.timeout > Duration::from_secs(60 * 60);
        let no_row = self.queue == 0;
        [
            (none, "export.connections", "`export.connections` is 0, so that no row would be written: write 1 or more"),
            (
                at_once,
                "export.timeout",
                "`export.timeout` is 0, so that no row would be written: write a longer duration",
            ),
            (long, "export.timeout", "`export.timeout` is longer than an hour: write less"),
            (no_row, "export.queue", "`export.queue` is 0, so that no row could wait: write 1 or more"),
        ]
        .into_iter()
        .filter_map(|(is_wrong, name, text)| is_wrong.then_some((name, text)))
    }
}
