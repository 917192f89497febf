//! Reading by primary key.

use super::{Handle, Tables};
use crate::error::Result;
use crate::store::store_error;
use crate::value::{Row, Value};

impl Tables {
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
}
