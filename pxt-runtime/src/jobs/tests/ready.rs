//! Jobs that begin while all places are taken, as functions are quick.

use tokio::sync::Semaphore;

use super::*;

/// A node with so many places, one of which a job has that waits at the gate, on a route that was quick until then. What the
/// route has begun, and how many functions ran at once at most.
struct Busy {
    node: Arc<Node>,
    gate: Arc<Semaphore>,
    first: Uuid,
    seen: Arc<(Tally, AtomicUsize, AtomicUsize)>,
}

impl Busy {
    async fn new(database: &TestDatabase, places: usize, times: Times) -> Self {
        let node = Node::with(database, JobsConfig::default().concurrency(places), times).await;
        let (gate, seen) =
            (Arc::new(Semaphore::new(0)), Arc::new((Tally::default(), AtomicUsize::new(0), AtomicUsize::new(0))));
        node.does("/work", {
            let (gate, seen) = (gate.clone(), seen.clone());
            move |_, task| {
                let (gate, seen) = (gate.clone(), seen.clone());
                async move {
                    let (tally, now, most) = &*seen;
                    tally.count(&task);
                    most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    gate.acquire().await?.forget();
                    now.fetch_sub(1, Ordering::SeqCst);
                    Ok("1".to_owned())
                }
            }
        });
        let first = node.submit("first").await;
        node.once(first, |job| job.state == JobState::Running).await;
        let busy = Self { node, gate, first, seen };
        busy.was_quick().await;
        busy
    }

    /// From now on jobs begin behind the one that has the place.
    async fn was_quick(&self) {
        let ready = self.node.jobs.0.places.ready("/work").unwrap();
        ready.took(Duration::ZERO);
        // The queue is looked at, and nobody waits in it.
        self.node.jobs.0.wake.notify_one();
        until(|| ready.has_seats()).await;
    }

    async fn state(&self, id: Uuid) -> (JobState, u32) {
        let job = self.node.jobs.get(id).await.unwrap().unwrap();
        (job.state, job.attempts)
    }
}

async fn until(is: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is() {
        assert!(begun.elapsed() < Duration::from_secs(20));
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

const LONG: Duration = Duration::from_secs(60);

/// Nobody is handed back.
fn patient() -> Times {
    Times { ready: LONG, ..fast() }
}

#[tokio::test]
async fn behind_a_quick_function_a_job_begins_by_the_write_that_stores_it() {
    let database = TestDatabase::new().await.unwrap();
    let busy = Busy::new(&database, 1, patient()).await;
    let others = join_all((0..5).map(|_| busy.node.submit("other"))).await;
    for id in &others {
        assert_eq!(busy.state(*id).await, (JobState::Running, 1));
    }
    assert_eq!(busy.seen.0.all(), [1], "the one place is taken");
    busy.gate.add_permits(6);
    for id in others.into_iter().chain([busy.first]) {
        assert_eq!(busy.node.end(id).await.state, JobState::Done);
        assert_eq!(busy.state(id).await, (JobState::Done, 1));
    }
    assert_eq!(busy.seen.2.load(Ordering::SeqCst), 1, "one place is one function at a time");
}

#[tokio::test]
async fn no_more_begin_without_a_place_than_there_are_seats() {
    let database = TestDatabase::new().await.unwrap();
    let busy = Busy::new(&database, 1, patient()).await;
    let others = join_all((0..20).map(|_| busy.node.submit("other"))).await;
    let mut begun = 0;
    for id in &others {
        begun += usize::from(busy.state(*id).await.0 == JobState::Running);
    }
    assert_eq!(begun, 8);
    let long = "9".repeat(5000);
    busy.gate.add_permits(21);
    for id in others {
        assert_eq!(busy.node.end(id).await.state, JobState::Done);
    }
    let last = busy.node.submit("last").await;
    busy.node.once(last, |job| job.state == JobState::Running).await;
    busy.was_quick().await;
    let long = busy.node.submit(&long).await;
    assert_eq!(busy.state(long).await.0, JobState::Pending, "a long one waits in the database");
    busy.gate.add_permits(2);
    assert_eq!(busy.node.end(long).await.state, JobState::Done);
}

#[tokio::test]
async fn a_job_that_waits_for_a_place_for_long_is_handed_back() {
    let database = TestDatabase::new().await.unwrap();
    let busy = Busy::new(&database, 1, Times { ready: Duration::from_millis(50), ..fast() }).await;
    let id = busy.node.submit("other").await;
    assert!(busy.node.jobs.0.running().contains_key(&id), "it has begun");
    let other = Node::new(&database).await;
    busy.node.once(id, |job| (job.state, job.attempts) == (JobState::Pending, 0)).await;
    other.does("/work", |_, _| async { Ok("2".to_owned()) });
    let job = other.end(id).await;
    assert_eq!((job.attempts, job.result.unwrap().get()), (1, "2"));
    let next = busy.node.submit("next").await;
    assert_eq!(other.end(next).await.result.unwrap().get(), "2", "nobody begins behind the slow one");
    busy.gate.add_permits(1);
    assert_eq!(busy.node.end(busy.first).await.state, JobState::Done);
    assert_eq!(busy.seen.0.all(), [1]);
}

#[tokio::test]
async fn a_place_of_another_route_serves_as_well() {
    let database = TestDatabase::new().await.unwrap();
    let busy = Busy::new(&database, 2, patient()).await;
    let gate = Arc::new(Semaphore::new(0));
    busy.node.does("/other", {
        let gate = gate.clone();
        move |_, _| {
            let gate = gate.clone();
            async move {
                gate.acquire().await?.forget();
                Ok("3".to_owned())
            }
        }
    });
    let new = NewJob { route: "/other".to_owned(), request: "1".to_owned(), files: Vec::new() };
    let other = busy.node.jobs.submit(new).await.unwrap();
    busy.node.once(other, |job| job.state == JobState::Running).await;
    busy.was_quick().await;
    let id = busy.node.submit("behind").await;
    assert_eq!(busy.state(id).await, (JobState::Running, 1));
    gate.add_permits(1);
    busy.node.end(other).await;
    until(|| busy.seen.2.load(Ordering::SeqCst) == 2).await;
    busy.gate.add_permits(2);
    assert_eq!(busy.node.end(id).await.state, JobState::Done);
}

#[tokio::test]
async fn a_job_that_waits_for_a_place_can_be_cancelled() {
    let database = TestDatabase::new().await.unwrap();
    let busy = Busy::new(&database, 1, patient()).await;
    let id = busy.node.submit("cancelled").await;
    assert_eq!(busy.state(id).await, (JobState::Running, 1));
    assert_eq!(busy.node.jobs.cancel(id).await.unwrap().unwrap().state, JobState::Cancelled);
    busy.gate.add_permits(2);
    assert_eq!(busy.node.end(busy.first).await.state, JobState::Done);
    let last = busy.node.submit("last").await;
    assert_eq!(busy.node.end(last).await.state, JobState::Done);
    assert_eq!(busy.seen.0.all(), [1, 1], "the cancelled one never started");
}

#[tokio::test]
async fn a_stop_hands_back_what_waits_for_a_place() {
    let database = TestDatabase::new().await.unwrap();
    let busy = Busy::new(&database, 1, patient()).await;
    let id = busy.node.submit("other").await;
    assert_eq!(busy.state(id).await, (JobState::Running, 1));
    busy.node.jobs.stop(Duration::from_millis(10)).await;
    for id in [busy.first, id] {
        assert_eq!(busy.state(id).await, (JobState::Pending, 0));
    }
    assert_eq!(busy.seen.0.all(), [1]);
}

#[tokio::test]
async fn what_waits_in_the_queue_has_its_turn() {
    let database = TestDatabase::new().await.unwrap();
    // Nobody looks at the queue but who is told of it.
    let busy = Busy::new(&database, 1, Times { look: LONG, ..patient() }).await;
    let seen = busy.seen.clone();
    busy.node.does("/other", move |_, _| {
        let begun = seen.0.all().len();
        async move { Ok(begun.to_string()) }
    });
    busy.was_quick().await;
    let ready = [busy.node.submit("second").await, busy.node.submit("third").await];
    let new = NewJob { route: "/other".to_owned(), request: "1".to_owned(), files: Vec::new() };
    let other = busy.node.jobs.submit(new).await.unwrap();
    until(|| !busy.node.jobs.0.ahead.is_empty()).await;
    busy.gate.add_permits(3);
    assert_eq!(busy.node.end(other).await.result.unwrap().get(), "1", "the first job's place is its");
    for id in ready {
        assert_eq!(busy.node.end(id).await.attempts, 1);
    }
}

#[tokio::test]
async fn a_slow_job_holds_up_nobody_that_has_begun() {
    let database = TestDatabase::new().await.unwrap();
    let node = Node::with(&database, JobsConfig::default().concurrency(2), patient()).await;
    // They wait in the queue, and begin several at once.
    let slow = node.submit("slow").await;
    let quick = join_all((0..100).map(|_| node.submit("quick"))).await;
    let gate = Arc::new(Semaphore::new(0));
    node.does("/work", {
        let gate = gate.clone();
        move |_, task| {
            let gate = gate.clone();
            async move {
                if task.request() == "slow" {
                    gate.acquire().await?.forget();
                }
                Ok("1".to_owned())
            }
        }
    });
    for id in quick {
        assert_eq!(node.end(id).await.state, JobState::Done);
    }
    assert!(!node.jobs.get(slow).await.unwrap().unwrap().state.is_finished());
    gate.add_permits(1);
    assert_eq!(node.end(slow).await.state, JobState::Done);
}

#[tokio::test]
async fn what_waits_in_the_queue_goes_by_its_order() {
    let database = TestDatabase::new().await.unwrap();
    let node = Node::with(&database, JobsConfig::default().concurrency(1), Times { look: LONG, ..patient() }).await;
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
