//! Which computed columns there are, and which of them a change concerns.

use super::{Arg, FunctionDef, TableCode};
use crate::schema::{OnError, TableDef};
use crate::value::{Media, Value};

/// The computed columns of a table, in an order in which each comes after those it reads.
#[derive(Debug)]
pub struct Plan {
    steps: Vec<Step>,
}

/// One computed column.
#[derive(Debug)]
pub struct Step {
    /// The column's position in the table.
    pub column: usize,
    /// The column's name.
    pub name: &'static str,
    /// The function that computes it.
    pub function: &'static FunctionDef,
    /// What a failure does.
    pub on_error: OnError,
    /// The most bytes of the value.
    pub most: usize,
    /// Positions of the columns that it reads.
    pub reads: &'static [usize],
    args: Vec<Source>,
}

#[derive(Debug)]
enum Source {
    Column(usize),
    Literal(Value),
}

impl Plan {
    /// The plan of a table; `max_text` is the most bytes of a text in a column that does not say.
    pub fn new(table: &'static TableDef, code: &'static TableCode, max_text: usize) -> Self {
        let mut waiting: Vec<Step> = table
            .columns
            .iter()
            .zip(code.columns)
            .enumerate()
            .filter_map(|(column, (def, code))| {
                let (computed, code) = (def.computed.as_ref()?, code.computed.as_ref()?);
                let args = code.args.iter().filter_map(|arg| match arg {
                    Arg::Column(name) => table.position(name).map(Source::Column),
                    Arg::Literal(value) => Some(Source::Literal(value.make())),
                });
                Some(Step {
                    column,
                    name: def.name,
                    function: (code.function)(),
                    on_error: computed.on_error,
                    most: def.most(max_text),
                    reads: computed.reads,
                    args: args.collect(),
                })
            })
            .collect();
        let mut steps: Vec<Step> = Vec::with_capacity(waiting.len());
        // The derive refuses circles, so each round finds at least one.
        while let Some(next) = waiting
            .iter()
            .position(|step| step.reads.iter().all(|read| !waiting.iter().any(|other| other.column == *read)))
        {
            steps.push(waiting.remove(next));
        }
        Self { steps }
    }

    /// All computed columns, in order.
    pub fn all(&self) -> Vec<&Step> {
        self.steps.iter().collect()
    }

    /// The computed columns that follow from any of these columns, in order.
    pub fn affected(&self, changed: &[usize]) -> Vec<&Step> {
        let mut dirty = changed.to_vec();
        let mut concerned = |step: &&Step| {
            let concerned = step.reads.iter().any(|read| dirty.contains(read));
            if concerned {
                dirty.push(step.column);
            }
            concerned
        };
        self.steps.iter().filter(|step| concerned(step)).collect()
    }

    /// These computed columns and all that follow from them, in order.
    pub fn renewed(&self, columns: &[usize]) -> Vec<&Step> {
        let following: Vec<usize> = self.affected(columns).iter().map(|step| step.column).collect();
        self.steps.iter().filter(|step| columns.contains(&step.column) || following.contains(&step.column)).collect()
    }

    /// The computed columns that these columns need, themselves included, in order.
    pub fn needed(&self, wanted: &[usize]) -> Vec<&Step> {
        let mut needed = wanted.to_vec();
        for step in self.steps.iter().rev() {
            if needed.contains(&step.column) {
                needed.extend(step.reads);
            }
        }
        self.steps.iter().filter(|step| needed.contains(&step.column)).collect()
    }
}

impl Step {
    /// Parts steps that are in order: those that can be taken without the columns that are `missing`, and those that need one
    /// of them, or what another of the latter would compute.
    pub(crate) fn part<'s>(steps: &[&'s Self], missing: &[usize]) -> (Vec<&'s Self>, Vec<&'s Self>) {
        let mut missing = missing.to_vec();
        steps.iter().partition(|step| {
            let can = step.reads.iter().all(|read| !missing.contains(read));
            missing.retain(|column| *column != step.column);
            if !can {
                missing.push(step.column);
            }
            can
        })
    }

    /// The images among the arguments of the call that are in the row already, when the `pending` columns are still to come.
    pub(super) fn images<'a>(&'a self, row: &'a [Value], pending: &'a [usize]) -> impl Iterator<Item = &'a Media> {
        self.function.images(self.args.iter().map(move |source| match source {
            Source::Column(position) if pending.contains(position) => &Value::Null,
            Source::Column(position) => &row[*position],
            Source::Literal(value) => value,
        }))
    }

    /// The arguments of the call, from the row so far.
    pub(super) fn arguments(&self, row: &[Value]) -> Vec<Value> {
        self.args
            .iter()
            .map(|source| match source {
                Source::Column(position) => row[*position].clone(),
                Source::Literal(value) => value.clone(),
            })
            .collect()
    }
}
