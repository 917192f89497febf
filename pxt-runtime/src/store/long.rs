//! Long answers, for every database alike: batches of bounded memory, and how long whoever reads may take.

use std::time::{Duration, Instant};

use futures_util::{Stream, TryStreamExt as _};
use tokio::sync::mpsc;

use super::extents::{Extent, Extents};
use super::fetch::{self, Failed, size};
use super::question::Ending;
use super::rows::{Batch, End, FEW, MOST, Opened};
use super::unreadable::Line;
use super::{Limits, StoreError};
use crate::value::Value;

/// The rows of one batch, and the memory of their values after which it is sent, in bytes.
const BATCH_ROWS: usize = 128;
const BATCH_BYTES: usize = 256 << 10;
/// A batch of that memory with so few rows is one of large rows.
const LARGE_ROWS: usize = 4;
/// Batches that wait for whoever reads.
const BATCHES: usize = 2;

/// Where the task that reads a long answer sends it.
pub(super) struct Post {
    sender: mpsc::Sender<Result<Batch, StoreError>>,
    patience: Patience,
}

/// What such a task sends, for whoever reads.
pub(super) struct Mail(mpsc::Receiver<Result<Batch, StoreError>>);

/// Both ends.
pub(super) fn post(limits: Limits) -> (Post, Mail) {
    let (sender, receiver) = mpsc::channel(BATCHES);
    (Post { sender, patience: Patience::new(limits) }, Mail(receiver))
}

impl Mail {
    /// Waits for the end of the page and the first rows: what is wrong with the question is said before.
    pub(super) async fn opened(mut self) -> Result<Opened, StoreError> {
        let end = match self.receive().await? {
            Batch::Page(end) => end,
            Batch::Rows(_) | Batch::End => return Err(StoreError::Closed),
        };
        Ok(match self.receive().await? {
            Batch::Rows(first) => Opened { end, first, rest: Some(self.0) },
            Batch::Page(_) | Batch::End => Opened { end, first: Vec::new(), rest: None },
        })
    }

    async fn receive(&mut self) -> Result<Batch, StoreError> {
        self.0.recv().await.unwrap_or(Err(StoreError::Closed))
    }
}

impl Post {
    /// Waits until nobody reads any more.
    pub(super) fn left(&self) -> impl Future<Output = ()> + Send + 'static {
        let sender = self.sender.clone();
        async move { sender.closed().await }
    }

    /// Sends the end of the page, which comes before the rows.
    pub(super) async fn page(&mut self, end: End) -> Result<(), Failed> {
        self.send(Batch::Page(end), 0).await
    }

    /// Sends all rows, and that there are no more. The extents keep in mind how much it was.
    pub(super) async fn rows(
        &mut self,
        extents: &Extents,
        mut rows: impl Stream<Item = Result<Line, Failed>> + Unpin,
    ) -> Result<(), Failed> {
        let (mut batch, mut bytes, mut count, mut first) = (Vec::new(), 0, 0, 0);
        let mut extent = Extent::Short;
        while let Some(row) = rows.try_next().await? {
            let size = size(&row);
            bytes += size;
            batch.push(row);
            count += 1;
            if count <= FEW {
                first += size;
            } else {
                extent = extent.max(Extent::Long);
            }
            if batch.len() == BATCH_ROWS || bytes > BATCH_BYTES {
                if batch.len() <= LARGE_ROWS {
                    extent = Extent::Large;
                    extents.note(extent);
                }
                self.send(Batch::Rows(std::mem::take(&mut batch)), std::mem::take(&mut bytes)).await?;
            }
        }
        extents.note(if first > MOST { Extent::Large } else { extent });
        if !batch.is_empty() {
            self.send(Batch::Rows(batch), bytes).await?;
        }
        self.send(Batch::End, 0).await
    }

    /// Tells whoever reads why there are no more rows. May take long; whoever does not listen any more is told nothing.
    pub(super) async fn fail(self, error: StoreError) {
        drop(self.sender.send_timeout(Err(error), self.patience.limits.stall).await);
    }

    /// Sends a batch whose values take so many bytes.
    async fn send(&mut self, batch: Batch, bytes: usize) -> Result<(), Failed> {
        let asked = Instant::now();
        let sent = self.sender.send_timeout(Ok(batch), self.patience.left).await;
        sent.map_err(|_| Failed::Store(StoreError::Slow))?;
        self.patience.spend(asked.elapsed(), bytes);
        Ok(())
    }
}

impl Ending {
    /// Finds the end of the page in the rows that were asked for.
    pub(super) async fn find(&self, rows: impl Stream<Item = Result<Line, Failed>> + Unpin) -> Result<End, Failed> {
        if let Some(most) = self.bytes {
            return self.measured(rows, most).await;
        }
        let mut rows = fetch::all(rows, usize::MAX).await?.unwrap_or_default().into_iter();
        Ok(End { count: self.limit, last: rows.next().filter(|_| rows.len() > 0) })
    }

    /// The same by the sizes of the rows. All of them are read: what is left would be in the way of the next statement.
    async fn measured(
        &self,
        mut rows: impl Stream<Item = Result<Line, Failed>> + Unpin,
        most: u64,
    ) -> Result<End, Failed> {
        let (mut count, mut bytes, mut last, mut is_cut) = (0, 0_u64, None, false);
        while let Some(mut line) = rows.try_next().await? {
            if count == self.limit || bytes > most {
                is_cut = true;
                continue;
            }
            // A row that cannot be read counts too: no more rows were asked for than the weights of all leave room for.
            bytes = bytes.saturating_add(self.weight);
            if let Ok(Some(Value::Int(size))) = line.as_mut().map(Vec::pop) {
                bytes = bytes.saturating_add(size.unsigned_abs());
            }
            count += 1;
            last = Some(line);
        }
        Ok(End { count, last: last.filter(|_| is_cut) })
    }
}

/// How long a reader may still let us wait. What is taken gives time back: a reader that is steadily faster than the
/// slowest rate is never given up, and one that is slower is, however evenly it reads.
struct Patience {
    left: Duration,
    limits: Limits,
}

impl Patience {
    fn new(limits: Limits) -> Self {
        Self { left: limits.stall, limits }
    }

    fn spend(&mut self, waited: Duration, bytes: usize) {
        let earned = Duration::from_secs_f64(bytes as f64 / self.limits.slowest as f64);
        self.left = self.left.saturating_sub(waited).saturating_add(earned).min(self.limits.stall);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patience_ends_with_a_reader_that_is_slow_on_the_whole() {
        let limits = Limits { stall: Duration::from_secs(30), slowest: 1000, ..Limits::default() };
        let second = Duration::from_secs(1);
        let mut steady = Patience::new(limits);
        let mut slow = Patience::new(limits);
        for _ in 0..100 {
            steady.spend(second, 1000);
            slow.spend(second, 500);
        }
        assert_eq!(steady.left, limits.stall);
        assert_eq!(slow.left, second / 2, "what the last batch gave");
        // Who was fast before may not wait longer for that.
        steady.spend(Duration::ZERO, 1_000_000);
        assert_eq!(steady.left, limits.stall);
    }
}
