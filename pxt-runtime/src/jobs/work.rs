//! What does the jobs of a route.

use std::sync::{Arc, Weak};

use futures_util::future::BoxFuture;

use super::task::Task;
use crate::error::Result;

/// Does the jobs of a route.
pub(crate) trait Runner: Send + Sync {
    /// Does one job, and answers the JSON that the route would have answered. None when the job's commit has ended it, with its
    /// answer.
    fn run(self: Arc<Self>, task: Task) -> BoxFuture<'static, Result<Option<String>>>;
}

/// A route whose jobs this node does.
pub(crate) struct Work {
    /// The route's name: its path.
    pub(crate) route: String,
    /// What a job of it does, and to which tables: two routes of one name have to do the same.
    pub(crate) does: String,
    /// Does its jobs, for as long as somebody else keeps it.
    pub(crate) runner: Weak<dyn Runner>,
    /// How many of them run at once on this node; as many as there are slots in all, if it does not say.
    pub(crate) concurrency: Option<usize>,
}
