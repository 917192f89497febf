//! Why a comparison ended without figures.

use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;

/// Why a comparison ended without figures.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The service could not be started.
    #[error("cannot start `{program}`: build it with `cargo build --release -p pxt-load`")]
    Start {
        /// The file that was to run.
        program: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The service ended, or stayed silent, before it announced its address.
    #[error("`{program}` announced no address ({})", status.map_or("it is still running".to_owned(), |s| s.to_string()))]
    Silent {
        /// The file that ran.
        program: PathBuf,
        /// How it ended, if it did.
        status: Option<ExitStatus>,
    },
    /// The service answered something other than what the work calls for.
    #[error("{path} answered {status} in place of {expected}: {body}")]
    Answer {
        /// The path of the request.
        path: String,
        /// The status that came.
        status: u16,
        /// The status that was due.
        expected: u16,
        /// The answer's body.
        body: String,
    },
    /// The service's answer has the wrong content, so that the two do not do the same work.
    #[error("{path} answered without `{field}` = {expected}: {body}")]
    Content {
        /// The path of the request.
        path: String,
        /// The member of the answer.
        field: &'static str,
        /// The value that was due.
        expected: String,
        /// The answer's body.
        body: String,
    },
    /// The bytes that came are not an answer that the driver reads.
    #[error("unreadable answer: {0}")]
    Wire(&'static str),
    /// Requests stayed without an answer long after the time limit.
    #[error("requests stayed without an answer for {seconds} s after the time limit")]
    Stalled {
        /// How long the driver waited.
        seconds: u64,
    },
    /// The process statistics cannot be read.
    #[error("cannot read CPU time or memory from `{file}` (the driver needs Linux)")]
    Statistics {
        /// The file that is missing or has another shape.
        file: String,
    },
    /// The PostgreSQL server failed.
    #[error("the PostgreSQL server failed")]
    Postgres(#[from] sqlx::Error),
    /// A file, a connection or a pipe failed.
    #[error(transparent)]
    Io(#[from] io::Error),
}
