//! The load itself: every connection asks, waits for the answer, and asks again, until the time or the requests are used
//! up. No think time, no pipelining: the number of connections is the number of requests in flight.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::connection::Connection;
use crate::error::LoadError;

/// How long answers may be outstanding after the time limit.
const GRACE: Duration = Duration::from_secs(30);

/// When a load ends: at whichever comes first.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The number of requests, over all connections.
    pub requests: u64,
    /// The time after which no request is sent; those in flight are awaited.
    pub time: Duration,
}

/// One kind of request: where it goes, and its variants as whole HTTP requests.
#[derive(Debug)]
pub struct Requests {
    /// The path, for messages.
    pub path: &'static str,
    /// The status of each answer.
    pub expected: u16,
    /// The bytes; each connection walks through them from a start of its own.
    pub variants: Vec<Vec<u8>>,
    /// Where eight digits stand in each that are to be others in every request.
    pub number: Option<usize>,
}

/// What a load saw.
#[derive(Debug)]
pub struct Run {
    /// From the first request to the last answer.
    pub elapsed: Duration,
    /// From a request to its answer, in rising order; one for each request.
    pub latencies: Vec<Duration>,
}

/// The connections of one load, open and idle.
#[derive(Debug)]
pub struct Load {
    connections: Vec<Connection>,
}

impl Load {
    /// Opens so many connections.
    ///
    /// # Errors
    /// [`LoadError::Io`] when nobody listens.
    pub async fn open(address: SocketAddr, connections: usize) -> Result<Self, LoadError> {
        let mut open = Vec::with_capacity(connections);
        for _ in 0..connections {
            open.push(Connection::open(address).await?);
        }
        Ok(Self { connections: open })
    }

    /// Loads the service over all connections at once.
    ///
    /// # Errors
    /// [`LoadError::Answer`] at the first answer that has another status than is expected; what a [`Connection`] reports;
    /// [`LoadError::Stalled`] when answers stay out.
    pub async fn run(&mut self, requests: &Arc<Requests>, limits: Limits) -> Result<Run, LoadError> {
        let start = Instant::now();
        let sent = Arc::new(AtomicU64::new(0));
        let mut tasks = JoinSet::new();
        let count = self.connections.len();
        for (number, connection) in self.connections.drain(..).enumerate() {
            // Spread the starts, so that connections do not ask for the same row at the same time.
            let first = number * requests.variants.len() / count;
            tasks.spawn(ask_repeatedly(connection, Arc::clone(requests), first, Arc::clone(&sent), limits, start));
        }

        let mut latencies = Vec::new();
        let joined = timeout(limits.time + GRACE, async {
            while let Some(task) = tasks.join_next().await {
                let (connection, seen) = task.expect("a connection's task neither panics nor is aborted")?;
                self.connections.push(connection);
                latencies.extend(seen);
            }
            Ok(())
        });
        joined.await.unwrap_or(Err(LoadError::Stalled { seconds: GRACE.as_secs() }))?;
        let elapsed = start.elapsed();
        latencies.sort_unstable();
        Ok(Run { elapsed, latencies })
    }
}

async fn ask_repeatedly(
    mut connection: Connection,
    requests: Arc<Requests>,
    first: usize,
    sent: Arc<AtomicU64>,
    limits: Limits,
    start: Instant,
) -> Result<(Connection, Vec<Duration>), LoadError> {
    static NUMBERS: AtomicU64 = AtomicU64::new(0);
    let (mut latencies, mut numbered) = (Vec::new(), Vec::new());
    let mut variants = requests.variants.iter().cycle().skip(first);
    let mut asked = Instant::now();
    while asked - start < limits.time && sent.fetch_add(1, Relaxed) < limits.requests {
        let Some(request) = variants.next() else { return Err(LoadError::Wire("there is nothing to ask")) };
        let request = match requests.number {
            Some(position) => {
                let digits = format!("{:08}", NUMBERS.fetch_add(1, Relaxed) % 100_000_000);
                numbered.clone_from(request);
                numbered[position..position + digits.len()].copy_from_slice(digits.as_bytes());
                &numbered
            }
            None => request,
        };
        let answer = connection.ask(request).await?;
        if answer.status != requests.expected {
            return Err(LoadError::Answer {
                path: requests.path.to_owned(),
                status: answer.status,
                expected: requests.expected,
                body: String::from_utf8_lossy(answer.body).into_owned(),
            });
        }
        // One look at the clock serves as the end of this request and the start of the next.
        let answered = Instant::now();
        latencies.push(answered - asked);
        asked = answered;
    }
    Ok((connection, latencies))
}

impl Run {
    /// The latency that this share of the requests did not exceed (0.5 is the median); zero without requests.
    pub fn quantile(&self, share: f64) -> Duration {
        let last = self.latencies.len().saturating_sub(1);
        self.latencies.get((last as f64 * share).round() as usize).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::{Limits, Load, Requests, Run};
    use crate::connection::post;
    use crate::error::LoadError;
    use axum::Router;
    use axum::http::StatusCode;
    use axum::routing;
    use std::sync::Arc;
    use std::time::Duration;

    async fn load(router: Router, connections: usize) -> Load {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, router).await });
        Load::open(address, connections).await.unwrap()
    }

    fn requests() -> Arc<Requests> {
        Arc::new(Requests { path: "/", expected: 200, variants: vec![post("/", "{}")], number: None })
    }

    #[tokio::test]
    async fn the_number_of_requests_bounds_a_run_and_connections_serve_the_next() {
        let mut load = load(Router::new().route("/", routing::post(|| async { "fine" })), 7).await;
        for _ in 0..2 {
            let run = load.run(&requests(), Limits { requests: 100, time: Duration::from_secs(60) }).await.unwrap();
            assert_eq!(run.latencies.len(), 100);
            assert!(run.elapsed > Duration::ZERO && run.quantile(0.5) <= run.quantile(0.99));
        }
    }

    #[tokio::test]
    async fn the_time_bounds_a_run() {
        let mut load = load(Router::new().route("/", routing::post(|| async { "fine" })), 2).await;
        let run = load.run(&requests(), Limits { requests: u64::MAX, time: Duration::ZERO }).await.unwrap();
        assert_eq!((run.latencies.len(), run.quantile(0.5)), (0, Duration::ZERO));
    }

    #[tokio::test]
    async fn an_answer_of_another_status_ends_the_run_with_its_body() {
        let router = Router::new().route("/", routing::post(|| async { (StatusCode::CONFLICT, "taken") }));
        let result =
            load(router, 3).await.run(&requests(), Limits { requests: 100, time: Duration::from_secs(60) }).await;
        let Err(LoadError::Answer { status, body, .. }) = result else { panic!("{result:?}") };
        assert_eq!((status, body.as_str()), (409, "taken"));
    }

    #[test]
    fn quantiles_are_of_the_sorted_latencies() {
        let run = Run { elapsed: Duration::from_secs(2), latencies: (1..=101).map(Duration::from_micros).collect() };
        assert_eq!(run.quantile(0.5), Duration::from_micros(51));
        assert_eq!(run.quantile(0.99), Duration::from_micros(100));
    }
}
