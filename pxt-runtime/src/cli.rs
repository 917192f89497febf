//! The command line of an application: `cargo run -- serve`.

mod arenas;
mod arguments;
mod config;
mod dry;
mod exports;
mod functions;
mod judge;
mod log;
mod report;
mod serve;
mod single;
mod usage;

use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory, FromArgMatches};

use self::arguments::{Arguments, Command};
use self::log::Log;
use self::report::Failure;
use crate::route::Routes;
use crate::schema::Schema;
use crate::service::Ended;
use crate::service::file::{Program, ServiceFile};

/// Runs the program's command line over a schema: the last line of `main`.
///
/// Configured by `pxt.toml`, `[package.metadata.pxt]` in `Cargo.toml`, the file of `--config`, and `PXT_*` variables, which stand above
/// the files; `config show` says what holds and why. Exit codes: 0 after serving, by leaving the process; 1 when it cannot serve; 2
/// for wrong usage; 130 after Ctrl-C.
///
/// The log goes to standard error by a thread of its own, so that nothing waits for whoever reads it, and with a
/// [`LogLimit`](crate::service::LogLimit). Panics are lines of it: a hook for panics that was set before is replaced. A program that
/// set up a `tracing` subscriber of its own keeps that, and its hook.
///
/// On Linux with a limited address space (`ulimit -v`), `serve` begins the program anew, once, with `MALLOC_ARENA_MAX=1`: with the same
/// process id, arguments and open files. What `main` did before this call, it does again then; set the variable to begin so at once.
pub async fn run(schema: &'static Schema) -> ExitCode {
    run_with(schema, |routes| routes).await
}

/// The same with routes that are declared here, beside those of attributes.
///
/// ```no_run
/// # static SCHEMA: pxt_runtime::schema::Schema = pxt_runtime::schema::Schema { tables: &[] };
/// use pxt_runtime::route::Insert;
///
/// # async fn example() -> std::process::ExitCode {
/// pxt_runtime::cli::run_with(&SCHEMA, |routes| routes.add_insert_route("films.posters", Insert::at("/posters"))).await
/// # }
/// ```
pub async fn run_with(schema: &'static Schema, declare: impl FnOnce(Routes) -> Routes) -> ExitCode {
    command(Program::Rust(schema), declare).await
}

/// Runs the command line of `pxt` itself, whose tables and routes are those of service files and of the database.
pub async fn main() -> ExitCode {
    command(Program::Standalone, |routes| routes).await
}

async fn command(program: Program, declare: impl FnOnce(Routes) -> Routes) -> ExitCode {
    let name = self::program();
    let arguments = match parse(name) {
        Ok(arguments) => arguments,
        Err(error) => return usage::report(&error, name),
    };
    let json = arguments.wants_json();
    let ended = match perform(&arguments.command, program, declare).await {
        Ok(ended) => ended,
        Err(failure) => {
            failure.report(json);
            return ExitCode::FAILURE;
        }
    };
    // A blocking function that outlived the deadline would hold the runtime, and with it the process.
    match ended {
        Ended::Done => std::process::exit(0),
        Ended::Interrupted => std::process::exit(130),
    }
}

fn parse(program: &'static str) -> Result<Arguments, clap::Error> {
    let command = Arguments::command().name(program).version(env!("CARGO_PKG_VERSION"));
    let mut command = usage::with_examples(command, program);
    let matches = command.clone().try_get_matches()?;
    let arguments = Arguments::from_arg_matches(&matches)?;
    if let Command::Serve(serve) = &arguments.command
        && let (Some(name), Some(_)) = (&serve.name, &serve.single)
    {
        let text = format!("the service `{name}` and a route of its own exclude each other: remove one");
        return Err(command.error(ErrorKind::ArgumentConflict, text));
    }
    Ok(arguments)
}

async fn perform(
    command: &Command,
    program: Program,
    declare: impl FnOnce(Routes) -> Routes,
) -> Result<Ended, Failure> {
    match command {
        Command::Serve(arguments) => {
            let file = ServiceFile::of_process(arguments.flags.config.as_deref());
            // Its last lines are written when it goes. A dry run does nothing that would be logged.
            let is_dry = arguments.flags.dry_run;
            let _log = if is_dry { None } else { Some(Log::start(file.log_filter())?) };
            serve::serve(arguments, &file, program, declare).await
        }
        Command::Config { command } => config::run(command, program).map(|()| Ended::Done),
        Command::Exports(asked) => exports::run(asked, program).await.map(|()| Ended::Done),
        Command::Functions(asked) => functions::run(asked.name.as_deref(), asked.json).map(|()| Ended::Done),
    }
}

/// What the program is called, for the usage text: its own name and not this crate's.
fn program() -> &'static str {
    let path = std::env::args().next().unwrap_or_default();
    let name = std::path::Path::new(&path).file_stem().map(|name| name.to_string_lossy().into_owned());
    // clap keeps names for ever; there is one.
    name.map_or("pxt", |name| name.leak())
}
