//! Removing files that no row names: at once after a refusal, else after a while.

use std::collections::HashSet;
use std::time::Duration;

use super::{Handle, Tables};
use crate::error::{Error, Result};
use crate::store::store_error;
use crate::value::{Media, Row, Value};

/// What stands for a table where a query's uploads are kept while it runs. No route serves it, and no row names what is in
/// it.
pub(crate) const UPLOADS: &str = "_pxt_uploads";

impl Tables {
    /// Deletes the files older than `age` that no row of their table names: those of deleted rows and of compute routes.
    /// Returns how many.
    ///
    /// # Errors
    /// 500 when storage or database cannot be read.
    pub(crate) async fn sweep_media(&self, age: Duration) -> Result<u64> {
        let mut swept = self.media().sweep(UPLOADS, age, |keys| self.needed(keys)).await.map_err(Error::internal)?;
        for def in self.schema().tables.iter().filter(|def| def.columns.iter().any(|column| column.ty.is_media())) {
            let table = self.table(def.name)?;
            let referenced = |keys| self.referenced(table, keys);
            swept += self.media().sweep(def.name, age, referenced).await.map_err(Error::internal)?;
        }
        Ok(swept)
    }

    /// Deletes the files that a request brought and that its refusal leaves without a row. After an error of the server it
    /// is not certain that there is no row, so they are left to the sweep.
    pub(super) async fn discard(&self, table: &Handle, row: Row, error: &Error) {
        let file = |value| if let Value::Media(file) = value { Some(file) } else { None };
        // In a box: it is deep, and every write would carry the room for it.
        Box::pin(self.discard_files(table.def.name, row.into_iter().filter_map(file).collect(), error)).await;
    }

    /// The same with the files themselves, of a table or of what stands for one.
    pub(crate) async fn discard_files(&self, owner: &str, files: Vec<Media>, error: &Error) {
        let certain = error.status() < 500 || error.code().starts_with("function_") || error.code() == "queue_full";
        if !certain || files.is_empty() {
            return;
        }
        let Ok(table) = self.table(owner) else { return self.discard_uploads(files).await };
        let referenced = |keys| self.referenced(table, keys);
        if let Err(error) = self.media().discard(table.def.name, files, referenced).await {
            tracing::warn!(%error, "the files of a refused request are left to the sweep");
        }
    }

    /// Deletes what a query's request brought, once it is answered.
    pub(crate) async fn discard_uploads(&self, files: Vec<Media>) {
        if files.is_empty() {
            return;
        }
        if let Err(error) = self.media().discard(UPLOADS, files, |keys| self.needed(keys)).await {
            tracing::warn!(%error, "the files of a query are left to the sweep");
        }
    }

    /// Which of these files rows of the table name, or tables beside it.
    async fn referenced(&self, table: &Handle, keys: Vec<String>) -> Result<HashSet<String>, BoxError> {
        let mut named = self.store().referenced(&table.statements, &keys).await.map_err(store_error)?;
        named.extend(self.needed(keys).await?);
        Ok(named)
    }

    /// Which of these files are named beside the tables of the schema: by background jobs.
    async fn needed(&self, keys: Vec<String>) -> Result<HashSet<String>, BoxError> {
        let mut named = HashSet::new();
        for holder in self.holders() {
            named.extend(self.store().referenced(holder, &keys).await.map_err(store_error)?);
        }
        Ok(named)
    }
}

type BoxError = Box<dyn std::error::Error + Send + Sync>;
