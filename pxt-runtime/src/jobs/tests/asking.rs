//! What others see of jobs, and cancelling them.

use futures_util::StreamExt;

use super::*;
use crate::compute::{Progress, progress};
use crate::value::Media;

/// A node whose jobs wait for ever, and the number of those that were dropped.
async fn waits(database: &TestDatabase) -> (Arc<Node>, Arc<AtomicUsize>) {
    let node = Node::with(database, JobsConfig::default().concurrency(1), fast()).await;
    let dropped = Arc::new(AtomicUsize::new(0));
    node.does("/work", {
        let dropped = dropped.clone();
        move |_, _| {
            let dropped = Dropped(dropped.clone());
            async move {
                let _dropped = dropped;
                std::future::pending().await
            }
        }
    });
    (node, dropped)
}

#[tokio::test]
async fn what_is_cancelled_never_starts_or_is_dropped() {
    let database = TestDatabase::new().await.unwrap();
    let (node, dropped) = waits(&database).await;
    let running = node.submit("1").await;
    node.once(running, |job| job.state == JobState::Running).await;
    let pending = node.submit("2").await;
    let job = node.jobs.cancel(pending).await.unwrap().unwrap();
    assert_eq!((job.state, job.attempts), (JobState::Cancelled, 0));
    assert_eq!(dropped.load(Ordering::SeqCst), 0);
    let job = node.jobs.cancel(running).await.unwrap().unwrap();
    assert_eq!(job.state, JobState::Cancelled);
    node.jobs.0.leases.none().await;
    assert_eq!(dropped.load(Ordering::SeqCst), 1);
    // The place is free again, and a finished job stays as it is.
    let next = node.submit("3").await;
    node.once(next, |job| job.state == JobState::Running).await;
    assert_eq!(node.jobs.cancel(pending).await.unwrap().unwrap().attempts, 0);
    assert!(node.jobs.cancel(Uuid::now_v7()).await.unwrap().is_none());
}

#[tokio::test]
async fn a_job_that_another_node_cancels_stores_nothing() {
    let database = TestDatabase::new().await.unwrap();
    // It hears of nothing by its leases.
    let node = Node::with(&database, JobsConfig::default(), Times { renew: Duration::from_secs(3600), ..fast() }).await;
    let go = Arc::new(Notify::new());
    node.does("/work", {
        let go = go.clone();
        move |node, task| {
            let go = go.clone();
            async move {
                go.notified().await;
                node.insert(&task).await.map(|number| number.to_string())
            }
        }
    });
    let id = node.submit("7").await;
    node.once(id, |job| job.state == JobState::Running).await;
    let other = Node::new(&database).await;
    other.jobs.cancel(id).await.unwrap();
    go.notify_one();
    node.jobs.0.leases.none().await;
    assert_eq!((node.end(id).await.state, node.count().await), (JobState::Cancelled, 0));
}

#[tokio::test]
async fn a_worker_hears_by_its_lease_that_the_job_is_cancelled() {
    let database = TestDatabase::new().await.unwrap();
    let (node, dropped) = waits(&database).await;
    let id = node.submit("1").await;
    node.once(id, |job| job.state == JobState::Running).await;
    let other = Node::new(&database).await;
    other.jobs.cancel(id).await.unwrap();
    node.jobs.0.leases.none().await;
    assert_eq!(dropped.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn progress_is_seen_here_and_elsewhere() {
    let database = TestDatabase::new().await.unwrap();
    let node = Node::new(&database).await;
    let go = Arc::new(Notify::new());
    node.does("/work", {
        let go = go.clone();
        move |_, _| {
            let go = go.clone();
            async move {
                go.notified().await;
                assert!(progress(1, 3, "decoding"));
                go.notified().await;
                Ok("1".to_owned())
            }
        }
    });
    let id = node.submit("1").await;
    let mut seen = Box::pin(node.jobs.watch(id));
    let first = seen.next().await.unwrap().unwrap();
    assert_eq!((first.state, first.progress), (JobState::Running, None));
    go.notify_one();
    let decoding = Progress { done: 1, total: Some(3), stage: "decoding".to_owned() };
    assert_eq!(seen.next().await.unwrap().unwrap().progress.as_ref(), Some(&decoding));
    let other = Node::new(&database).await;
    other.once(id, |job| job.progress.as_ref() == Some(&decoding)).await;
    go.notify_one();
    let last = seen.next().await.unwrap().unwrap();
    assert_eq!((last.state, last.progress.as_ref()), (JobState::Done, Some(&decoding)));
    assert!(seen.next().await.is_none());
    assert!(Box::pin(node.jobs.watch(Uuid::now_v7())).next().await.is_none());
}

#[tokio::test]
async fn jobs_are_listed_by_state_and_route() {
    let database = TestDatabase::new().await.unwrap();
    let node = Node::new(&database).await;
    let mut ids = Vec::new();
    for n in 0..7 {
        let route = if n < 5 { "/work" } else { "/other" };
        let new = NewJob { route: route.to_owned(), request: n.to_string(), files: Vec::new() };
        ids.push(node.jobs.submit(new).await.unwrap());
    }
    node.jobs.cancel(ids[1]).await.unwrap();
    let list = async |state, route: Option<&str>, before, most| {
        let listing = Listing { state, route: route.map(str::to_owned), before, most };
        let jobs = node.jobs.list(&listing).await.unwrap();
        let last = jobs.last().map(|job| (job.due_at, job.id));
        (jobs.into_iter().map(|job| job.id).collect::<Vec<_>>(), last)
    };
    let newest: Vec<Uuid> = ids.iter().rev().copied().collect();
    assert_eq!(list(None, None, None, 100).await.0, newest);
    let (page, last) = list(None, None, None, 3).await;
    assert_eq!((page.as_slice(), list(None, None, last, 2).await.0.as_slice()), (&newest[..3], &newest[3..5]));
    assert_eq!(list(Some(JobState::Cancelled), None, None, 100).await.0, [ids[1]]);
    assert_eq!(list(None, Some("/other"), None, 100).await.0, [ids[6], ids[5]]);
    let pending = [ids[4], ids[3], ids[2], ids[0]];
    assert_eq!(list(Some(JobState::Pending), Some("/work"), None, 100).await.0, pending);
    let (page, last) = list(Some(JobState::Pending), Some("/work"), None, 2).await;
    assert_eq!(page, pending[..2]);
    assert_eq!(list(Some(JobState::Pending), Some("/work"), last, 100).await.0, pending[2..]);
    // The first to be cancelled stands last.
    for id in [ids[6], ids[0]] {
        node.jobs.cancel(id).await.unwrap();
    }
    assert_eq!(list(Some(JobState::Cancelled), None, None, 100).await.0, [ids[0], ids[6], ids[1]]);
}

#[tokio::test]
async fn finished_jobs_go_with_their_files_once_they_were_kept() {
    let database = TestDatabase::new().await.unwrap();
    let node = Node::with(&database, JobsConfig::default().keep(Duration::ZERO), fast()).await;
    let key = "t.rows/0f.png";
    let mut ids = Vec::new();
    for n in 0..5 {
        let files = (0..n).map(|_| Media::stored(key)).collect();
        let new = NewJob { route: "/work".to_owned(), request: "1".to_owned(), files };
        ids.push(node.jobs.submit(new).await.unwrap());
    }
    assert!(node.named(key).await);
    node.does("/work", |_, _| async { Ok("1".to_owned()) });
    let begun = Instant::now();
    for id in ids {
        while node.jobs.get(id).await.unwrap().is_some() {
            assert!(begun.elapsed() < Duration::from_secs(20));
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
    assert!(!node.named(key).await);
}
