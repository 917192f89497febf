//! One group of writes: who waits for which row, and which statements carry the rows.

use std::sync::Arc;
use std::time::Instant;

use tokio::sync::oneshot;

use crate::store::StoreError;
use crate::store::statements::{Statement, TableStatements};

/// One row to write, and who waits for it.
pub(in crate::store) struct Write<B> {
    pub(in crate::store) table: Arc<TableStatements>,
    pub(in crate::store) kind: Kind,
    pub(in crate::store) binds: Vec<B>,
    /// When it was asked for.
    pub(in crate::store) at: Instant,
    /// The set that it is stored with or not at all. The writes of a set stand one behind the other.
    pub(in crate::store) set: Option<(u64, Bond)>,
    reply: Option<oneshot::Sender<Result<Written, StoreError>>>,
}

/// What ties a write to the others of its set.
#[derive(Debug, Clone, Copy)]
pub(in crate::store) struct Bond {
    /// Whether the set fails when the write touches no row.
    pub(in crate::store) must_touch: bool,
    /// Which of the binds is what another write came to, and how many places before this one that stands.
    pub(in crate::store) outcome: Option<(usize, usize)>,
}

impl<B> Write<B> {
    /// The write, and where its answer comes.
    pub(super) fn new(
        table: Arc<TableStatements>,
        kind: Kind,
        binds: Vec<B>,
    ) -> (Self, oneshot::Receiver<Result<Written, StoreError>>) {
        let (reply, answer) = oneshot::channel();
        (Self { table, kind, binds, at: Instant::now(), set: None, reply: Some(reply) }, answer)
    }

    /// Answers whoever waits. Only the first answer counts.
    pub(in crate::store) fn answer(&mut self, answer: Result<Written, StoreError>) {
        if let Some(reply) = self.reply.take() {
            // Whoever does not wait any more has written all the same.
            let _ = reply.send(answer);
        }
    }

    /// Whether the set of the write fails by this answer.
    pub(in crate::store) fn breaks(&self, answer: &Result<Written, StoreError>) -> bool {
        self.set.is_some_and(|(_, bond)| match answer {
            Ok(written) => bond.must_touch && written.rows == 0,
            Err(_) => true,
        })
    }

    /// The position of the write, for one at `position`, whose outcome this one stores, and the bind that it stands for.
    pub(in crate::store) fn follows(&self, position: usize) -> Option<(usize, usize)> {
        let (slot, back) = self.set?.1.outcome?;
        Some((position - back, slot))
    }
}

/// What is done to the row.
pub(in crate::store) enum Kind {
    Insert,
    /// An update or a delete.
    Change {
        statement: Statement,
        /// Tells the row from others, in all processes alike. None when there may be several.
        row: Option<u64>,
    },
}

/// What became of a write.
#[derive(Debug, Clone, Copy)]
pub(in crate::store) struct Written {
    /// How many rows were touched.
    pub(in crate::store) rows: u64,
    /// For an insert into a table that the database numbers, the row's number.
    pub(in crate::store) number: Option<i64>,
}

impl Written {
    /// What a later write of the set may store: the row's number, or how many rows were touched.
    pub(in crate::store) fn outcome(&self) -> i64 {
        self.number.unwrap_or_else(|| i64::try_from(self.rows).unwrap_or(i64::MAX))
    }
}

/// Positions of the writes that one statement carries.
pub(in crate::store) type Step = Vec<usize>;

/// Answers by position of the write.
pub(in crate::store) type Answers = Vec<Option<Result<Written, StoreError>>>;

/// The statements of the writes at these positions, in an order that keeps each table's changes behind the inserts that came
/// before them, and what stores another's outcome behind that one.
pub(in crate::store) fn plan<B>(writes: &[Write<B>], positions: impl Iterator<Item = usize>) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut waiting: Vec<(&Arc<TableStatements>, Vec<usize>)> = Vec::new();
    for position in positions {
        let write = &writes[position];
        if let Some((before, _)) = write.follows(position) {
            send_first(&mut waiting, &writes[before].table, &mut steps);
        }
        match &write.kind {
            Kind::Insert => match waiting.iter_mut().find(|(table, _)| Arc::ptr_eq(table, &write.table)) {
                Some((_, rows)) => rows.push(position),
                None => waiting.push((&write.table, vec![position])),
            },
            Kind::Change { .. } => {
                send_first(&mut waiting, &write.table, &mut steps);
                steps.push(vec![position]);
            }
        }
    }
    for (table, rows) in waiting {
        split(table, &rows, &mut steps);
    }
    steps
}

/// The same for the writes of sets: first what sets insert, as many rows at once as there are, then what changes rows or stores
/// another's outcome. Sets have no order among each other.
pub(in crate::store) fn plan_sets<B>(writes: &[Write<B>], positions: impl Iterator<Item = usize> + Clone) -> Vec<Step> {
    let comes_first = |position: &usize| {
        matches!(writes[*position].kind, Kind::Insert) && writes[*position].follows(*position).is_none()
    };
    let mut steps = plan(writes, positions.clone().filter(comes_first));
    steps.append(&mut plan(writes, positions.filter(|position| !comes_first(position))));
    steps
}

/// Sends the inserts of a table that wait.
fn send_first(
    waiting: &mut Vec<(&Arc<TableStatements>, Vec<usize>)>,
    table: &Arc<TableStatements>,
    steps: &mut Vec<Step>,
) {
    if let Some(slot) = waiting.iter().position(|(other, _)| Arc::ptr_eq(other, table)) {
        let (table, rows) = waiting.swap_remove(slot);
        split(table, &rows, steps);
    }
}

/// Divides rows among as few statements as there are for them.
pub(in crate::store) fn split(table: &TableStatements, mut rows: &[usize], steps: &mut Vec<Step>) {
    while !rows.is_empty() {
        let (step, rest) = rows.split_at(table.insert_size(rows.len()));
        steps.push(step.to_vec());
        rows = rest;
    }
}

/// The sets of a group, as positions of their writes.
pub(in crate::store) fn sets<B>(writes: &[Write<B>]) -> Vec<std::ops::Range<usize>> {
    let mut sets: Vec<std::ops::Range<usize>> = Vec::new();
    let mut last = None;
    for (position, write) in writes.iter().enumerate() {
        let set = write.set.map(|(set, _)| set);
        match (set, sets.last_mut()) {
            (Some(_), Some(range)) if set == last => range.end = position + 1,
            (Some(_), _) => sets.push(position..position + 1),
            (None, _) => {}
        }
        last = set;
    }
    sets
}

/// Answers everybody in a group; `failed` is what the group as a whole came to, if it failed. Who has no answer is part of a
/// set in which another one has.
pub(in crate::store) fn reply<B>(writes: Vec<Write<B>>, answers: Answers, failed: Option<&StoreError>) {
    for (mut write, answer) in writes.into_iter().zip(answers) {
        match (failed, answer) {
            (Some(failed), _) => write.answer(Err(failed.clone())),
            (None, Some(answer)) => write.answer(answer),
            (None, None) => {}
        }
    }
}
