//! A limit for the lines of a log that clients and outages cause.
//!
//! One broken upload is worth a line, a thousand in a second are not: of each place in the code that warns or reports an error, a
//! few lines go through at once and then one in a period. What was left out is counted, and said.

use std::collections::HashMap;
use std::fmt::{Debug, Write as _};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};
use std::thread;
use std::time::{Duration, Instant};

use tracing::callsite::Identifier;
use tracing::dispatcher::{self, Dispatch, WeakDispatch};
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

/// What the lines about left out lines are named by. They are never left out themselves.
const TARGET: &str = module_path!();

/// The most letters of a line that are repeated where such lines were left out.
const REPEATED: usize = 120;

/// A layer for `tracing_subscriber` that bounds how often one place in the code warns or reports an error: by default ten lines at
/// once, then one in two seconds, and one that says how many were left out. Other levels are not limited.
///
/// The command line's own log has it. A program with a subscriber of its own adds it there:
///
/// ```
/// use tracing_subscriber::prelude::*;
///
/// let subscriber = tracing_subscriber::registry()
///     .with(pxt_runtime::service::LogLimit::default())
///     .with(tracing_subscriber::fmt::layer());
/// # drop(subscriber);
/// ```
#[derive(Debug)]
pub struct LogLimit(Arc<Sites>);

#[derive(Debug)]
struct Sites {
    burst: u64,
    period: Duration,
    started: Instant,
    /// As many as the program has places that were met so far.
    sites: RwLock<HashMap<Identifier, Arc<Site>>>,
    /// Whether a thread is there that will say what was left out.
    is_telling: AtomicBool,
    /// Where that is said.
    dispatch: OnceLock<WeakDispatch>,
}

/// One place in the code that logs.
#[derive(Debug)]
struct Site {
    metadata: &'static Metadata<'static>,
    /// When the whole burst may pass again, in milliseconds after the start.
    rested: AtomicU64,
    left_out: AtomicU64,
    /// What its last line said.
    message: Mutex<String>,
}

impl LogLimit {
    /// A limit of so many lines at once, at least one, and of one line in a period afterwards, for each place in the code.
    #[must_use]
    pub fn new(burst: u32, period: Duration) -> Self {
        Self(Arc::new(Sites {
            burst: burst.max(1).into(),
            period,
            started: Instant::now(),
            sites: RwLock::default(),
            is_telling: AtomicBool::new(false),
            dispatch: OnceLock::new(),
        }))
    }
}

impl Default for LogLimit {
    fn default() -> Self {
        Self::new(10, Duration::from_secs(2))
    }
}

impl<S: Subscriber> Layer<S> for LogLimit {
    fn on_register_dispatch(&self, dispatch: &Dispatch) {
        // A layer belongs to one subscriber.
        let _ = self.0.dispatch.set(dispatch.downgrade());
    }

    fn event_enabled(&self, event: &Event<'_>, _: Context<'_, S>) -> bool {
        let metadata = event.metadata();
        if *metadata.level() > Level::WARN || metadata.target() == TARGET {
            return true;
        }
        let (sites, site) = (&self.0, self.0.site(metadata));
        if site.passes(sites.started.elapsed(), sites.burst, sites.period) {
            site.remember(event);
            return true;
        }
        site.left_out.fetch_add(1, Ordering::Relaxed);
        sites.tell_later();
        false
    }
}

impl Sites {
    fn site(&self, metadata: &'static Metadata<'static>) -> Arc<Site> {
        let id = metadata.callsite();
        if let Some(site) = self.sites.read().unwrap_or_else(PoisonError::into_inner).get(&id) {
            return site.clone();
        }
        let mut sites = self.sites.write().unwrap_or_else(PoisonError::into_inner);
        sites.entry(id).or_insert_with(|| Arc::new(Site::new(metadata))).clone()
    }

    /// Makes sure that what was left out is said at the end of the period.
    fn tell_later(self: &Arc<Self>) {
        if self.is_telling.swap(true, Ordering::AcqRel) {
            return;
        }
        let sites = self.clone();
        let telling = thread::Builder::new().name("pxt-log-limit".to_owned()).spawn(move || sites.tell());
        if telling.is_err() {
            // The next line that is left out tries again.
            self.is_telling.store(false, Ordering::Release);
        }
    }

    /// Says after each period what was left out in it, until nothing was.
    fn tell(&self) {
        loop {
            thread::sleep(self.period);
            let Some(dispatch) = self.dispatch.get().and_then(WeakDispatch::upgrade) else { return };
            if dispatcher::with_default(&dispatch, || self.tell_once()) {
                continue;
            }
            self.is_telling.store(false, Ordering::Release);
            // One that was left out in between found this thread, and started none.
            if !self.is_left_out() || self.is_telling.swap(true, Ordering::AcqRel) {
                return;
            }
        }
    }

    /// Whether there was anything to say.
    fn tell_once(&self) -> bool {
        let sites: Vec<_> = self.sites.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect();
        let told = sites.iter().filter(|site| site.tell(self.period)).count();
        told > 0
    }

    fn is_left_out(&self) -> bool {
        let sites = self.sites.read().unwrap_or_else(PoisonError::into_inner);
        sites.values().any(|site| site.left_out.load(Ordering::Relaxed) > 0)
    }
}

impl Site {
    fn new(metadata: &'static Metadata<'static>) -> Self {
        Self { metadata, rested: AtomicU64::new(0), left_out: AtomicU64::new(0), message: Mutex::default() }
    }

    /// Whether a line may pass at this time after the start. If so, it is counted.
    fn passes(&self, now: Duration, burst: u64, period: Duration) -> bool {
        let (now, period) = (now.as_millis() as u64, period.as_millis() as u64);
        let next = |rested: u64| {
            let rested = rested.max(now) + period;
            (rested - now <= burst * period).then_some(rested)
        };
        self.rested.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next).is_ok()
    }

    fn remember(&self, event: &Event<'_>) {
        let mut message = self.message.lock().unwrap_or_else(PoisonError::into_inner);
        message.clear();
        event.record(&mut Message(&mut message));
    }

    /// Says how many lines were left out, if any were.
    fn tell(&self, period: Duration) -> bool {
        let count = self.left_out.swap(0, Ordering::Relaxed);
        if count == 0 {
            return false;
        }
        let message = self.message.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let (place, seconds) = (self.metadata.target(), period.as_secs_f32());
        if *self.metadata.level() == Level::ERROR {
            tracing::error!(place, "… and {count} more in the last {seconds} s of: {message}");
        } else {
            tracing::warn!(place, "… and {count} more in the last {seconds} s of: {message}");
        }
        true
    }
}

/// Takes down the text of an event, without its fields.
struct Message<'a>(&'a mut String);

impl Visit for Message<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "message" {
            // Writing to a `String` does not fail.
            let _ = write!(self.0, "{value:?}");
            if let Some((end, _)) = self.0.char_indices().nth(REPEATED) {
                self.0.truncate(end);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use tempfile::NamedTempFile;
    use tracing_subscriber::prelude::*;

    use super::*;

    /// Where the lines of a test go.
    struct Lines(NamedTempFile);

    impl Lines {
        fn text(&self) -> String {
            std::fs::read_to_string(self.0.path()).unwrap()
        }

        fn count(&self, words: &str) -> usize {
            self.text().lines().filter(|line| line.contains(words)).count()
        }
    }

    fn limited(limit: LogLimit) -> (Lines, Dispatch) {
        let lines = Lines(NamedTempFile::new().unwrap());
        let output = Arc::new(lines.0.reopen().unwrap());
        let output = tracing_subscriber::fmt::layer().with_writer(output).with_ansi(false);
        (lines, Dispatch::new(tracing_subscriber::registry().with(limit).with(output)))
    }

    #[test]
    fn each_place_has_a_few_lines_and_the_rest_is_counted() {
        let (lines, dispatch) = limited(LogLimit::new(3, Duration::from_millis(500)));
        dispatcher::with_default(&dispatch, || {
            for number in 0..50 {
                tracing::warn!(number, "a function failed");
                tracing::info!("a start");
            }
            tracing::error!("another place");
        });
        // A slow machine may let one more pass.
        let passed = lines.count("a function failed number=");
        assert!((3..=5).contains(&passed), "{}", lines.text());
        assert_eq!((lines.count("a start"), lines.count("another place")), (50, 1));
        let words = format!(
            "WARN pxt_runtime::service::log: … and {} more in the last 0.5 s of: a function failed",
            50 - passed
        );
        let begun = Instant::now();
        while lines.count(&words) == 0 {
            assert!(begun.elapsed() < Duration::from_secs(20), "{}", lines.text());
            thread::yield_now();
        }
    }

    #[test]
    fn a_place_rests_and_may_speak_again() {
        static METADATA: OnceLock<&'static Metadata<'static>> = OnceLock::new();
        struct Taken;
        impl<S: Subscriber> Layer<S> for Taken {
            fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
                METADATA.get_or_init(|| event.metadata());
            }
        }
        let dispatch = Dispatch::new(tracing_subscriber::registry().with(Taken));
        dispatcher::with_default(&dispatch, || tracing::warn!("x"));
        let site = Site::new(METADATA.get().unwrap());
        let period = Duration::from_secs(2);
        let passed = |seconds: u64| (0..1000).filter(|_| site.passes(Duration::from_secs(seconds), 10, period)).count();
        assert_eq!([0, 1, 2, 3, 4, 60].map(passed), [10, 0, 1, 0, 1, 10]);
    }
}
