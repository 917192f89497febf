//! An application: its tables over an open store and open media.

use std::collections::HashMap;
use std::sync::{Arc, Weak};

use super::bodies::BodyMemory;
use crate::compute::{Plan, TableCode};
use crate::error::{Error, Result};
use crate::jobs::Jobs;
use crate::media::MediaStore;
use crate::schema::{Schema, TableDef};
use crate::store::{Store, TableStatements};

/// An application: a schema over an open database and media storage. Clones are cheap and share everything.
#[derive(Clone)]
pub struct App(Arc<Parts>);

/// An application that is not kept open by this.
pub(crate) struct WeakApp(Weak<Parts>);

impl WeakApp {
    /// The application, if somebody still uses it.
    pub(crate) fn upgrade(&self) -> Option<App> {
        self.0.upgrade().map(App)
    }
}

struct Parts {
    schema: &'static Schema,
    store: Store,
    media: MediaStore,
    jobs: Jobs,
    settings: Settings,
    bodies: BodyMemory,
    tables: HashMap<&'static str, Arc<Handle>>,
}

/// What the operations and the routes need of the configuration.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The address that clients use, without a slash at its end; media URLs begin with it.
    pub public_url: Option<String>,
    /// The hosts that a request may name, beside this machine and the address that it arrived at.
    pub allowed_hosts: Vec<String>,
    /// The origins whose pages may write, beside those of the service's own hosts.
    pub allowed_origins: Vec<String>,
    /// Bytes of a request's body, files aside.
    pub max_body: usize,
    /// Bytes of one request with files.
    pub max_upload: u64,
    /// Bytes of a text or of JSON, where the column does not say.
    pub max_text: usize,
    /// Bytes of memory that bodies may take together while they are read.
    pub body_memory: u64,
    /// The most rows of one answer, where the route does not say.
    pub max_rows: u64,
    /// Bytes of the rows of one answer after which no further row is.
    pub max_page: u64,
    /// How long a request may take once it has arrived.
    pub request_timeout: std::time::Duration,
    /// How long the next part of a request's body may take to arrive.
    pub read_timeout: std::time::Duration,
    /// How long a request's whole body may take to arrive.
    pub body_timeout: std::time::Duration,
    /// How long a client may take nothing of an answer.
    pub write_timeout: std::time::Duration,
    /// The most connections at once.
    pub max_connections: usize,
    /// How long jobs may go on once the application is closed.
    pub stop_timeout: std::time::Duration,
}

/// A table with everything that an operation on it needs, made once.
pub struct Handle {
    /// The definition.
    pub def: &'static TableDef,
    /// The functions behind the columns.
    pub code: &'static TableCode,
    /// The computed columns.
    pub(crate) plan: Plan,
    /// The texts of the statements.
    pub(crate) statements: Arc<TableStatements>,
    /// Positions of the primary key's columns.
    pub(crate) key: Vec<usize>,
    /// Position of the column that the database numbers.
    pub(crate) auto: Option<usize>,
    /// Bytes of a text or of JSON, where the column does not say.
    pub(crate) max_text: usize,
}

impl Handle {
    /// The most bytes of a value of this column.
    pub(crate) fn most(&self, column: usize) -> usize {
        self.def.columns[column].most(self.max_text)
    }
}

impl App {
    /// The application over what has been opened and migrated.
    ///
    /// # Errors
    /// 500 for a definition that `derive(Table)` did not write.
    pub(crate) fn new(
        schema: &'static Schema,
        store: Store,
        media: MediaStore,
        jobs: Jobs,
        settings: Settings,
    ) -> Result<Self> {
        let handle = |def: &'static TableDef| {
            let code = TableCode::of(def).ok_or_else(|| Error::new(500, "internal", "a table has no code"))?;
            let handle = Handle {
                def,
                code,
                plan: Plan::new(def, code, settings.max_text),
                statements: store.prepare(def),
                key: def.key().collect(),
                auto: def.auto(),
                max_text: settings.max_text,
            };
            Ok((def.name, Arc::new(handle)))
        };
        let tables = schema.tables.iter().copied().map(handle).collect::<Result<_>>()?;
        let bodies = BodyMemory::new(settings.body_memory);
        Ok(Self(Arc::new(Parts { schema, store, media, jobs, settings, bodies, tables })))
    }

    pub(crate) fn downgrade(&self) -> WeakApp {
        WeakApp(Arc::downgrade(&self.0))
    }

    /// The tables that the code declares.
    pub fn schema(&self) -> &'static Schema {
        self.0.schema
    }

    /// The database.
    pub(crate) fn store(&self) -> &Store {
        &self.0.store
    }

    /// The files.
    pub(crate) fn media(&self) -> &MediaStore {
        &self.0.media
    }

    /// The background jobs.
    pub fn jobs(&self) -> &Jobs {
        &self.0.jobs
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// The memory of bodies that are read.
    pub(crate) fn bodies(&self) -> &BodyMemory {
        &self.0.bodies
    }

    /// The table of this name, for the operations.
    ///
    /// # Errors
    /// 500 when the application's schema does not list it.
    pub fn table(&self, name: &str) -> Result<&Arc<Handle>> {
        self.0.tables.get(name).ok_or_else(|| {
            let text = format!("table `{name}` is not in the schema that the application was opened with");
            Error::internal(text)
        })
    }
}
