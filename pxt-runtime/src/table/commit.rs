//! The moment of the commit: what is stored with a row is one set, and a set has one way into the database.

use futures_util::future::BoxFuture;

use super::{Handle, Keep, Kept, Tables, store_error};
use crate::error::Result;
use crate::store::{Member, Outcome, Store, Together};
use crate::value::Value;

/// Stores a set of writes: all of it, or nothing.
///
/// The store does it as it is. Whoever stores something of his own with the row, as a background job does its end, adds to the set
/// here, and nowhere else.
pub(crate) trait Commit: Send + Sync {
    /// What is to be kept of the row, beside the row.
    fn keep(&self) -> Option<Keep<'_>> {
        None
    }

    /// Stores a set, and answers what its row came to.
    ///
    /// # Errors
    /// Those of writing.
    fn commit(&self, set: WriteSet) -> BoxFuture<'_, Result<Outcome>>;
}

/// What is stored together.
pub(crate) struct WriteSet {
    /// The row of a table.
    pub(crate) row: Member,
    /// What is kept of it, where that was asked for by [`Commit::keep`].
    pub(crate) kept: Option<Kept>,
}

impl Commit for Store {
    fn commit(&self, set: WriteSet) -> BoxFuture<'_, Result<Outcome>> {
        Box::pin(async {
            Ok(match self.together(vec![set.row]).await.map_err(store_error)? {
                Together::Stored(outcomes) => outcomes.first().copied().unwrap_or(Outcome::Missed),
                Together::Missed(_) => Outcome::Missed,
            })
        })
    }
}

impl Tables {
    /// Stores a row that has been computed, and what is kept of it.
    pub(super) async fn commit(
        &self,
        commit: &dyn Commit,
        table: &Handle,
        row: &[Value],
        write: Member,
    ) -> Result<Outcome> {
        let kept = commit.keep().map(|keep| self.keep(&keep, table, row)).transpose()?;
        commit.commit(WriteSet { row: write, kept }).await
    }
}
