//! The command line of an application: `cargo run -- serve`.

mod arenas;
mod log;

use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use self::log::Log;
use crate::app::App;
use crate::error::Result;
use crate::route::Routes;
use crate::schema::Schema;
use crate::service::{Config, bind, serve};

/// Annotated functions over database tables, as HTTP endpoints.
#[derive(Parser)]
#[command(arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serves every route of this program.
    Serve {
        /// The address to bind.
        #[arg(long, default_value = "0.0.0.0")]
        host: String,
        /// The port to bind; 0 takes a free one.
        #[arg(long, default_value_t = 8000)]
        port: u16,
    },
}

/// Runs the program's command line over a schema: the last line of `main`.
///
/// Configured by `PXT_DATABASE`, `PXT_MEDIA`, `PXT_PUBLIC_URL` and `PXT_LOG` (a filter such as `info` or `pxt_runtime=debug`). Exit codes: 0
/// after serving, by leaving the process; 1 for errors of the start; 2 for wrong usage.
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
    let matches = Arguments::command().name(program()).get_matches();
    let arguments = match Arguments::from_arg_matches(&matches) {
        Ok(arguments) => arguments,
        Err(error) => error.exit(),
    };
    let result = match Log::start() {
        // Its last lines are written when it goes.
        Ok(_log) => perform(arguments.command, schema, declare).await,
        Err(error) => Err(error),
    };
    match result {
        // A blocking function that outlived the deadline would hold the runtime, and with it the process.
        Ok(()) => std::process::exit(0),
        Err(error) => {
            // Whoever starts a service reads what a client would not.
            let text = if error.source().is_some() { error.chain() } else { error.to_string() };
            drop(std::io::Write::write_fmt(&mut std::io::stderr(), format_args!("error: {text}\n")));
            ExitCode::FAILURE
        }
    }
}

async fn perform(command: Command, schema: &'static Schema, declare: impl FnOnce(Routes) -> Routes) -> Result<()> {
    match command {
        Command::Serve { host, port } => {
            arenas::save();
            let config = Config::from_env()?;
            let stop_timeout = config.stop_timeout;
            // Bound before the database is touched: a wrong port is the quickest mistake to report.
            let listener = bind(&host, port).await?;
            let app = App::open(config, schema).await?;
            serve(declare(app.routes()), listener, stop_timeout).await
        }
    }
}

/// What the program is called, for the usage text: its own name and not this crate's.
fn program() -> &'static str {
    let path = std::env::args().next().unwrap_or_default();
    let name = std::path::Path::new(&path).file_stem().map(|name| name.to_string_lossy().into_owned());
    // clap keeps names for ever; there is one.
    name.map_or("pxt", |name| name.leak())
}
