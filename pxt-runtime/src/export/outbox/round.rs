//! One round of a delivery: a batch of rows is read, written to the target, and removed.

use std::sync::{Arc, Mutex};
use std::time::Instant;

use super::lease::Lease;
use super::pace::Pace;
use super::plan::{Blocked, plan};
use super::row::{State, Waiting};
use super::writers::Writers;
use super::{Outbox, Routes, later, lock, sql};
use crate::export::ExportMethod;
use crate::export::target::{Away, Record, Target, Written};
use crate::jobs::backoff;
use crate::schema::ColumnType;
use crate::store::StoreError;
use crate::value::Value;

/// How often the target may refuse a row before somebody has to decide.
const ATTEMPTS: u32 = 8;
/// With more rows that others may have to wait for, they are read only when there is something to do.
const FEW: usize = 16;

/// The delivery to one table of a target, as far as this node does it.
pub(super) struct Deliverer {
    pub(super) id: i64,
    pub(super) destination: String,
    routes: Arc<Mutex<Routes>>,
    writers: Writers,
    pub(super) lease: Lease,
    pace: Pace,
    /// What the target has, and is still in the outbox.
    delivered: Vec<i64>,
    /// Whether rows may wait for others.
    are_behind: bool,
    /// How many rows others may have to wait for, when they were read.
    heads: usize,
}

/// What comes after a round.
#[derive(Debug, PartialEq)]
pub(super) enum Next {
    /// Another one: there may be more rows.
    More,
    /// Nothing before there is another row.
    Idle,
    /// Nothing: another node delivers.
    Elsewhere,
    /// Another attempt later: why the target takes nothing.
    Away(String),
}

impl Deliverer {
    pub(super) fn new(id: i64, destination: String, routes: Arc<Mutex<Routes>>) -> Self {
        let writers = Writers::new(routes.clone());
        let (lease, pace) = (Lease::default(), Pace::default());
        Self { id, destination, routes, writers, lease, pace, delivered: Vec::new(), are_behind: true, heads: 0 }
    }

    /// Delivers a batch.
    ///
    /// # Errors
    /// Those of the outbox's own database.
    pub(super) async fn round(&mut self, outbox: &Arc<Outbox>) -> Result<Next, StoreError> {
        if self.lease.is_due(outbox) {
            if !self.lease.renew(outbox, self.id).await? {
                return Ok(Next::Elsewhere);
            }
            self.tidy(outbox).await?;
        }
        self.remove_delivered(outbox).await?;
        let now = outbox.now();
        if self.heads > FEW && !self.is_due(outbox, now).await? {
            if self.are_behind {
                self.release(outbox).await?;
            }
            return Ok(Next::Idle);
        }
        let mut rows = self.read(outbox).await?;
        self.heads = rows.iter().filter(|row| row.state != State::Pending).count();
        if rows.iter().any(|row| row.state == State::Waiting && row.due_at <= now) {
            outbox.store.change_own(sql::AGAIN, vec![Value::Int(self.id), Value::Int(now)], &[]).await?;
            return Ok(Next::More);
        }
        self.take_over(outbox, rows.iter().filter(|row| row.state == State::Held && !row.of_job && row.due_at <= now));
        let count = rows.iter().filter(|row| row.state == State::Pending).count();
        self.writers.begin();
        for row in rows.iter_mut().filter(|row| row.state == State::Pending) {
            row.form = self.writers.form(row);
            if row.method != ExportMethod::Insert
                && let Err(Away(why)) = self.read_target_key(row).await
            {
                return Ok(Next::Away(why));
            }
        }
        let plan = plan(rows);
        let away = self.write(outbox, plan.runs).await?;
        self.remove_delivered(outbox).await?;
        for (head, rows) in plan.behind {
            self.put_behind(outbox, head, &rows).await?;
        }
        if self.are_behind {
            self.release(outbox).await?;
        }
        Ok(match away {
            Some(why) => Next::Away(why),
            None if count == sql::BATCH => Next::More,
            None => Next::Idle,
        })
    }

    /// What is left in the end: what the target has is removed, and the lease given back.
    pub(super) async fn end(&mut self, outbox: &Outbox) {
        if let Err(error) = self.remove_delivered(outbox).await {
            tracing::warn!(%error, "exported rows could not be removed from the outbox: they are exported again");
        }
        self.lease.give_back(outbox, self.id).await;
    }

    /// Looks after rows that nobody else does.
    async fn tidy(&mut self, outbox: &Outbox) -> Result<(), StoreError> {
        let orphans = outbox.remove_orphans(self.id).await?;
        if !orphans.is_empty() {
            tracing::info!(rows = orphans.len(), "jobs have ended without an answer: nothing is exported of them");
        }
        let values = vec![Value::Int(self.id)];
        self.are_behind =
            !outbox.store.sql_now(sql::ARE_BEHIND, values, &[("number", ColumnType::Int)]).await?.is_empty();
        Ok(())
    }

    async fn is_due(&self, outbox: &Outbox, now: i64) -> Result<bool, StoreError> {
        let values = vec![Value::Int(self.id), Value::Int(now)];
        Ok(!outbox.store.sql_now(sql::IS_DUE, values, &[("number", ColumnType::Int)]).await?.is_empty())
    }

    async fn read(&self, outbox: &Outbox) -> Result<Vec<Waiting>, StoreError> {
        let rows = outbox.store.sql_now(&sql::next(), vec![Value::Int(self.id)], &sql::columns()).await?;
        let mut rows: Vec<_> = rows.into_iter().filter_map(Waiting::read).collect();
        rows.sort_unstable_by_key(|row| row.number);
        Ok(rows)
    }

    /// Has the answers of held rows made whose own process has gone.
    fn take_over<'r>(&self, outbox: &Arc<Outbox>, rows: impl Iterator<Item = &'r Waiting>) {
        for row in rows {
            // Another node may have the route.
            let shaper = lock(&self.routes).get(&row.route).and_then(|(_, shaper)| shaper.upgrade());
            let Some(shaper) = shaper else { continue };
            let (outbox, row, id) = (outbox.clone(), row.clone(), self.id);
            tokio::spawn(async move {
                if let Err(error) = outbox.take_over(&row, &*shaper).await {
                    tracing::warn!(
                        route = row.route,
                        cause = error.chain(),
                        "an answer could not be made for its export"
                    );
                }
                outbox.wake(id);
            });
        }
    }

    /// Reads the key of the target's row. A row that has none is refused when it is written.
    async fn read_target_key(&mut self, row: &mut Waiting) -> Result<(), Away> {
        if let Ok(writer) = self.writers.get(row.form).await? {
            row.target_key = writer.key(row.body.as_deref().unwrap_or_default()).unwrap_or_default();
        }
        Ok(())
    }

    /// Writes rows to the target. Why it takes no more, if it does not.
    async fn write(&mut self, outbox: &Outbox, runs: Vec<Vec<Waiting>>) -> Result<Option<String>, StoreError> {
        let Some(target) = self.writers.target() else { return Ok(None) };
        let mut blocked = Blocked::default();
        for run in runs {
            let mut run = run.into_iter();
            loop {
                let part: Vec<Waiting> = self.free(&mut run, &mut blocked);
                let Some(form) = part.first().map(|first| first.form) else { break };
                if outbox.is_stopping() {
                    return Ok(None);
                }
                if !self.lease.may_write(outbox) && !self.lease.renew(outbox, self.id).await? {
                    return Ok(None);
                }
                let begun = Instant::now();
                let Written { outcomes, away } = self.send(&target, form, &part).await;
                // First what the target has, whatever becomes of writing down what it refused.
                let delivered = part.iter().zip(&outcomes).filter(|(_, outcome)| outcome.is_ok());
                self.delivered.extend(delivered.map(|(row, _)| row.number));
                for (row, outcome) in part.iter().zip(outcomes) {
                    if let Err(refused) = outcome {
                        self.refuse(outbox, row, &refused.0).await?;
                        blocked.add(row);
                    }
                }
                if let Some(Away(why)) = away {
                    self.writers.forget();
                    self.pace.failed(part.len());
                    return Ok(Some(why));
                }
                self.pace.took(begun.elapsed(), outbox.config.timeout);
            }
        }
        Ok(None)
    }

    /// The next rows of a run that are written by one call. Those that come behind a row which was refused meanwhile stay, and others
    /// stay behind them.
    fn free(&self, run: &mut impl Iterator<Item = Waiting>, blocked: &mut Blocked) -> Vec<Waiting> {
        let is_free = |row: &Waiting| {
            let is_free = blocked.find(row).is_none();
            if !is_free {
                blocked.add(row);
            }
            is_free
        };
        run.filter(is_free).take(self.pace.rows()).collect()
    }

    async fn send(&mut self, target: &Target, form: usize, rows: &[Waiting]) -> Written {
        match self.writers.get(form).await {
            Ok(Ok(writer)) => {
                let record = |row| -> Record<'_> {
                    let row: &Waiting = row;
                    Record { id: row.id, body: row.body.as_deref().unwrap_or_default() }
                };
                let records: Vec<_> = rows.iter().map(record).collect();
                target.write(&writer, &records).await
            }
            Ok(Err(refused)) => Written { outcomes: vec![Err(refused); rows.len()], away: None },
            Err(away) => Written { outcomes: Vec::new(), away: Some(away) },
        }
    }

    /// Takes down that the target refused a row.
    async fn refuse(&mut self, outbox: &Outbox, row: &Waiting, why: &str) -> Result<(), StoreError> {
        // The table may have been changed since.
        self.writers.forget();
        self.are_behind = true;
        let attempts = row.attempts + 1;
        let state = if attempts < ATTEMPTS { State::Waiting } else { State::Failed };
        let pause = backoff(outbox.times.backoff, attempts);
        let (number, target) = (row.number, &*self.destination);
        match state {
            State::Failed => tracing::error!(number, target, why, "a row cannot be exported: `pxt exports` shows it"),
            _ => tracing::warn!(number, target, why, "a row cannot be exported, and is tried again later"),
        }
        let values = vec![
            Value::Int(row.number),
            Value::String(state.word().to_owned()),
            Value::Int(later(outbox.now(), pause)),
            Value::String(why.to_owned()),
            row.target_key.clone().map_or(Value::Null, Value::String),
        ];
        outbox.store.change_own(sql::REFUSED, values, &[]).await.map(drop)
    }

    async fn remove_delivered(&mut self, outbox: &Outbox) -> Result<(), StoreError> {
        while let Some(first) = self.delivered.first() {
            let some = &self.delivered[..self.delivered.len().min(sql::BATCH)];
            // The text has a fixed number of values; the first stands in for those that are missing.
            let numbers = some.iter().chain(std::iter::repeat(first)).take(sql::BATCH);
            let values = numbers.map(|number| Value::Int(*number)).collect();
            let count = some.len();
            outbox.store.change_own(&sql::delivered(), values, &[]).await?;
            self.delivered.drain(..count);
        }
        Ok(())
    }

    async fn put_behind(&mut self, outbox: &Outbox, head: i64, rows: &[Waiting]) -> Result<(), StoreError> {
        self.are_behind = true;
        let numbers: Vec<i64> = rows.iter().filter(|row| row.target_key.is_none()).map(|row| row.number).collect();
        for (row, key) in rows.iter().filter_map(|row| Some((row, row.target_key.clone()?))) {
            let values = vec![Value::Int(head), Value::Int(row.number), Value::String(key)];
            outbox.store.change_own(sql::BEHIND_WITH_KEY, values, &[]).await?;
        }
        for rows in numbers.chunks(sql::BEHIND) {
            let numbers = rows.iter().chain(std::iter::repeat(&rows[0])).take(sql::BEHIND);
            let values = std::iter::once(&head).chain(numbers).map(|number| Value::Int(*number)).collect();
            outbox.store.change_own(&sql::behind(), values, &[]).await?;
        }
        Ok(())
    }

    /// Lets rows go on that waited for others which are gone.
    async fn release(&mut self, outbox: &Outbox) -> Result<(), StoreError> {
        let released =
            outbox.store.change_own(sql::RELEASE, vec![Value::Int(self.id)], &[("number", ColumnType::Int)]).await?;
        if !released.is_empty() {
            outbox.wake(self.id);
        }
        Ok(())
    }
}
