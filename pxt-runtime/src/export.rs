//! Answers that are written to another database too.
//!
//! What is written is the answer's JSON text, field by field. A `target` is another database: it says what its tables look like, so
//! that a start refuses what could not be written, and writes rows.

mod options;
pub(crate) mod target;

pub use options::{Delivery, ExportMethod, SqlExport};
