//! Reading and deleting by primary key.

use super::insert::refuse;
use super::{App, Handle, InJob, store_error};
use crate::error::Result;
use crate::store::Member;
use crate::value::{Row, Value};

impl App {
    /// The row with this key.
    pub(crate) async fn get(&self, table: &Handle, key: Vec<Value>) -> Result<Option<Row>> {
        let found = self.store().find(&table.statements, key).await.map_err(store_error)?;
        Ok(found.map(|(row, _)| self.attach(row)))
    }

    /// The row with this key, and its version.
    pub(crate) async fn get_version(&self, table: &Handle, key: Vec<Value>) -> Result<Option<(Row, i64)>> {
        self.store().find(&table.statements, key).await.map_err(store_error)
    }

    /// The failures that were ignored when the row was computed: column and message.
    pub(crate) async fn failures(&self, table: &Handle, key: Vec<Value>) -> Result<Option<Vec<(String, String)>>> {
        let found = self.store().get(&table.statements, key).await.map_err(store_error)?;
        Ok(found.map(|stored| {
            let errors: std::collections::BTreeMap<String, String> =
                stored.errors.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
            errors.into_iter().collect()
        }))
    }

    /// Deletes the row with this key. False when there is none.
    pub(crate) async fn delete(&self, table: &Handle, key: Vec<Value>) -> Result<bool> {
        self.store().delete(&table.statements, key).await.map_err(store_error)
    }

    /// Deletes the rows in which each of these columns has its value; null is a value here. How many there were.
    /// As part of a background job, if there is one.
    pub(crate) async fn delete_where(
        &self,
        job: Option<InJob<'_>>,
        table: &Handle,
        matched: Vec<(usize, Value)>,
    ) -> Result<i64> {
        refuse(table, matched.iter().map(|(position, value)| (*position, value)))?;
        let write = Member::delete_where(&table.statements, matched);
        Ok(self.commit(&Row::new(), write, job).await?.unwrap_or_default())
    }
}
