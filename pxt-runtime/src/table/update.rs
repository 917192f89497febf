//! Updating a row: read, compute, write if nobody wrote in between, else again.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::sync::LazyLock;

use tokio::sync::Mutex;

use super::insert::refuse;
use super::{Commit, Handle, Tables};
use crate::compute::{self, Outcome, Step};
use crate::error::{Error, Result};
use crate::store::{Member, Outcome as Written, StoreError, Stored, Unreadable, store_error};
use crate::value::{Row, Value};

/// How often a write that others overtook is tried again. Within one process further attempts go one after the other, so
/// that only first attempts and other processes can overtake them.
pub(super) const ATTEMPTS: usize = 50;

/// New values of columns, by position.
pub(crate) type Values = Vec<(usize, Value)>;

/// Where the new values come from.
enum Changes<'a> {
    Given(Values),
    /// Made of the row as it is, at each attempt anew.
    Made(&'a (dyn Fn(Row) -> Result<Values> + Send + Sync)),
}

impl Tables {
    /// Changes columns of the row with this key, and the computed columns that follow from them. Returns the whole row and
    /// its version, or none when there is no such row. 412 when its version is none of `versions`, if there are any.
    ///
    /// Values of the row that cannot be read are null in what is returned, but for the columns in `answered`, and those that
    /// what is computed needs: they are replaced, or the row stays as it is.
    pub(crate) async fn update(
        &self,
        committer: &dyn Commit,
        table: &Handle,
        key: Vec<Value>,
        mut changes: Values,
        versions: Option<&[i64]>,
        answered: &[usize],
    ) -> Result<Option<(Row, i64)>> {
        self.accept(table, &mut changes).await?;
        self.rewrite(committer, table, key, &Changes::Given(changes), versions, answered).await
    }

    /// The same with what `change` makes of the row as it is stored, called again when somebody wrote in between.
    pub(crate) async fn update_with(
        &self,
        table: &Handle,
        key: Vec<Value>,
        change: &(dyn Fn(Row) -> Result<Values> + Send + Sync),
    ) -> Result<Option<(Row, i64)>> {
        self.rewrite(self.store(), table, key, &Changes::Made(change), None, &[]).await
    }

    /// Refuses what no database holds or what is too long, and stores the files.
    async fn accept(&self, table: &Handle, changes: &mut Values) -> Result<()> {
        refuse(table, changes.iter().map(|(position, value)| (*position, value)))?;
        self.settle(table, changes.iter_mut().map(|(position, value)| (*position, value))).await
    }

    async fn rewrite(
        &self,
        committer: &dyn Commit,
        table: &Handle,
        key: Vec<Value>,
        changes: &Changes<'_>,
        versions: Option<&[i64]>,
        answered: &[usize],
    ) -> Result<Option<(Row, i64)>> {
        let mut turn = None;
        for _ in 0..ATTEMPTS {
            let Some(found) = self.store().get(&table.statements, key.clone()).await.map_err(store_error)? else {
                return Ok(None);
            };
            let version = found.version;
            if versions.is_some_and(|wanted| !wanted.contains(&version)) {
                return Err(row_changed());
            }
            let changes = match changes {
                Changes::Given(changes) => Cow::Borrowed(changes),
                Changes::Made(change) => {
                    found.readable(table.def, 0..table.def.columns.len()).map_err(store_error)?;
                    let mut changes = change(self.attach(found.values.clone()))?;
                    self.accept(table, &mut changes).await?;
                    Cow::Owned(changes)
                }
            };
            let columns: Vec<usize> = changes.iter().map(|(position, _)| *position).collect();
            let steps = steps(table, &found, &columns, answered).map_err(store_error)?;
            let mut row = self.attach(found.values);
            let (written, errors) = match change(self, table, &mut row, &changes, &steps).await {
                Ok((written, outcome)) => (written, merge(found.errors.as_deref(), &steps, &outcome)),
                Err(error) => {
                    self.discard(table, row, &error).await;
                    return Err(error);
                }
            };
            let write = Member::update(&table.statements, key.clone(), version, written, errors);
            if self.commit(committer, table, &row, write).await? != Written::Missed {
                return Ok(Some((row, version + 1)));
            }
            if turn.is_none() {
                turn = Some(turns(table, &key).lock().await);
            }
        }
        Err(overtaken())
    }
}

/// The computed columns to compute when these columns change: what follows from them, and what cannot be read, as far as it
/// can be computed.
///
/// # Errors
/// [`StoreError::Unreadable`] when what follows, or what is answered, needs a value that cannot be read.
fn steps<'t>(
    table: &'t Handle,
    found: &Stored,
    changed: &[usize],
    answered: &[usize],
) -> Result<Vec<&'t Step>, StoreError> {
    let follows = table.plan.affected(changed);
    if found.unreadable.is_empty() {
        return Ok(follows);
    }
    let missing: Vec<usize> = found.unreadable.iter().copied().filter(|column| !changed.contains(column)).collect();
    // What only follows from a given value that cannot be read stays as it is.
    let computed = missing.iter().copied().filter(|column| table.def.columns[*column].computed.is_some());
    let renewed = table.plan.renewed(&changed.iter().copied().chain(computed).collect::<Vec<_>>());
    let is_wanted = |step: &&&Step| follows.iter().any(|other| other.column == step.column);
    let (steps, blocked) = Step::part(&renewed, &missing);
    let mut left = missing.iter().copied().filter(|column| !steps.iter().any(|step| step.column == *column));
    let unreadable = |column: usize| Unreadable::of(table.def, column, &found.values).into();
    if let Some(step) = blocked.iter().find(is_wanted) {
        let read = step.reads.iter().copied().find(|read| missing.contains(read));
        return Err(unreadable(read.unwrap_or(missing[0])));
    }
    match left.find(|column| answered.contains(column)) {
        Some(column) => Err(unreadable(column)),
        None => Ok(steps),
    }
}

/// The row is in another version than the client wants.
pub(crate) fn row_changed() -> Error {
    Error::new(412, "row_changed", "the row is not in the version that `If-Match` names: read it anew")
}

/// Others wrote in between at each attempt.
pub(super) fn overtaken() -> Error {
    Error::new(503, "busy", "others kept changing the row: try again").with_retry_after(1)
}

/// Makes the changes in the row and computes what follows. What to write of it, and what failed meanwhile.
async fn change(
    tables: &Tables,
    table: &Handle,
    row: &mut Row,
    changes: &[(usize, Value)],
    steps: &[&Step],
) -> Result<(Values, Outcome)> {
    for (position, value) in changes {
        row[*position] = match value {
            // What is decoded for this attempt goes with it, although another one may follow.
            Value::Media(file) => Value::Media(file.clone().without_decoded()),
            value => value.clone(),
        };
    }
    let outcome = compute::run(table.def, steps, tables.media(), row).await?;
    let mut written = changes.to_vec();
    written.extend(steps.iter().map(|step| (step.column, row[step.column].clone())));
    Ok((written, outcome))
}

/// The recorded failures after some columns were computed anew.
pub(super) fn merge(before: Option<&str>, steps: &[&Step], outcome: &Outcome) -> Option<String> {
    let mut errors: BTreeMap<String, String> =
        before.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    for step in steps {
        errors.remove(step.name);
    }
    for failure in &outcome.failures {
        errors.insert(failure.column.to_owned(), failure.message.clone());
    }
    if errors.is_empty() { None } else { serde_json::to_string(&errors).ok() }
}

/// The queue of those who were overtaken at a row. Rows share the queues by hash.
fn turns(table: &Handle, key: &[Value]) -> &'static Mutex<()> {
    static QUEUES: [Mutex<()>; 64] = [const { Mutex::const_new(()) }; 64];
    static STATE: LazyLock<RandomState> = LazyLock::new(RandomState::new);
    let hash = STATE.hash_one((table.def.name, format!("{key:?}")));
    &QUEUES[hash as usize % QUEUES.len()]
}
