//! Deleting rows: one by its primary key, those of some values, or one as a client has read it.

use super::commit::commit_row;
use super::insert::refuse;
use super::update::{ATTEMPTS, Values, overtaken};
use super::{Commit, Handle, Tables, WriteSet};
use crate::error::Result;
use crate::store::{Member, Outcome, store_error};
use crate::value::Value;

impl Tables {
    /// Deletes the row with this key. False when there is none.
    pub(crate) async fn delete(&self, committer: &dyn Commit, table: &Handle, key: Vec<Value>) -> Result<bool> {
        let write = Member::delete(&table.statements, key);
        Ok(matches!(commit_row(committer, WriteSet::of(write)).await?, Outcome::Deleted(1..)))
    }

    /// Deletes the rows in which each of these columns has its value; null is a value here. How many there were.
    pub(crate) async fn delete_where(&self, committer: &dyn Commit, table: &Handle, matched: Values) -> Result<u64> {
        refuse(table, matched.iter().map(|(position, value)| (*position, value)))?;
        let write = Member::delete_where(&table.statements, matched);
        Ok(match commit_row(committer, WriteSet::of(write)).await? {
            Outcome::Deleted(count) => count,
            _ => 0,
        })
    }

    /// Deletes the row in which each of these columns, the whole key among them, has its value, if its version is one of these.
    /// False when it is in another, or not there.
    pub(crate) async fn delete_version(
        &self,
        committer: &dyn Commit,
        table: &Handle,
        matched: Values,
        versions: &[i64],
    ) -> Result<bool> {
        refuse(table, matched.iter().map(|(position, value)| (*position, value)))?;
        for _ in 0..ATTEMPTS {
            // The statement takes one version, however many a client names: the row has only one.
            let version = match versions {
                [one] => Some(*one),
                several => self.version(table, &matched).await?.filter(|version| several.contains(version)),
            };
            let Some(version) = version else { return Ok(false) };
            let write = Member::delete_version(&table.statements, matched.clone(), version);
            let is_deleted = commit_row(committer, WriteSet::of(write)).await? != Outcome::Missed;
            if is_deleted || versions.len() == 1 {
                return Ok(is_deleted);
            }
        }
        Err(overtaken())
    }

    /// The version of the row whose key is among these values.
    async fn version(&self, table: &Handle, matched: &Values) -> Result<Option<i64>> {
        let value =
            |column: &usize| matched.iter().find(|(position, _)| position == column).map(|(_, value)| value.clone());
        let key = table.key.iter().filter_map(value).collect();
        let found = self.store().get(&table.statements, key).await.map_err(store_error)?;
        Ok(found.map(|row| row.version))
    }
}
