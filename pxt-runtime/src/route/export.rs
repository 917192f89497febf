//! Exporting an answer: what the commit stores for it, and what is done once the answer is there.

use std::sync::{Arc, Weak};

use futures_util::future::BoxFuture;
use uuid::Uuid;

use super::action::{Action, RowAction};
use super::answer::Answer;
use super::endpoint::Endpoint;
use crate::app::App;
use crate::error::{Error, Result};
use crate::export::{Delivery, Entry, Outbox, OutboxCommit, Queued, Record, RowExport, Shaper, WriteFailure};
use crate::jobs::Task;
use crate::store::store_error;
use crate::table::{Commit, Keep};

/// The export of one answer.
pub(super) struct Export<'e> {
    export: &'e RowExport,
    /// The row of the outbox that waits for the answer.
    held: Option<Entry>,
    /// The background job that makes the answer.
    job: Option<Uuid>,
}

impl RowAction {
    /// Where answers are written in a transaction of their own.
    fn outbox(&self) -> Option<&RowExport> {
        self.export.as_deref().filter(|export| export.delivery == Delivery::Outbox)
    }

    /// What a job keeps of the row that it commits. One that has an answer to export goes on behind its commit.
    pub(super) fn keep(&self) -> Keep<'_> {
        match &self.export {
            Some(export) if export.delivery == Delivery::Request => Keep::Row(self.answer.outputs()),
            _ => self.answer.keep(),
        }
    }

    /// The commit over another that stores a row of the outbox too, if the answer goes there.
    pub(super) fn exporting<'c>(
        &'c self,
        endpoint: &'c Endpoint,
        inner: &'c dyn Commit,
        job: Option<&Task>,
    ) -> Result<Option<OutboxCommit<'c>>> {
        let Some(export) = self.outbox() else { return Ok(None) };
        let outbox = outbox(&endpoint.app)?;
        let (keep, is_numbered) = (self.answer.keep(), self.table.auto.is_some());
        let job = job.map(Task::id);
        let route = endpoint.job_route();
        Ok(Some(OutboxCommit::new(outbox, inner, export, route, keep, job, is_numbered)))
    }

    /// The row of the outbox that an earlier attempt at a job has left.
    pub(super) async fn held_before(&self, app: &App, job: &Task) -> Result<Option<Entry>> {
        let Some(export) = self.outbox() else { return Ok(None) };
        outbox(app)?.of_job(&export.destination, job.id()).await.map_err(store_error)
    }

    /// Refuses a request whose answer would have to wait behind too many others.
    pub(super) async fn admit(&self, app: &App) -> Result<()> {
        match self.outbox() {
            Some(export) => outbox(app)?.admit(&export.destination).await,
            None => Ok(()),
        }
    }

    /// The export of the answer of a row that is stored.
    pub(super) fn export(&self, queued: Option<&Queued>, job: Option<Uuid>) -> Option<Export<'_>> {
        let held = if let Some(Queued::Held(entry)) = queued { Some(*entry) } else { None };
        Some(Export { export: self.export.as_deref()?, held, job })
    }
}

impl Export<'_> {
    /// Makes the answer, and exports it.
    ///
    /// # Errors
    /// Those of the answer, and `export_failed` when it cannot be written to the target.
    pub(super) async fn of(self, app: &App, answer: impl Future<Output = Result<Answer>>) -> Result<Answer> {
        match (self.export.delivery, self.held) {
            (Delivery::Request, _) => {
                let answer = answer.await?;
                self.write(answer.text()?).await?;
                Ok(answer)
            }
            (Delivery::Outbox, None) => answer.await,
            (Delivery::Outbox, Some(held)) => self.fill(outbox(app)?, held, answer).await,
        }
    }

    /// Writes the answer to the target.
    async fn write(&self, body: &str) -> Result<()> {
        let id = self.job.unwrap_or_else(Uuid::now_v7);
        self.export.write(Record { id, body }).await.map_err(|failure| {
            // What can pass is tried again by a job; a request has nobody who would.
            let status = if self.job.is_some() && matches!(failure, WriteFailure::Away(_)) { 503 } else { 500 };
            let text = match &failure {
                WriteFailure::Away(_) => {
                    "the row is stored, and could not be written to the export target: it does not answer"
                }
                WriteFailure::Refused(_) => {
                    "the row is stored, and could not be written to the export target: it refuses the row"
                }
            };
            let target = &self.export.destination;
            Error::new(status, "export_failed", text).with_source(format!("export to {target}: {failure}"))
        })
    }

    /// Gives the outbox the answer that it holds a row for.
    async fn fill(
        self,
        outbox: &Arc<Outbox>,
        mut held: Entry,
        answer: impl Future<Output = Result<Answer>>,
    ) -> Result<Answer> {
        let made = async {
            let answer = answer.await?;
            let body = answer.text()?.to_owned();
            Ok((answer, body))
        };
        let made = outbox.hold(&mut held, made).await;
        if self.job.is_some() {
            // A job that fails may be tried again; the row is held until it ends.
            let (answer, body) = made?;
            outbox.fill(held, &self.export.destination, body).await.map_err(store_error)?;
            return Ok(answer);
        }
        let (weak, destination) = (Arc::downgrade(outbox), self.export.destination.clone());
        let (answer, body) = match made {
            Ok((answer, body)) => (Ok(answer), Some(body)),
            Err(error) => (Err(error), None),
        };
        // Nobody waits for it: when it is not written, the answer is made again.
        outbox.in_background(async move {
            let Some(outbox) = weak.upgrade() else { return };
            let written = match body {
                Some(body) => outbox.fill(held, &destination, body).await,
                None => outbox.remove(held).await,
            };
            if let Err(error) = written {
                tracing::warn!(%error, "the answer of a row that is exported could not be written down: it is made again");
            }
        });
        answer
    }
}

impl Shaper for Endpoint {
    fn shape(&self, row: String, outcome: i64) -> BoxFuture<'_, Result<String>> {
        Box::pin(async move {
            let (Action::Insert(action) | Action::Update(action)) = &self.action else {
                return Err(Error::internal("a row of the outbox is of a route that stores none"));
            };
            let row = self.app.tables().restore(&action.table, &row, outcome)?;
            action.answer.of(self.app.tables(), row).await?.into_json().await
        })
    }
}

/// A route whose answers go to the outbox, as who delivers them knows it.
pub(crate) type Exporting = (Arc<RowExport>, String, Weak<dyn Shaper>);

impl Endpoint {
    /// The endpoint as one whose answers go to the outbox.
    pub(crate) fn exporting(self: &Arc<Self>) -> Option<Exporting> {
        let (Action::Insert(action) | Action::Update(action)) = &self.action else { return None };
        let export = action.export.as_ref().filter(|export| export.delivery == Delivery::Outbox)?;
        let shaper: Arc<dyn Shaper> = self.clone();
        Some((export.clone(), self.job_route(), Arc::downgrade(&shaper)))
    }
}

fn outbox(app: &App) -> Result<&Arc<Outbox>> {
    app.exports().outbox().ok_or_else(|| Error::internal("the outbox was not opened: prepare the routes"))
}
