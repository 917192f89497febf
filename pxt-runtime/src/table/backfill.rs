//! Computing a new column for the rows that were there before it.

use std::time::{Duration, Instant};

use futures_util::{StreamExt, TryStreamExt, stream};

use super::update::merge;
use super::{App, Handle, store_error};
use crate::compute::{self, Step};
use crate::error::{Error, Result};
use crate::store::{Backfill, Cursor, Stored};
use crate::value::Value;

/// Rows read at once, and rows computed at the same time.
const BATCH: u32 = 256;
const PARALLEL: usize = 8;

impl App {
    /// Computes new columns of every row. An end in the middle is taken up again by the next start.
    pub(crate) async fn backfill(&self, backfill: Backfill) -> Result<()> {
        let table = self.table(backfill.table.name)?.clone();
        let steps = table.plan.renewed(&backfill.columns);
        let names: Vec<_> = steps.iter().map(|step| step.name).collect();
        let total = self.store().count(&table.statements).await.map_err(store_error)?;
        tracing::info!(table = table.def.name, columns = ?names, rows = total, "computing new columns");
        let mut after = backfill.after;
        // A row that another process changed meanwhile is met again in a further round.
        while !self.backfill_round(&table, &steps, after.take(), total).await? {}
        self.store().backfilled(table.def, &backfill.columns).await.map_err(store_error)?;
        tracing::info!(table = table.def.name, columns = ?names, rows = total, "computed new columns");
        Ok(())
    }

    /// Goes over the rows once. False when some were changed by others meanwhile.
    async fn backfill_round(&self, table: &Handle, steps: &[&Step], start: Option<Cursor>, total: u64) -> Result<bool> {
        let (mut after, mut done, mut whole, mut shown) = (start, 0, true, Instant::now());
        loop {
            let batch = self.store().scan(&table.statements, after.take(), BATCH).await.map_err(store_error)?;
            let Some((last, _)) = batch.last() else { return Ok(whole) };
            let last = last.clone();
            done += batch.len() as u64;
            let filled: Vec<bool> = stream::iter(batch)
                .map(|(cursor, stored)| self.fill(table, steps, cursor, stored))
                .buffer_unordered(PARALLEL)
                .try_collect()
                .await?;
            whole &= filled.into_iter().all(|filled| filled);
            if shown.elapsed() >= Duration::from_secs(1) {
                if whole {
                    self.store().checkpoint(table.def, &last).await.map_err(store_error)?;
                }
                tracing::info!(table = table.def.name, done, rows = total, "computing new columns");
                shown = Instant::now();
            }
            after = Some(last);
        }
    }

    async fn fill(&self, table: &Handle, steps: &[&Step], cursor: Cursor, stored: Stored) -> Result<bool> {
        let mut row = self.attach(stored.values);
        let outcome = compute::run(table.def, steps, self.media(), &mut row).await.map_err(|error| {
            let key = self.key_json(table, &row);
            Error::internal(format!(
                "a new column of table `{}` cannot be computed for the row {key}: {error:?}",
                table.def.name
            ))
        })?;
        let changes: Vec<(usize, Value)> = steps.iter().map(|step| (step.column, row[step.column].clone())).collect();
        let errors = merge(stored.errors.as_deref(), steps, &outcome);
        self.store().fill(&table.statements, &cursor, stored.version, changes, errors).await.map_err(store_error)
    }
}
