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
    reply: Option<oneshot::Sender<Result<Written, StoreError>>>,
}

impl<B> Write<B> {
    /// The write, and where its answer comes.
    pub(super) fn new(
        table: Arc<TableStatements>,
        kind: Kind,
        binds: Vec<B>,
    ) -> (Self, oneshot::Receiver<Result<Written, StoreError>>) {
        let (reply, answer) = oneshot::channel();
        (Self { table, kind, binds, at: Instant::now(), reply: Some(reply) }, answer)
    }

    /// Answers whoever waits. Only the first answer counts.
    pub(in crate::store) fn answer(&mut self, answer: Result<Written, StoreError>) {
        if let Some(reply) = self.reply.take() {
            // Whoever does not wait any more has written all the same.
            let _ = reply.send(answer);
        }
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

/// Positions of the writes that one statement carries.
pub(in crate::store) type Step = Vec<usize>;

/// Answers by position of the write.
pub(in crate::store) type Answers = Vec<Option<Result<Written, StoreError>>>;

/// The statements of a group, in an order that keeps each table's changes behind the inserts that came before them.
pub(in crate::store) fn plan<B>(writes: &[Write<B>]) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut waiting: Vec<(&Arc<TableStatements>, Vec<usize>)> = Vec::new();
    for (position, write) in writes.iter().enumerate() {
        let slot = waiting.iter().position(|(table, _)| Arc::ptr_eq(table, &write.table));
        match (&write.kind, slot) {
            (Kind::Insert, Some(slot)) => waiting[slot].1.push(position),
            (Kind::Insert, None) => waiting.push((&write.table, vec![position])),
            (Kind::Change { .. }, slot) => {
                if let Some(slot) = slot {
                    let (table, rows) = waiting.swap_remove(slot);
                    split(table, &rows, &mut steps);
                }
                steps.push(vec![position]);
            }
        }
    }
    for (table, rows) in waiting {
        split(table, &rows, &mut steps);
    }
    steps
}

/// Divides rows among as few statements as there are for them.
pub(in crate::store) fn split(table: &TableStatements, mut rows: &[usize], steps: &mut Vec<Step>) {
    while !rows.is_empty() {
        let (step, rest) = rows.split_at(table.insert_size(rows.len()));
        steps.push(step.to_vec());
        rows = rest;
    }
}

/// Answers everybody in a group; `failed` is what the group as a whole came to, if it failed.
pub(in crate::store) fn reply<B>(writes: Vec<Write<B>>, answers: Answers, failed: Option<&StoreError>) {
    for (mut write, answer) in writes.into_iter().zip(answers) {
        write.answer(match failed {
            Some(failed) => Err(failed.clone()),
            None => answer.expect("each write is part of one step, and each step that is sent answers its writes"),
        });
    }
}
