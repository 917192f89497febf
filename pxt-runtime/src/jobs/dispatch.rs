//! The dispatcher: one task a node, which keeps the leases of what runs here and begins what is due.
//!
//! It looks at the queue about once a second, and at once when a place is free again while others wait. Nodes that want the
//! same job change its row in the same version, so that one of them has it.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use jiff::Timestamp;
use uuid::Uuid;

use super::ahead::FEW;
use super::outage::Outage;
use super::ready::Seat;
use super::record::{self, DUE, Due, selected};
use super::worker::{self, Attempt, Begun, problem};
use super::{JobState, Shared};
use crate::error::Error;
use crate::schema::ColumnType;
use crate::store::{Answered, StoreError, job, store_error};
use crate::value::Value;

/// How long the dispatcher waits for further places while others wait for one: what is begun together is written together.
const GATHER: Duration = Duration::from_millis(2);

/// Looks after jobs until they are stopped, or until nobody has them any more.
pub(super) async fn run(weak: Weak<Shared>) {
    let (mut looked, mut cleaned) = (None::<Instant>, None::<Instant>);
    let mut outage = Outage::default();
    loop {
        let Some(shared) = weak.upgrade() else { return };
        if shared.has_stopped() {
            return;
        }
        let look = looked.is_none_or(|at| at.elapsed() >= shared.times.look);
        if look {
            looked = Some(Instant::now());
            if let Err(error) = shared.keep_leases().await {
                outage.note("the leases of jobs could not be renewed", &error);
            }
            shared.hand_back_late().await;
        }
        // What has begun of the queue comes before the rest of it, and that before what was submitted later.
        shared.start_ready(true);
        if !shared.is_stopping() {
            if (look || shared.is_behind() || shared.is_full() || !shared.ahead.is_empty())
                && let Err(error) = shared.claim(look).await
            {
                outage.note("the queue of jobs could not be read", &error);
                // Not at once again: the next look will do.
                shared.catches_up();
            }
            if cleaned.is_none_or(|at| at.elapsed() >= shared.times.clean) {
                match shared.clean().await {
                    Ok(false) => cleaned = Some(Instant::now()),
                    // At once, but behind what is to begin.
                    Ok(true) => shared.wake.notify_one(),
                    Err(error) => {
                        outage.note("finished jobs could not be removed", &error);
                        cleaned = Some(Instant::now());
                    }
                }
            }
        }
        shared.start_ready(false);
        let (wake, pause) = (shared.wake.clone(), shared.times.look);
        drop(shared);
        if outage.end_round() {
            // Whoever fails meanwhile would wake it at once.
            tokio::time::sleep(pause).await;
            continue;
        }
        tokio::select! {
            () = wake.notified() => {}
            () = tokio::time::sleep(pause) => {}
        }
        if let Some(shared) = weak.upgrade().filter(|shared| shared.is_behind()) {
            shared.gather().await;
        }
    }
}

impl Shared {
    /// Waits until half of the places are free, for a moment at most.
    async fn gather(&self) {
        let until = Instant::now() + GATHER;
        while !self.places.are_free()
            && let left = until.saturating_duration_since(Instant::now())
            && !left.is_zero()
        {
            // Told of the next place, or too late for this round.
            let _ = tokio::time::timeout(left, self.wake.notified()).await;
        }
    }

    /// Renews the leases of what runs here: all of them, whatever fails; answers the first failure.
    async fn keep_leases(&self) -> Result<(), StoreError> {
        let leases: Vec<_> = self.running().values().cloned().collect();
        join_all(leases.iter().map(|lease| lease.keep())).await.into_iter().collect()
    }

    /// Begins what may start, as far as there are places; with `all`, also what somebody left lying.
    async fn claim(self: &Arc<Self>, all: bool) -> Result<(), StoreError> {
        // A stop waits for it, and does not begin to wait for the one that comes after.
        let Ok(_beginning) = self.beginning.try_read() else { return Ok(()) };
        if self.is_stopping() {
            return Ok(());
        }
        if all {
            // Before the question: who waits from now on says so again.
            self.catches_up();
            // What was left lying comes first, as it has waited longest. What was ahead is read anew.
            let left = self.due(JobState::Running, &self.places.routes(), FEW).await?;
            if !left.is_empty() {
                self.falls_behind();
            }
            self.ahead.fill(left);
        }
        let open = self.places.open();
        self.full.store(open.some_full, Ordering::Release);
        if all && open.some_full {
            self.see_crowd(&open.routes).await?;
        }
        let most = open.places;
        if open.routes.is_empty() || (most == 0 && !open.soon) {
            self.falls_behind();
            return Ok(());
        }
        let mut due = self.ahead.take(most);
        // Without a free place it is read for those who go on in theirs.
        if due.is_empty() && self.ahead.is_empty() {
            self.catches_up();
            let (beginning, batch) = (self.ahead.beginning(), self.ahead.batch());
            due = self.due(JobState::Pending, &open.routes, batch).await?;
            // Who waits in what is read next waits longer than who is submitted now.
            self.places.crowd(&open.routes, due.len() == batch);
            if due.len() > most || due.len() == batch {
                self.falls_behind();
            }
            due.retain(|due| !beginning.contains(&due.id));
            self.ahead.fill(due.split_off(most.min(due.len())));
        }
        for begun in join_all(due.into_iter().map(|record| self.begin(record))).await {
            begun?;
        }
        // More may wait, of routes that this batch had no room for. A route that is full is not asked for again.
        if most > 0 && self.is_behind() {
            self.wake.notify_one();
        }
        Ok(())
    }

    /// So many jobs of these routes in this state whose time has come, the longest due first.
    async fn due(&self, state: JobState, routes: &[Arc<str>], most: usize) -> Result<Vec<Due>, StoreError> {
        let rows = self.ask_due(&selected(DUE), &record::columns(DUE), state, routes, most).await?;
        let mut due = Vec::with_capacity(rows.len());
        for row in rows {
            let identity = record::identity(&row);
            match (Due::of_selected(row), identity) {
                (Ok(next), _) => due.push(next),
                (Err(cell), Some((id, version))) => {
                    let error = store_error(cell.into());
                    if self.give_up(id, version, &error).await? {
                        tracing::error!(job = %id, cause = error.chain(), "a job is given up: its row cannot be read");
                    }
                }
                (Err(cell), None) => cell.log_left_out(),
            }
        }
        Ok(due)
    }

    /// The same, of which only these columns are read.
    pub(super) async fn ask_due(
        &self,
        select: &str,
        columns: &[(&'static str, ColumnType)],
        state: JobState,
        routes: &[Arc<str>],
        most: usize,
    ) -> Result<Vec<Answered>, StoreError> {
        if routes.is_empty() {
            return Ok(Vec::new());
        }
        let text = due_text(select, state, routes.len(), most);
        let mut values = vec![record::at(Timestamp::now())];
        values.extend(routes.iter().map(|route| Value::String(route.as_ref().to_owned())));
        self.store.sql_now(&text, values, columns).await
    }

    /// Begins a job, if there is a place for it and no other node was faster.
    async fn begin(self: &Arc<Self>, due: Due) -> Result<(), StoreError> {
        if due.attempts >= self.config.attempts {
            let error = Error::new(500, "job_abandoned", "the job was given up: its workers ended before it did");
            if self.give_up(due.id, due.version, &error).await? {
                tracing::error!(job = %due.id, route = due.route, attempts = due.attempts, "a job is given up");
            }
            return Ok(());
        }
        let Some(place) = self.places.take(&due.route) else {
            self.falls_behind();
            return Ok(());
        };
        if let Some(begun) = self.mark_begun(due).await? {
            worker::start(self, place, Attempt::new(self, begun, None));
        }
        Ok(())
    }

    /// Ends a job that nobody works on. False when its row has another version.
    async fn give_up(&self, id: Uuid, version: i64, error: &Error) -> Result<bool, StoreError> {
        let mut changes = record::ended(JobState::Error, self.config.keep);
        changes.push((job::ERROR, Value::String(problem(error, id))));
        let is_ended = self.store.update(&self.jobs, vec![Value::Uuid(id)], version, changes, None).await?;
        if is_ended {
            self.watchers.tell(id);
        }
        Ok(is_ended)
    }

    /// Begins the job that comes next, behind one of the same route that ends. None when there is none, another route's is first,
    /// or this node stops.
    pub(super) async fn begin_next(self: &Arc<Self>, route: &str, seat: Option<Seat>) -> Option<Attempt> {
        // A stop waits for it.
        let _beginning = self.beginning.try_read().ok().filter(|_| !self.is_stopping())?;
        let (due, _beginning) = self.ahead.next_of(route, self.config.attempts)?;
        if self.is_behind() && self.ahead.is_empty() {
            self.wake.notify_one();
        }
        match self.mark_begun(due).await {
            Ok(begun) => Some(Attempt::new(self, begun?, seat)),
            Err(error) => {
                tracing::warn!(%error, "a job could not be begun");
                None
            }
        }
    }

    /// Makes a job this node's. None when somebody was faster.
    async fn mark_begun(&self, due: Due) -> Result<Option<Begun>, StoreError> {
        let Due { id, route, attempts, version, owner, request, committed } = due;
        let attempts = attempts + 1;
        let changes = record::begun(self.node, attempts, self.times.lease);
        if !self.store.update(&self.jobs, vec![Value::Uuid(id)], version, changes, None).await? {
            self.ahead.clear();
            return Ok(None);
        }
        if let Some(owner) = owner {
            tracing::warn!(job = %id, route, %owner, "a job is taken over: its lease has ended");
        }
        Ok(Some(Begun { id, route: route.into(), version: version + 1, attempts, request, committed }))
    }
}

/// The question for due jobs: a range of the index over state and time.
pub(super) fn due_text(select: &str, state: JobState, routes: usize, most: usize) -> String {
    let places: Vec<String> = (0..routes).map(|number| format!("${}", number + 2)).collect();
    let (state, places) = (state.word(), places.join(", "));
    format!(
        "{select} WHERE \"state\" = '{state}' AND \"due_at\" <= $1 AND \"route\" IN ({places}) ORDER BY \"due_at\" LIMIT {most}"
    )
}
