//! Nodes over one database, in one process: each test has a database of its own, on SQLite or on the server that
//! `PXT_TEST_DATABASE` names. A node that dies is a runtime that is shut down in the middle of what it does.

mod asking;
mod crashes;
mod faults;
mod outage;
mod plans;
mod running;
mod slots;

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use futures_util::TryFutureExt as _;
use futures_util::future::BoxFuture;
use tokio::sync::Notify;

use super::*;
use crate::error::Error;
use crate::schema::{At, Code, ColumnDef, ColumnType, Schema, TableDef, fnv1a};
use crate::store::{Member, Outcome};
use crate::table::{Commit as _, Kept, WriteSet};
use crate::testing::TestDatabase;
use crate::value::Value;

const fn column(name: &'static str, primary_key: bool) -> ColumnDef {
    ColumnDef {
        name,
        hash: fnv1a(name),
        doc: "",
        ty: ColumnType::Int,
        nullable: false,
        primary_key,
        auto: primary_key,
        default: false,
        max_bytes: None,
        computed: None,
    }
}

/// What jobs write: a row with a number of the database's, and the number that the job's request names.
static ROWS: TableDef = TableDef {
    name: "t.rows",
    hash: fnv1a("t.rows"),
    doc: "",
    columns: &[column("id", true), column("n", false)],
    incomplete: false,
    at: At { file: "src/schema.rs", line: 1 },
    module: module_path!(),
    code: Code(&()),
};
static SCHEMA: Schema = Schema { tables: &[&ROWS] };

/// Whatever a test wants done.
struct Doing<F>(F);

impl<F> Runner for Doing<F>
where
    F: Fn(Task) -> BoxFuture<'static, Result<String>> + Send + Sync + 'static,
{
    fn run(self: Arc<Self>, task: Task) -> BoxFuture<'static, Result<Option<String>>> {
        Box::pin((self.0)(task).map_ok(Some))
    }
}

/// A node of a service.
struct Node {
    jobs: Jobs,
    rows: Arc<TableStatements>,
    /// Those who run jobs are kept by their routes elsewhere; here by the node.
    runners: Mutex<Vec<Arc<dyn Runner>>>,
}

/// Short ones, so that no test waits for long.
fn fast() -> Times {
    Times {
        lease: Duration::from_secs(30),
        renew: Duration::from_millis(50),
        look: Duration::from_millis(20),
        queued: Duration::from_millis(100),
        // However slow the machine is.
        quick: Duration::from_secs(60),
        alone: (Duration::from_secs(10), Duration::from_secs(60)),
        mark: Duration::from_millis(10),
        taken: Duration::from_secs(60),
        backoff: (Duration::from_millis(10), Duration::from_millis(40)),
        elsewhere: (Duration::from_millis(10), Duration::from_secs(900)),
        clean: Duration::from_millis(20),
    }
}

/// Leases end soon, and are not renewed.
fn forgetful() -> Times {
    Times { lease: Duration::from_millis(200), renew: Duration::from_secs(3600), ..fast() }
}

impl Node {
    async fn new(database: &TestDatabase) -> Arc<Self> {
        Self::with(database, JobsConfig::default(), fast()).await
    }

    async fn with(database: &TestDatabase, config: JobsConfig, times: Times) -> Arc<Self> {
        Self::at(database.url(), config, times).await
    }

    async fn at(url: &str, config: JobsConfig, times: Times) -> Arc<Self> {
        let store = Store::open(url).await.unwrap();
        store.migrate(&SCHEMA, &|_, _| Value::Null).await.unwrap();
        let rows = store.prepare(&ROWS);
        let jobs = Jobs::open_with(&store, config, times).await.unwrap();
        Arc::new(Self { jobs, rows, runners: Mutex::default() })
    }

    /// Does the jobs of a route.
    fn does<F, W>(self: &Arc<Self>, route: &str, work: F)
    where
        F: Fn(Arc<Self>, Task) -> W + Send + Sync + 'static,
        W: Future<Output = Result<String>> + Send + 'static,
    {
        self.does_some(route, None, work);
    }

    fn does_some<F, W>(self: &Arc<Self>, route: &str, concurrency: Option<usize>, work: F)
    where
        F: Fn(Arc<Self>, Task) -> W + Send + Sync + 'static,
        W: Future<Output = Result<String>> + Send + 'static,
    {
        let node = Arc::downgrade(self);
        let runner: Arc<dyn Runner> = Arc::new(Doing(move |task| -> BoxFuture<'static, Result<String>> {
            match node.upgrade() {
                Some(node) => Box::pin(work(node, task)),
                None => Box::pin(async { Err(busy()) }),
            }
        }));
        let work = Work { route: route.to_owned(), does: String::new(), runner: Arc::downgrade(&runner), concurrency };
        self.runners.lock().unwrap().push(runner);
        self.jobs.run(vec![work]).unwrap();
    }

    async fn submit(&self, request: &str) -> Uuid {
        self.try_submit(request).await.unwrap()
    }

    async fn try_submit(&self, request: &str) -> Result<Uuid> {
        let new = NewJob { route: "/work".to_owned(), request: request.to_owned(), files: Vec::new() };
        self.jobs.submit(new).await
    }

    /// The job once it has ended.
    async fn end(&self, id: Uuid) -> Job {
        let job = self.jobs.wait(id, Duration::from_secs(20)).await.unwrap().expect("the job is there");
        assert!(job.state.is_finished(), "{job:?}");
        job
    }

    /// The job once something is true of it.
    async fn once(&self, id: Uuid, is: impl Fn(&Job) -> bool) -> Job {
        let begun = Instant::now();
        loop {
            let job = self.jobs.get(id).await.unwrap().expect("the job is there");
            if is(&job) {
                return job;
            }
            assert!(begun.elapsed() < Duration::from_secs(20), "{job:?}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Commits the job's row.
    async fn insert(&self, task: &Task) -> Result<i64> {
        let n = task.request().parse()?;
        let row = Member::insert(&self.rows, vec![Value::Null, Value::Int(n)], None);
        match commit(task, row, Kept::Row("{}".to_owned())).await? {
            Outcome::Inserted(Some(number)) => Ok(number),
            other => panic!("an insert comes to {other:?}"),
        }
    }

    /// Whether jobs need this file.
    async fn named(&self, key: &str) -> bool {
        self.jobs.0.records.store.referenced(&self.jobs.files(), &[key.to_owned()]).await.unwrap().contains(key)
    }

    async fn count(&self) -> u64 {
        self.jobs.0.records.store.count(&self.rows).await.unwrap()
    }
}

/// Commits a row as part of a job.
async fn commit(task: &Task, row: Member, kept: Kept) -> Result<Outcome> {
    let set = WriteSet { members: vec![row], kept: Some(kept), key: None };
    Ok(task.commit(None).commit(set).await?[0])
}

/// As if so many processes had died with the job, the last one just now.
async fn crashed(database: &TestDatabase, id: Uuid, times: u32) {
    let is_postgres = database.url().starts_with("postgres");
    let uuid = |id: Uuid| if is_postgres { format!("'{id}'") } else { format!("x'{}'", id.simple()) };
    let text = format!(
        "UPDATE \"_pxt_jobs\" SET \"owner\" = {}, \"state\" = 'running', \"due_at\" = 1, \"crashes\" = {}, \"attempts\" = {times} \
         WHERE \"id\" = {}",
        uuid(Uuid::new_v4()),
        times - 1,
        uuid(id)
    );
    database.execute(&text).await.unwrap();
}

fn busy() -> Error {
    Error::new(503, "busy", "the database is busy")
}

/// How often each job was begun.
#[derive(Default)]
struct Tally(Mutex<HashMap<String, usize>>);

impl Tally {
    fn count(&self, task: &Task) {
        *self.0.lock().unwrap().entry(task.request().to_owned()).or_default() += 1;
    }

    fn all(&self) -> Vec<usize> {
        self.0.lock().unwrap().values().copied().collect()
    }
}

/// Sets a flag when it is dropped.
struct Dropped(Arc<AtomicUsize>);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}
