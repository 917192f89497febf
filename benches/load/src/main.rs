//! The command line of the comparison; `README.md` beside it says how its figures are read.

use std::env;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use pxt_load::comparison::{Plan, compare};
use pxt_load::disk::durable_write;
use pxt_load::error::LoadError;
use pxt_load::load::Limits;
use pxt_load::place::Parent;
use pxt_load::report::Report;
use pxt_load::scenario::{SCENARIOS, SEEDED, Scenario};
use url::Url;

/// Compares two services under load, in requests per second and CPU time per request.
#[derive(Debug, Parser)]
struct Arguments {
    /// What to compare with: a program beside this one, or a path
    #[arg(long, value_name = "PROGRAM", default_value = "handwritten-service")]
    baseline: PathBuf,
    /// What to compare: a program beside this one, or a path
    #[arg(long, value_name = "PROGRAM", default_value = "pxt-service")]
    candidate: PathBuf,
    /// Run only this scenario; may be repeated
    #[arg(long = "scenario", value_name = "NAME", value_parser = scenario)]
    scenarios: Vec<Scenario>,
    /// How many times both run each scenario
    #[arg(long, default_value_t = 5, value_parser = count)]
    rounds: usize,
    /// How long one run lasts
    #[arg(long, value_name = "SECONDS", default_value = "2", value_parser = seconds)]
    seconds: Duration,
    /// How many requests one run sends at most
    #[arg(long, value_name = "COUNT", default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(1..))]
    requests: u64,
    /// Where the databases lie; by default beside this program, as `/tmp` is memory on many systems
    #[arg(long)]
    folder: Option<PathBuf>,
    /// A PostgreSQL server on which databases may be made, instead of SQLite: `postgres://user@host:port/database`
    #[arg(long, value_name = "URL", conflicts_with = "folder")]
    postgres: Option<Url>,
    /// How many finished jobs lie in the database before jobs are submitted or polled
    #[arg(long, value_name = "COUNT", default_value_t = SEEDED, value_parser = clap::value_parser!(u64).range(SEEDED..))]
    finished_jobs: u64,
    /// How many jobs each service runs at once; by default as many as pxt does unless it is configured
    #[arg(long, value_name = "COUNT", default_value_t = 16, value_parser = count)]
    concurrency: usize,
    /// Print JSON with every sample
    #[arg(long)]
    json: bool,
}

fn scenario(name: &str) -> Result<Scenario, String> {
    let names = SCENARIOS.map(|scenario| scenario.name).join(", ");
    Scenario::named(name).ok_or_else(|| format!("the scenarios are {names}"))
}

fn count(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|&count| count > 0).ok_or_else(|| "give a number from 1".to_owned())
}

fn seconds(text: &str) -> Result<Duration, String> {
    let time = text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    time.filter(|time| !time.is_zero()).ok_or_else(|| "give a positive number of seconds".to_owned())
}

// One thread: the driver shares the cores with the service and must not be scheduled over all of them.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let cause = std::error::Error::source(&error).map(|cause| format!(" ({cause})")).unwrap_or_default();
            complain(&format!("error: {error}{cause}"));
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), LoadError> {
    if cfg!(debug_assertions) {
        complain("warning: built without `--release`; the figures mean nothing");
    }
    let beside = env::current_exe()?.parent().map(Path::to_owned).unwrap_or_default();
    let folder = arguments.folder.unwrap_or_else(|| beside.clone());
    let plan = Plan {
        baseline: program(&beside, &arguments.baseline),
        candidate: program(&beside, &arguments.candidate),
        scenarios: if arguments.scenarios.is_empty() { SCENARIOS.to_vec() } else { arguments.scenarios },
        rounds: arguments.rounds,
        limits: Limits { requests: arguments.requests, time: arguments.seconds },
        parent: arguments.postgres.map_or_else(|| Parent::Folder(folder.clone()), Parent::Server),
        finished_jobs: arguments.finished_jobs,
        concurrency: arguments.concurrency,
    };
    let durable_write = durable_write(&folder)?;
    let samples = compare(&plan, |round, scenario| {
        complain(&format!("round {round} of {}: {}", plan.rounds, scenario.name));
    })
    .await?;
    let report = Report::new(name(&plan.baseline), name(&plan.candidate), durable_write, samples);

    let mut out = io::stdout().lock();
    if arguments.json {
        serde_json::to_writer_pretty(&mut out, &report).map_err(io::Error::from)?;
        writeln!(out)?;
    } else {
        write!(out, "{report}")?;
    }
    Ok(())
}

/// A bare name is a program beside this one; anything with a folder in it is a path.
fn program(beside: &Path, given: &Path) -> PathBuf {
    if given.components().count() == 1 { beside.join(given) } else { given.to_owned() }
}

fn name(program: &Path) -> String {
    program.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn complain(line: &str) {
    // Nobody is left to tell when standard error is gone.
    let _ = writeln!(io::stderr(), "{line}");
}
