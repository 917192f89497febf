//! Names of exports: UUIDs in the order of time (RFC 9562, version 7), which no two nodes give to two rows.

use std::sync::atomic::{AtomicU64, Ordering};

use uuid::{Builder, Uuid};

/// Makes names. What tells a node from others is drawn once, and its rows are counted: no name asks the system for chance.
#[derive(Debug)]
pub(super) struct Ids {
    node: [u8; 6],
    count: AtomicU64,
}

impl Ids {
    pub(super) fn new() -> Self {
        let [.., a, b, c, d, e, f] = *Uuid::new_v4().as_bytes();
        Self { node: [a, b, c, d, e, f], count: AtomicU64::new(0) }
    }

    /// The name of a row that is committed now: microseconds since 1970.
    pub(super) fn make(&self, now: i64) -> Uuid {
        let [.., w, x, y, z] = self.count.fetch_add(1, Ordering::Relaxed).to_be_bytes();
        let [a, b, c, d, e, f] = self.node;
        let milliseconds = u64::try_from(now / 1000).unwrap_or_default();
        // Of the last ten bytes the version takes four bits, and the variant two: those of the first and the third.
        Builder::from_unix_timestamp_millis(milliseconds, &[a, b, c, d, e, f, w, x, y, z]).into_uuid()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_two_rows_have_one_name() {
        let (one, two) = (Ids::new(), Ids::new());
        let names: HashSet<Uuid> =
            (0..1000).flat_map(|_| [one.make(1_795_000_000_000_000), two.make(1_795_000_000_000_000)]).collect();
        assert_eq!(names.len(), 2000);
        let name = one.make(1_795_000_000_000_000);
        assert_eq!(
            (name.get_version_num(), name.get_timestamp().map(|time| time.to_unix().0)),
            (7, Some(1_795_000_000))
        );
    }
}
