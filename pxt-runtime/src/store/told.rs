//! Errors of the store, as a client may see them.

use super::StoreError;
use crate::error::{Error, FieldError};

/// A store's error: status, code, and a text without internals.
pub(crate) fn store_error(error: StoreError) -> Error {
    match &error {
        StoreError::Duplicate { columns, .. } => {
            let names: Vec<_> = columns.iter().map(|column| format!("`{column}`")).collect();
            // No name: an index that others made over an expression.
            let names = if names.is_empty() { "combination of values".to_owned() } else { names.join(" and ") };
            let detail = format!("a row with this {names} exists already");
            let fields = columns.iter().map(|column| FieldError::pointer(column, "duplicate", "is taken already"));
            fields.fold(Error::new(409, "duplicate_key", detail), Error::with_field)
        }
        StoreError::SchemaChanged { .. } => {
            let detail = "the table was changed while the service ran: restart the service";
            Error::new(409, "schema_changed", detail).with_source(error)
        }
        StoreError::Busy => Error::new(503, "busy", "the database is busy: try again").with_retry_after(1),
        StoreError::NotOpened(_) => {
            let detail = "the service has too many files open at the moment: try again";
            Error::new(503, "busy", detail).with_retry_after(1).with_source(error)
        }
        StoreError::Closed => Error::new(503, "stopping", "the service is stopping: try again").with_retry_after(1),
        StoreError::Unavailable => {
            Error::new(503, "database_unavailable", "the database cannot be reached: try again").with_retry_after(1)
        }
        StoreError::Uncertain => {
            let detail = "the database was lost while it wrote: what was asked may be done, or not, so look before you ask again";
            Error::new(503, "outcome_unknown", detail)
        }
        StoreError::Gone => {
            Error::new(503, "database_gone", "the service has lost its database: it has to be restarted")
                .with_source(error)
        }
        StoreError::TooLarge { .. } => Error::new(413, "row_too_large", "the row is larger than the database takes"),
        StoreError::Value { column, problem, .. } => {
            Error::invalid(vec![FieldError::pointer(column, "unfit", *problem)]).with_source(error)
        }
        StoreError::Constraint { .. } => {
            let detail = "the database has a constraint that refuses the change";
            Error::new(409, "constraint", detail).with_source(error)
        }
        StoreError::Narrow { .. } => {
            let detail = "a value is too long or too large for its column in the database";
            Error::new(422, "value_too_large", detail).with_source(error)
        }
        StoreError::BadCursor => {
            let detail = "is not one of this query: start again without one";
            Error::invalid(vec![FieldError::parameter("cursor", "bad_cursor", detail)])
        }
        StoreError::TooComplex => Error::new(422, "too_complex", "the query has more values than the database takes"),
        StoreError::LongText => {
            Error::invalid(vec![FieldError::whole("too_long", error.to_string())]).with_source(error)
        }
        StoreError::Overflow { .. } => {
            Error::new(422, "sum_overflow", "a sum does not fit into a 64-bit number").with_source(error)
        }
        StoreError::Data(_) => {
            let detail = "the database cannot compute an answer from these values: send others";
            Error::new(422, "unfit_values", detail).with_source(error)
        }
        StoreError::Unreadable(_) => {
            let detail = "the row holds a value that cannot be read; the log of the service names it";
            Error::new(500, "unreadable_row", detail).with_source(error)
        }
        StoreError::Full => Error::new(507, "storage_full", "the server has no room left").with_source(error),
        _ => Error::internal(error),
    }
}
