//! A registered function, and one attempt to call it.

use std::fmt;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::sync::Semaphore;

use super::caller::gone;
use super::{Context, threads};
use crate::error::{Error, Result};
use crate::media::{DropGuard, MediaError, Row, RowImages};
use crate::schema::{ColumnType, Signature};
use crate::value::{Media, Mismatch, Value};

/// What `#[udf]` writes beside a function.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a function that a computed column can call",
    label = "not marked with `#[pxt::udf]`",
    note = "put `#[pxt::udf]` on the function"
)]
pub trait Function {
    /// Parameters and value.
    const SIGNATURE: Signature;

    /// How to call the function.
    fn def() -> &'static FunctionDef;
}

/// A function with its limits.
#[derive(Debug)]
pub struct FunctionDef {
    /// Parameters and value.
    pub signature: Signature,
    /// The function's doc comment.
    pub doc: &'static str,
    /// The module that it stands in, as `module_path!()` says.
    pub module: &'static str,
    /// How it is called.
    pub call: Call,
    /// How long one attempt may take.
    pub timeout: Option<Duration>,
    /// How many attempts follow a failed first one.
    pub retries: u32,
    /// How many calls may run at once, in the whole process.
    pub limit: Option<&'static Semaphore>,
}

/// How a function is called.
#[derive(Clone, Copy)]
pub enum Call {
    /// In place, on the thread that handles the request.
    Sync(fn(Arguments) -> Result<Value>),
    /// On a thread that may block.
    Blocking(fn(Arguments) -> Result<Value>),
    /// As a future.
    Async(fn(Arguments) -> BoxFuture<'static, Result<Value>>),
}

/// The arguments of one call, taken from first to last.
pub struct Arguments(std::vec::IntoIter<Value>);

/// What a function may fail with.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an error that pxt can report",
    label = "does not convert into `pxt::Error`",
    note = "implement `std::error::Error` for it, or return `pxt::Result<T>`"
)]
pub trait Reportable {
    /// The error as the caller's answer and the log need it.
    fn into_error(self) -> Error;
}

#[diagnostic::do_not_recommend]
impl<E: Into<Error>> Reportable for E {
    fn into_error(self) -> Error {
        self.into()
    }
}

impl Call {
    /// A sync function. One that takes files reads them, which blocks; it gets a thread of its own.
    pub const fn sync(signature: &Signature, call: fn(Arguments) -> Result<Value>) -> Self {
        let mut i = 0;
        while i < signature.params.len() {
            let shape = signature.params[i].shape;
            let is_media = match shape.ty {
                Some(ty) => ty.is_media(),
                None => shape.any_media,
            };
            if is_media {
                return Self::Blocking(call);
            }
            i += 1;
        }
        Self::Sync(call)
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sync(_) => "Sync",
            Self::Blocking(_) => "Blocking",
            Self::Async(_) => "Async",
        })
    }
}

impl Arguments {
    /// The arguments of a call.
    pub fn new(values: Vec<Value>) -> Self {
        Self(values.into_iter())
    }

    /// The next argument.
    ///
    /// Generated code converts it by a path that names the trait, in the same words as the contract's checks: the compiler
    /// then reports an unfit type once. A bound here would be reported again.
    ///
    /// # Errors
    /// [`Mismatch`] when there is none left.
    pub fn take(&mut self) -> Result<Value, Mismatch> {
        self.0.next().ok_or(Mismatch)
    }

    /// How many have not been taken.
    pub(crate) fn left(&self) -> usize {
        self.0.len()
    }
}

impl FunctionDef {
    /// Whether a call never waits, so that it may run in place.
    pub(super) fn is_immediate(&self) -> bool {
        matches!(self.call, Call::Sync(_)) && self.limit.is_none() && self.retries == 0
    }

    /// One call of a function that never waits.
    pub(super) fn call_now(&self, arguments: Arguments) -> Result<Value> {
        match self.call {
            Call::Sync(call) => self.call_in_place(call, arguments),
            _ => Err(Error::internal("a function that waits was called in place")),
        }
    }

    fn call_in_place(&self, call: fn(Arguments) -> Result<Value>, arguments: Arguments) -> Result<Value> {
        let call = || std::panic::catch_unwind(AssertUnwindSafe(|| call(arguments)));
        threads::in_place(self.signature.name, call).unwrap_or_else(|_| Err(panicked()))
    }

    /// One call, within the limits, with further attempts after failures that may pass. `images` are those of its row.
    pub(super) async fn call(&self, values: Vec<Value>, images: Option<&RowImages>) -> Result<Value> {
        let mut attempt = 0;
        loop {
            let result = match images {
                Some(images) => images.serve(self.attempt(values.clone(), Some(images))).await,
                None => self.attempt(values.clone(), None).await,
            };
            match result {
                Err(error) if attempt < self.retries && may_pass(&error) => {
                    tracing::debug!(function = self.signature.name, attempt, error = error.chain(), "trying again");
                    // 100 ms, doubled each time, 10 s at the most.
                    tokio::time::sleep(Duration::from_millis(100 << attempt.min(7)).min(Duration::from_secs(10))).await;
                    attempt += 1;
                }
                result => return result,
            }
        }
    }

    async fn attempt(&self, values: Vec<Value>, images: Option<&RowImages>) -> Result<Value> {
        // Before the permit: others that wait for the permit may hold the memory.
        let has_images = match images {
            Some(images) => self.admit_images(&values, images).await?,
            None => false,
        };
        let permit = match self.limit {
            // Who waits here for nobody would keep the memory from others.
            Some(limit) => tokio::select! {
                permit = limit.acquire() => Some(permit.map_err(Error::internal)?),
                () = gone(), if has_images => return Err(MediaError::Abandoned.into()),
            },
            None => None,
        };
        let arguments = Arguments::new(values);
        let context = Context::current();
        let call = async {
            match self.call {
                Call::Sync(call) => self.call_in_place(call, arguments),
                // The thread keeps the permit: after a timeout it may still run.
                Call::Blocking(call) => {
                    let guard = DropGuard::default();
                    let (wanted, row) = (guard.wanted(), Row::current());
                    let (waiting, thread) = threads::Waiting::new(self.signature.name);
                    let called = tokio::task::spawn_blocking(move || {
                        let _held = (permit, thread);
                        wanted.call(|| row.call(|| Context::call(context, || call(arguments))))
                    });
                    let called = called.await;
                    waiting.done();
                    called.unwrap_or_else(|_| Err(panicked()))
                }
                Call::Async(call) => AssertUnwindSafe(async { call(arguments).await })
                    .catch_unwind()
                    .await
                    .unwrap_or_else(|_| Err(panicked())),
            }
        };
        let call = async {
            tokio::select! {
                biased;
                result = call => result,
                () = gone(), if has_images => Err(MediaError::Abandoned.into()),
            }
        };
        match self.timeout {
            None => call.await,
            Some(limit) => tokio::time::timeout(limit, call).await.unwrap_or_else(|_| {
                Err(Error::new(504, "function_timeout", format!("a function took longer than its {limit:?}")))
            }),
        }
    }
}

impl FunctionDef {
    /// The images among arguments.
    pub(super) fn images<'a>(&self, values: impl Iterator<Item = &'a Value>) -> impl Iterator<Item = &'a Media> {
        self.signature.params.iter().zip(values).filter_map(|(param, value)| match value {
            Value::Media(file) if param.shape.ty == Some(ColumnType::Image) => Some(file),
            _ => None,
        })
    }

    /// Whether images may be among the arguments.
    pub(super) fn takes_images(&self) -> bool {
        self.signature.params.iter().any(|param| param.shape.ty == Some(ColumnType::Image))
    }

    /// Waits until there is memory to look at the images among the arguments, if somebody still waits for that. Whether there are
    /// any.
    async fn admit_images(&self, values: &[Value], images: &RowImages) -> Result<bool> {
        let mut has_images = false;
        for file in self.images(values.iter()) {
            has_images = true;
            tokio::select! {
                admitted = images.admit(file) => admitted?,
                () = gone() => return Err(MediaError::Abandoned.into()),
            }
        }
        Ok(has_images)
    }
}

fn panicked() -> Error {
    Error::new(500, "function_panicked", "a function ended unexpectedly")
}

/// Whether another attempt may go better: not after a panic, nor where the function itself blames the request.
fn may_pass(error: &Error) -> bool {
    error.code() != "function_panicked" && !(error.is_public() && error.status() < 500)
}

#[cfg(test)]
mod tests;
