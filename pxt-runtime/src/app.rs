//! An application: its tables, its background jobs and its settings, and the operations as typed calls.

mod bodies;
mod fetch;
mod query;
mod sql;
mod typed;

use std::sync::{Arc, Weak};
use std::time::Duration;

pub(crate) use bodies::{BodyMemory, BodyShare};
pub use query::{QueryDef, QueryFunction, QueryOutput, QueryParam, Rows, call_query};
pub use sql::{Bind, Sql};
pub use typed::{NoKey, Table};

use crate::error::Result;
use crate::export::{ExportConfig, Exports};
use crate::jobs::Jobs;
use crate::schema::Schema;
use crate::table::Tables;

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
    tables: Tables,
    jobs: Jobs,
    exports: Exports,
    settings: Settings,
    bodies: BodyMemory,
}

/// What calls and routes need of the configuration.
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
    pub request_timeout: Duration,
    /// How long the next part of a request's body may take to arrive.
    pub read_timeout: Duration,
    /// How long a request's whole body may take to arrive.
    pub body_timeout: Duration,
    /// How long a client may take nothing of an answer.
    pub write_timeout: Duration,
    /// The most connections at once.
    pub max_connections: usize,
    /// How long jobs may go on once the application is closed.
    pub stop_timeout: Duration,
    /// How much writing to other databases there may be.
    pub export: ExportConfig,
}

impl App {
    /// The application over what has been opened and migrated.
    pub(crate) fn new(tables: Tables, jobs: Jobs, exports: Exports, settings: Settings) -> Self {
        let bodies = BodyMemory::new(settings.body_memory);
        Self(Arc::new(Parts { tables, jobs, exports, settings, bodies }))
    }

    pub(crate) fn downgrade(&self) -> WeakApp {
        WeakApp(Arc::downgrade(&self.0))
    }

    /// The tables that the code declares.
    pub fn schema(&self) -> &'static Schema {
        self.tables().schema()
    }

    /// The tables, with what can be done on them.
    pub(crate) fn tables(&self) -> &Tables {
        &self.0.tables
    }

    /// The background jobs.
    pub fn jobs(&self) -> &Jobs {
        &self.0.jobs
    }

    /// The answers that wait to be written to another database.
    pub fn exports(&self) -> &Exports {
        &self.0.exports
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// The memory of bodies that are read.
    pub(crate) fn bodies(&self) -> &BodyMemory {
        &self.0.bodies
    }

    /// Deletes the files older than `age` that no row of their table names: those of deleted rows and of compute routes.
    /// Returns how many.
    ///
    /// # Errors
    /// 500 when storage or database cannot be read.
    pub async fn sweep_media(&self, age: Duration) -> Result<u64> {
        self.tables().sweep_media(age).await
    }
}
