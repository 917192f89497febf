//! Reading for threads that may block.
//!
//! All of the runtime's blocking threads may be reading at once, and a request to a bucket can need one of them (to look up
//! a host's name). So such reads run on a thread of their own, with a runtime of its own.

use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;

use futures_util::future::BoxFuture;
use tokio::runtime::Builder;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::media::MediaError;

type Job = BoxFuture<'static, ()>;

/// Runs work for threads that wait. The thread behind it starts with the first work, and ends with this.
#[derive(Default)]
pub(super) struct Reader(Mutex<Option<UnboundedSender<Job>>>);

impl Reader {
    /// Waits for work. It must not be called where async code runs, as with any blocking.
    pub(super) fn run<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, MediaError> {
        let (done, result) = mpsc::sync_channel(1);
        // Nobody waits any more when this fails.
        let job: Job = Box::pin(async move { drop(done.send(work.await)) });
        self.jobs()?.send(job).map_err(|_| MediaError::storage("the thread that reads from the bucket has ended"))?;
        result.recv().map_err(MediaError::storage)
    }

    fn jobs(&self) -> Result<UnboundedSender<Job>, MediaError> {
        let mut jobs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(jobs) = &*jobs {
            return Ok(jobs.clone());
        }
        let (sender, receiver) = unbounded_channel();
        let runtime = Builder::new_current_thread().enable_all().build().map_err(MediaError::storage)?;
        let spawned =
            thread::Builder::new().name("pxt-media".to_owned()).spawn(move || runtime.block_on(work(receiver)));
        spawned.map_err(MediaError::storage)?;
        *jobs = Some(sender.clone());
        Ok(sender)
    }
}

async fn work(mut jobs: UnboundedReceiver<Job>) {
    while let Some(job) = jobs.recv().await {
        tokio::spawn(job);
    }
}
