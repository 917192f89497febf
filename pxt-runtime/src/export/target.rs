//! A database that rows are exported to.

use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use super::ExportMethod;

/// The column of a target that holds the export's id, if it has it: a row that arrives twice is there once then.
pub(crate) const ID_COLUMN: &str = "_pxt_export_id";

/// Where a target is: a URL that has been understood.
#[derive(Clone)]
pub(crate) struct Address {}

impl Address {
    /// Reads `db_connect`, whose variables are replaced already.
    ///
    /// # Errors
    /// One sentence that says what to write instead, without secrets.
    pub(crate) fn parse(db_connect: &str) -> Result<Self, String> {
        let _ = db_connect;
        todo!()
    }

    /// The address without user, password and parameters: `postgresql://host:5432/analytics`. The same for all spellings of one
    /// database, so that it names the database among others.
    pub(crate) fn name(&self) -> &str {
        todo!()
    }
}

/// What connections to a target may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// The most connections to one target.
    pub(crate) connections: u32,
    /// How long connecting and one write may take, together.
    pub(crate) timeout: Duration,
}

/// A database that rows are exported to. Clones share its connections, which are made when they are needed.
#[derive(Clone)]
pub(crate) struct Target {}

/// The target cannot be reached, is busy, or did not answer in time: what was asked of it may be asked again, and may have been done.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Away(pub(crate) String);

/// The target does not take a row, and will not as things are: the reason, without values of the row.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Refused(pub(crate) String);

/// A row to write.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Record<'r> {
    /// Names the export of this row, whenever it is tried.
    pub(crate) id: Uuid,
    /// The answer: a JSON object.
    pub(crate) body: &'r str,
}

/// A table of a target, as its database describes it.
#[derive(Debug)]
pub(crate) struct TargetTable {}

/// How rows with certain fields are written to a table: texts and conversions, made once.
#[derive(Debug)]
pub(crate) struct Writer {}

/// A field of an answer, as far as is known of all answers.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) holds: Holds,
    pub(crate) is_nullable: bool,
}

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Holds {
    Bool,
    /// Integers from the first up to the second.
    Int(i128, i128),
    /// A finite number; whether it is one of single precision.
    Float {
        is_single: bool,
    },
    /// Up to so many characters, if there is a limit.
    Text(Option<u64>),
    /// RFC 3339, in UTC, with up to nine digits of a second.
    Timestamp,
    /// `YYYY-MM-DD`.
    Date,
    /// Hyphenated, in lower case.
    Uuid,
    /// Base64 text of up to so many bytes, if there is a limit.
    Binary(Option<u64>),
    /// Any JSON.
    Json,
}

impl Target {
    /// # Errors
    /// One sentence that names the feature which this program lacks for the kind of database.
    pub(crate) fn new(address: &Address, limits: Limits) -> Result<Self, String> {
        let _ = (address, limits);
        todo!()
    }

    /// The table, if there is one. A name without a schema is looked up as the database does by itself.
    pub(crate) async fn describe(&self, schema: Option<&str>, table: &str) -> Result<Option<Arc<TargetTable>>, Away> {
        let _ = (schema, table);
        todo!()
    }

    /// Writes rows in one transaction; where one of them is refused, each in its own. What became of each, in their order. Two rows of
    /// one key are written in their order.
    pub(crate) async fn write(&self, writer: &Writer, rows: &[Record<'_>]) -> Result<Vec<Result<(), Refused>>, Away> {
        let _ = (writer, rows);
        todo!()
    }

    /// Ends its connections.
    pub(crate) async fn close(&self) {
        todo!()
    }
}

impl TargetTable {
    /// What keeps answers with these fields from being written here, whatever they hold: a sentence for each, and the field that it is
    /// about, if it is about one.
    pub(crate) fn judge(&self, fields: &[Field], method: ExportMethod) -> Vec<(Option<String>, String)> {
        let _ = (fields, method);
        todo!()
    }

    /// What writes rows with these fields.
    ///
    /// # Errors
    /// When a column is missing, or the table has no key to find a row by.
    pub(crate) fn writer(self: &Arc<Self>, fields: &[&str], method: ExportMethod) -> Result<Writer, Refused> {
        let _ = (fields, method);
        todo!()
    }
}

impl Writer {
    /// What tells the row of the target from others, where the method looks for one by its key.
    ///
    /// # Errors
    /// When the answer cannot be read.
    pub(crate) fn key(&self, body: &str) -> Result<Option<String>, Refused> {
        let _ = body;
        todo!()
    }
}
