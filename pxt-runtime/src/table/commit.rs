//! The moment of the commit: what is stored with a row is stored by one call.

use futures_util::future::BoxFuture;

use super::{Handle, Keep, Kept, Tables};
use crate::error::Result;
use crate::store::{Member, Outcome, Store, Together, store_error};
use crate::value::Value;

/// Stores a set of writes: all of it, or nothing.
///
/// The store does it as it is. Whoever stores something of its own with the row, as a background job does its end, implements this,
/// and stores both in one transaction.
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
                Together::Stored(outcomes) => *outcomes.first().expect("one write comes to one outcome"),
                Together::Missed(_) => Outcome::Missed,
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
        committer.commit(WriteSet { row: write, kept }).await
    }
}
