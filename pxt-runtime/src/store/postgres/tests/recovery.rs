//! Servers that restart, refuse to write, or are not there.

use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use sqlx::Connection as _;
use sqlx::postgres::PgConnection;
use tempfile::TempDir;
use tokio::task::{JoinSet, spawn_blocking};

use super::*;

/// A server of its own, which a test may restart.
struct Server {
    folder: TempDir,
    url: String,
}

impl Server {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("server");
        let said = spawn_blocking(move || script("start", &data, Some("durable"))).await.unwrap();
        Self { folder, url: said.trim().to_owned() }
    }

    /// As after a crash.
    async fn restart(&self) {
        let data = self.folder.path().join("server");
        spawn_blocking(move || script("restart", &data, None)).await.unwrap();
    }

    /// Says to all connections whether they may write.
    async fn set_read_only(&self, setting: &str) {
        let mut connection = PgConnection::connect(&self.url).await.unwrap();
        let alter = format!("ALTER SYSTEM SET default_transaction_read_only = {setting}");
        for text in ["SET default_transaction_read_only = off", &alter, "SELECT pg_reload_conf()"] {
            sqlx::raw_sql(AssertSqlSafe(text.to_owned())).execute(&mut connection).await.unwrap();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        script("stop", &self.folder.path().join("server"), None);
    }
}

fn script(verb: &str, data: &Path, mode: Option<&str>) -> String {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/postgres/server");
    let output = Command::new(script).arg(verb).arg(data).args(mode).output().unwrap();
    assert!(output.status.success(), "{verb}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "starts a PostgreSQL server"]
async fn what_was_acknowledged_survives_a_crash_and_errors_end_soon_after_it() {
    let server = Server::start().await;
    let store = Store::open(&server.url).await.unwrap();
    let def = posters();
    migrate(&store, &[def]).await.unwrap();
    let (stop, written) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let mut tasks = JoinSet::new();
    for task in 0..32 {
        let (store, stop, written) = (store.clone(), stop.clone(), written.clone());
        tasks.spawn(async move {
            let table = store.prepare(def);
            let (mut stored, mut doubts, mut failed) = (Vec::new(), 0, None);
            for n in 0.. {
                if stop.load(Ordering::Relaxed) {
                    break;
                }
                let id = task * 1_000_000 + n;
                match store.insert(&table, poster(id, "x"), None).await {
                    Ok(_) => {
                        stored.push(id);
                        written.fetch_add(1, Ordering::Relaxed);
                    }
                    Err(StoreError::Uncertain) => (doubts, failed) = (doubts + 1, Some(Instant::now())),
                    Err(StoreError::Unavailable | StoreError::Busy) => failed = Some(Instant::now()),
                    Err(error) => panic!("{error:?}"),
                }
                let found = store.find(&table, vec![Value::Int(id)]).await;
                assert!(!matches!(&found, Ok(None) if stored.last() == Some(&id)), "what was written is read");
                assert!(matches!(found, Ok(_) | Err(StoreError::Unavailable | StoreError::Busy)), "{found:?}");
            }
            (stored, doubts, failed)
        });
    }
    let more = |count: u64| {
        let written = written.clone();
        async move {
            let (from, started) = (written.load(Ordering::Relaxed), Instant::now());
            while written.load(Ordering::Relaxed) < from + count {
                assert!(started.elapsed() < Duration::from_secs(30), "nobody writes any more");
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
    };
    more(500).await;
    server.restart().await;
    let back = Instant::now();
    more(500).await;
    stop.store(true, Ordering::Relaxed);
    let (mut stored, mut doubts, mut tardy) = (Vec::new(), 0, Duration::ZERO);
    while let Some(done) = tasks.join_next().await {
        let (ids, doubt, failed) = done.unwrap();
        stored.extend(ids);
        doubts += doubt;
        tardy = tardy.max(failed.map_or(Duration::ZERO, |failed| failed.saturating_duration_since(back)));
    }
    assert!(tardy < Duration::from_secs(5), "errors go on for {tardy:?}");
    let table = store.prepare(def);
    for id in &stored {
        assert!(store.get(&table, vec![Value::Int(*id)]).await.unwrap().is_some(), "row {id} is lost");
    }
    let count = store.count(&table).await.unwrap() as usize;
    assert!((stored.len()..=stored.len() + doubts).contains(&count), "{count} of {} and {doubts}", stored.len());
    store.close().await;
}

#[tokio::test]
#[ignore = "starts a PostgreSQL server"]
async fn a_server_that_only_reads_is_away_until_it_writes_again() {
    let server = Server::start().await;
    let wait = Duration::from_secs(2);
    let store = Store::open_with(&server.url, None, Limits { wait, ..unwatchful() }).await.unwrap();
    let def = posters();
    migrate(&store, &[def]).await.unwrap();
    let table = store.prepare(def);
    server.set_read_only("on").await;
    // The server hears of it in its own time.
    let started = Instant::now();
    for id in 0.. {
        match store.insert(&table, poster(id, "x"), None).await {
            Ok(_) => assert!(started.elapsed() < Duration::from_secs(20), "the server still writes"),
            Err(error) => {
                assert!(matches!(error, StoreError::Unavailable), "{error:?}");
                break;
            }
        }
    }
    server.set_read_only("off").await;
    let started = Instant::now();
    while store.insert(&table, poster(-1, "x"), None).await.is_err() {
        assert!(started.elapsed() < Duration::from_secs(20), "the store does not see that it can write");
    }
}

#[tokio::test]
#[ignore = "needs a server in PXT_TEST_DATABASE"]
async fn connections_that_were_ended_are_replaced_without_a_word() {
    let place = Place::server().await;
    let (store, table) = with_table(&place, posters()).await;
    for round in 0..3 {
        let rows = (0..20).map(|n| store.insert(&table, poster(round * 100 + n, "x"), None));
        assert!(futures_util::future::join_all(rows).await.iter().all(Result::is_ok));
        for _ in 0..2 {
            assert_eq!(store.count(&table).await.unwrap(), 20 * (round as u64 + 1));
            assert!(store.find(&table, vec![Value::Int(0)]).await.unwrap().is_some());
            place
                .execute(
                    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity \
                     WHERE datname = current_database() AND pid <> pg_backend_pid()",
                )
                .await;
        }
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_is_named_without_the_password() {
    // A port that somebody has, and that nobody answers at.
    let taken = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = taken.local_addr().unwrap().port();
    drop(taken);
    let url = format!("postgres://me:s3cret@127.0.0.1:{port}/films");
    let limits = Limits { wait: Duration::from_millis(50), ..Limits::default() };
    let error = Store::open_with(&url, None, limits).await.unwrap_err();
    assert!(matches!(error, StoreError::Unreachable { .. }), "{error:?}");
    let text = error.to_string();
    assert!(text.starts_with(&format!("the database at `127.0.0.1:{port}` cannot be reached: ")), "{text}");
    assert!(!format!("{text} {error:?}").contains("s3cret"), "{text}");
}

#[tokio::test]
#[ignore = "needs a server in PXT_TEST_DATABASE"]
async fn a_start_that_cannot_work_does_not_wait() {
    let place = Place::server().await;
    let mut url = url::Url::parse(&place.url()).unwrap();
    url.set_password(Some("wr0ng")).unwrap();
    let started = Instant::now();
    let error = Store::open(url.as_str()).await.unwrap_err().to_string();
    assert!(error.contains("cannot be reached: password authentication failed"), "{error}");
    url = url::Url::parse(&place.url()).unwrap();
    url.set_path("nowhere");
    let error = Store::open(url.as_str()).await.unwrap_err().to_string();
    assert!(error.contains("database \"nowhere\" does not exist"), "{error}");
    assert!(started.elapsed() < Duration::from_secs(4));
}
