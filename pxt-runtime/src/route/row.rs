//! From a row to an answer: its columns as a JSON object, the file of one column, or what a function makes of them.

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;
use schemars::{Schema as JsonSchema, SchemaGenerator};

use super::answer::{Answer, Json};
use super::declaration::Handler;
use crate::compute::Arguments;
use crate::error::{Error, Result};
use crate::schema::At;
use crate::table::{Columns, Keep, Tables};
use crate::value::{Row, Value};

/// What is answered of a row.
pub(crate) enum RowAnswer {
    /// A JSON object of columns.
    Columns(Columns),
    /// The file of a media column.
    File(usize),
    /// The value of a function over columns.
    Function(Decorated),
}

/// The function of a decorated route.
pub(crate) struct Decorated {
    /// Positions of the columns that the function takes.
    pub(crate) outputs: Vec<usize>,
    pub(crate) handler: Handler,
    /// The schema of its value.
    pub(crate) schema: fn(&mut SchemaGenerator) -> JsonSchema,
    pub(crate) name: &'static str,
    pub(crate) at: At,
}

impl RowAnswer {
    /// Positions of the columns that are needed.
    pub(crate) fn outputs(&self) -> &[usize] {
        match self {
            Self::Columns(columns) => columns.positions(),
            Self::File(column) => std::slice::from_ref(column),
            Self::Function(function) => &function.outputs,
        }
    }

    /// What a job keeps of the row that it commits: the answer, where that is all there is to do; else what it is made of.
    pub(super) fn keep(&self) -> Keep<'_> {
        match self {
            Self::Columns(columns) => Keep::Answer(columns),
            Self::File(_) | Self::Function(_) => Keep::Row(self.outputs()),
        }
    }

    /// The answer of a row.
    pub(super) async fn of(&self, tables: &Tables, mut row: Row) -> Result<Answer> {
        match self {
            Self::Columns(columns) => {
                let mut body = Vec::with_capacity(256);
                tables.write_columns(columns, &row, &mut body)?;
                Ok(Answer::Json(Json::new(body)))
            }
            Self::File(column) => Ok(Answer::File(std::mem::replace(&mut row[*column], Value::Null))),
            Self::Function(function) => {
                function.call(tables.shape(row, &function.outputs)).await.map(|body| Answer::Json(Json::new(body)))
            }
        }
    }
}

impl Decorated {
    /// Calls the function with the outputs of a row.
    async fn call(&self, outputs: Vec<Value>) -> Result<Vec<u8>> {
        let arguments = Arguments::new(outputs);
        let call = async {
            match self.handler {
                Handler::Sync(call) => call(arguments),
                Handler::Async(call) => call(arguments).await,
            }
        };
        let result = AssertUnwindSafe(call)
            .catch_unwind()
            .await
            .unwrap_or_else(|_| Err(Error::internal("a route's function panicked; the log has it above")));
        result.map_err(|error| if error.is_public() { error } else { self.failed(&error) })
    }

    /// The function failed, with a text that is not for clients.
    fn failed(&self, error: &Error) -> Error {
        let text = format!("the function `{}` ({}) failed: {}", self.name, self.at, error.chain());
        Error::new(500, "response_failed", "the response could not be made").with_source(text)
    }
}
