//! A database that rows are exported to.
//!
//! `address` reads where it is, `describe` of each database what a table looks like, `judge` whether answers fit it whatever they
//! hold. `pairs` is the one table of what fits what. A `writer` turns answers into bound values; `batch` writes them.

mod address;
mod batch;
mod failure;
mod field;
mod judge;
#[cfg(feature = "export-mysql")]
mod mysql;
mod pairs;
#[cfg(feature = "export-postgres")]
mod postgres;
#[cfg(feature = "export-sqlite")]
mod sqlite;
mod statement;
mod table;
#[cfg(test)]
mod tests;
mod value;
mod writer;

use std::fmt;
use std::sync::Arc;

pub(crate) use address::Address;
pub(crate) use batch::{Limits, Record, Written};
pub(crate) use failure::{Away, Refused};
pub(crate) use field::{Field, Holds};
pub(crate) use table::TargetTable;
pub(crate) use writer::Writer;

/// A database that rows are exported to. Clones share its connections, which are made when they are needed.
#[derive(Clone)]
pub(crate) struct Target {
    database: Database,
    name: Arc<str>,
}

#[derive(Clone)]
enum Database {
    #[cfg(feature = "export-mysql")]
    Mysql(mysql::Database),
    #[cfg(feature = "export-postgres")]
    Postgres(postgres::Database),
    #[cfg(feature = "export-sqlite")]
    Sqlite(sqlite::Database),
}

/// Passes a call on to whichever database it is.
#[cfg(any(feature = "export-mysql", feature = "export-postgres", feature = "export-sqlite"))]
macro_rules! each {
    ($this:expr, $database:ident => $call:expr) => {
        match $this.database {
            #[cfg(feature = "export-mysql")]
            Database::Mysql(ref $database) => $call,
            #[cfg(feature = "export-postgres")]
            Database::Postgres(ref $database) => $call,
            #[cfg(feature = "export-sqlite")]
            Database::Sqlite(ref $database) => $call,
        }
    };
}

/// There is no target without a feature for one.
#[cfg(not(any(feature = "export-mysql", feature = "export-postgres", feature = "export-sqlite")))]
macro_rules! each {
    ($this:expr, $database:ident => $call:expr) => {
        match $this.database {}
    };
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Target").field(&self.name).finish()
    }
}

impl Target {
    /// Does not connect yet.
    ///
    /// # Errors
    /// One sentence that names the feature which this program lacks for the kind of database, or the parameter of the address that
    /// cannot be read.
    pub(crate) fn new(address: &Address, limits: Limits) -> Result<Self, String> {
        let database = Database::new(address, limits)?;
        Ok(Self { database, name: address.name().into() })
    }

    /// The table, if there is one. A name without a schema is looked up as the database does by itself.
    #[cfg_attr(not(feature = "_export"), expect(unused_variables, reason = "there is no target then"))]
    pub(crate) async fn describe(&self, schema: Option<&str>, table: &str) -> Result<Option<Arc<TargetTable>>, Away> {
        each!(self, database => batch::describe(database, schema, table).await)
    }

    /// Writes rows in one transaction; where one of them is refused, each in its own. What became of each, in their order. Two rows of
    /// one key are written in their order.
    #[cfg_attr(not(feature = "_export"), expect(unused_variables, reason = "there is no target then"))]
    pub(crate) fn write<'t>(
        &'t self,
        writer: &'t Writer,
        rows: &[Record<'_>],
    ) -> impl Future<Output = Written> + Send + use<'t> {
        let bound: Vec<_> = rows.iter().map(|row| writer.bind(row.id, row.body)).collect();
        async move { each!(self, database => batch::write(database, writer, bound).await) }
    }

    /// Ends its connections.
    pub(crate) async fn close(&self) {
        each!(self, database => database.close().await);
    }
}

impl Database {
    #[cfg_attr(not(feature = "_export"), expect(unused_variables, reason = "there is no target then"))]
    fn new(address: &Address, limits: Limits) -> Result<Self, String> {
        match address.server() {
            table::Server::Mysql => {
                #[cfg(feature = "export-mysql")]
                return mysql::Database::new(address, limits).map(Self::Mysql);
                #[cfg(not(feature = "export-mysql"))]
                Err(missing(address))
            }
            table::Server::Postgres => {
                #[cfg(feature = "export-postgres")]
                return postgres::Database::new(address, limits).map(Self::Postgres);
                #[cfg(not(feature = "export-postgres"))]
                Err(missing(address))
            }
            table::Server::Sqlite => {
                #[cfg(feature = "export-sqlite")]
                return sqlite::Database::new(address, limits).map(Self::Sqlite);
                #[cfg(not(feature = "export-sqlite"))]
                Err(missing(address))
            }
        }
    }
}

/// What is said of a kind of database that is not built in.
#[cfg(not(all(feature = "export-mysql", feature = "export-postgres", feature = "export-sqlite")))]
fn missing(address: &Address) -> String {
    let (scheme, feature) = match address.server() {
        table::Server::Mysql => ("mysql", "export-mysql"),
        table::Server::Postgres => ("postgresql", "export-postgres"),
        table::Server::Sqlite => ("sqlite", "export-sqlite"),
    };
    format!("`{scheme}://…` needs the feature `{feature}`: add it to `pxt` in Cargo.toml")
}
