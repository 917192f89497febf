//! One round of a delivery: a batch of rows is read, written to the target, and removed.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};

use super::lease::Lease;
use super::plan::{Blocked, plan};
use super::row::{State, Waiting};
use super::writers::{Kind, Writers};
use super::{Outbox, Routes, later, lock, sql};
use crate::export::ExportMethod;
use crate::export::target::{Away, Record};
use crate::schema::ColumnType;
use crate::store::{Answered, StoreError};
use crate::value::Value;

/// How often the target may refuse a row before somebody has to decide.
const ATTEMPTS: u32 = 8;

/// The delivery to one table of a target, as far as this node does it.
pub(super) struct Deliverer {
    pub(super) id: i64,
    pub(super) destination: String,
    routes: Arc<Mutex<Routes>>,
    writers: Writers,
    pub(super) lease: Lease,
    /// What the target has, and is still in the outbox.
    delivered: Vec<i64>,
    /// Whether rows may wait for others.
    are_behind: bool,
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
        Self { id, destination, routes, writers, lease: Lease::default(), delivered: Vec::new(), are_behind: true }
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
        // Before the rows: no row goes behind another while this goes on, but any of these heads may be written, or gone.
        let heads = self.heads(outbox).await?;
        let mut rows = self.read(outbox).await?;
        // What waited for one that is gone comes before whatever was committed later.
        if heads.iter().any(|head| rows.iter().all(|row| row.number != *head)) && self.release(outbox).await? {
            return Ok(Next::More);
        }
        let now = outbox.now();
        if rows.iter().any(|row| row.state == State::Waiting && row.due_at <= now) {
            outbox.store.change_own(sql::AGAIN, vec![Value::Int(self.id), Value::Int(now)], &[]).await?;
            return Ok(Next::More);
        }
        self.take_over(outbox, rows.iter().filter(|row| row.state == State::Held && !row.of_job && row.due_at <= now));
        let count = rows.iter().filter(|row| row.state == State::Pending).count();
        let mut kinds = HashMap::new();
        for row in rows.iter_mut().filter(|row| row.state == State::Pending) {
            let kind = self.writers.kind(row);
            if row.method != ExportMethod::Insert
                && let Err(Away(why)) = self.read_target_key(&kind, row).await
            {
                return Ok(Next::Away(why));
            }
            kinds.insert(row.number, kind);
        }
        let plan = plan(rows, &heads, |row| kinds.get(&row.number));
        let away = self.write(outbox, plan.runs, &kinds).await?;
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

    /// The rows that others wait for.
    async fn heads(&self, outbox: &Outbox) -> Result<HashSet<i64>, StoreError> {
        if !self.are_behind {
            return Ok(HashSet::new());
        }
        let values = vec![Value::Int(self.id)];
        let found = outbox.store.sql_now(sql::HEADS, values, &[("number", ColumnType::Int)]).await?;
        let number =
            |answered: &Answered| if let [Value::Int(number)] = answered.row[..] { Some(number) } else { None };
        Ok(found.iter().filter_map(number).collect())
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
    async fn read_target_key(&mut self, kind: &Kind, row: &mut Waiting) -> Result<(), Away> {
        if let Ok(writer) = self.writers.get(kind).await? {
            row.target_key = writer.key(row.body.as_deref().unwrap_or_default()).unwrap_or_default();
        }
        Ok(())
    }

    /// Writes rows to the target. Why it takes no more, if it does not.
    async fn write(
        &mut self,
        outbox: &Outbox,
        runs: Vec<Vec<Waiting>>,
        kinds: &HashMap<i64, Kind>,
    ) -> Result<Option<String>, StoreError> {
        let Some(target) = self.writers.target() else { return Ok(None) };
        let mut blocked = Blocked::default();
        for run in runs {
            // Whoever was refused in an earlier run has to be first.
            let run: Vec<Waiting> = run.into_iter().filter(|row| blocked.find(row).is_none()).collect();
            let Some(kind) = run.first().and_then(|first| kinds.get(&first.number)) else { continue };
            if !self.lease.may_write(outbox) && !self.lease.renew(outbox, self.id).await? {
                return Ok(None);
            }
            let written = match self.writers.get(kind).await {
                Ok(Ok(writer)) => {
                    let records =
                        run.iter().map(|row| Record { id: row.id, body: row.body.as_deref().unwrap_or_default() });
                    target.write(&writer, &records.collect::<Vec<_>>()).await
                }
                Ok(Err(refused)) => Ok(vec![Err(refused); run.len()]),
                Err(away) => Err(away),
            };
            match written {
                Ok(outcomes) => {
                    for (row, outcome) in run.iter().zip(outcomes) {
                        match outcome {
                            Ok(()) => self.delivered.push(row.number),
                            Err(refused) => {
                                self.refuse(outbox, row, &refused.0).await?;
                                blocked.add(row);
                            }
                        }
                    }
                }
                Err(Away(why)) => {
                    self.writers.forget();
                    return Ok(Some(why));
                }
            }
        }
        Ok(None)
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

    async fn put_behind(&mut self, outbox: &Outbox, head: i64, rows: &[i64]) -> Result<(), StoreError> {
        self.are_behind = true;
        for rows in rows.chunks(sql::BEHIND) {
            let numbers = rows.iter().chain(std::iter::repeat(&rows[0])).take(sql::BEHIND);
            let values = std::iter::once(&head).chain(numbers).map(|number| Value::Int(*number)).collect();
            outbox.store.change_own(&sql::behind(), values, &[]).await?;
        }
        Ok(())
    }

    /// Lets rows go on that waited for others which are gone. Whether there are some.
    async fn release(&mut self, outbox: &Outbox) -> Result<bool, StoreError> {
        let released =
            outbox.store.change_own(sql::RELEASE, vec![Value::Int(self.id)], &[("number", ColumnType::Int)]).await?;
        if !released.is_empty() {
            outbox.wake(self.id);
        }
        Ok(!released.is_empty())
    }
}

/// The pause after so many failures.
pub(super) fn backoff(
    (first, longest): (std::time::Duration, std::time::Duration),
    failures: u32,
) -> std::time::Duration {
    first.saturating_mul(1 << failures.saturating_sub(1).min(16)).min(longest)
}
