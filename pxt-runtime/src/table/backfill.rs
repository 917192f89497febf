//! Computing a new column for the rows that were there before it.

use std::time::{Duration, Instant};

use futures_util::{StreamExt, TryStreamExt, stream};

use super::update::merge;
use super::{Handle, Tables};
use crate::compute::{self, Failure, Step};
use crate::error::{Error, Result};
use crate::schema::OnError;
use crate::store::{Backfill, Cursor, Stored, Unreadable, store_error};
use crate::value::Value;

/// Rows read at once, and rows computed at the same time.
const BATCH: u32 = 256;
const PARALLEL: usize = 8;

impl Tables {
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

    /// Computes the columns of a row. One that needs a value which cannot be read stays null where it may be null.
    async fn fill(&self, table: &Handle, steps: &[&Step], cursor: Cursor, stored: Stored) -> Result<bool> {
        let (computed, blocked) = Step::part(steps, &stored.unreadable);
        let left = blocked.iter().map(|step| left_null(table, step, &stored)).collect::<Result<Vec<_>>>()?;
        let mut row = self.attach(stored.values);
        let mut outcome = compute::run(table.def, &computed, self.media(), &mut row).await.map_err(|error| {
            let key = self.key_json(table, &row);
            Error::internal(format!(
                "a new column of table `{}` cannot be computed for the row {key}: {error:?}",
                table.def.name
            ))
        })?;
        let changes: Vec<(usize, Value)> = steps.iter().map(|step| (step.column, row[step.column].clone())).collect();
        outcome.failures.extend(left);
        let errors = merge(stored.errors.as_deref(), steps, &outcome);
        self.store().fill(&table.statements, &cursor, stored.version, changes, errors).await.map_err(store_error)
    }
}

/// What is recorded of a column that is left null, as a value that it needs cannot be read.
///
/// # Errors
/// 500, which says what to do, when the column may not be null.
fn left_null(table: &Handle, step: &Step, stored: &Stored) -> Result<Failure> {
    let read = step.reads.iter().copied().find(|read| stored.unreadable.contains(read));
    let cell = Unreadable::of(table.def, read.unwrap_or(stored.unreadable[0]), &stored.values);
    let (name, column) = (table.def.name, step.name);
    if step.on_error != OnError::Ignore && !table.def.columns[step.column].nullable {
        return Err(Error::internal(format!(
            "column `{column}` of table `{name}` cannot be computed: {cell}; repair or delete the row and start again, or \
             declare the column as an `Option`, which leaves it null"
        )));
    }
    tracing::warn!(table = name, column, key = cell.key, %cell, "a new column is left null: a value that it needs cannot be read");
    Ok(Failure { column, message: cell.to_string() })
}
