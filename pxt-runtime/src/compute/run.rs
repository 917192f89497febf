//! Running the computed columns of one row: each as soon as what it reads is there.

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;

use super::Step;
use crate::error::{Error, FieldError, Result, is_out_of_descriptors};
use crate::media::{MediaError, MediaStore, RowImages};
use crate::schema::{OnError, TableDef};
use crate::value::{Row, Value, check};

/// A function that failed without stopping the row (`on_error = ignore`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The column, null in the row.
    pub column: &'static str,
    /// The error's text, for whoever runs the service.
    pub message: String,
}

/// What was computed, beside the row itself.
#[derive(Debug, Default)]
pub struct Outcome {
    /// What failed and was ignored.
    pub failures: Vec<Failure>,
}

impl Outcome {
    /// The failures as the row's hidden column keeps them: a JSON object of column to message.
    pub fn to_json(&self) -> Option<String> {
        if self.failures.is_empty() {
            return None;
        }
        let map = self.failures.iter().map(|failure| (failure.column.to_owned(), failure.message.clone().into()));
        Some(serde_json::Value::Object(map.collect()).to_string())
    }
}

/// Runs the steps over the row, in place. Those that wait run at the same time. What was decoded for them goes: others wait for its
/// memory, and the row may have to wait for its commit.
///
/// # Errors
/// The first failure of a column whose `on_error` is `abort`.
pub(crate) async fn run(
    table: &'static TableDef,
    steps: &[&Step],
    media: &MediaStore,
    row: &mut Row,
) -> Result<Outcome> {
    let outcome = run_steps(table, steps, media, row).await;
    for value in row {
        if let Value::Media(file) = value {
            *file = file.clone().without_decoded();
        }
    }
    outcome
}

async fn run_steps(table: &'static TableDef, steps: &[&Step], media: &MediaStore, row: &mut Row) -> Result<Outcome> {
    let mut outcome = Outcome::default();
    let mut waiting: Vec<&Step> = steps.to_vec();
    let mut pending: Vec<usize> = waiting.iter().map(|step| step.column).collect();
    let images = images(steps, row, &pending);
    let images = images.as_ref();
    let mut running = FuturesUnordered::new();
    loop {
        // Start what is ready. Immediate functions finish here and may make others ready.
        let mut at = 0;
        while at < waiting.len() {
            let step = waiting[at];
            if step.reads.iter().any(|read| pending.contains(read)) {
                at += 1;
                continue;
            }
            waiting.remove(at);
            let arguments = step.arguments(row);
            if step.function.is_immediate() {
                let result = step.function.call_now(super::Arguments::new(arguments));
                finish(table, step, settle(table, step, media, result).await, row, &mut outcome)?;
                pending.retain(|column| *column != step.column);
                at = 0;
            } else {
                running.push(async move {
                    let result = step.function.call(arguments, images).await;
                    (step, settle(table, step, media, result).await)
                });
            }
        }
        let Some((step, result)) = running.next().await else { return Ok(outcome) };
        finish(table, step, result, row, &mut outcome)?;
        pending.retain(|column| *column != step.column);
    }
}

/// The images that functions look at, if there are any such functions.
fn images(steps: &[&Step], row: &[Value], pending: &[usize]) -> Option<RowImages> {
    let given = || steps.iter().flat_map(|step| step.images(row, pending)).cloned().collect();
    steps.iter().any(|step| step.function.takes_images()).then(|| RowImages::new(given()))
}

/// Stores what a function returned as a file, and refuses what no database holds.
async fn settle(table: &TableDef, step: &Step, media: &MediaStore, result: Result<Value>) -> Result<Value> {
    match result? {
        Value::Media(file) => {
            let ty = table.columns[step.column].ty;
            let stored = media.settle(table.name, ty, file, None).await.map_err(Error::from)?;
            Ok(Value::Media(stored))
        }
        value => match check(&value, step.most) {
            Ok(()) => Ok(value),
            Err(refusal) if refusal.code == "too_long" => {
                Err(Error::public(422, format!("what is computed for column `{}` {refusal}", step.name)))
            }
            Err(refusal) => Err(Error::internal(refusal)),
        },
    }
}

fn finish(table: &TableDef, step: &Step, result: Result<Value>, row: &mut Row, outcome: &mut Outcome) -> Result<()> {
    match result {
        Ok(value) => row[step.column] = value,
        Err(error) if step.on_error == OnError::Ignore && !is_ours(&error) => {
            tracing::warn!(table = table.name, column = step.name, error = error.chain(), "a function failed, ignored");
            row[step.column] = Value::Null;
            outcome.failures.push(Failure { column: step.name, message: error.chain() });
        }
        Err(error) => return Err(failed(table, step, error)),
    }
    Ok(())
}

/// Storage that fails is the server's fault, whichever function met it: neither the request's, nor one to ignore.
fn ours(error: &Error) -> Option<&MediaError> {
    error.source()?.downcast_ref::<MediaError>().filter(|error| !error.is_client_mistake())
}

/// And so is a process without descriptors.
fn is_ours(error: &Error) -> bool {
    ours(error).is_some() || error.source().is_some_and(|source| is_out_of_descriptors(source))
}

/// The error of a column's function, as the client sees it (DESIGN D14).
fn failed(table: &TableDef, step: &Step, error: Error) -> Error {
    tracing::warn!(table = table.name, column = step.name, error = error.chain(), "a function failed");
    if let Some(ours) = ours(&error) {
        return match ours.told() {
            Some(told) => told.with_source(error),
            None => Error::internal(error),
        };
    }
    if is_ours(&error) {
        return Error::internal(error);
    }
    let (status, detail) = if error.is_public() {
        (error.status(), error.detail().to_owned())
    } else {
        match error.code() {
            "function_timeout" => (504, format!("computing column `{}` took too long", step.name)),
            "function_panicked" => (500, format!("computing column `{}` ended unexpectedly", step.name)),
            _ => (422, format!("column `{}` could not be computed from the values given", step.name)),
        }
    };
    let code = match error.code() {
        code @ ("function_timeout" | "function_panicked") => code,
        _ => "function_failed",
    };
    let field = FieldError::pointer(step.name, code, detail.clone());
    Error::new(status, code, detail).with_field(field).with_source(error)
}
