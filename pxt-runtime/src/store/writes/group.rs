//! One group of writes: who waits for which row, and which statements carry the rows.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use tokio::sync::oneshot;

use crate::store::StoreError;
use crate::store::statements::{Statement, TableStatements, Update};

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
    pub(in crate::store) touch: Touch,
    /// Which of the binds is what another write came to, and how many places before this one that stands.
    pub(in crate::store) outcome: Option<(usize, usize)>,
}

/// What a write of a set does to rows.
#[derive(Debug, Clone, Copy)]
pub(in crate::store) enum Touch {
    Insert,
    Update,
    /// Deletes the one row that is in a version.
    DeleteOne,
    /// Deletes as many rows as there are.
    DeleteAny,
}

impl Touch {
    /// Whether the set fails when the write finds no row.
    pub(in crate::store) fn is_needed(self) -> bool {
        matches!(self, Self::Update | Self::DeleteOne)
    }
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
            Ok(written) => bond.touch.is_needed() && written.rows == 0,
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
        /// What updates this row and others at once, where that may be.
        many: Option<Arc<Update>>,
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
/// before them, and what stores another's outcome behind that one. Nobody who waits for a write of a group knows of another's,
/// so that updates may be done at once that others stood between.
pub(in crate::store) fn plan<B>(writes: &[Write<B>], positions: impl Iterator<Item = usize>) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut waiting: Vec<Waiting<'_>> = Vec::new();
    for position in positions {
        let write = &writes[position];
        if let Some((before, _)) = write.follows(position) {
            send_first(writes, &mut waiting, &writes[before].table, &mut steps);
        }
        if let Kind::Change { many: None, .. } | Kind::Change { row: None, .. } = write.kind {
            send_first(writes, &mut waiting, &write.table, &mut steps);
            steps.push(vec![position]);
            continue;
        }
        let slot = waiting.iter().position(|(table, ..)| Arc::ptr_eq(table, &write.table)).unwrap_or(waiting.len());
        if slot == waiting.len() {
            waiting.push((&write.table, Vec::new(), Vec::new()));
        }
        let (_, inserts, updates) = &mut waiting[slot];
        match &write.kind {
            Kind::Change { many: Some(update), row: Some(row), .. } => join(updates, update, *row, position),
            _ => inserts.push(position),
        }
    }
    for (table, inserts, updates) in waiting {
        send(writes, table, &inserts, updates, &mut steps);
    }
    steps
}

/// What waits to be sent of a table: rows to insert, and updates behind them.
type Waiting<'w> = (&'w Arc<TableStatements>, Vec<usize>, Vec<Updates<'w>>);

/// Updates of the same columns, of different rows.
type Updates<'w> = (&'w Arc<Update>, HashMap<u64, usize>);

/// Adds an update to others of the same columns. Those of one row keep their order.
fn join<'w>(updates: &mut Vec<Updates<'w>>, update: &'w Arc<Update>, row: u64, position: usize) {
    let behind = updates.iter().rposition(|(_, rows)| rows.contains_key(&row)).map_or(0, |last| last + 1);
    match updates[behind..].iter_mut().find(|(other, _)| Arc::ptr_eq(other, update)) {
        Some((_, rows)) => {
            rows.insert(row, position);
        }
        None => updates.push((update, HashMap::from([(row, position)]))),
    }
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

/// Sends what waits of a table.
fn send_first<B>(
    writes: &[Write<B>],
    waiting: &mut Vec<Waiting<'_>>,
    table: &Arc<TableStatements>,
    steps: &mut Vec<Step>,
) {
    if let Some(slot) = waiting.iter().position(|(other, ..)| Arc::ptr_eq(other, table)) {
        let (_, inserts, updates) = waiting.swap_remove(slot);
        send(writes, table, &inserts, updates, steps);
    }
}

fn send<B>(
    writes: &[Write<B>],
    table: &TableStatements,
    inserts: &[usize],
    updates: Vec<Updates<'_>>,
    steps: &mut Vec<Step>,
) {
    split(writes, table, inserts, steps);
    for (_, rows) in updates {
        let mut rows: Vec<usize> = rows.into_values().collect();
        rows.sort_unstable();
        split(writes, table, &rows, steps);
    }
}

/// Divides rows among as few statements as there are for them.
pub(in crate::store) fn split<B>(writes: &[Write<B>], table: &TableStatements, rows: &[usize], steps: &mut Vec<Step>) {
    let most = rows.first().map_or(1, |first| table.size(rows.len(), writes[*first].binds.len()));
    steps.extend(rows.chunks(most).map(<[usize]>::to_vec));
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
