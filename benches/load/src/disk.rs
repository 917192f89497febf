//! What a durable write costs where the databases lie. Insert figures hang on it, and a folder in memory (many systems'
//! `/tmp`) would show a cost of nothing.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::error::LoadError;

/// One page of SQLite's log.
const PAGE: [u8; 4096] = [0x5a; 4096];
const WRITES: usize = 100;

/// The median time of a write of 4 KiB that is synchronized, over 100 of them in a file of its own below `folder`.
///
/// # Errors
/// [`LoadError::Io`] when the file cannot be written.
pub fn durable_write(folder: &Path) -> Result<Duration, LoadError> {
    let scratch = tempfile::Builder::new().prefix("pxt-load-disk-").tempfile_in(folder)?;
    let mut file = OpenOptions::new().append(true).open(scratch.path())?;
    let mut times = [Duration::ZERO; WRITES];
    for time in &mut times {
        let start = Instant::now();
        file.write_all(&PAGE)?;
        file.sync_data()?;
        *time = start.elapsed();
    }
    times.sort_unstable();
    Ok(times[WRITES / 2])
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_durable_write_takes_time_and_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        assert!(super::durable_write(folder.path()).unwrap() > std::time::Duration::ZERO);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
