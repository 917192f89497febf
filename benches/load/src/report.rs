//! What the samples say: medians over the rounds, ratios of candidate to baseline, and how far single rounds strayed.

use std::fmt;
use std::time::Duration;

use serde::Serialize;

use crate::comparison::{Comparison, Pair, Sample};

/// Above this the driver's thread was about the limit of the figure.
const DRIVER_LIMIT: f64 = 0.95;

/// Cores in use by others above which figures of a small machine say little.
const OTHERS_LIMIT: f64 = 0.3;

/// A synchronized write that takes less did not reach a disk.
const MEMORY_WRITE_US: f64 = 5.0;

/// Two services compared over all scenarios.
#[derive(Debug, Serialize)]
pub struct Report {
    /// The baseline's name.
    pub baseline: String,
    /// The candidate's name.
    pub candidate: String,
    /// The median time of a durable 4 KiB write where the databases lay, in microseconds.
    pub durable_write_us: f64,
    /// One summary for each scenario.
    pub scenarios: Vec<Summary>,
    /// Rate of the decorated route over that of the plain one, where both were run.
    pub decorated_over_insert: Option<Within>,
    /// CPU time of an insert as a job, from its submission to its end, over that of an insert that is waited for, where both
    /// were run.
    pub background_over_insert: Option<Within>,
    /// Every sample.
    pub samples: Vec<Comparison>,
}

/// One scenario over all rounds.
#[derive(Debug, Serialize)]
pub struct Summary {
    /// The scenario's name.
    pub scenario: &'static str,
    /// The baseline's medians.
    pub baseline: Medians,
    /// The candidate's medians.
    pub candidate: Medians,
    /// Requests per second, candidate over baseline.
    pub rate: Ratio,
    /// CPU time per request, candidate over baseline.
    pub cpu: Ratio,
}

/// One service's medians over the rounds; the units are those of [`Sample`].
#[derive(Debug, Serialize)]
pub struct Medians {
    /// Requests per second.
    pub rate: f64,
    /// Median latency, in microseconds.
    pub p50_us: f64,
    /// 99th percentile of the latency, in microseconds.
    pub p99_us: f64,
    /// CPU time per request, in microseconds.
    pub cpu_us: f64,
    /// The memory that the service held in the end, in MiB.
    pub memory_mib: f64,
    /// How busy the driver was.
    pub driver_busy: f64,
    /// How many cores the rest of the machine used.
    pub others_busy: f64,
}

/// A ratio of medians, and the lowest and highest ratio of a single round.
#[derive(Debug, Serialize)]
pub struct Ratio {
    /// Ratio of the medians.
    pub of_medians: f64,
    /// The lowest round.
    pub min: f64,
    /// The highest round.
    pub max: f64,
}

/// One scenario over another at the same number of connections, per service.
#[derive(Debug, Serialize)]
pub struct Within {
    /// The baseline's.
    pub baseline: Ratio,
    /// The candidate's.
    pub candidate: Ratio,
}

impl Report {
    /// Summarizes the samples.
    pub fn new(baseline: String, candidate: String, durable_write: Duration, samples: Vec<Comparison>) -> Self {
        let rounds = |name| samples.iter().find(|comparison| comparison.scenario == name).map(|found| &found.rounds);
        let over_insert = |name, value: fn(Sample) -> f64| {
            rounds(name).zip(rounds("insert-32")).map(|(these, plain)| {
                let of = |side: fn(&Pair) -> Sample| {
                    Ratio::new(these.iter().zip(plain).map(|(this, plain)| (value(side(this)), value(side(plain)))))
                };
                Within { baseline: of(|pair| pair.baseline), candidate: of(|pair| pair.candidate) }
            })
        };
        let decorated_over_insert = over_insert("decorated-32", |sample| sample.rate);
        let background_over_insert = over_insert("background-32", |sample| sample.cpu_us);
        Self {
            baseline,
            candidate,
            durable_write_us: durable_write.as_secs_f64() * 1e6,
            scenarios: samples.iter().map(Summary::new).collect(),
            decorated_over_insert,
            background_over_insert,
            samples,
        }
    }
}

impl Summary {
    fn new(comparison: &Comparison) -> Self {
        let rounds = &comparison.rounds;
        let ratio =
            |of: fn(&Sample) -> f64| Ratio::new(rounds.iter().map(|pair| (of(&pair.candidate), of(&pair.baseline))));
        Self {
            scenario: comparison.scenario,
            baseline: Medians::new(rounds, |pair| pair.baseline),
            candidate: Medians::new(rounds, |pair| pair.candidate),
            rate: ratio(|sample| sample.rate),
            cpu: ratio(|sample| sample.cpu_us),
        }
    }
}

impl Medians {
    fn new(rounds: &[Pair], side: fn(&Pair) -> Sample) -> Self {
        let of = |value: fn(&Sample) -> f64| median(rounds.iter().map(|pair| value(&side(pair))).collect());
        Self {
            rate: of(|sample| sample.rate),
            p50_us: of(|sample| sample.p50_us),
            p99_us: of(|sample| sample.p99_us),
            cpu_us: of(|sample| sample.cpu_us),
            memory_mib: of(|sample| sample.memory_mib),
            driver_busy: of(|sample| sample.driver_busy),
            others_busy: of(|sample| sample.others_busy),
        }
    }
}

impl Ratio {
    /// Of pairs (over, under), one for each round.
    fn new(pairs: impl Iterator<Item = (f64, f64)>) -> Self {
        let (over, under): (Vec<f64>, Vec<f64>) = pairs.unzip();
        let singles = || over.iter().zip(&under).map(|(over, under)| over / under);
        Self {
            min: singles().fold(f64::INFINITY, f64::min),
            max: singles().fold(f64::NEG_INFINITY, f64::max),
            of_medians: median(over.clone()) / median(under.clone()),
        }
    }
}

/// The middle value, or the mean of the middle two; NaN of nothing.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => f64::NAN,
        odd if odd % 2 == 1 => values[middle],
        _ => f64::midpoint(values[middle - 1], values[middle]),
    }
}

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.2} ({:.2}..{:.2})", self.of_medians, self.min, self.max)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { baseline, candidate, durable_write_us, .. } = self;
        writeln!(f, "A = {baseline}, B = {candidate}; a durable 4 KiB write takes {durable_write_us:.0} µs here\n")?;
        writeln!(
            f,
            "{:<13} {:>9} {:>9} {:>18} {:>8} {:>8} {:>18} {:>15} {:>15} {:>7} {:>7}",
            "scenario",
            "A req/s",
            "B req/s",
            "B/A (rounds)",
            "A CPU µs",
            "B CPU µs",
            "B/A (rounds)",
            "A p50/p99 µs",
            "B p50/p99 µs",
            "A MiB",
            "B MiB"
        )?;
        for summary in &self.scenarios {
            let Summary { scenario, baseline: a, candidate: b, rate, cpu } = summary;
            writeln!(
                f,
                "{scenario:<13} {:>9.0} {:>9.0} {:>18} {:>8.1} {:>8.1} {:>18} {:>15} {:>15} {:>7.1} {:>7.1}",
                a.rate,
                b.rate,
                rate.to_string(),
                a.cpu_us,
                b.cpu_us,
                cpu.to_string(),
                format!("{:.0}/{:.0}", a.p50_us, a.p99_us),
                format!("{:.0}/{:.0}", b.p50_us, b.p99_us),
                a.memory_mib,
                b.memory_mib,
            )?;
        }
        if let Some(Within { baseline, candidate }) = &self.decorated_over_insert {
            writeln!(f, "\ndecorated-32 over insert-32, req/s: A {baseline}, B {candidate}")?;
        }
        if let Some(Within { baseline, candidate }) = &self.background_over_insert {
            writeln!(f, "\nbackground-32 over insert-32, CPU: A {baseline}, B {candidate}")?;
        }
        let warnings = self.warnings();
        if !warnings.is_empty() {
            writeln!(f, "\nwarnings:\n  {}", warnings.join("\n  "))?;
        }
        Ok(())
    }
}

impl Report {
    /// What a reader must know before trusting a figure, one line each.
    fn warnings(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if self.durable_write_us < MEMORY_WRITE_US {
            lines.push(
                "the databases lay in memory: insert figures say nothing about a disk; see `--folder`".to_owned(),
            );
        }
        for summary in &self.scenarios {
            for (side, medians) in [("A", &summary.baseline), ("B", &summary.candidate)] {
                let scenario = summary.scenario;
                if medians.others_busy > OTHERS_LIMIT {
                    let cores = medians.others_busy;
                    lines.push(format!("{scenario}, {side}: others used {cores:.1} cores; repeat on a quiet machine"));
                }
                if medians.driver_busy > DRIVER_LIMIT {
                    let busy = medians.driver_busy * 100.0;
                    lines.push(format!(
                        "{scenario}, {side}: the driver was {busy:.0} % busy; the service may be faster"
                    ));
                }
            }
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::{Report, median};
    use crate::comparison::{Comparison, Pair, Sample};
    use std::time::Duration;

    fn sample(rate: f64, cpu_us: f64, driver_busy: f64, others_busy: f64) -> Sample {
        Sample { requests: 1, rate, p50_us: 10.0, p99_us: 20.0, cpu_us, memory_mib: 8.0, driver_busy, others_busy }
    }

    fn comparison(scenario: &'static str, rates: &[(f64, f64)]) -> Comparison {
        let pair =
            |&(a, b): &(f64, f64)| Pair { baseline: sample(a, 100.0, 0.2, 0.5), candidate: sample(b, 25.0, 0.99, 0.1) };
        Comparison { scenario, rounds: rates.iter().map(pair).collect() }
    }

    #[test]
    fn median_of_odd_even_and_none() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(vec![4.0, 1.0, 2.0, 3.0]), 2.5);
        assert!(median(Vec::new()).is_nan());
    }

    #[test]
    fn ratios_are_of_medians_with_the_range_of_rounds() {
        let samples = vec![
            comparison("insert-32", &[(100.0, 400.0), (200.0, 1000.0), (400.0, 1200.0)]),
            comparison("decorated-32", &[(90.0, 400.0), (200.0, 900.0), (400.0, 1200.0)]),
            comparison("background-32", &[(90.0, 400.0), (200.0, 900.0), (400.0, 1200.0)]),
        ];
        let report = Report::new("hand".to_owned(), "pxt".to_owned(), Duration::from_micros(90), samples);
        let rate = &report.scenarios[0].rate;
        assert_eq!((rate.of_medians, rate.min, rate.max), (5.0, 3.0, 5.0));
        assert_eq!(report.scenarios[0].cpu.of_medians, 0.25);
        let decoration = report.decorated_over_insert.as_ref().unwrap();
        assert_eq!((decoration.baseline.min, decoration.candidate.of_medians), (0.9, 0.9));

        assert_eq!(report.background_over_insert.as_ref().unwrap().candidate.max, 1.0);

        let text = report.to_string();
        assert!(text.contains("5.00 (3.00..5.00)"), "{text}");
        assert!(text.contains("insert-32, B: the driver was 99 % busy"), "{text}");
        assert!(text.contains("insert-32, A: others used 0.5 cores"), "{text}");
        assert!(!text.contains("insert-32, A: the driver") && !text.contains("in memory"), "{text}");
    }
}
