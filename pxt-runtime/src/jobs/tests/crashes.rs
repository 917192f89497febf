//! Processes that end while jobs run, as the rows tell it.

use futures_util::future::join_all;

use super::*;

#[tokio::test]
async fn a_job_that_never_failed_survives_ten_restarts() {
    let database = TestDatabase::new().await.unwrap();
    let node = Node::with(&database, JobsConfig::default().attempts(1), fast()).await;
    let id = node.submit("1").await;
    crashed(&database, id, 10).await;
    node.does("/work", |_, _| async { Ok("1".to_owned()) });
    let job = node.end(id).await;
    assert_eq!((job.state, job.attempts), (JobState::Done, 11));
}

#[tokio::test]
async fn failures_are_counted_apart() {
    let database = TestDatabase::new().await.unwrap();
    let node = Node::with(&database, JobsConfig::default().attempts(2), fast()).await;
    let id = node.submit("1").await;
    crashed(&database, id, 4).await;
    node.does("/work", |_, _| async { Err(busy()) });
    let job = node.end(id).await;
    assert_eq!((job.state, job.attempts), (JobState::Error, 6), "two failures behind four crashes");
    assert!(job.error.unwrap().get().contains("busy"));
}

#[tokio::test]
async fn a_job_that_kills_its_process_is_given_up() {
    let database = TestDatabase::new().await.unwrap();
    let node = Node::new(&database).await;
    let id = node.submit("1").await;
    crashed(&database, id, 16).await;
    let tally = Arc::new(Tally::default());
    node.does("/work", {
        let tally = tally.clone();
        move |_, task| {
            tally.count(&task);
            async { Ok("1".to_owned()) }
        }
    });
    let job = node.end(id).await;
    assert_eq!((job.state, tally.all()), (JobState::Error, vec![]));
    let problem = job.error.unwrap();
    assert!(problem.get().contains("job_abandoned") && problem.get().contains("16 times"), "{problem}");
}

#[tokio::test]
async fn a_job_that_may_have_killed_its_process_is_tried_alone() {
    let database = TestDatabase::new().await.unwrap();
    let node = Node::with(&database, JobsConfig::default().concurrency(4), fast()).await;
    let suspects = join_all((0..3).map(|_| node.submit("suspect"))).await;
    for id in &suspects {
        crashed(&database, *id, 2).await;
    }
    let others = join_all((0..20).map(|_| node.submit("other"))).await;
    let seen = Arc::new((AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0)));
    node.does("/work", {
        let seen = seen.clone();
        move |_, task| {
            let seen = seen.clone();
            async move {
                let (now, most, beside) = &*seen;
                let before = now.fetch_add(1, Ordering::SeqCst);
                most.fetch_max(before + 1, Ordering::SeqCst);
                for _ in 0..10 {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                    if task.request() == "suspect" {
                        beside.fetch_max(now.load(Ordering::SeqCst), Ordering::SeqCst);
                    }
                }
                now.fetch_sub(1, Ordering::SeqCst);
                Ok("1".to_owned())
            }
        }
    });
    for id in suspects.into_iter().chain(others) {
        assert_eq!(node.end(id).await.state, JobState::Done);
    }
    let (most, beside) = (seen.1.load(Ordering::SeqCst), seen.2.load(Ordering::SeqCst));
    assert_eq!((most, beside), (4, 1));
}

/// Beside a node on a thread of its own, which does what it finds whose lease has ended.
#[tokio::test]
async fn a_blocked_thread_keeps_its_leases() {
    let database = TestDatabase::new().await.unwrap();
    let times = Times { lease: Duration::from_millis(600), ..fast() };
    let node = Node::with(&database, JobsConfig::default(), times).await;
    let tally = Arc::new(Tally::default());
    node.does("/work", {
        let tally = tally.clone();
        move |_, task| {
            tally.count(&task);
            async {
                // The only thread of this runtime, for longer than a lease takes.
                std::thread::sleep(Duration::from_millis(1500));
                Ok("1".to_owned())
            }
        }
    });
    let id = node.submit("1").await;
    let url = database.url().to_owned();
    let other = std::thread::spawn({
        let tally = tally.clone();
        move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let node = Node::at(&url, JobsConfig::default(), fast()).await;
                node.does("/work", move |_, task| {
                    tally.count(&task);
                    async { Ok("2".to_owned()) }
                });
                node.end(id).await
            })
        }
    });
    let job = node.end(id).await;
    assert_eq!((job.state, job.attempts, job.result.unwrap().get()), (JobState::Done, 1, "1"));
    tokio::task::spawn_blocking(|| other.join().unwrap()).await.unwrap();
    assert_eq!(tally.all(), [1]);
}
