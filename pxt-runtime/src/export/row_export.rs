//! Where the answers of a route are written besides, once its declaration is judged.

use super::target::{Target, Writer};
use super::{Delivery, ExportMethod};

/// Where the answers of a route are written besides.
pub(crate) struct RowExport {
    /// The target, with the connections that all routes to it share.
    pub(crate) target: Target,
    /// Names the table among all tables of all targets: the address's name, schema and table.
    pub(crate) destination: String,
    pub(crate) schema: Option<String>,
    pub(crate) table: String,
    pub(crate) method: ExportMethod,
    pub(crate) delivery: Delivery,
    /// What writes its rows. None where the target could not be reached at the start.
    pub(crate) writer: Option<Writer>,
}

/// The name of a table among all tables of all targets, without secrets. `address` is the name of the database.
pub(crate) fn destination(address: &str, schema: Option<&str>, table: &str) -> String {
    match schema {
        Some(schema) => format!("{address} {schema}.{table}"),
        None => format!("{address} {table}"),
    }
}
