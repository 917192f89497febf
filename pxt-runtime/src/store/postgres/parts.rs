//! How a group is divided into transactions, and what is left of one that failed into smaller ones.

use std::collections::VecDeque;
use std::ops::Range;
use std::time::{Duration, Instant};

use super::bind::Bind;
use super::failure;
use crate::store::StoreError;
use crate::store::writes::{Kind, Step, Write, plan, plan_sets, sets, split};

/// The most changes of one transaction, so that rows are not locked for long.
const CHANGES: usize = 64;
/// The steps of one transaction.
pub(super) type Part = Vec<Step>;

/// The transactions of a group. In all processes changes come in the same order of rows as far as possible, so that no two
/// wait for one another.
pub(super) fn parts(writes: &[Write<Bind>]) -> VecDeque<Part> {
    let mut parts = VecDeque::new();
    let mut part = Part::new();
    let mut changes = Changes::new();
    for step in plan(writes, (0..writes.len()).filter(|position| writes[*position].set.is_none())) {
        let write = &writes[step[0]];
        match write.kind {
            Kind::Change { row: Some(row), .. } => changes.push((write.table.def().name, row, step)),
            // How long it takes, and which rows it locks, nobody knows.
            Kind::Change { row: None, .. } => {
                settle(&mut part, &mut changes);
                parts.extend([std::mem::take(&mut part), vec![step]]);
            }
            Kind::Insert => {
                settle(&mut part, &mut changes);
                part.push(step);
            }
        }
        if part.len() + changes.len() == CHANGES {
            settle(&mut part, &mut changes);
            parts.push_back(std::mem::take(&mut part));
        }
    }
    settle(&mut part, &mut changes);
    parts.push_back(part);
    parts.push_back(of_sets(writes, &sets(writes)));
    parts.retain(|part: &Part| !part.is_empty());
    parts
}

/// The one transaction of these sets.
fn of_sets(writes: &[Write<Bind>], sets: &[Range<usize>]) -> Part {
    if let [set] = sets {
        // Each by itself, so that it is known which one fails.
        return set.clone().map(|position| vec![position]).collect();
    }
    let mut part = Part::new();
    let mut changes = Changes::new();
    for step in plan_sets(writes, sets.iter().cloned().flatten()) {
        let write = &writes[step[0]];
        match write.kind {
            Kind::Change { row: Some(row), .. } => {
                let follows = write.follows(step[0]).map(|(before, _)| &writes[before].kind);
                if matches!(follows, Some(Kind::Change { row: Some(_), .. })) {
                    settle(&mut part, &mut changes);
                }
                changes.push((write.table.def().name, row, step));
            }
            _ => {
                settle(&mut part, &mut changes);
                part.push(step);
            }
        }
    }
    settle(&mut part, &mut changes);
    part
}

/// The sets of a part. None for one of single writes.
fn sets_of(writes: &[Write<Bind>], part: &Part) -> Vec<Range<usize>> {
    let there = |set: &Range<usize>| part.iter().flatten().any(|position| set.contains(position));
    let is_of_sets = part.iter().flatten().any(|position| writes[*position].set.is_some());
    if is_of_sets { sets(writes).into_iter().filter(there).collect() } else { Vec::new() }
}

/// What is left of a part without the set of this write, as two parts: another that fails spoils a half only.
pub(super) fn without(writes: &[Write<Bind>], part: &Part, position: usize) -> Vec<Part> {
    let mut left = sets_of(writes, part);
    left.retain(|set| !set.contains(&position));
    halves(writes, &left)
}

fn halves(writes: &[Write<Bind>], sets: &[Range<usize>]) -> Vec<Part> {
    let (first, second) = sets.split_at(sets.len() / 2);
    [first, second].into_iter().filter(|half| !half.is_empty()).map(|half| of_sets(writes, half)).collect()
}

/// Changes of rows that have to be put in order: table, row, and the statement.
type Changes<'w> = Vec<(&'w str, u64, Step)>;

/// Changes of one row keep their order.
fn settle(part: &mut Part, changes: &mut Changes<'_>) {
    changes.sort_by_key(|(table, row, _)| (*table, *row));
    part.extend(changes.drain(..).map(|(_, _, step)| step));
}

pub(super) fn all(writes: &mut [Write<Bind>], part: &Part, error: &StoreError) {
    for position in part.iter().flatten() {
        writes[*position].answer(Err(error.clone()));
    }
}

/// Divides a part around the statement that failed, and that one into halves.
pub(super) fn refused(
    writes: &mut [Write<Bind>],
    mut part: Part,
    failed: usize,
    error: sqlx::Error,
    todo: &mut VecDeque<Part>,
) {
    let sets = sets_of(writes, &part);
    if !sets.is_empty() {
        return match part[failed].as_slice() {
            [position] => {
                let write = &mut writes[*position];
                write.answer(Err(failure::of_table(error, write.table.def())));
                todo.extend(without(writes, &part, *position));
            }
            // Several sets have a row in it.
            _ => todo.extend(halves(writes, &sets)),
        };
    }
    let behind = part.split_off(failed + 1);
    let step = part.pop().unwrap_or_default();
    let mut pieces = vec![part];
    match step.as_slice() {
        [position] => {
            let write = &mut writes[*position];
            write.answer(Err(failure::of_table(error, write.table.def())));
        }
        rows => {
            let (first, second) = rows.split_at(rows.len() / 2);
            pieces.extend([vec![first.to_vec()], vec![second.to_vec()]]);
        }
    }
    pieces.push(behind);
    for piece in pieces.into_iter().rev().filter(|piece| piece.iter().any(|step| !step.is_empty())) {
        todo.push_front(piece);
    }
}

/// Divides a part whose commit was refused, by a constraint that is looked at only then, say: a part of one statement is its
/// own transaction, and names the row.
pub(super) fn uncommitted(writes: &mut [Write<Bind>], mut part: Part, error: sqlx::Error, todo: &mut VecDeque<Part>) {
    let sets = sets_of(writes, &part);
    if sets.len() == 1 || part.len() < 2 {
        let error = failure::of_table(error, writes[part[0][0]].table.def());
        return all(writes, &part, &error);
    }
    if !sets.is_empty() {
        return todo.extend(halves(writes, &sets));
    }
    let second = part.split_off(part.len() / 2);
    todo.push_front(second);
    todo.push_front(part);
}

/// What of a part is still waited for. The others are told why they waited in vain.
pub(super) fn waiting(writes: &mut [Write<Bind>], part: &Part, wait: Duration, told: &StoreError) -> Part {
    let now = Instant::now();
    let sets = sets_of(writes, part);
    if !sets.is_empty() {
        let (left, late): (Vec<_>, Vec<_>) =
            sets.into_iter().partition(|set| now.duration_since(writes[set.start].at) < wait);
        for position in late.into_iter().flatten() {
            writes[position].answer(Err(told.clone()));
        }
        return of_sets(writes, &left);
    }
    let mut left = Part::new();
    for step in part {
        let (rows, late): (Step, Step) =
            step.iter().partition(|position| now.duration_since(writes[**position].at) < wait);
        for position in late {
            writes[position].answer(Err(told.clone()));
        }
        if let Some(first) = rows.first() {
            split(writes, &writes[*first].table, &rows, &mut left);
        }
    }
    left
}
