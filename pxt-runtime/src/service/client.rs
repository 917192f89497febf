//! A client's side of a connection: whoever does not take its answer is left, and whoever only ended its own sending is answered.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep};

use super::activity::{Activity, Part};

/// How long a request goes on without a byte of an answer once its client sends nothing more. A client that left looks like
/// one that only ended its sending (`nc -N`) until something is written to it, and work for nobody has to stop.
const PATIENCE: Duration = Duration::from_secs(2);

/// A connection that fails when its client takes nothing for too long.
pub(super) struct Client {
    stream: TcpStream,
    activity: Arc<Activity>,
    write_timeout: Duration,
    /// Runs while a write waits.
    stalled: Option<Pin<Box<Sleep>>>,
    /// The client sends nothing more.
    ended: bool,
    /// Runs from then on, as long as an answer is owed.
    patience: Option<Pin<Box<Sleep>>>,
}

impl Client {
    pub(super) fn new(stream: TcpStream, activity: Arc<Activity>, write_timeout: Duration) -> Self {
        Self { stream, activity, write_timeout, stalled: None, ended: false, patience: None }
    }

    /// Tells of the client's end, once there is nothing that it may still wait for.
    fn poll_end(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        // What the connection has made of an answer may still wait to be written.
        if !self.activity.is_owed() && !self.activity.is_blocked() {
            return Poll::Ready(());
        }
        let patience = self.patience.get_or_insert_with(|| Box::pin(sleep(PATIENCE)));
        loop {
            ready!(patience.as_mut().poll(cx));
            // What was written has not been taken: the time for that is another one.
            if !self.activity.is_blocked() {
                return Poll::Ready(());
            }
            patience.as_mut().reset(Instant::now() + PATIENCE);
        }
    }

    /// What became of a write.
    fn poll_written(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if written.is_ready() {
            self.activity.goes_on(Part::Answer);
            self.stalled = None;
            if let Some(patience) = &mut self.patience {
                patience.as_mut().reset(Instant::now() + PATIENCE);
            }
            return written;
        }
        self.activity.waits(Part::Answer);
        let timeout = self.write_timeout;
        ready!(self.stalled.get_or_insert_with(|| Box::pin(sleep(timeout))).as_mut().poll(cx));
        // What the system still holds for this client is dropped with the connection.
        if let Err(error) = self.stream.set_zero_linger() {
            tracing::debug!(%error, "SO_LINGER");
        }
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the client does not take its answer")))
    }
}

impl AsyncRead for Client {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if !self.ended {
            let before = buf.remaining();
            ready!(Pin::new(&mut self.stream).poll_read(cx, buf))?;
            self.ended = before > 0 && buf.remaining() == before;
        }
        if self.ended {
            ready!(self.poll_end(cx));
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Client {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.poll_written(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, bufs);
        self.poll_written(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.patience.is_some() && !self.activity.is_owed() {
            // The answer is out: the end need not be kept back any longer.
            self.patience = None;
            cx.waker().wake_by_ref();
        }
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
