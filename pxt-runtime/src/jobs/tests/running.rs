//! What runs, how much at once, how often, and until when.

use futures_util::future::join_all;
use jiff::Timestamp;
use tokio::sync::{Barrier, Semaphore};

use super::*;

/// Each job of the node waits until the gate lets one pass.
fn waits_at(node: &Arc<Node>, gate: &Arc<Semaphore>) {
    let gate = gate.clone();
    node.does("/work", move |_, _| {
        let gate = gate.clone();
        async move {
            gate.acquire().await?.forget();
            Ok("1".to_owned())
        }
    });
}

#[tokio::test]
async fn slow_jobs_run_side_by_side() {
    let database = TestDatabase::new().await.unwrap();
    let node = Node::new(&database).await;
    // Nobody passes before all sixteen are there.
    let barrier = Arc::new(Barrier::new(16));
    node.does("/work", move |_, _| {
        let barrier = barrier.clone();
        async move {
            barrier.wait().await;
            Ok("{}".to_owned())
        }
    });
    let ids = join_all((0..16).map(|n| node.submit(if n % 2 == 0 { "0" } else { "1" }))).await;
    for id in ids {
        let job = node.end(id).await;
        assert_eq!((job.state, job.attempts), (JobState::Done, 1));
        assert_eq!(job.result.unwrap().get(), "{}");
    }
}

#[tokio::test]
async fn no_more_run_at_once_than_the_route_and_the_node_allow() {
    let database = TestDatabase::new().await.unwrap();
    let node = Node::with(&database, JobsConfig::default().concurrency(3), fast()).await;
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let work = |now: Arc<AtomicUsize>, most: Arc<AtomicUsize>| {
        move |_: Arc<Node>, _: Task| {
            let (now, most) = (now.clone(), most.clone());
            async move {
                most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                tokio::time::sleep(Duration::from_millis(5)).await;
                now.fetch_sub(1, Ordering::SeqCst);
                Ok("1".to_owned())
            }
        }
    };
    let (few, most_few) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    node.does_some("/few", Some(1), work(few.clone(), most_few.clone()));
    node.does("/work", work(now.clone(), most.clone()));
    let few = |_| {
        let new = NewJob { route: "/few".to_owned(), request: "1".to_owned(), files: Vec::new() };
        node.jobs.submit(new)
    };
    let few = join_all((0..10).map(few)).await.into_iter().map(Result::unwrap);
    let many = join_all((0..30).map(|_| node.submit("1"))).await;
    for id in few.chain(many) {
        assert_eq!(node.end(id).await.state, JobState::Done);
    }
    assert_eq!(most_few.load(Ordering::SeqCst), 1);
    assert!(most.load(Ordering::SeqCst) <= 3);
}

#[tokio::test]
async fn a_commit_that_misses_its_row_does_not_free_the_slot() {
    let database = TestDatabase::new().await.unwrap();
    let node = Node::with(&database, JobsConfig::default().concurrency(1), fast()).await;
    let seen = Arc::new((AtomicUsize::new(0), AtomicUsize::new(0)));
    node.does("/work", {
        let seen = seen.clone();
        move |node, task| {
            let seen = seen.clone();
            async move {
                let (now, most) = &*seen;
                most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                // There is no such row: the route works on it again.
                let update = Member::update(&node.rows, vec![Value::Int(-1)], 1, vec![(1, Value::Int(1))], None);
                assert_eq!(commit(&task, update, Kept::Answer("1".to_owned())).await?, Outcome::Missed);
                tokio::task::yield_now().await;
                now.fetch_sub(1, Ordering::SeqCst);
                let row = Member::insert(&node.rows, vec![Value::Null, Value::Int(1)], None);
                commit(&task, row, Kept::Answer("1".to_owned())).await?;
                Ok("2".to_owned())
            }
        }
    });
    for id in join_all((0..30).map(|_| node.submit("1"))).await {
        assert_eq!(node.end(id).await.state, JobState::Done);
    }
    assert_eq!((seen.1.load(Ordering::SeqCst), node.count().await), (1, 30));
}

#[tokio::test]
async fn only_what_can_pass_is_tried_again() {
    let database = TestDatabase::new().await.unwrap();
    let node = Node::with(&database, JobsConfig::default().attempts(3), fast()).await;
    let tries = Arc::new(AtomicUsize::new(0));
    node.does("/work", move |_, task| {
        let tries = tries.clone();
        async move {
            match task.request() {
                "passes" if tries.fetch_add(1, Ordering::SeqCst) < 2 => Err(busy()),
                "passes" => Ok("\"at last\"".to_owned()),
                "busy" => Err(busy()),
                "wrong" => Err(Error::public(422, "the film has no end")),
                _ => panic!("as the test wants it"),
            }
        }
    });
    let job = node.end(node.submit("passes").await).await;
    assert_eq!((job.state, job.attempts, job.result.unwrap().get()), (JobState::Done, 3, "\"at last\""));
    for (request, attempts, status) in [("busy", 3, 503), ("wrong", 1, 422), ("panic", 1, 500)] {
        let job = node.end(node.submit(request).await).await;
        assert_eq!((job.state, job.attempts), (JobState::Error, attempts), "{request}");
        let problem: serde_json::Value = serde_json::from_str(job.error.unwrap().get()).unwrap();
        assert_eq!(problem["status"], status, "{problem}");
        assert_eq!(problem["request_id"], job.id.to_string());
    }
}

#[tokio::test]
async fn no_more_wait_than_may() {
    let database = TestDatabase::new().await.unwrap();
    let node = Node::with(&database, JobsConfig::default().concurrency(1).queue(2), fast()).await;
    let gate = Arc::new(Semaphore::new(0));
    waits_at(&node, &gate);
    let first = node.submit("1").await;
    node.once(first, |job| job.state == JobState::Running).await;
    let waiting = [node.submit("2").await, node.submit("3").await];
    let refused = node.try_submit("4").await.unwrap_err();
    assert_eq!((refused.status(), refused.code(), refused.retry_after()), (503, "queue_full", Some(5)));
    gate.add_permits(3);
    for id in [first, waiting[0], waiting[1]] {
        assert_eq!(node.end(id).await.state, JobState::Done);
    }
}

#[tokio::test]
async fn a_stop_waits_for_what_runs_and_takes_no_more() {
    let database = TestDatabase::new().await.unwrap();
    let node = Node::new(&database).await;
    let gate = Arc::new(Semaphore::new(0));
    waits_at(&node, &gate);
    let id = node.submit("1").await;
    let stopping = tokio::spawn({
        let node = node.clone();
        async move { node.jobs.stop(Duration::from_secs(20)).await }
    });
    while !node.jobs.0.is_stopping() {
        tokio::task::yield_now().await;
    }
    assert_eq!(node.try_submit("2").await.unwrap_err().code(), "stopping");
    assert!(!stopping.is_finished());
    gate.add_permits(1);
    stopping.await.unwrap();
    assert_eq!(node.end(id).await.state, JobState::Done);
}

#[tokio::test]
async fn a_node_that_a_table_outgrew_leaves_its_jobs_to_others() {
    let database = TestDatabase::new().await.unwrap();
    let node = Node::new(&database).await;
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    node.does("/work", move |_, _| {
        count.fetch_add(1, Ordering::SeqCst);
        async { Err(Error::new(409, "schema_changed", "the table was changed")) }
    });
    let (first, second) = (node.submit("1").await, node.submit("2").await);
    node.once(first, |job| job.state == JobState::Pending && job.attempts == 0).await;
    let next = Node::new(&database).await;
    next.does("/work", |_, _| async { Ok("1".to_owned()) });
    for id in [first, second] {
        let job = next.end(id).await;
        assert_eq!((job.state, job.attempts), (JobState::Done, 1), "{job:?}");
    }
    assert!(asked.load(Ordering::SeqCst) <= 2, "it does not ask for them again and again");
}

#[tokio::test]
async fn a_job_that_a_node_cannot_read_is_left_to_others() {
    let database = TestDatabase::new().await.unwrap();
    let unreadable = |_: Arc<Node>, _: Task| async { Err(Error::new(422, "route_changed", "the route was changed")) };
    let old = Node::new(&database).await;
    old.does("/work", unreadable);
    let id = old.submit("1").await;
    old.once(id, |job| job.state == JobState::Pending && job.started_at.is_some()).await;
    let new = Node::new(&database).await;
    new.does("/work", |_, _| async { Ok("1".to_owned()) });
    let job = new.end(id).await;
    assert_eq!((job.state, job.attempts), (JobState::Done, 1), "{job:?}");
}

#[tokio::test]
async fn a_job_that_nobody_can_read_is_given_up_in_the_end() {
    let database = TestDatabase::new().await.unwrap();
    let times = Times { elsewhere: (Duration::from_millis(10), Duration::ZERO), ..fast() };
    let node = Node::with(&database, JobsConfig::default(), times).await;
    node.does("/work", |_, _| async { Err(Error::new(422, "route_changed", "the route was changed")) });
    let job = node.end(node.submit("1").await).await;
    assert_eq!(job.state, JobState::Error);
    assert!(job.error.unwrap().get().contains("route_changed"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_begins_in_the_moment_of_a_stop_ends_before_it_or_is_refused() {
    let database = TestDatabase::new().await.unwrap();
    let node = Node::new(&database).await;
    node.does("/work", |_, _| async { Ok("1".to_owned()) });
    let submitting: Vec<_> = (0..64)
        .map(|number: i32| {
            let node = node.clone();
            tokio::spawn(async move { node.try_submit(&number.to_string()).await })
        })
        .collect();
    // Until the first ones run: others are being written.
    while node.jobs.0.leases.is_empty() && !submitting.iter().all(|submitting| submitting.is_finished()) {
        tokio::task::yield_now().await;
    }
    node.jobs.stop(Duration::from_secs(20)).await;
    let mut accepted = 0;
    for submitted in submitting {
        match submitted.await.unwrap() {
            Ok(id) => {
                accepted += 1;
                let job = node.jobs.get(id).await.unwrap().unwrap();
                assert!(matches!(job.state, JobState::Done | JobState::Pending), "nobody would end it: {job:?}");
            }
            Err(error) => assert_eq!(error.code(), "stopping"),
        }
    }
    assert!(accepted > 0);
}

#[tokio::test]
async fn an_old_job_is_left_to_others_by_a_node_that_is_young() {
    let database = TestDatabase::new().await.unwrap();
    let node = Node::new(&database).await;
    node.submit("1").await;
    // As if it had been submitted an hour ago: an id tells it.
    let hour_ago = Timestamp::now().as_second().unsigned_abs() - 3600;
    let id = Uuid::new_v7(uuid::Timestamp::from_unix(uuid::NoContext, hour_ago, 0));
    let text = if database.url().starts_with("postgres") { format!("'{id}'") } else { format!("x'{}'", id.simple()) };
    database.execute(&format!("UPDATE \"_pxt_jobs\" SET \"id\" = {text}")).await.unwrap();
    let young = Node::new(&database).await;
    young.does("/work", |_, _| async { Err(Error::new(422, "route_changed", "the route was changed")) });
    young.once(id, |job| job.state == JobState::Pending && job.started_at.is_some()).await;
    node.does("/work", |_, _| async { Ok("1".to_owned()) });
    assert_eq!(node.end(id).await.state, JobState::Done);
}

#[tokio::test]
async fn what_was_left_lying_comes_before_what_waits() {
    let database = TestDatabase::new().await.unwrap();
    let node = Node::with(&database, JobsConfig::default().concurrency(1), fast()).await;
    let left = node.submit("left").await;
    let order = Arc::new(Mutex::new(Vec::new()));
    for n in 0..200 {
        node.submit(&n.to_string()).await;
    }
    // The last of its leases ended while the others came.
    crashed(&database, left, 1).await;
    node.does("/work", {
        let order = order.clone();
        move |_, task| {
            order.lock().unwrap().push(task.request().to_owned());
            async {
                tokio::time::sleep(Duration::from_millis(5)).await;
                Ok("1".to_owned())
            }
        }
    });
    assert_eq!(node.end(left).await.state, JobState::Done);
    let place = order.lock().unwrap().iter().position(|request| request == "left").unwrap();
    assert!(place < 16, "it came as number {place}");
}

#[tokio::test]
async fn what_a_stop_cannot_wait_for_is_handed_back() {
    let database = TestDatabase::new().await.unwrap();
    let node = Node::new(&database).await;
    node.does("/work", |node, task| async move {
        node.insert(&task).await?;
        std::future::pending().await
    });
    let id = node.submit("7").await;
    node.once(id, |job| job.stored).await;
    node.jobs.stop(Duration::from_millis(10)).await;
    let job = node.jobs.get(id).await.unwrap().unwrap();
    assert_eq!((job.state, job.attempts, job.stored), (JobState::Pending, 0, true));
    let next = Node::new(&database).await;
    next.does("/work", |node, task| async move {
        if task.committed().is_none() {
            node.insert(&task).await?;
        }
        Ok("1".to_owned())
    });
    let job = next.end(id).await;
    assert_eq!((job.state, job.attempts, next.count().await), (JobState::Done, 1, 1));
}

#[tokio::test]
async fn nobody_is_kept_alive_by_a_dispatcher() {
    let database = TestDatabase::new().await.unwrap();
    let node = Node::new(&database).await;
    node.does("/work", |_, _| async { Ok("1".to_owned()) });
    let id = node.submit("1").await;
    node.end(id).await;
    let shared = Arc::downgrade(&node.jobs.0);
    drop(node);
    let begun = Instant::now();
    while shared.upgrade().is_some() {
        assert!(begun.elapsed() < Duration::from_secs(20));
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
