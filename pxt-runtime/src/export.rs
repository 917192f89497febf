//! Answers that are written to another database too.
//!
//! What is written is the answer's JSON text, field by field. A `target` is another database: it says what its tables look like, so
//! that a start refuses what could not be written, and writes rows. What is not written with the request waits in the `outbox`, a table
//! of the service's own database.

mod columns;
mod exports;
mod options;
mod outbox;
mod row_export;
mod settings;
pub(crate) mod target;
mod targets;
mod value;
mod variables;

pub(crate) use columns::of_columns;
pub use exports::{ExportRow, ExportSelection, ExportTarget, Exports};
pub use options::{Delivery, ExportMethod, SqlExport};
pub(crate) use outbox::{Entry, Outbox, OutboxCommit, Queued, Shaper};
pub(crate) use row_export::{RowExport, WriteFailure};
pub use settings::ExportConfig;
pub(crate) use target::Record;
pub(crate) use targets::{Found, Place, Targets};
pub(crate) use value::of_value;
pub(crate) use variables::{Unknown, Variables, substitute};
