//! Several writes as one: all of them are stored, or none.
//!
//! Such a set goes through the same queue as single writes and shares its commit with others. What a later write of a set
//! stores may be what an earlier one came to: the number that the database gave to a row.

use std::sync::Arc;

use super::writes::{Bond, Kind, Touch, Written};
use super::{Store, StoreError, TableStatements};
use crate::value::{Row, Value};

/// One write of a set.
#[derive(Debug, Clone)]
pub struct Member {
    pub(super) table: Arc<TableStatements>,
    pub(super) act: Act,
    /// The column that gets what an earlier member came to, and that member's position.
    pub(super) outcome: Option<(usize, usize)>,
}

#[derive(Debug, Clone)]
pub(super) enum Act {
    Insert(Row, Option<String>),
    Update {
        key: Vec<Value>,
        version: i64,
        changes: Vec<(usize, Value)>,
        errors: Option<String>,
    },
    /// Of the row with this key.
    DeleteKey(Vec<Value>),
    /// With a version, of the one row that is in it.
    Delete {
        columns: Vec<(usize, Value)>,
        version: Option<i64>,
    },
}

/// What became of a set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Together {
    /// All of it is stored. What each member came to, in their order.
    Stored(Vec<Outcome>),
    /// Nothing is stored: the row of the member at this position is gone, or its version is another.
    Missed(usize),
}

/// What a write came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The row is stored, with its number if the database numbers the table.
    Inserted(Option<i64>),
    /// The row is changed.
    Changed,
    /// Nothing is stored: the row that has to be there is not, in its version.
    Missed,
    /// So many rows are deleted.
    Deleted(u64),
}

impl Member {
    /// Inserts a row, as [`Store::insert`] does.
    pub fn insert(table: &Arc<TableStatements>, row: Row, errors: Option<String>) -> Self {
        Self { table: table.clone(), act: Act::Insert(row, errors), outcome: None }
    }

    /// Changes columns of a row, as [`Store::update`] does. The whole set fails when the row is not there in this version.
    pub fn update(
        table: &Arc<TableStatements>,
        key: Vec<Value>,
        version: i64,
        changes: Vec<(usize, Value)>,
        errors: Option<String>,
    ) -> Self {
        Self { table: table.clone(), act: Act::Update { key, version, changes, errors }, outcome: None }
    }

    /// Deletes the row with this key, as [`Store::delete`] does. There need be none.
    pub fn delete(table: &Arc<TableStatements>, key: Vec<Value>) -> Self {
        Self { table: table.clone(), act: Act::DeleteKey(key), outcome: None }
    }

    /// Deletes the rows in which each of these columns has its value, as [`Store::delete_where`] does. There need be none.
    pub fn delete_where(table: &Arc<TableStatements>, columns: Vec<(usize, Value)>) -> Self {
        Self { table: table.clone(), act: Act::Delete { columns, version: None }, outcome: None }
    }

    /// Deletes the row in which each of these columns has its value, the key among them. The whole set fails when it is not there in
    /// this version.
    pub fn delete_version(table: &Arc<TableStatements>, columns: Vec<(usize, Value)>, version: i64) -> Self {
        Self { table: table.clone(), act: Act::Delete { columns, version: Some(version) }, outcome: None }
    }

    /// With a column, one that is written anyway, that gets what the member at position `of` came to: the number of an inserted
    /// row, or how many rows were deleted.
    #[must_use]
    pub fn with_outcome(mut self, column: usize, of: usize) -> Self {
        self.outcome = Some((column, of));
        self
    }

    /// Whether the set fails when this finds no row.
    pub(crate) fn must_touch(&self) -> bool {
        self.touch().is_needed()
    }

    fn touch(&self) -> Touch {
        match &self.act {
            Act::Insert(..) => Touch::Insert,
            Act::Update { .. } => Touch::Update,
            Act::Delete { version: Some(_), .. } => Touch::DeleteOne,
            Act::Delete { version: None, .. } | Act::DeleteKey(_) => Touch::DeleteAny,
        }
    }

    /// Where the value of the column stands among what the statement binds, which begins with the columns that are written.
    fn slot(&self, column: usize) -> Option<usize> {
        match &self.act {
            Act::Insert(..) => super::sql::inserted(self.table.def()).position(|position| position == column),
            // In the order of the table.
            Act::Update { changes, .. } => {
                let written = changes.iter().any(|(position, _)| *position == column);
                written.then(|| changes.iter().filter(|(position, _)| *position < column).count())
            }
            Act::Delete { .. } | Act::DeleteKey(_) => None,
        }
    }

    /// What ties the write to the others of its set.
    fn bond(&self, position: usize) -> Result<Bond, StoreError> {
        let outcome = match self.outcome {
            None => None,
            Some((column, of)) => {
                let slot = self.slot(column).filter(|_| of < position);
                let slot = slot.ok_or_else(|| {
                    StoreError::Mistake(
                        "the outcome of a member goes to a column that a later member writes".to_owned(),
                    )
                })?;
                Some((slot, position - of))
            }
        };
        Ok(Bond { touch: self.touch(), outcome })
    }
}

/// A member on its way: what the statement is, what it binds, and its bond.
pub(super) type Bound<B> = (Arc<TableStatements>, Kind, Vec<B>, Bond);

/// The writes of a set; `write` knows the dialect.
pub(super) fn bind<B>(
    members: Vec<Member>,
    write: impl Fn(&Arc<TableStatements>, Act) -> Result<(Kind, Vec<B>), StoreError>,
) -> Result<Vec<Bound<B>>, StoreError> {
    let bound = |(position, member): (usize, Member)| {
        let bond = member.bond(position)?;
        let (kind, binds) = write(&member.table, member.act)?;
        Ok((member.table, kind, binds, bond))
    };
    members.into_iter().enumerate().map(bound).collect()
}

/// What the members came to, as one answer. None stands for a write that was taken back because of another.
pub(super) fn conclude(
    answers: Vec<Option<Result<Written, StoreError>>>,
    touches: &[Touch],
) -> Result<Together, StoreError> {
    let mut outcomes = Vec::with_capacity(answers.len());
    let mut missed = None;
    let mut undone = false;
    for (position, answer) in answers.into_iter().enumerate() {
        match answer {
            Some(Err(error)) => return Err(error),
            Some(Ok(written)) => match touches[position].came_to(written) {
                Outcome::Missed => missed = missed.or(Some(position)),
                outcome => outcomes.push(outcome),
            },
            None => undone = true,
        }
    }
    match missed {
        Some(position) => Ok(Together::Missed(position)),
        // Nobody said why: the writer has gone.
        None if undone => Err(StoreError::Closed),
        None => Ok(Together::Stored(outcomes)),
    }
}

impl Touch {
    /// What a write came to.
    fn came_to(self, written: Written) -> Outcome {
        match self {
            touch if touch.is_needed() && written.rows == 0 => Outcome::Missed,
            Self::Insert => Outcome::Inserted(written.number),
            Self::Update => Outcome::Changed,
            Self::DeleteOne | Self::DeleteAny => Outcome::Deleted(written.rows),
        }
    }
}

impl Store {
    /// Stores all of these writes in one transaction, or none of them, and waits until they are durable. They are written even
    /// if the caller stops waiting. The order among them is theirs only where a member needs what another came to.
    ///
    /// # Errors
    /// As for [`insert`](Self::insert) and [`update`](Self::update), of whichever member failed.
    pub async fn together(&self, mut members: Vec<Member>) -> Result<Together, StoreError> {
        // One write needs no bond, so that others of its kind join it in one statement.
        if let [Member { outcome: None, .. }] = &*members
            && let Some(member) = members.pop()
        {
            return Ok(match self.single(member).await? {
                Outcome::Missed => Together::Missed(0),
                outcome => Together::Stored(vec![outcome]),
            });
        }
        for Member { table, act, .. } in &members {
            match act {
                Act::Insert(..) => {}
                Act::Update { .. } | Act::DeleteKey(_) => self.keyed(table)?,
                Act::Delete { columns, .. } => {
                    super::question::comparable(table.def(), columns.iter().map(|(position, _)| *position))?;
                }
            }
            self.usable(table).await?;
        }
        if members.is_empty() {
            return Ok(Together::Stored(Vec::new()));
        }
        self.0.database.together(members).await
    }

    async fn single(&self, Member { table, act, .. }: Member) -> Result<Outcome, StoreError> {
        Ok(match act {
            Act::Insert(row, errors) => Outcome::Inserted(self.insert(&table, row, errors).await?),
            Act::Update { key, version, changes, errors } => {
                let is_there = self.update(&table, key, version, changes, errors).await?;
                if is_there { Outcome::Changed } else { Outcome::Missed }
            }
            Act::DeleteKey(key) => Outcome::Deleted(self.delete(&table, key).await?.into()),
            Act::Delete { columns, version } => match self.delete_matching(&table, columns, version).await? {
                0 if version.is_some() => Outcome::Missed,
                count => Outcome::Deleted(count),
            },
        })
    }
}
