//! What exports may take.

use std::time::Duration;

/// What is configured of exports.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExportConfig {
    /// The most connections to one target. Default: 4.
    pub connections: u32,
    /// How long connecting to a target and one write may take, together. Default: 10 s.
    pub timeout: Duration,
    /// How many rows may wait in the outbox, on all nodes together, before further requests are refused by 503. Default: 100,000.
    pub queue: u64,
}

impl Default for ExportConfig {
    fn default() -> Self {
        Self { connections: 4, timeout: Duration::from_secs(10), queue: 100_000 }
    }
}
