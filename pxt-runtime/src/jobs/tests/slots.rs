//! Slots: who has one, who waits for one, and how each is given back.

use std::sync::mpsc;

use futures_util::future::join_all;
use tempfile::NamedTempFile;
use tokio::sync::Semaphore;
use tracing_subscriber::prelude::*;

use super::*;

/// Passes the jobs of a route one by one, and counts them.
#[derive(Clone)]
struct Gate {
    opens: Arc<Semaphore>,
    /// How many wait at it or have passed, how many wait, and how many waited at most.
    seen: Arc<(AtomicUsize, AtomicUsize, AtomicUsize)>,
}

impl Gate {
    fn before(node: &Arc<Node>, route: &str, concurrency: Option<usize>) -> Self {
        let gate = Self { opens: Arc::new(Semaphore::new(0)), seen: Arc::default() };
        node.does_some(route, concurrency, {
            let gate = gate.clone();
            move |_, _| {
                let gate = gate.clone();
                async move {
                    let (came, now, most) = &*gate.seen;
                    came.fetch_add(1, Ordering::SeqCst);
                    most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    gate.opens.acquire().await?.forget();
                    now.fetch_sub(1, Ordering::SeqCst);
                    Ok("1".to_owned())
                }
            }
        });
        gate
    }

    fn open(&self, count: usize) {
        self.opens.add_permits(count);
    }

    fn came(&self) -> usize {
        self.seen.0.load(Ordering::SeqCst)
    }

    fn most(&self) -> usize {
        self.seen.2.load(Ordering::SeqCst)
    }
}

async fn submit(node: &Node, route: &str, count: usize) -> Vec<Uuid> {
    let submit = |number: usize| {
        let new = NewJob { route: route.to_owned(), request: number.to_string(), files: Vec::new() };
        node.jobs.submit(new)
    };
    join_all((0..count).map(submit)).await.into_iter().map(Result::unwrap).collect()
}

/// A node with one slot whose last job was quick, so that the next ones are claimed before there is a slot for them; they wait so long.
async fn quick(database: &TestDatabase, queued: Duration) -> (Arc<Node>, Gate) {
    let times = Times { queued, ..fast() };
    let node = Node::with(database, JobsConfig::default().concurrency(1), times).await;
    let gate = Gate::before(&node, "/work", None);
    gate.open(1);
    node.end(submit(&node, "/work", 1).await[0]).await;
    (node, gate)
}

async fn until(is: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is() {
        assert!(begun.elapsed() < Duration::from_secs(20));
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

#[tokio::test]
async fn a_claimed_job_waits_as_pending_and_then_runs() {
    let database = TestDatabase::new().await.unwrap();
    let (node, gate) = quick(&database, Duration::from_secs(3600)).await;
    let ids = submit(&node, "/work", 4).await;
    until(|| node.jobs.0.leases.all().len() == 4).await;
    // The first one to be started is marked.
    until(|| node.jobs.0.leases.any(|lease| lease.is_marked())).await;
    let mut states = Vec::new();
    for id in &ids {
        states.push(node.jobs.get(*id).await.unwrap().unwrap().state);
    }
    states.sort_by_key(|state| state.word());
    assert_eq!(states, [JobState::Pending, JobState::Pending, JobState::Pending, JobState::Running]);
    gate.open(4);
    for id in ids {
        let job = node.end(id).await;
        assert_eq!((job.state, job.attempts), (JobState::Done, 1));
    }
    assert_eq!(gate.most(), 1, "a slot is one function at a time");
}

#[tokio::test]
async fn a_job_that_waits_for_a_slot_for_long_is_handed_back() {
    let database = TestDatabase::new().await.unwrap();
    let (node, gate) = quick(&database, Duration::from_secs(1)).await;
    let ids = submit(&node, "/work", 3).await;
    until(|| node.jobs.0.leases.all().len() == 3).await;
    until(|| node.jobs.0.leases.all().len() == 1).await;
    let other = Node::new(&database).await;
    other.does("/work", |_, _| async { Ok("2".to_owned()) });
    let running = node.jobs.0.leases.all()[0].id;
    for id in ids.into_iter().filter(|id| *id != running) {
        let job = other.end(id).await;
        assert_eq!((job.attempts, job.result.unwrap().get()), (1, "2"));
    }
    gate.open(1);
    assert_eq!(node.end(running).await.result.unwrap().get(), "1");
}

#[tokio::test]
async fn a_route_at_its_limit_leaves_the_other_slots_to_others() {
    let database = TestDatabase::new().await.unwrap();
    let node = Node::with(&database, JobsConfig::default().concurrency(3), fast()).await;
    let few = submit(&node, "/few", 50).await;
    let gate = Gate::before(&node, "/few", Some(1));
    until(|| gate.came() == 1).await;
    let others = Gate::before(&node, "/work", None);
    let work = submit(&node, "/work", 20).await;
    until(|| others.came() == 2).await;
    others.open(20);
    for id in work {
        assert_eq!(node.end(id).await.state, JobState::Done);
    }
    assert_eq!((gate.came(), gate.most(), others.most()), (1, 1, 2));
    gate.open(50);
    for id in few {
        assert_eq!(node.end(id).await.state, JobState::Done);
    }
    assert_eq!(gate.most(), 1);
}

#[tokio::test]
async fn a_slow_job_holds_up_nobody() {
    let database = TestDatabase::new().await.unwrap();
    let node = Node::with(&database, JobsConfig::default().concurrency(2), fast()).await;
    // They wait in the queue.
    let slow = submit(&node, "/slow", 1).await[0];
    let quick = submit(&node, "/work", 100).await;
    let gate = Gate::before(&node, "/slow", None);
    let others = Gate::before(&node, "/work", None);
    others.open(100);
    for id in quick {
        assert_eq!(node.end(id).await.state, JobState::Done);
    }
    assert!(!node.jobs.get(slow).await.unwrap().unwrap().state.is_finished());
    gate.open(1);
    assert_eq!(node.end(slow).await.state, JobState::Done);
}

#[tokio::test]
async fn what_waits_in_the_queue_goes_by_its_order() {
    let database = TestDatabase::new().await.unwrap();
    let times = Times { look: Duration::from_secs(60), queued: Duration::from_secs(60), ..fast() };
    let node = Node::with(&database, JobsConfig::default().concurrency(1), times).await;
    let mut ids = Vec::new();
    for number in 0..90 {
        let route = if number % 3 == 2 { "/other" } else { "/work" };
        let new = NewJob { route: route.to_owned(), request: number.to_string(), files: Vec::new() };
        ids.push(node.jobs.submit(new).await.unwrap());
    }
    let order = Arc::new(Mutex::new(Vec::new()));
    for route in ["/other", "/work"] {
        let order = order.clone();
        node.does(route, move |_, task| {
            order.lock().unwrap().push(task.request().parse::<usize>().unwrap());
            async { Ok("1".to_owned()) }
        });
    }
    for id in ids {
        assert_eq!(node.end(id).await.attempts, 1);
    }
    let order = order.lock().unwrap();
    let late = order.iter().enumerate().map(|(place, number)| place.abs_diff(*number)).max();
    assert!(late <= Some(16), "{order:?}");
}

#[tokio::test]
async fn nobody_overtakes_those_that_wait_in_the_database() {
    let database = TestDatabase::new().await.unwrap();
    let times = Times { quick: Duration::ZERO, ..fast() };
    let node = Node::with(&database, JobsConfig::default().concurrency(1), times).await;
    let first = submit(&node, "/work", 20).await;
    let order = Arc::new(Mutex::new(Vec::new()));
    node.does("/work", {
        let order = order.clone();
        move |_, task| {
            order.lock().unwrap().push(task.request().to_owned());
            async { Ok("1".to_owned()) }
        }
    });
    let mut later = Vec::new();
    while order.lock().unwrap().len() < 20 {
        later.push(node.submit("later").await);
    }
    for id in first.into_iter().chain(later) {
        assert_eq!(node.end(id).await.attempts, 1);
    }
    assert!(order.lock().unwrap()[..20].iter().all(|request| request != "later"), "{order:?}");
}

#[tokio::test]
async fn a_job_that_waits_for_a_slot_can_be_cancelled() {
    let database = TestDatabase::new().await.unwrap();
    let (node, gate) = quick(&database, Duration::from_secs(3600)).await;
    let first = submit(&node, "/work", 1).await[0];
    until(|| gate.came() == 2).await;
    let id = submit(&node, "/work", 1).await[0];
    until(|| node.jobs.0.leases.get(id).is_some()).await;
    assert_eq!(node.jobs.cancel(id).await.unwrap().unwrap().state, JobState::Cancelled);
    gate.open(2);
    for id in [first, submit(&node, "/work", 1).await[0]] {
        assert_eq!(node.end(id).await.state, JobState::Done);
    }
    assert_eq!(gate.came(), 3, "the cancelled one never started");
}

#[tokio::test]
async fn a_stop_hands_back_what_waits_for_a_slot() {
    let database = TestDatabase::new().await.unwrap();
    let (node, gate) = quick(&database, Duration::from_secs(3600)).await;
    let ids = submit(&node, "/work", 3).await;
    until(|| node.jobs.0.leases.all().len() == 3).await;
    node.jobs.stop(Duration::from_millis(10)).await;
    for id in &ids {
        let job = node.jobs.get(*id).await.unwrap().unwrap();
        assert_eq!((job.state, job.attempts), (JobState::Pending, 0));
    }
    assert_eq!(gate.came(), 2);
    // At once, long before their leases would have ended.
    let other = Node::new(&database).await;
    other.does("/work", |_, _| async { Ok("2".to_owned()) });
    let begun = Instant::now();
    for id in ids {
        assert_eq!(other.end(id).await.result.unwrap().get(), "2");
    }
    assert!(begun.elapsed() < fast().lease);
}

/// As a function does that is `blocking`: one that blocks a thread of the runtime may be what everything else waits for.
#[tokio::test]
async fn a_job_that_blocks_its_thread_can_be_cancelled_and_frees_its_slot() {
    let database = TestDatabase::new().await.unwrap();
    let node = Node::with(&database, JobsConfig::default().concurrency(1), fast()).await;
    let (go, wait) = mpsc::channel::<()>();
    let wait = Arc::new(Mutex::new(wait));
    let (begun, returned) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    node.does("/work", {
        let (begun, returned) = (begun.clone(), returned.clone());
        move |_, task| {
            let (begun, returned, wait) = (begun.clone(), returned.clone(), wait.clone());
            async move {
                if task.request() == "hangs" {
                    let hang = move || {
                        begun.fetch_add(1, Ordering::SeqCst);
                        let _ = wait.lock().unwrap().recv();
                        returned.fetch_add(1, Ordering::SeqCst);
                    };
                    tokio::task::spawn_blocking(hang).await?;
                }
                Ok("1".to_owned())
            }
        }
    });
    let hangs = node.submit("hangs").await;
    until(|| begun.load(Ordering::SeqCst) == 1).await;
    let next = node.submit("2").await;
    assert_eq!(node.jobs.cancel(hangs).await.unwrap().unwrap().state, JobState::Cancelled);
    assert_eq!(node.end(next).await.state, JobState::Done);
    assert_eq!(returned.load(Ordering::SeqCst), 0, "it hangs still");
    go.send(()).unwrap();
    until(|| returned.load(Ordering::SeqCst) == 1).await;
    let job = node.end(hangs).await;
    assert_eq!((job.state, job.attempts), (JobState::Cancelled, 1));
}

/// On one thread, so that all of it logs to this test's file.
#[tokio::test]
async fn slots_that_stay_taken_are_told_by_their_routes() {
    let log = NamedTempFile::new().unwrap();
    let output = tracing_subscriber::fmt::layer().with_writer(Arc::new(log.reopen().unwrap())).with_ansi(false);
    let _logging = tracing_subscriber::registry().with(output).set_default();
    let database = TestDatabase::new().await.unwrap();
    let times = Times { taken: Duration::from_millis(100), renew: Duration::from_secs(3600), ..fast() };
    let node = Node::with(&database, JobsConfig::default().concurrency(3), times).await;
    let (few, work) = (Gate::before(&node, "/few", Some(1)), Gate::before(&node, "/work", None));
    let mut ids = submit(&node, "/few", 1).await;
    ids.extend(submit(&node, "/work", 2).await);
    let told = || std::fs::read_to_string(log.path()).unwrap().contains("/few (1), /work (2)");
    until(told).await;
    few.open(1);
    work.open(2);
    for id in ids {
        assert_eq!(node.end(id).await.state, JobState::Done);
    }
}
