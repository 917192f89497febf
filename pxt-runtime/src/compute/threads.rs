//! Functions that hold a thread for long: in place, where requests wait for it, or on a thread of their own when nobody waits for them any
//! more. Neither can be stopped; both are told of, by name, once they have lasted for a second.

use std::sync::{Arc, Mutex, MutexGuard, Once, PoisonError, Weak};
use std::time::{Duration, Instant};

/// After how long a function is told of.
const LONG: Duration = Duration::from_secs(1);
/// How often they are looked at.
const LOOK: Duration = Duration::from_millis(500);

/// What may hold a thread.
static THREADS: Mutex<Vec<Weak<Thread>>> = Mutex::new(Vec::new());

thread_local! {
    static HERE: Arc<Thread> = Thread::watched();
}

/// What holds a thread, if it is to be told of.
#[derive(Debug, Default)]
pub(super) struct Thread(Mutex<Option<Holding>>);

#[derive(Debug)]
struct Holding {
    function: &'static str,
    since: Instant,
    is_written_off: bool,
    is_told: bool,
}

/// Calls a function on the thread that handles requests.
pub(super) fn in_place<T>(function: &'static str, call: impl FnOnce() -> T) -> T {
    HERE.with(|here| here.during(function, call))
}

/// Waits for a function on a thread of its own; dropped before [`done`](Self::done), it writes that thread off.
#[derive(Debug)]
pub(super) struct Waiting {
    function: &'static str,
    thread: Option<Arc<Thread>>,
}

impl Waiting {
    /// The second is held by the thread that the function is on, which is written off no longer than that.
    pub(super) fn new(function: &'static str) -> (Self, Arc<Thread>) {
        let thread = Arc::new(Thread::default());
        (Self { function, thread: Some(thread.clone()) }, thread)
    }

    /// The function has returned.
    pub(super) fn done(mut self) {
        self.thread = None;
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if let Some(thread) = self.thread.take().filter(|thread| Arc::strong_count(thread) > 1) {
            thread.hold(self.function, true);
            watch(&thread);
        }
    }
}

impl Thread {
    fn watched() -> Arc<Self> {
        let thread = Arc::default();
        watch(&thread);
        thread
    }

    fn during<T>(&self, function: &'static str, call: impl FnOnce() -> T) -> T {
        self.hold(function, false);
        let value = call();
        *lock(&self.0) = None;
        value
    }

    fn hold(&self, function: &'static str, is_written_off: bool) {
        *lock(&self.0) = Some(Holding { function, since: Instant::now(), is_written_off, is_told: false });
    }

    /// Tells of what has held the thread for long, once; with how many threads are written off.
    fn look(&self, written_off: usize) {
        let mut holding = lock(&self.0);
        let Some(held) = holding.as_mut().filter(|held| !held.is_told && held.since.elapsed() >= LONG) else { return };
        held.is_told = true;
        let function = held.function;
        if held.is_written_off {
            tracing::warn!(
                function,
                written_off,
                "a function that nobody waits for holds its thread: let it ask `pxt::cancelled()`, or give its work a limit"
            );
        } else {
            tracing::warn!(
                function,
                "a function holds a thread that other requests need: write `#[pxt::udf(blocking)]`, or make it async"
            );
        }
    }

    fn is_written_off(&self) -> bool {
        lock(&self.0).as_ref().is_some_and(|held| held.is_written_off)
    }
}

fn watch(thread: &Arc<Thread>) {
    static STARTED: Once = Once::new();
    lock(&THREADS).push(Arc::downgrade(thread));
    STARTED.call_once(|| {
        let watch = std::thread::Builder::new().name("pxt-watch".to_owned()).spawn(|| {
            loop {
                std::thread::sleep(LOOK);
                look();
            }
        });
        if let Err(error) = watch {
            tracing::warn!(%error, "functions that hold threads for long are not told of");
        }
    });
}

fn look() {
    let mut threads = Vec::new();
    lock(&THREADS).retain(|thread| {
        let thread = thread.upgrade();
        let is_there = thread.is_some();
        threads.extend(thread);
        is_there
    });
    let written_off = threads.iter().filter(|thread| thread.is_written_off()).count();
    threads.iter().for_each(|thread| thread.look(written_off));
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tempfile::NamedTempFile;
    use tracing_subscriber::prelude::*;

    impl Thread {
        /// As if it had been held for so long already.
        fn age(&self, by: Duration) {
            if let Some(held) = lock(&self.0).as_mut() {
                held.since = held.since.checked_sub(by).unwrap();
            }
        }
    }

    fn told(thread: &Thread) -> String {
        let log = NamedTempFile::new().unwrap();
        let output = tracing_subscriber::fmt::layer().with_writer(Arc::new(log.reopen().unwrap())).with_ansi(false);
        let logging = tracing_subscriber::registry().with(output).set_default();
        thread.look(1);
        drop(logging);
        std::fs::read_to_string(log.path()).unwrap()
    }

    #[test]
    fn a_function_in_place_is_told_of_once_after_a_second() {
        // One that nobody else looks at.
        let here = Thread::default();
        here.during("hangs", || {
            assert_eq!(told(&here), "");
            here.age(LONG);
            let text = told(&here);
            assert!(text.contains("function=\"hangs\"") && text.contains("pxt::udf(blocking)"), "{text}");
            assert_eq!(told(&here), "");
        });
        assert!(lock(&here.0).is_none());
        in_place("returns", || assert!(HERE.with(|here| lock(&here.0).is_some())));
        assert!(HERE.with(|here| lock(&here.0).is_none()));
    }

    #[test]
    fn a_thread_that_nobody_waits_for_is_written_off_until_it_ends() {
        let (waiting, thread) = Waiting::new("hangs");
        assert!(!thread.is_written_off());
        drop(waiting);
        assert!(thread.is_written_off());
        // The watch may look at the same time, and tell first.
        thread.hold("hangs", true);
        thread.age(LONG);
        let text = told(&thread);
        assert!(text.contains("function=\"hangs\" written_off=1") && text.contains("pxt::cancelled()"), "{text}");
    }

    #[test]
    fn nobody_is_written_off_who_has_returned() {
        let (waiting, thread) = Waiting::new("returns");
        waiting.done();
        assert!(!thread.is_written_off());
        let (waiting, thread) = Waiting::new("ends in the same moment");
        let there = Arc::downgrade(&thread);
        drop(thread);
        drop(waiting);
        assert!(there.upgrade().is_none());
    }
}
