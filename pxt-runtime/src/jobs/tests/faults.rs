//! Nodes that die, hang, or want the same job: every job ends, and what it writes is there once.

use std::sync::mpsc;

use futures_util::future::join_all;
use tokio::runtime::Runtime;

use super::*;

/// A node of its own process, as far as its tasks go.
struct Process(Option<Runtime>);

impl Process {
    fn new() -> Self {
        Self(Some(tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()))
    }

    fn spawn<F: Future<Output = T> + Send + 'static, T: Send + 'static>(&self, work: F) -> tokio::task::JoinHandle<T> {
        self.0.as_ref().unwrap().spawn(work)
    }

    /// Nothing of it runs any further, from one await to the next.
    fn kill(&mut self) {
        self.0.take().unwrap().shutdown_background();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// Commits, unless an earlier attempt has.
async fn once(node: Arc<Node>, task: Task) -> Result<String> {
    let number = match task.committed() {
        Some(committed) => committed.outcome,
        None => node.insert(&task).await?,
    };
    Ok(number.to_string())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_before_a_crash_is_not_repeated() {
    let database = Arc::new(TestDatabase::new().await.unwrap());
    let (mut process, (told, heard)) = (Process::new(), mpsc::channel());
    let started = process.spawn({
        let database = database.clone();
        async move {
            let node = Node::with(&database, JobsConfig::default(), forgetful()).await;
            node.does("/work", move |node, task| {
                let told = told.clone();
                async move {
                    let number = node.insert(&task).await?;
                    told.send(number).unwrap();
                    std::future::pending().await
                }
            });
            let id = node.submit("7").await;
            (id, node)
        }
    });
    let (id, dead) = started.await.unwrap();
    let number = tokio::task::spawn_blocking(move || heard.recv().unwrap()).await.unwrap();
    process.kill();
    let node = Node::new(&database).await;
    node.does("/work", once);
    let job = node.end(id).await;
    assert_eq!((job.state, job.attempts, job.stored), (JobState::Done, 2, true));
    assert_eq!(job.result.unwrap().get(), number.to_string());
    assert_eq!(node.count().await, 1);
    drop(dead);
}

#[tokio::test]
async fn a_job_whose_row_cannot_be_read_ends_and_the_others_go_on() {
    let database = TestDatabase::new().await.unwrap();
    // PostgreSQL's types hold nothing here that cannot be read.
    if database.url().starts_with("postgres") {
        return;
    }
    let node = Node::new(&database).await;
    let (spoilt, other) = (node.submit("1").await, node.submit("2").await);
    let text = format!("UPDATE _pxt_jobs SET request = CAST(x'ff' AS TEXT) WHERE id = x'{}'", spoilt.simple());
    database.execute(&text).await.unwrap();
    node.does("/work", once);
    assert_eq!(node.end(other).await.state, JobState::Done);
    let job = node.end(spoilt).await;
    assert_eq!((job.state, job.attempts), (JobState::Error, 0));
    assert!(job.error.unwrap().get().contains("unreadable_row"));
}

#[tokio::test]
async fn two_nodes_share_the_queue() {
    let database = TestDatabase::new().await.unwrap();
    let tally = Arc::new(Tally::default());
    let config = || JobsConfig::default().concurrency(4);
    let nodes = [Node::with(&database, config(), fast()).await, Node::with(&database, config(), fast()).await];
    let ids = join_all((0..80).map(|n| {
        let node = nodes[n % 2].clone();
        async move { node.submit(&n.to_string()).await }
    }));
    let ids = ids.await;
    for node in &nodes {
        let tally = tally.clone();
        node.does("/work", move |node, task| {
            tally.count(&task);
            once(node, task)
        });
    }
    for id in ids {
        let job = nodes[0].end(id).await;
        assert_eq!((job.state, job.attempts), (JobState::Done, 1));
    }
    assert_eq!(tally.all(), vec![1; 80]);
    assert_eq!(nodes[0].count().await, 80);
}

#[tokio::test]
async fn a_job_whose_lease_ends_is_taken_over_and_its_first_worker_writes_nothing() {
    let database = TestDatabase::new().await.unwrap();
    // Without a place for more: it would take its own job over, too.
    let slow = Node::with(&database, JobsConfig::default().concurrency(1), forgetful()).await;
    let (go, tried) = (Arc::new(Notify::new()), Arc::new(Mutex::new(None)));
    slow.does("/work", {
        let (go, tried) = (go.clone(), tried.clone());
        move |node, task| {
            let (go, tried) = (go.clone(), tried.clone());
            // In a task of its own, which nobody drops.
            async move {
                let work = tokio::spawn(async move {
                    go.notified().await;
                    let code = node.insert(&task).await.map_err(|error| error.code());
                    *tried.lock().unwrap() = Some(code);
                });
                work.await?;
                std::future::pending().await
            }
        }
    });
    let id = slow.submit("7").await;
    slow.once(id, |job| job.state == JobState::Running).await;
    let node = Node::new(&database).await;
    node.does("/work", once);
    let job = node.end(id).await;
    assert_eq!((job.state, job.attempts), (JobState::Done, 2));
    go.notify_one();
    let begun = Instant::now();
    while tried.lock().unwrap().is_none() {
        assert!(begun.elapsed() < Duration::from_secs(20));
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(*tried.lock().unwrap(), Some(Err("job_lost")));
    assert_eq!(node.count().await, 1);
    assert_eq!(node.jobs.get(id).await.unwrap().unwrap().state, JobState::Done);
}

#[tokio::test]
async fn a_lease_is_renewed_while_the_job_runs() {
    let database = TestDatabase::new().await.unwrap();
    let node = Node::with(&database, JobsConfig::default(), Times { lease: Duration::from_secs(2), ..fast() }).await;
    let done = Arc::new(Notify::new());
    node.does("/work", {
        let done = done.clone();
        move |_, _| {
            let done = done.clone();
            async move {
                done.notified().await;
                Ok("1".to_owned())
            }
        }
    });
    let id = node.submit("7").await;
    let first = node.once(id, |job| job.state == JobState::Running).await.due_at;
    let second = node.once(id, |job| job.due_at > first).await.due_at;
    node.once(id, |job| job.due_at > second).await;
    done.notify_one();
    let job = node.end(id).await;
    assert_eq!((job.state, job.attempts), (JobState::Done, 1));
}

#[tokio::test]
async fn a_commit_may_finish_its_job() {
    let database = TestDatabase::new().await.unwrap();
    let node = Node::new(&database).await;
    node.does("/work", |node, task| async move {
        let row = Member::insert(&node.rows, vec![Value::Null, Value::Int(1)], None);
        commit(&task, row, Kept::Answer("{\"n\":1}".to_owned())).await?;
        Ok("what is said after the end".to_owned())
    });
    let job = node.end(node.submit("1").await).await;
    assert_eq!((job.state, job.result.unwrap().get()), (JobState::Done, "{\"n\":1}"));
    assert_eq!(node.count().await, 1);
}
