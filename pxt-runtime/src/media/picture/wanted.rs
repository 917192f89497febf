//! Whether somebody still waits for what a thread works on.
//!
//! A blocking function cannot be dropped in the middle as a future can. Who waits for it holds a [`DropGuard`]; long work on the
//! thread asks from time to time whether that is still there.

use std::sync::{Arc, Weak};

tokio::task_local! {
    static WAITING: Weak<()>;
}

/// Held by whoever waits for a blocking call; dropping it says that nobody does.
#[derive(Default)]
pub(crate) struct DropGuard(Arc<()>);

/// The other side of a [`DropGuard`]; one that belongs to none is wanted for ever.
#[derive(Clone)]
pub(crate) struct Wanted(Option<Weak<()>>);

impl DropGuard {
    /// What the thread asks.
    pub(crate) fn wanted(&self) -> Wanted {
        Wanted(Some(Arc::downgrade(&self.0)))
    }
}

impl Wanted {
    /// What the code that calls this works for.
    pub(crate) fn current() -> Self {
        Self(WAITING.try_with(Clone::clone).ok())
    }

    /// Calls a function that works for this.
    pub(crate) fn call<T>(self, function: impl FnOnce() -> T) -> T {
        match self.0 {
            Some(waiting) => WAITING.sync_scope(waiting, function),
            None => function(),
        }
    }

    /// Whether somebody waits.
    pub(crate) fn is_wanted(&self) -> bool {
        self.0.as_ref().is_none_or(|waiting| waiting.strong_count() > 0)
    }
}
