//! What a running function may know of the background job that it is part of, and say of itself.
//!
//! The context follows the job through tasks and blocking threads of ours; a thread or task that a function starts by
//! itself is outside of it.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tokio::sync::SetOnce;

tokio::task_local! {
    static CONTEXT: Context;
}

/// How far a job is, as its function says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// How much is done.
    pub done: u64,
    /// How much there is to do; none when that is not known.
    pub total: Option<u64>,
    /// What is being done.
    pub stage: String,
}

/// The job that functions run for.
#[derive(Clone)]
pub(crate) struct Context(Arc<Inner>);

struct Inner {
    cancelled: SetOnce<()>,
    told: Box<dyn Fn(Progress) + Send + Sync>,
}

impl Context {
    /// A context in which `told` hears of progress, on the thread of whoever reports it.
    pub(crate) fn new(told: impl Fn(Progress) + Send + Sync + 'static) -> Self {
        Self(Arc::new(Inner { cancelled: SetOnce::new(), told: Box::new(told) }))
    }

    /// Tells functions that nobody wants their values any more.
    pub(crate) fn cancel(&self) {
        // Once is enough.
        let _ = self.0.cancelled.set(());
    }

    pub(crate) fn is_cancelled(&self) -> bool {
        self.0.cancelled.initialized()
    }

    /// Waits until nobody wants the values any more.
    pub(crate) async fn cancelled(&self) {
        self.0.cancelled.wait().await;
    }

    /// The context of the code that calls this.
    pub(crate) fn current() -> Option<Self> {
        CONTEXT.try_with(Self::clone).ok()
    }

    /// Runs a future in this context.
    pub(crate) async fn run<F: Future>(self, future: F) -> F::Output {
        CONTEXT.scope(self, future).await
    }

    /// Calls a function in a context, if there is one.
    pub(super) fn call<T>(context: Option<Self>, function: impl FnOnce() -> T) -> T {
        match context {
            Some(context) => CONTEXT.sync_scope(context, function),
            None => function(),
        }
    }
}

/// Says how far the running function is: `done` of `total`, or of an unknown number, and what it is at. Those who watch the
/// background job see it. Returns whether the job is still wanted; a function that hears `false` may end with any error.
///
/// Cheap enough to be called for each item. Outside of a background job it does nothing and returns true.
///
/// ```
/// fn decode(frames: &[u8]) -> Result<(), &'static str> {
///     for (done, _frame) in frames.iter().enumerate() {
///         if !pxt_runtime::progress(done as u64, Some(frames.len() as u64), "decoding") {
///             return Err("nobody waits for this video any more");
///         }
///     }
///     Ok(())
/// }
/// # decode(&[1, 2]).unwrap();
/// ```
pub fn progress(done: u64, total: impl Into<Option<u64>>, stage: &str) -> bool {
    let Some(context) = Context::current() else { return true };
    (context.0.told)(Progress { done, total: total.into(), stage: stage.to_owned() });
    !context.is_cancelled()
}

/// Whether the background job that the running function is part of was cancelled, or taken from this node. False outside
/// of a job. Asynchronous functions are dropped at their next await and need not ask.
pub fn cancelled() -> bool {
    CONTEXT.try_with(Context::is_cancelled).unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[tokio::test]
    async fn functions_are_heard_and_told() {
        assert!(progress(1, None, "outside of a job") && !cancelled());
        let heard = Arc::new(Mutex::new(Vec::new()));
        let context = Context::new({
            let heard = heard.clone();
            move |progress: Progress| heard.lock().unwrap().push((progress.done, progress.total, progress.stage))
        });
        let within = context.clone();
        context
            .clone()
            .run(async move {
                assert!(progress(1, 3, "decoding") && !cancelled());
                within.cancel();
                assert!(!progress(2, None, "storing") && cancelled());
                let context = Context::current();
                let blocking = tokio::task::spawn_blocking(|| Context::call(context, cancelled));
                assert!(blocking.await.unwrap());
            })
            .await;
        let heard = heard.lock().unwrap();
        assert_eq!(*heard, [(1, Some(3), "decoding".to_owned()), (2, None, "storing".to_owned())]);
    }
}
