//! The images of one row: memory for those that it was given is reserved together, and what its functions need besides is asked for
//! in its name, wherever they run.

use std::future::Future;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use tokio::sync::OnceCell;
use tokio::time::timeout;

use super::admission::{self, Candidate, MADE, Reading};
use super::{BUDGET, PATIENCE, Pixels, pixels};
use crate::media::MediaError;
use crate::media::budget::{Budget, Holder};
use crate::value::Media;

tokio::task_local! {
    static HOLDER: Arc<Holder>;
}

/// The images of a row whose functions run.
pub(crate) struct RowImages {
    budget: &'static Budget,
    holder: Arc<Holder>,
    given: Vec<Media>,
    admitted: OnceCell<()>,
}

/// In whose name code asks for memory.
#[derive(Clone)]
pub(crate) struct Row(Option<Arc<Holder>>);

impl RowImages {
    /// Of a row that has these, and may get others from its functions.
    pub(crate) fn new(given: Vec<Media>) -> Self {
        Self::of(&BUDGET, given)
    }

    pub(super) fn of(budget: &'static Budget, given: Vec<Media>) -> Self {
        Self { budget, holder: Arc::default(), given, admitted: OnceCell::new() }
    }

    #[cfg(test)]
    pub(super) fn given(&self) -> &[Media] {
        &self.given
    }

    /// Waits for memory to look at an image of the row, so that a function that gets it need not wait on a thread. The first one
    /// waits for all that the row was given. Dropping the future is leaving the queue.
    ///
    /// # Errors
    /// [`MediaError::TooCostly`] or [`MediaError::TooLong`] for a file that cannot even be read, [`MediaError::Busy`], and those of
    /// reading.
    pub(crate) fn admit<'a>(&'a self, media: &'a Media) -> BoxFuture<'a, Result<(), MediaError>> {
        Box::pin(async move {
            let admitted = async {
                self.admitted.get_or_try_init(|| self.admit_given()).await?;
                pixels(media).admit(self.budget, &self.holder, media, Reading::Async).await.map(drop)
            };
            timeout(PATIENCE, admitted).await.unwrap_or(Err(MediaError::Busy))
        })
    }

    /// Whoever cannot be admitted for its own fault is left out: it tells its function.
    async fn admit_given(&self) -> Result<(), MediaError> {
        let (mut images, mut candidates): (Vec<Arc<Pixels>>, _) = (Vec::new(), Vec::new());
        for media in &self.given {
            let pixels = pixels(media);
            let is_known = pixels.admission.initialized() || images.iter().any(|known| Arc::ptr_eq(known, &pixels));
            if !is_known && let Ok(candidate) = Candidate::new(media, Reading::Async).await {
                images.push(pixels);
                candidates.push(candidate);
            }
        }
        if candidates.is_empty() {
            return Ok(());
        }
        let admitted = admission::admit(self.budget, &self.holder, &candidates, Reading::Async).await?;
        for (pixels, admission) in images.iter().zip(admitted) {
            if let Ok(admission) = admission {
                // Somebody else who has the image may have been faster.
                drop(pixels.admission.set(admission));
                self.holder.add_spare(MADE);
            }
        }
        Ok(())
    }

    /// A future that asks in the name of the row, wherever it is polled.
    pub(crate) fn serve<F: Future>(&self, work: F) -> impl Future<Output = F::Output> + use<F> {
        HOLDER.scope(self.holder.clone(), work)
    }
}

impl Row {
    /// The row that the code that calls this works for.
    pub(crate) fn current() -> Self {
        Self(HOLDER.try_with(Arc::clone).ok())
    }

    /// Calls a function that works for this.
    pub(crate) fn call<T>(self, function: impl FnOnce() -> T) -> T {
        match self.0 {
            Some(holder) => HOLDER.sync_scope(holder, function),
            None => function(),
        }
    }

    /// In whose name to ask: a new one's for code that works for no row.
    pub(super) fn holder(self) -> Arc<Holder> {
        self.0.unwrap_or_default()
    }
}
