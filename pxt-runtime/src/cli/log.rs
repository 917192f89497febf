//! The log on standard error, which never makes a request wait.
//!
//! A pipe that nobody reads, a paused terminal or a full disk would stop whoever writes to it. So lines go into a bounded queue,
//! and one thread writes them. What finds no room, or cannot be written, is counted, and said once lines can be written again.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::io::{self, IsTerminal, Write};
use std::panic::{self, PanicHookInfo};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{FormatTime, SystemTime};
use tracing_subscriber::prelude::*;

use crate::error::Result;
use crate::service::LogLimit;

/// Bytes of lines that may wait to be written.
const ROOM: usize = 1 << 20;
/// What of that stays allocated while nothing waits.
const KEPT: usize = 64 << 10;
/// How long the end of the process may wait for the last lines.
const LAST_LINES: Duration = Duration::from_secs(1);

/// The log of this process, if it has no other.
pub(super) struct Log(Option<Arc<Queue>>);

impl Log {
    /// Logs to standard error what the filter lets through; without one, everything that is worth a look. A program that set up its own log keeps it.
    pub(super) fn start(filter: Option<Targets>) -> Result<Self> {
        let filter = filter.unwrap_or_else(|| Targets::new().with_default(LevelFilter::INFO));
        let queue = Arc::new(Queue::default());
        let lines = tracing_subscriber::fmt::layer()
            .with_writer(Lines(queue.clone()))
            .with_ansi(io::stderr().is_terminal())
            .log_internal_errors(false);
        if tracing_subscriber::registry().with(filter).with(LogLimit::default()).with(lines).try_init().is_err() {
            return Ok(Self(None));
        }
        let writing = queue.clone();
        thread::Builder::new().name("pxt-log".to_owned()).spawn(move || writing.write(&mut io::stderr()))?;
        let panics = queue.clone();
        panic::set_hook(Box::new(move |info| panics.push(panicked(info).as_bytes())));
        Ok(Self(Some(queue)))
    }
}

/// Waits until everything is written, for a moment at most: its reader may stand still.
impl Drop for Log {
    fn drop(&mut self) {
        if let Some(queue) = &self.0 {
            queue.flush(LAST_LINES);
        }
    }
}

/// Panics are lines of the log, whatever it lets through: the usual hook writes to standard error itself, however long that takes.
fn panicked(info: &PanicHookInfo<'_>) -> String {
    let message = info.payload_as_str().unwrap_or("(not a text)");
    let place = info.location().map(|location| format!(" at {location}")).unwrap_or_default();
    let thread = thread::current();
    let backtrace = Backtrace::capture();
    let backtrace = (backtrace.status() == BacktraceStatus::Captured).then(|| format!("\n{backtrace}"));
    let thread = thread.name().unwrap_or("(unnamed)");
    own_line("ERROR", &format!("a panic in the thread {thread}{place}: {message}{}", backtrace.unwrap_or_default()))
}

/// Lines that wait to be written.
#[derive(Default)]
struct Queue {
    buffer: Mutex<Buffer>,
    came: Condvar,
    written: Condvar,
}

#[derive(Default)]
struct Buffer {
    text: Vec<u8>,
    /// Lines that found no room behind this text.
    dropped: usize,
    is_writing: bool,
}

impl Buffer {
    fn is_empty(&self) -> bool {
        self.text.is_empty() && self.dropped == 0
    }
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, Buffer> {
        self.buffer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, line: &[u8]) {
        let mut buffer = self.lock();
        if buffer.dropped > 0 || buffer.text.len() + line.len() > ROOM {
            buffer.dropped += 1;
        } else {
            buffer.text.extend_from_slice(line);
        }
        drop(buffer);
        self.came.notify_one();
    }

    /// Writes what comes, for ever.
    fn write(&self, output: &mut impl Write) {
        let (mut text, mut dropped) = (Vec::new(), 0);
        loop {
            dropped += self.take(&mut text);
            if output.write_all(&text).is_err() {
                dropped += text.iter().filter(|byte| **byte == b'\n').count();
            } else if dropped > 0 && output.write_all(loss(dropped).as_bytes()).is_ok() {
                dropped = 0;
            }
        }
    }

    /// Waits for lines and moves them into a buffer. How many were dropped behind them.
    fn take(&self, text: &mut Vec<u8>) -> usize {
        text.clear();
        text.shrink_to(KEPT);
        let mut buffer = self.lock();
        buffer.is_writing = false;
        self.written.notify_all();
        let mut buffer =
            self.came.wait_while(buffer, |buffer| buffer.is_empty()).unwrap_or_else(PoisonError::into_inner);
        buffer.is_writing = true;
        std::mem::swap(text, &mut buffer.text);
        std::mem::take(&mut buffer.dropped)
    }

    fn flush(&self, most: Duration) {
        let unwritten = |buffer: &mut Buffer| buffer.is_writing || !buffer.is_empty();
        drop(self.written.wait_timeout_while(self.lock(), most, unwritten));
    }
}

/// The line about lines that are not there.
fn loss(lines: usize) -> String {
    own_line("WARN", &format!("{lines} log lines were dropped: they could not be written as fast as they came"))
}

/// A line of the log itself.
fn own_line(level: &str, text: &str) -> String {
    let mut time = String::new();
    // Writing to a `String` does not fail.
    let _ = SystemTime.format_time(&mut Writer::new(&mut time));
    format!("{time} {level:>5} {}: {text}\n", module_path!())
}

/// Makes a line of what the subscriber writes at once.
struct Lines(Arc<Queue>);

struct Line<'a>(&'a Queue);

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Line<'a>;

    fn make_writer(&'a self) -> Line<'a> {
        Line(&self.0)
    }
}

impl Write for Line<'_> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.push(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

    use super::*;

    /// An output whose reader takes one piece after the other, or has gone.
    struct Pipe(SyncSender<Vec<u8>>);

    impl Write for Pipe {
        fn write(&mut self, text: &[u8]) -> io::Result<usize> {
            self.0.send(text.to_vec()).map_err(io::Error::other)?;
            Ok(text.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn started() -> (Arc<Queue>, Receiver<Vec<u8>>) {
        let (sender, reader) = sync_channel(0);
        let queue = Arc::new(Queue::default());
        let writing = queue.clone();
        thread::spawn(move || writing.write(&mut Pipe(sender)));
        (queue, reader)
    }

    #[test]
    fn nobody_waits_for_a_reader_that_stands_still() {
        let (queue, reader) = started();
        let line = [b"x".repeat(99), b"\n".to_vec()].concat();
        // More than the writing thread takes at once, and as much again behind it.
        let sent = 2 * ROOM / line.len() + 7;
        (0..sent).for_each(|_| queue.push(&line));
        queue.flush(Duration::from_millis(1));
        let (mut lines, mut dropped) = (0, 0);
        while lines + dropped < sent {
            let text = String::from_utf8(reader.recv().unwrap()).unwrap();
            lines += text.matches(&*String::from_utf8_lossy(&line)).count();
            if let Some((before, _)) = text.split_once(" log lines were dropped") {
                dropped += before.rsplit(' ').next().unwrap().parse::<usize>().unwrap();
            }
        }
        assert_eq!(lines + dropped, sent);
        assert!(dropped > 0);
        queue.push(b"again\n");
        assert_eq!(reader.recv().unwrap(), b"again\n");
        queue.flush(Duration::from_secs(20));
        assert!(queue.lock().is_empty());
    }

    #[test]
    fn lines_that_cannot_be_written_are_counted() {
        /// Full at first.
        struct Disk(usize, Vec<u8>);
        impl Write for Disk {
            fn write(&mut self, text: &[u8]) -> io::Result<usize> {
                self.0 = self.0.saturating_sub(1);
                if self.0 > 0 {
                    return Err(io::ErrorKind::StorageFull.into());
                }
                self.1.extend_from_slice(text);
                if self.1.ends_with(b"came\n") {
                    panic!("{}", String::from_utf8_lossy(&self.1))
                }
                Ok(text.len())
            }

            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let queue = Arc::new(Queue::default());
        let writing = queue.clone();
        queue.push(b"a\nb\n");
        let writer = thread::spawn(move || writing.write(&mut Disk(2, Vec::new())));
        queue.flush(Duration::from_secs(20));
        queue.push(b"c\n");
        let text = *writer.join().unwrap_err().downcast::<String>().unwrap();
        assert!(text.starts_with("c\n") && text.contains(": 2 log lines were dropped: "), "{text}");
    }
}
