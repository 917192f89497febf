//! Nodes with one outbox, in one process, which export to a SQLite file. The outbox is on SQLite or on the server that
//! `PXT_TEST_DATABASE` names. A node that dies is a runtime that is shut down in the middle of what it does.
#![cfg(feature = "export-sqlite")]

mod nodes;
mod order;
mod outage;
mod refused;

use std::path::PathBuf;
use std::time::Instant;

use futures_util::future::BoxFuture;

use super::*;
use crate::error::Error;
use crate::export::target::{Address, Limits, Target};
use crate::export::{Delivery as When, ExportMethod, ExportSelection, ExportTarget, Exports};
use crate::table::{Commit as _, Keep, Kept, WriteSet};
use crate::testing::TestDatabase;

/// The database of a service, and a target.
struct Ground {
    database: TestDatabase,
    target: PathBuf,
}

/// A node of a service.
struct Node {
    store: Store,
    outbox: Arc<Outbox>,
    export: Arc<RowExport>,
    shaper: Arc<dyn Shaper>,
    /// What is asked by programs and commands.
    exports: Exports,
}

/// Makes the answer of what was kept by writing `made: ` before its title.
struct Making;

impl Shaper for Making {
    fn shape(&self, row: String, outcome: i64) -> BoxFuture<'_, Result<String>> {
        Box::pin(async move { Ok(format!(r#"{{"id":{outcome},"title":"made: {row}"}}"#)) })
    }
}

/// Makes no answer.
struct Failing;

impl Shaper for Failing {
    fn shape(&self, _: String, _: i64) -> BoxFuture<'_, Result<String>> {
        Box::pin(async { Err(Error::internal("the function fails")) })
    }
}

/// Short ones, so that no test waits for long.
fn fast() -> Times {
    Times {
        lease: Duration::from_secs(30),
        renew: Duration::from_millis(50),
        look: Duration::from_millis(20),
        gather: Duration::from_millis(1),
        held: Duration::from_secs(30),
        backoff: (Duration::from_millis(10), Duration::from_millis(40)),
    }
}

impl Ground {
    /// With a target that has a table `copies` of these columns.
    async fn new(columns: &str) -> Self {
        let database = TestDatabase::new().await.unwrap();
        let target = database.folder().join("target.db");
        let ground = Self { database, target };
        ground.change(&format!("CREATE TABLE copies ({columns})")).await;
        ground
    }

    async fn connection(&self) -> sqlx::SqliteConnection {
        use sqlx::ConnectOptions as _;
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&self.target).create_if_missing(true);
        options.busy_timeout(Duration::from_secs(20)).connect().await.unwrap()
    }

    async fn change(&self, text: &str) {
        use sqlx::Connection as _;
        let mut connection = self.connection().await;
        sqlx::raw_sql(sqlx::AssertSqlSafe(text)).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    }

    /// The titles at the target, in the order in which they arrived.
    async fn titles(&self) -> Vec<String> {
        let mut connection = self.connection().await;
        sqlx::query_scalar("SELECT title FROM copies ORDER BY rowid").fetch_all(&mut connection).await.unwrap()
    }

    /// The titles, once there are so many.
    async fn once(&self, count: usize) -> Vec<String> {
        let begun = Instant::now();
        loop {
            let titles = self.titles().await;
            if titles.len() >= count {
                return titles;
            }
            assert!(begun.elapsed() < Duration::from_secs(20), "{titles:?}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    async fn node(&self) -> Node {
        self.node_with(ExportMethod::Insert, ExportConfig::default(), fast(), Arc::new(Making)).await
    }

    async fn node_with(
        &self,
        method: ExportMethod,
        config: ExportConfig,
        times: Times,
        shaper: Arc<dyn Shaper>,
    ) -> Node {
        let store = Store::open(self.database.url()).await.unwrap();
        store.make_jobs().await.unwrap();
        let address = Address::parse(&format!("sqlite:///{}", self.target.display())).unwrap();
        let timeout = config.timeout.min(Duration::from_secs(2));
        let target = Target::new(&address, Limits { connections: 1, timeout }).unwrap();
        let export = Arc::new(RowExport {
            target,
            destination: "the target copies".to_owned(),
            schema: None,
            table: "copies".to_owned(),
            method,
            delivery: When::Outbox,
            fields: vec!["id".to_owned(), "title".to_owned()],
            writer: None,
        });
        let exports = Exports::new(&store, config.clone());
        let outbox = Outbox::open(&store, config, times).await.unwrap();
        outbox.know(&BTreeSet::from([export.destination.clone()])).await.unwrap();
        Node { store, outbox, export, shaper, exports }
    }
}

impl Node {
    fn deliver(&self) {
        let route = (self.export.clone(), Arc::downgrade(&self.shaper));
        self.outbox.deliver(&self.export.destination, Routes::from([("/notes".to_owned(), route)]));
    }

    /// Commits a row with an answer, or with what it is made of.
    async fn store(&self, key: &str, kept: Kept, job: Option<Uuid>) -> Option<Entry> {
        let route = "/notes".to_owned();
        let keep = Keep::Row(&[]);
        let commit = OutboxCommit::new(&self.outbox, &self.store, &self.export, route, keep, job, false);
        let set = WriteSet { members: Vec::new(), kept: Some(kept), key: Some(format!("[\"{key}\"]")) };
        commit.commit(set).await.unwrap();
        if let Some(Queued::Held(entry)) = commit.queued() { Some(entry) } else { None }
    }

    async fn answer(&self, key: &str, id: i64, title: &str) {
        let body = format!(r#"{{"id":{id},"title":"{title}"}}"#);
        self.store(key, Kept::Answer(body), None).await;
    }

    /// The target, once something is true of it.
    async fn once(&self, is: impl Fn(&ExportTarget) -> bool) -> ExportTarget {
        let begun = Instant::now();
        loop {
            let targets = self.exports.targets().await.unwrap();
            if let [target] = &*targets
                && is(target)
            {
                return target.clone();
            }
            assert!(begun.elapsed() < Duration::from_secs(20), "{targets:?}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    async fn empty(&self) {
        self.once(|target| target.waiting == 0).await;
    }

    async fn states(&self) -> Vec<(&'static str, String)> {
        let rows = self.exports.list(&ExportSelection::default(), 0, 100).await.unwrap();
        rows.into_iter().map(|row| (row.state, row.key.unwrap_or_default())).collect()
    }
}

const COLUMNS: &str = "id INTEGER NOT NULL, title TEXT NOT NULL";
