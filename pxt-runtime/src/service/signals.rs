//! The signals that a service heeds: those that tell it to stop, and those of limits, which it outlives.

use std::io;

/// The signals to stop: SIGTERM, SIGINT or Ctrl-C.
pub(super) struct Signals {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(windows)]
    interrupt: tokio::signal::windows::CtrlC,
    #[cfg(windows)]
    terminate: tokio::signal::windows::CtrlClose,
}

/// The exit codes of a process that SIGINT or SIGTERM ended, as shells report them.
pub(super) const INTERRUPTED: i32 = 128 + 2;
const TERMINATED: i32 = 128 + 15;

impl Signals {
    /// Listens from here on, not only once somebody waits: before that, the signal's own effect is to kill the process, and the
    /// requests that it has taken.
    #[cfg(unix)]
    pub(super) fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    /// Listens from here on.
    #[cfg(windows)]
    pub(super) fn listen() -> io::Result<Self> {
        use tokio::signal::windows::{ctrl_c, ctrl_close};
        Ok(Self { interrupt: ctrl_c()?, terminate: ctrl_close()? })
    }

    /// The next signal, as the exit code of a process that it ended.
    pub(super) async fn next(&mut self) -> i32 {
        tokio::select! {
            _ = self.interrupt.recv() => INTERRUPTED,
            _ = self.terminate.recv() => TERMINATED,
        }
    }
}

/// Lets the process outlive the signals of limits (`setrlimit(2)`). What is beyond the limit of a file's size fails with EFBIG
/// then, and that one request with it; the signal's own effect is to kill the process.
///
/// A signal that was listened for once never has its own effect again. Programs that this process starts are not concerned.
pub(super) fn outlive_limits() -> io::Result<()> {
    #[cfg(unix)]
    {
        use rustix::process::Signal;
        use tokio::signal::unix::{SignalKind, signal};
        for limit in [Signal::XFSZ, Signal::XCPU] {
            drop(signal(SignalKind::from_raw(limit.as_raw()))?);
        }
    }
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use rustix::process::{Signal, getpid, kill_process};

    use super::*;

    #[tokio::test]
    async fn limits_do_not_kill() {
        outlive_limits().expect("can be listened for");
        for limit in [Signal::XFSZ, Signal::XCPU] {
            kill_process(getpid(), limit).expect("is this process");
        }
    }
}
