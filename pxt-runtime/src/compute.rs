//! Computed columns: the functions behind them, the order in which they run, and running them with limits.
//!
//! No function runs inside a transaction: a slow one delays its own row and no other writer.

mod call;
mod caller;
mod code;
mod context;
mod plan;
mod returned;
mod run;
mod threads;

pub use call::{Arguments, Call, Function, FunctionDef, Reportable};
pub(crate) use caller::{Caller, gone};
pub use code::{Arg, ColumnCode, ComputedCode, TableCode};
pub(crate) use context::Context;
pub use context::{Progress, cancelled, progress};
pub use plan::{Plan, Step};
pub use returned::{Plain, Returned, Returns};
pub(crate) use run::run;
pub use run::{Failure, Outcome};
