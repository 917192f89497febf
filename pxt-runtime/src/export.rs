//! Answers that are written to another database too.
//!
//! What is written is the answer's JSON text, field by field. A `target` is another database: it says what its tables look like, so
//! that a start refuses what could not be written, and writes rows.

mod columns;
mod options;
mod row_export;
mod settings;
pub(crate) mod target;
mod targets;
mod value;
mod variables;

pub(crate) use columns::of_columns;
pub use options::{Delivery, ExportMethod, SqlExport};
pub(crate) use row_export::{RowExport, destination};
pub use settings::ExportConfig;
pub(crate) use targets::{Found, Place, Targets};
pub(crate) use value::of_value;
pub(crate) use variables::{Unknown, Variables, substitute};
