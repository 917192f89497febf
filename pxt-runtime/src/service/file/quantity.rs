//! Sizes and durations as people write them: `64 MiB`, `1h 30m`.

use std::time::Duration;

use bytesize::ByteSize;
use jiff::{Span, SpanRelativeTo};

/// A number of bytes: a number alone, or with a unit (`KiB`, `MB`, …).
pub(super) fn size(text: &str) -> Option<u64> {
    // What is larger than a number of bytes can be is taken for the largest there is, which nobody means.
    text.trim().parse::<ByteSize>().ok().map(|size| size.as_u64()).filter(|bytes| *bytes < u64::MAX)
}

/// A number of bytes as [`size`] reads it, in the largest unit that leaves it whole.
pub(super) fn show_size(bytes: u64) -> String {
    let units = [(30, "GiB"), (20, "MiB"), (10, "KiB")];
    let whole = units.into_iter().find(|(shift, _)| bytes > 0 && bytes.trailing_zeros() >= *shift);
    whole.map_or_else(|| format!("{bytes} B"), |(shift, unit)| format!("{} {unit}", bytes >> shift))
}

/// A duration: numbers with units (`ms`, `s`, `m`, `h`, `d`), by jiff's rules. A day has 24 hours.
pub(super) fn duration(text: &str) -> Option<Duration> {
    let span: Span = text.trim().parse().ok()?;
    Duration::try_from(span.to_duration(SpanRelativeTo::days_are_24_hours()).ok()?).ok()
}

/// A duration as [`duration`] reads it.
pub(super) fn show_duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match (seconds, duration.subsec_nanos()) {
        (_, nanos) if nanos % 1_000 > 0 => format!("{}ns", duration.as_nanos()),
        (_, nanos) if nanos % 1_000_000 > 0 => format!("{}us", duration.as_micros()),
        (_, nanos) if nanos > 0 => format!("{}ms", duration.as_millis()),
        (0, _) => "0s".to_owned(),
        (seconds, _) if seconds % 3600 == 0 => format!("{}h", seconds / 3600),
        (seconds, _) if seconds % 60 == 0 => format!("{}m", seconds / 60),
        (seconds, _) => format!("{seconds}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        let wanted = [
            ("64 MiB", 64 << 20),
            ("1GiB", 1 << 30),
            ("10 MB", 10_000_000),
            ("512", 512),
            ("1.5 KiB", 1536),
            ("7 B", 7),
        ];
        for (text, bytes) in wanted {
            assert_eq!(size(text), Some(bytes), "{text}");
        }
        assert_eq!(["", "MiB", "-1", "12 apples", "1e3", "999999999 TiB"].map(size), [None; 6]);
        for (bytes, text) in
            [(1 << 30, "1 GiB"), (16 << 20, "16 MiB"), (1536, "1536 B"), (3 << 10, "3 KiB"), (0, "0 B")]
        {
            assert_eq!(show_size(bytes), text);
            assert_eq!(size(text), Some(bytes));
        }
    }

    #[test]
    fn durations() {
        let wanted = [
            ("30s", 30_000),
            ("500ms", 500),
            ("1h 30m", 5_400_000),
            ("2d", 172_800_000),
            ("1 minute", 60_000),
            ("0s", 0),
        ];
        for (text, millis) in wanted {
            assert_eq!(duration(text), Some(Duration::from_millis(millis)), "{text}");
        }
        assert_eq!(["", "30", "-5s", "soon", "5 parsecs"].map(duration), [None; 5]);
        assert_eq!(show_duration(Duration::from_micros(400)), "400us");
        assert_eq!(duration("400us"), Some(Duration::from_micros(400)));
        for (millis, text) in [(60_000, "1m"), (3_600_000, "1h"), (1_500, "1500ms"), (90_000, "90s"), (0, "0s")] {
            assert_eq!(show_duration(Duration::from_millis(millis)), text);
            assert_eq!(duration(text), Some(Duration::from_millis(millis)));
        }
    }
}
