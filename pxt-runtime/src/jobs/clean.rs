//! Removing finished jobs that were kept long enough, a few at a time, with the rows of their files. The files themselves are
//! the sweep's then.

use futures_util::future::join_all;

use super::node::Node;
use super::{JobState, record, sql};
use crate::schema::ColumnType;
use crate::store::{Answered, Member, StoreError};
use crate::value::Value;

impl Node {
    /// Removes a batch of each state. Whether there may be more.
    pub(super) async fn clean(&self) -> Result<bool, StoreError> {
        let mut more = false;
        for state in JobState::ALL.into_iter().filter(|state| state.is_finished()) {
            let old = self.old(state).await?;
            more |= old.len() == sql::OLD;
            for removed in join_all(old.into_iter().map(|(id, files)| self.remove(id, files))).await {
                removed?;
            }
        }
        Ok(more)
    }

    /// Jobs to remove, and how many files each has.
    async fn old(&self, state: JobState) -> Result<Vec<(Value, i64)>, StoreError> {
        let columns = [("id", ColumnType::Uuid), ("files", ColumnType::Int)];
        let rows =
            self.records.store.sql_now(&sql::old(state), vec![record::at(self.records.clock.now())], &columns).await?;
        let entry = |answered: Answered| match <[Value; 2]>::try_from(answered.row) {
            Ok([id @ Value::Uuid(_), Value::Int(files)]) => Some((id, files)),
            _ => None,
        };
        Ok(rows.into_iter().filter_map(entry).collect())
    }

    async fn remove(&self, id: Value, files: i64) -> Result<(), StoreError> {
        if files == 0 {
            return self.records.store.delete(&self.records.jobs, vec![id]).await.map(drop);
        }
        // Another node may be faster: then there is nothing left to delete.
        let rows = Member::delete_where(&self.records.files, vec![(0, id.clone())]);
        let job = Member::delete_where(&self.records.jobs, vec![(0, id)]);
        self.records.store.together(vec![rows, job]).await.map(drop)
    }
}
