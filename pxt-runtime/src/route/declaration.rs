//! What a route attribute registers: plain data, collected by `inventory`.

use futures_util::future::BoxFuture;
use schemars::{JsonSchema, Schema as JsonSchemaValue, SchemaGenerator};
use serde::Serialize;

use super::options::Method;
use crate::app::QueryDef;
use crate::compute::Arguments;
use crate::error::{Error, Result};
use crate::export::{Delivery, ExportMethod, SqlExport};
use crate::schema::check::Kind;
use crate::schema::{At, Schema};

/// A route as its attribute declares it.
pub struct AttributeRoute {
    /// What it does with the table.
    pub kind: Kind,
    /// The schema that it was checked against.
    pub schema: &'static Schema,
    /// The table's name.
    pub table: &'static str,
    /// The path, with its slash.
    pub path: &'static str,
    /// The columns of the request, if listed.
    pub inputs: Option<&'static [&'static str]>,
    /// The columns that arrive as files.
    pub uploads: &'static [&'static str],
    /// The columns that the function takes, in its order.
    pub outputs: &'static [&'static str],
    /// Whether the answer is a job.
    pub background: Option<Background>,
    /// Where the answer is written besides.
    pub export: Option<AttributeExport>,
    /// The function.
    pub call: Handler,
    /// The schema of the function's value.
    pub response_schema: fn(&mut SchemaGenerator) -> JsonSchemaValue,
    /// The function's name.
    pub name: &'static str,
    /// The function's doc comment.
    pub doc: &'static str,
    /// Where the function stands.
    pub at: At,
    /// The module that it stands in, as `module_path!()` says.
    pub module: &'static str,
}

inventory::collect!(AttributeRoute);

/// A route that answers with a job, which does the work later.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Background {
    /// How many of the route's jobs run at once on one node, at least 1. None for as many as the service runs.
    pub concurrency: Option<u32>,
}

/// Where a route's answer is written besides, as `export_sql(…)` of its attribute declares it.
#[derive(Clone, Copy)]
pub struct AttributeExport {
    /// The database, perhaps with variables in it.
    pub db_connect: &'static str,
    /// The table.
    pub table: &'static str,
    /// The table's schema, if it has one.
    pub db_schema: Option<&'static str>,
    /// How a row is written.
    pub method: ExportMethod,
    /// When it is written.
    pub delivery: Delivery,
}

impl AttributeExport {
    /// The same as the builder declares it.
    pub(super) fn declared(self) -> SqlExport {
        let Self { db_connect, table, db_schema, method, delivery } = self;
        let export = SqlExport::to(db_connect, table).method(method).delivery(delivery);
        SqlExport { db_schema: db_schema.map(str::to_owned), ..export }
    }
}

/// How the function is called; its value is JSON text already.
#[derive(Clone, Copy)]
pub enum Handler {
    /// In place.
    Sync(fn(Arguments) -> Result<Vec<u8>>),
    /// As a future.
    Async(fn(Arguments) -> BoxFuture<'static, Result<Vec<u8>>>),
}

/// A query's route as `#[query_route]` declares it. The rows are judged when the routes are built, since only the query's code
/// tells them.
pub struct QueryRoute {
    /// The query.
    pub query: &'static QueryDef,
    /// The schema of the application that serves it.
    pub schema: &'static Schema,
    /// The method that it answers.
    pub method: Method,
    /// The path, with its slash.
    pub path: &'static str,
    /// The parameters of the request, if listed; the others take their defaults.
    pub inputs: Option<&'static [&'static str]>,
    /// The parameters that arrive as files.
    pub uploads: &'static [&'static str],
    /// Whether the answer is the one row itself: 404 without one, 409 with several.
    pub one_row: bool,
    /// Whether the answer is the file in the one media column of the one row.
    pub return_fileresponse: bool,
    /// Whether the answer is a job.
    pub background: Option<Background>,
    /// Where the function stands.
    pub at: At,
}

inventory::collect!(QueryRoute);

/// What a route's function may return.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a route's response",
    label = "not a response",
    note = "derive `serde::Serialize` and `schemars::JsonSchema` for it"
)]
pub trait Response {
    /// The value as JSON text.
    ///
    /// # Errors
    /// 500 when the value has a map whose keys are not text, say.
    fn to_body(&self) -> Result<Vec<u8>>;

    /// The value's JSON schema.
    fn json_schema(generator: &mut SchemaGenerator) -> JsonSchemaValue;
}

#[diagnostic::do_not_recommend]
impl<T: Serialize + JsonSchema> Response for T {
    fn to_body(&self) -> Result<Vec<u8>> {
        serde_json::to_vec(self).map_err(Error::internal)
    }

    fn json_schema(generator: &mut SchemaGenerator) -> JsonSchemaValue {
        generator.subschema_for::<T>()
    }
}
