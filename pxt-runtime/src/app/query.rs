//! Functions that read rows, as `#[query]` registers them and query routes serve them.

use futures_util::future::BoxFuture;
use schemars::{JsonSchema, Schema as JsonSchemaValue, SchemaGenerator};
use serde::Serialize;

use super::App;
use crate::compute::Arguments;
use crate::error::{Error, Result};
use crate::query::{FromRow, RowShape, Select, Source};
use crate::schema::{At, ColumnType, Shape, TableDef};
use crate::store;
use crate::value::Make;

/// A query: a function over an application's rows, its parameters, and what its rows are.
pub struct QueryDef {
    /// The function's name.
    pub name: &'static str,
    /// The module that it stands in, as `module_path!()` says.
    pub module: &'static str,
    /// The parameters that a request supplies, in order.
    pub params: &'static [QueryParam],
    /// Calls the function with one value a parameter.
    pub call: fn(App, Arguments) -> BoxFuture<'static, Result<Rows>>,
    /// What a row is.
    pub row: fn() -> RowShape,
    /// The tables whose rows it answers with, as far as its type tells.
    pub tables: fn() -> Vec<&'static TableDef>,
    /// The function's doc comment.
    pub doc: &'static str,
    /// Where the function stands.
    pub at: At,
}

inventory::collect!(&'static QueryDef);

/// A parameter of a query.
pub struct QueryParam {
    /// The parameter's name.
    pub name: &'static str,
    /// What it takes.
    pub shape: Shape,
    /// Makes the value of a parameter that the request leaves out, when `#[default(…)]` says so.
    pub default: Option<Make>,
    /// The JSON schema that values keep to, for structured JSON.
    pub json_schema: fn(&mut SchemaGenerator) -> Option<JsonSchemaValue>,
    /// Says why JSON is not of the parameter's structure.
    pub refuse_json: fn(&serde_json::Value) -> Option<String>,
}

/// What `#[query]` writes beside a function: the struct of its name, so that `search {}` names the query `search`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a query",
    label = "not marked with `#[pxt::query]`",
    note = "put `#[pxt::query]` on the function, and name it as `search {{}}`"
)]
pub trait QueryFunction {
    /// The query.
    const DEF: &'static QueryDef;
}

/// What a query's function may return.
#[diagnostic::on_unimplemented(
    message = "a query cannot return `{Self}`",
    label = "not rows",
    note = "return `pxt::Select<…>`, or a `Vec` of values that implement `serde::Serialize` and `schemars::JsonSchema`"
)]
pub trait QueryOutput: Send + 'static {
    /// What a row is.
    fn row() -> RowShape;

    /// The tables whose rows these are, as far as the type tells.
    fn tables() -> Vec<&'static TableDef> {
        Vec::new()
    }

    /// The rows, or how to come by them.
    ///
    /// # Errors
    /// 500 when a row cannot be written as JSON.
    fn into_rows(self) -> Result<Rows>;
}

/// Rows on their way to a client.
pub enum Rows {
    /// Read as they are answered.
    Select(Box<store::Select>),
    /// The JSON text of each.
    Made(Vec<Vec<u8>>),
}

/// Calls a query's function that is not async. One that takes files reads them, which blocks; it gets a thread of its own.
pub fn call_query(
    query: &QueryDef,
    call: impl FnOnce() -> Result<Rows> + Send + 'static,
) -> BoxFuture<'static, Result<Rows>> {
    let takes_files = query.params.iter().any(|param| param.shape.ty.is_some_and(ColumnType::is_media));
    Box::pin(async move {
        if !takes_files {
            return call();
        }
        let result = tokio::task::spawn_blocking(call).await;
        result.unwrap_or_else(|error| match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(error) => Err(Error::internal(error)),
        })
    })
}

#[diagnostic::do_not_recommend]
impl<T: Serialize + JsonSchema + Send + 'static> QueryOutput for Vec<T> {
    fn row() -> RowShape {
        RowShape::Schema(|generator| generator.subschema_for::<T>())
    }

    fn into_rows(self) -> Result<Rows> {
        let rows = self.iter().map(serde_json::to_vec).collect::<serde_json::Result<_>>();
        rows.map(Rows::Made).map_err(Error::internal)
    }
}

#[diagnostic::do_not_recommend]
impl<S: Source, R: FromRow> QueryOutput for Select<S, R> {
    fn row() -> RowShape {
        R::shape()
    }

    fn tables() -> Vec<&'static TableDef> {
        S::tables()
    }

    fn into_rows(self) -> Result<Rows> {
        Ok(Rows::Select(Box::new(self.into_plain()?)))
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    const TEXT: QueryParam = param("text", ColumnType::String);
    const IMAGE: QueryParam = param("image", ColumnType::Image);

    const fn param(name: &'static str, ty: ColumnType) -> QueryParam {
        QueryParam { name, shape: Shape::of(ty), default: None, json_schema: |_| None, refuse_json: |_| None }
    }

    const fn query(params: &'static [QueryParam]) -> QueryDef {
        QueryDef {
            name: "size",
            module: "films",
            params,
            call: |_, _| Box::pin(async { Vec::<i64>::new().into_rows() }),
            row: Vec::<i64>::row,
            tables: Vec::<i64>::tables,
            doc: "",
            at: At { file: "films.rs", line: 1 },
        }
    }

    /// Whether a call of the query runs on the thread that asks for it.
    async fn runs_in_place(query: &QueryDef) -> bool {
        let asking = thread::current().id();
        let rows = call_query(query, move || vec![thread::current().id() == asking].into_rows()).await;
        matches!(rows, Ok(Rows::Made(rows)) if rows == [b"true"])
    }

    #[tokio::test]
    async fn a_query_that_takes_files_gets_a_thread_of_its_own() {
        assert!(runs_in_place(&query(&[TEXT])).await);
        assert!(!runs_in_place(&query(&[TEXT, IMAGE])).await);
    }

    #[tokio::test]
    #[should_panic(expected = "the function's own words")]
    async fn a_panic_in_that_thread_reaches_the_caller() {
        let _ = call_query(&query(&[IMAGE]), || panic!("the function's own words")).await;
    }

    #[tokio::test]
    async fn rows_are_json() {
        let rows = call_query(&query(&[]), || vec![Some("a"), None].into_rows()).await;
        assert!(matches!(rows, Ok(Rows::Made(rows)) if rows == [&b"\"a\""[..], b"null"]));
    }
}
