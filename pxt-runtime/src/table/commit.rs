//! The moment of the commit: what is stored with a row is stored by one call.

use futures_util::future::BoxFuture;

use super::{Handle, Keep, Kept, Tables};
use crate::error::{Error, Result};
use crate::store::{Member, Outcome, Store, Together, store_error};
use crate::value::Value;

/// Stores a set of writes: all of it, or nothing.
///
/// The store does it as it is. Whoever stores something of its own with the row, as a background job does its end and an export its
/// copy, implements this: it adds to the set, and hands the set on.
pub(crate) trait Commit: Send + Sync {
    /// What is to be kept of the row, beside the row.
    fn keep(&self) -> Option<Keep<'_>> {
        None
    }

    /// Whether the row's key is needed as text.
    fn needs_key(&self) -> bool {
        false
    }

    /// Stores a set, and answers what each of its members came to. One outcome, [`Outcome::Missed`], when the row of the first is not
    /// there as it has to be, and nothing is stored.
    ///
    /// # Errors
    /// Those of writing.
    fn commit(&self, set: WriteSet) -> BoxFuture<'_, Result<Vec<Outcome>>>;
}

/// What is stored together.
pub(crate) struct WriteSet {
    /// The row of a table comes first, and behind it what is stored with the row.
    pub(crate) members: Vec<Member>,
    /// What is kept of the row, where that was asked for by [`Commit::keep`].
    pub(crate) kept: Option<Kept>,
    /// The row's key as the text of a JSON array, where that was asked for by [`Commit::needs_key`]. None for a row without a key, and
    /// for one that the database numbers by this commit.
    pub(crate) key: Option<String>,
}

impl WriteSet {
    /// The write of a row alone.
    pub(super) fn of(row: Member) -> Self {
        Self { members: vec![row], kept: None, key: None }
    }
}

impl Commit for Store {
    fn commit(&self, set: WriteSet) -> BoxFuture<'_, Result<Vec<Outcome>>> {
        Box::pin(async {
            Ok(match self.together(set.members).await.map_err(store_error)? {
                Together::Stored(outcomes) => outcomes,
                Together::Missed(_) => vec![Outcome::Missed],
            })
        })
    }
}

impl Tables {
    /// Stores a row that has been computed, and what is kept of it.
    pub(super) async fn commit(
        &self,
        committer: &dyn Commit,
        table: &Handle,
        row: &[Value],
        write: Member,
    ) -> Result<Outcome> {
        let kept = committer.keep().map(|keep| self.keep(&keep, table, row)).transpose()?;
        let key = if committer.needs_key() { key(table, row)? } else { None };
        commit_row(committer, WriteSet { kept, key, ..WriteSet::of(write) }).await
    }
}

/// Stores a set, and answers what its row came to.
pub(super) async fn commit_row(committer: &dyn Commit, set: WriteSet) -> Result<Outcome> {
    Ok(*committer.commit(set).await?.first().expect("the row of a set comes to an outcome"))
}

/// The key of a row as the text of a JSON array.
fn key(table: &Handle, row: &[Value]) -> Result<Option<String>> {
    let values: Vec<&Value> = table.key.iter().map(|column| &row[*column]).collect();
    let is_known = !values.is_empty() && values.iter().all(|value| !value.is_null());
    is_known.then(|| serde_json::to_string(&values).map_err(Error::internal)).transpose()
}
