//! The tables of an application over an open store and open media, on which the operations are.

use std::sync::Arc;

use super::{Handle, Handles};
use crate::error::{Error, Result};
use crate::media::MediaStore;
use crate::schema::Schema;
use crate::store::{Store, TableStatements};

/// The tables of a schema. Clones are cheap and share everything.
#[derive(Clone)]
pub(crate) struct Tables(Arc<Parts>);

struct Parts {
    store: Store,
    media: MediaStore,
    public_url: Option<String>,
    tables: Handles,
    /// Tables beside those of the schema that name files.
    holders: Vec<Arc<TableStatements>>,
}

impl Tables {
    /// The tables over what has been opened and migrated. Files that the `holders` name are kept too. `public_url` is the address that
    /// clients use, without a slash at its end; texts without a limit of their own may have `max_text` bytes.
    ///
    /// # Errors
    /// 500 for a definition that `derive(Table)` did not write.
    pub(crate) fn new(
        schema: &'static Schema,
        store: Store,
        media: MediaStore,
        holders: Vec<Arc<TableStatements>>,
        public_url: Option<String>,
        max_text: usize,
    ) -> Result<Self> {
        let tables = Handles::new(schema, |def| store.prepare(def), max_text)?;
        Ok(Self(Arc::new(Parts { store, media, public_url, tables, holders })))
    }

    /// The tables that the code declares.
    pub(crate) fn schema(&self) -> &'static Schema {
        self.0.tables.schema()
    }

    /// The tables by name.
    pub(crate) fn handles(&self) -> &Handles {
        &self.0.tables
    }

    /// The database.
    pub(crate) fn store(&self) -> &Store {
        &self.0.store
    }

    /// The files.
    pub(crate) fn media(&self) -> &MediaStore {
        &self.0.media
    }

    /// The address that clients use.
    pub(super) fn public_url(&self) -> Option<&str> {
        self.0.public_url.as_deref()
    }

    /// Tables beside those of the schema that name files.
    pub(super) fn holders(&self) -> &[Arc<TableStatements>] {
        &self.0.holders
    }

    /// The table of this name, for the operations.
    ///
    /// # Errors
    /// 500 when the schema does not list it.
    pub(crate) fn table(&self, name: &str) -> Result<&Arc<Handle>> {
        self.0.tables.get(name).ok_or_else(|| {
            let text = format!("table `{name}` is not in the schema that the application was opened with");
            Error::internal(text)
        })
    }
}
