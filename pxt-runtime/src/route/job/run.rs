//! Doing a job: the request as it was written down, through the same straight line as any other.

use std::sync::Arc;

use futures_util::future::BoxFuture;

use super::stored;
use crate::error::Result;
use crate::jobs::{Runner, Task, Work};
use crate::route::Endpoint;
use crate::route::kind;
use crate::route::options::Method;

impl Runner for Endpoint {
    fn run(self: Arc<Self>, task: Task) -> BoxFuture<'static, Result<Option<String>>> {
        Box::pin(async move {
            let received = stored::read(&self.fields, task.request())?;
            let wire = received.wire;
            let work = async {
                let done = kind::run(&self, received, Some(&task)).await?;
                if task.has_ended() {
                    return Ok(None);
                }
                let stored = done.stored(self.app.tables());
                let answer = async { done.answer(&self.app, Some(task.id())).await?.into_json().await.map(Some) };
                answer.await.map_err(|error| kind::behind(stored, error))
            };
            work.await.map_err(|error| wire.named(error, &self.fields))
        })
    }
}

impl Endpoint {
    /// The name under which its jobs are kept: its path. One that is asked by GET may have another beside it.
    pub(crate) fn job_route(&self) -> String {
        match self.method {
            Method::Post => self.path.clone(),
            Method::Get => format!("GET {}", self.path),
        }
    }

    /// The endpoint as one whose jobs are done here. None for one that answers at once.
    pub(crate) fn work(self: &Arc<Self>) -> Option<Work> {
        let concurrency = self.background?.concurrency.and_then(|most| usize::try_from(most).ok());
        let runner: Arc<dyn Runner> = self.clone();
        let does = format!("{} {}", self.kind(), self.tables().join(", "));
        Some(Work { route: self.job_route(), does, runner: Arc::downgrade(&runner), concurrency })
    }
}
