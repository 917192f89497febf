//! The order of measurements: in every round each scenario is run by both services, each over a fresh process and database.
//! They take turns in who is first, as the second one finds a disk that the first one has just written to. What drifts on the
//! machine meanwhile then falls on both.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::Serialize;

use crate::check::{check, seed};
use crate::connection::Connection;
use crate::error::LoadError;
use crate::jobs;
use crate::load::{Limits, Load};
use crate::place::Parent;
use crate::process;
use crate::scenario::{Scenario, Work, inserts, lookups, pages, polls, submissions, uploads};
use crate::server::Server;

/// The share of `Limits::time` that is spent before the measurement starts.
const WARM_UP: f64 = 0.1;

/// What is to be measured.
#[derive(Debug)]
pub struct Plan {
    /// The program that the other is compared with.
    pub baseline: PathBuf,
    /// The program in question.
    pub candidate: PathBuf,
    /// The scenarios, in order.
    pub scenarios: Vec<Scenario>,
    /// How many times each is run.
    pub rounds: usize,
    /// When one run ends.
    pub limits: Limits,
    /// Where the databases are made.
    pub parent: Parent,
    /// How many finished jobs there are before jobs are submitted or polled.
    pub finished_jobs: u64,
    /// How many jobs run at once.
    pub concurrency: usize,
}

/// One run of one service.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Sample {
    /// Answered requests.
    pub requests: usize,
    /// Requests per second; jobs that ended, where requests submit jobs.
    pub rate: f64,
    /// Median latency, in microseconds.
    pub p50_us: f64,
    /// The latency that one request in a hundred exceeds, in microseconds.
    pub p99_us: f64,
    /// CPU time of the service per request, in microseconds.
    pub cpu_us: f64,
    /// The memory that the service held in the end, in MiB.
    pub memory_mib: f64,
    /// How busy the driver's one thread was, from 0 to 1. Near 1 the driver was the limit, not the service.
    pub driver_busy: f64,
    /// How many cores the rest of the machine used meanwhile, the kernel's own threads included.
    pub others_busy: f64,
}

/// One round of one scenario.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Pair {
    /// The baseline's run.
    pub baseline: Sample,
    /// The candidate's run, right after it.
    pub candidate: Sample,
}

/// Every round of one scenario.
#[derive(Debug, Serialize)]
pub struct Comparison {
    /// The scenario's name.
    pub scenario: &'static str,
    /// The rounds, in order.
    pub rounds: Vec<Pair>,
}

/// Measures everything in the plan, telling `progress` what runs next.
///
/// # Errors
/// The first failure of either service; figures of an incomplete comparison are not given.
pub async fn compare(plan: &Plan, mut progress: impl FnMut(usize, Scenario)) -> Result<Vec<Comparison>, LoadError> {
    let start = |scenario: &Scenario| Comparison { scenario: scenario.name, rounds: Vec::new() };
    let mut comparisons: Vec<_> = plan.scenarios.iter().map(start).collect();
    for round in 1..=plan.rounds {
        for (scenario, comparison) in plan.scenarios.iter().zip(&mut comparisons) {
            progress(round, *scenario);
            let run = |program| measure(program, *scenario, plan);
            comparison.rounds.push(if round % 2 == 1 {
                Pair { baseline: run(&plan.baseline).await?, candidate: run(&plan.candidate).await? }
            } else {
                Pair { candidate: run(&plan.candidate).await?, baseline: run(&plan.baseline).await? }
            });
        }
    }
    Ok(comparisons)
}

async fn measure(program: &Path, scenario: Scenario, plan: &Plan) -> Result<Sample, LoadError> {
    let server = Server::start(program, &plan.parent, plan.concurrency).await?;
    let mut first = Connection::open(server.address).await?;
    check(&mut first).await?;
    let requests = Arc::new(match scenario.work {
        Work::Insert => inserts("/insert"),
        Work::Decorated => inserts("/decorated"),
        Work::Lookup => lookups(&seed(&mut first).await?),
        Work::Page => pages(&seed(&mut first).await?),
        Work::Upload => uploads(),
        Work::Background | Work::Poll => {
            jobs::check(&mut first).await?;
            let finished = jobs::seed(server.address, &mut first, plan.finished_jobs).await?;
            if scenario.work == Work::Poll { polls(&finished) } else { submissions() }
        }
    });

    let mut load = Load::open(server.address, scenario.connections).await?;
    let warm_up = Limits { time: plan.limits.time.mul_f64(WARM_UP), ..plan.limits };
    load.run(&requests, warm_up).await?;
    if scenario.work == Work::Background {
        jobs::drain(&mut first).await?;
    }

    let (before, start) = (CpuTimes::now(&server)?, Instant::now());
    let run = load.run(&requests, plan.limits).await?;
    if scenario.work == Work::Background {
        jobs::drain(&mut first).await?;
    }
    let (used, seconds) = (CpuTimes::now(&server)?.since(&before), start.elapsed().as_secs_f64());
    let memory = server.memory()?;
    server.stop().await?;

    let count = run.latencies.len();
    Ok(Sample {
        requests: count,
        rate: count as f64 / seconds,
        p50_us: micros(run.quantile(0.5)),
        p99_us: micros(run.quantile(0.99)),
        cpu_us: micros(used.service) / count.max(1) as f64,
        memory_mib: f64::from(memory) / 1024.0,
        driver_busy: (used.driver.as_secs_f64() / seconds).min(1.0),
        others_busy: used.machine.saturating_sub(used.service + used.driver).as_secs_f64() / seconds,
    })
}

/// Who has used how much CPU time.
struct CpuTimes {
    service: Duration,
    driver: Duration,
    machine: Duration,
}

impl CpuTimes {
    fn now(server: &Server) -> Result<Self, LoadError> {
        Ok(Self { service: server.cpu_time()?, driver: process::of_process("self")?, machine: process::of_machine()? })
    }

    fn since(&self, before: &Self) -> Self {
        Self {
            service: self.service.saturating_sub(before.service),
            driver: self.driver.saturating_sub(before.driver),
            machine: self.machine.saturating_sub(before.machine),
        }
    }
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}
