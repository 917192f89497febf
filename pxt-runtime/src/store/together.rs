//! Several writes as one: all of them are stored, or none.
//!
//! Such a set goes through the same queue as single writes and shares its commit with others. What a later write of a set
//! stores may be what an earlier one came to: the number that the database gave to a row.

use std::sync::Arc;

use super::writes::{Bond, Kind, Written};
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
    /// With a version, of the one row that is in it.
    Delete {
        columns: Vec<(usize, Value)>,
        version: Option<i64>,
    },
}

/// What became of a set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Together {
    /// All of it is stored. What each member came to: the number that the database gave to a row, or how many rows were touched.
    Stored(Vec<i64>),
    /// Nothing is stored: the row of the member at this position is gone, or its version is another.
    Missed(usize),
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
        matches!(self.act, Act::Update { .. } | Act::Delete { version: Some(_), .. })
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
            Act::Delete { .. } => None,
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
        Ok(Bond { must_touch: self.must_touch(), outcome })
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
    must_touch: &[bool],
) -> Result<Together, StoreError> {
    let mut outcomes = Vec::with_capacity(answers.len());
    let mut missed = None;
    let mut undone = false;
    for (position, answer) in answers.into_iter().enumerate() {
        match answer {
            Some(Err(error)) => return Err(error),
            Some(Ok(written)) if written.rows == 0 && must_touch[position] => missed = missed.or(Some(position)),
            Some(Ok(written)) => outcomes.push(written.outcome()),
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

impl Store {
    /// Stores one write by itself, as [`insert`](Self::insert), [`update`](Self::update) and [`delete_where`](Self::delete_where)
    /// do. What it came to; none when the row that has to be there is not, in its version.
    ///
    /// # Errors
    /// Those of these operations.
    pub(crate) async fn alone(&self, write: Member) -> Result<Option<i64>, StoreError> {
        let Member { table, act, .. } = write;
        match act {
            Act::Insert(row, errors) => self.insert(&table, row, errors).await.map(|number| number.or(Some(1))),
            Act::Update { key, version, changes, errors } => {
                Ok(self.update(&table, key, version, changes, errors).await?.then_some(1))
            }
            Act::Delete { columns, version } => {
                let count = self.delete_matching(&table, columns, version).await?;
                let is_missed = version.is_some() && count == 0;
                Ok((!is_missed).then(|| i64::try_from(count).unwrap_or(i64::MAX)))
            }
        }
    }

    /// Stores all of these writes in one transaction, or none of them, and waits until they are durable. They are written even
    /// if the caller stops waiting. The order among them is theirs only where a member needs what another came to.
    ///
    /// # Errors
    /// As for [`insert`](Self::insert) and [`update`](Self::update), of whichever member failed.
    pub async fn together(&self, members: Vec<Member>) -> Result<Together, StoreError> {
        for Member { table, act, .. } in &members {
            match act {
                Act::Insert(..) => {}
                Act::Update { .. } => self.keyed(table)?,
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
}
