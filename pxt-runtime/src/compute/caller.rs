//! Whether the client that asked for a row still waits.
//!
//! A write runs in a task of its own, which nobody drops, and goes on. What is not worth it is looking at images, which takes
//! memory and time that others want, and computing a row that nobody stores: that ends with the client, or with the time that its
//! request may take. A commit is never cut.

use std::future::pending;
use std::sync::Arc;

use tokio::sync::SetOnce;

tokio::task_local! {
    static GONE: Arc<SetOnce<()>>;
}

/// Held by whoever waits for a task; dropping it says that nobody does.
#[derive(Default)]
pub(crate) struct Caller(Arc<SetOnce<()>>);

impl Caller {
    /// A future that works for this caller, wherever it is polled.
    pub(crate) fn serve<F: Future>(&self, work: F) -> impl Future<Output = F::Output> + use<F> {
        GONE.scope(self.0.clone(), work)
    }
}

impl Drop for Caller {
    fn drop(&mut self) {
        // Once is enough.
        let _ = self.0.set(());
    }
}

/// Waits until the caller of the task has gone. For ever where it has none.
pub(crate) async fn gone() {
    match GONE.try_with(Arc::clone) {
        Ok(gone) => drop(gone.wait().await),
        Err(_) => pending().await,
    }
}
