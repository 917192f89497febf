//! Deleting rows: one by its primary key, those of some values, or one as a client has read it.

use super::insert::refuse;
use super::update::{ATTEMPTS, Values, overtaken};
use super::{App, Handle, InJob, store_error};
use crate::error::Result;
use crate::store::Member;
use crate::value::{Row, Value};

impl App {
    /// Deletes the row with this key. False when there is none.
    pub(crate) async fn delete(&self, table: &Handle, key: Vec<Value>) -> Result<bool> {
        self.store().delete(&table.statements, key).await.map_err(store_error)
    }

    /// Deletes the rows in which each of these columns has its value; null is a value here. How many there were.
    /// As part of a background job, if there is one.
    pub(crate) async fn delete_where(&self, job: Option<InJob<'_>>, table: &Handle, matched: Values) -> Result<i64> {
        refuse(table, matched.iter().map(|(position, value)| (*position, value)))?;
        let write = Member::delete_where(&table.statements, matched);
        Ok(self.commit(&Row::new(), write, job).await?.unwrap_or_default())
    }

    /// Deletes the row in which each of these columns, the whole key among them, has its value, if its version is one of these.
    /// False when it is in another, or not there. As part of a background job, if there is one.
    pub(crate) async fn delete_version(
        &self,
        job: Option<InJob<'_>>,
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
            let is_deleted = self.commit(&Row::new(), write, job).await?.is_some();
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
