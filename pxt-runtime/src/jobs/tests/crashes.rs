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
    let times = Times { lease: Duration::from_secs(2), ..fast() };
    let node = Node::with(&database, JobsConfig::default(), times).await;
    let tally = Arc::new(Tally::default());
    node.does("/work", {
        let tally = tally.clone();
        move |_, task| {
            tally.count(&task);
            async {
                // The only thread of this runtime, for longer than a lease takes.
                std::thread::sleep(Duration::from_secs(5));
                Ok("1".to_owned())
            }
        }
    });
    let (url, (told, heard)) = (database.url().to_owned(), tokio::sync::oneshot::channel());
    let (job, asked) = std::sync::mpsc::channel();
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
                told.send(()).unwrap();
                let id = asked.recv().unwrap();
                node.end(id).await
            })
        }
    });
    heard.await.unwrap();
    let id = node.submit("1").await;
    job.send(id).unwrap();
    let ended = node.end(id).await;
    assert_eq!((ended.state, ended.attempts, ended.result.unwrap().get()), (JobState::Done, 1, "1"));
    tokio::task::spawn_blocking(|| other.join().unwrap()).await.unwrap();
    assert_eq!(tally.all(), [1]);
}

/// A node that renews nothing, and that has a slot for what it finds.
#[tokio::test]
async fn a_node_that_claims_its_own_job_again_goes_on_with_it() {
    let database = TestDatabase::new().await.unwrap();
    let node = Node::with(&database, JobsConfig::default(), forgetful()).await;
    let (tally, go) = (Arc::new(Tally::default()), Arc::new(Notify::new()));
    node.does("/work", {
        let (tally, go) = (tally.clone(), go.clone());
        move |node, task| {
            tally.count(&task);
            let go = go.clone();
            async move {
                go.notified().await;
                node.insert(&task).await.map(|number| number.to_string())
            }
        }
    });
    let id = node.submit("1").await;
    let lease = node.jobs.0.leases.get(id).unwrap();
    for _ in 0..3 {
        let due = node.once(id, |job| job.state == JobState::Running).await.due_at;
        node.once(id, |job| job.due_at > due).await;
    }
    go.notify_one();
    let job = node.end(id).await;
    assert_eq!((job.state, job.attempts, tally.all(), node.count().await), (JobState::Done, 1, vec![1], 1));
    assert!(Arc::ptr_eq(&lease, &node.jobs.0.leases.get(id).unwrap_or(lease.clone())));
}

#[tokio::test]
async fn what_was_lost_and_is_claimed_again_is_done_again() {
    let database = TestDatabase::new().await.unwrap();
    let node = Node::with(&database, JobsConfig::default().concurrency(2), fast()).await;
    let (tally, gate) = (Arc::new(Tally::default()), Arc::new(tokio::sync::Semaphore::new(0)));
    node.does("/work", {
        let (tally, gate) = (tally.clone(), gate.clone());
        move |_, task| {
            tally.count(&task);
            let gate = gate.clone();
            async move {
                // In a task of its own, as a function that nobody can stop.
                let _ = tokio::spawn(async move { gate.acquire().await.map(|permit| permit.forget()) }).await;
                Ok("1".to_owned())
            }
        }
    });
    let id = node.submit("1").await;
    let kept = node.jobs.0.leases.get(id).unwrap();
    // As if another node had started it, and died.
    crashed(&database, id, 2).await;
    node.once(id, |job| job.attempts == 3 && job.state == JobState::Running).await;
    gate.add_permits(2);
    let job = node.end(id).await;
    assert_eq!((job.state, job.attempts, tally.all()), (JobState::Done, 3, vec![2]));
    drop(kept);
}

/// Whichever way a node hears that the row is its own, it does not commit behind somebody else.
#[tokio::test]
async fn what_another_node_has_started_is_not_committed_by_the_attempt_before() {
    let database = TestDatabase::new().await.unwrap();
    let times = Times { renew: Duration::from_secs(3600), ..fast() };
    let node = Node::with(&database, JobsConfig::default(), times).await;
    let (told, mut heard) = tokio::sync::mpsc::unbounded_channel();
    node.does("/work", move |_, task| {
        let told = told.clone();
        async move {
            told.send(task).unwrap();
            std::future::pending().await
        }
    });
    for looks in [true, false] {
        let id = node.submit("1").await;
        let task = heard.recv().await.unwrap();
        let lease = node.jobs.0.leases.get(id).unwrap();
        // Another node has started it and died, and this one has claimed it again, and does not know yet.
        let text = "UPDATE \"_pxt_jobs\" SET \"attempts\" = 2, \"_pxt_version\" = \"_pxt_version\" + 3 WHERE \"state\" = 'running'";
        database.execute(text).await.unwrap();
        if looks {
            lease.look().await.unwrap();
        } else {
            lease.finish(lease::Finish::Later(Duration::ZERO)).await.unwrap();
        }
        assert_eq!(node.insert(&task).await.unwrap_err().code(), "job_lost");
        node.jobs.cancel(id).await.unwrap();
    }
    assert_eq!(node.count().await, 0);
}

#[tokio::test]
async fn nothing_is_started_beside_a_suspect_even_if_others_do_not_end() {
    let database = TestDatabase::new().await.unwrap();
    let times = Times { alone: (Duration::from_millis(50), Duration::from_millis(500)), ..fast() };
    let node = Node::with(&database, JobsConfig::default().concurrency(4), times).await;
    let gate = Arc::new(tokio::sync::Semaphore::new(0));
    let order = Arc::new(Mutex::new(Vec::new()));
    node.does("/work", {
        let (gate, order) = (gate.clone(), order.clone());
        move |_, task| {
            order.lock().unwrap().push(task.request().to_owned());
            let gate = gate.clone();
            async move {
                if task.request() != "other" {
                    gate.acquire().await?.forget();
                }
                Ok("1".to_owned())
            }
        }
    });
    let long = node.submit("long").await;
    node.once(long, |job| job.state == JobState::Running).await;
    let suspect = NewJob { route: "/later".to_owned(), request: "suspect".to_owned(), files: Vec::new() };
    let suspect = node.jobs.submit(suspect).await.unwrap();
    crashed(&database, suspect, 2).await;
    database.execute("UPDATE \"_pxt_jobs\" SET \"route\" = '/work' WHERE \"route\" = '/later'").await.unwrap();
    node.once(suspect, |job| job.state == JobState::Running).await;
    while order.lock().unwrap().len() < 2 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let (since, others) = (Instant::now(), join_all((0..5).map(|_| node.submit("other"))).await);
    for id in others {
        assert_eq!(node.end(id).await.state, JobState::Done);
    }
    assert!(since.elapsed() >= Duration::from_millis(300), "others were started after {:?}", since.elapsed());
    gate.add_permits(2);
    for id in [long, suspect] {
        assert_eq!(node.end(id).await.state, JobState::Done);
    }
    assert_eq!(order.lock().unwrap()[..2], ["long", "suspect"]);
}

#[tokio::test]
async fn a_suspect_that_waits_for_the_others_can_be_cancelled() {
    let database = TestDatabase::new().await.unwrap();
    let node = Node::with(&database, JobsConfig::default().concurrency(2), fast()).await;
    let (gate, tally) = (Arc::new(tokio::sync::Semaphore::new(0)), Arc::new(Tally::default()));
    let suspect = node.submit("suspect").await;
    node.does("/long", {
        let gate = gate.clone();
        move |_, _| {
            let gate = gate.clone();
            async move {
                gate.acquire().await?.forget();
                Ok("1".to_owned())
            }
        }
    });
    let long = NewJob { route: "/long".to_owned(), request: "long".to_owned(), files: Vec::new() };
    let long = node.jobs.submit(long).await.unwrap();
    node.once(long, |job| job.state == JobState::Running).await;
    crashed(&database, suspect, 2).await;
    node.does("/work", {
        let tally = tally.clone();
        move |_, task| {
            tally.count(&task);
            async { Ok("1".to_owned()) }
        }
    });
    let begun = Instant::now();
    while node.jobs.0.leases.get(suspect).is_none() {
        assert!(begun.elapsed() < Duration::from_secs(20));
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert_eq!(node.jobs.cancel(suspect).await.unwrap().unwrap().state, JobState::Cancelled);
    let other = node.submit("other").await;
    assert_eq!(node.end(other).await.state, JobState::Done, "nothing is kept back any more");
    gate.add_permits(1);
    assert_eq!(node.end(long).await.state, JobState::Done);
    assert_eq!(tally.all(), [1], "the cancelled one never started");
}

#[tokio::test]
async fn a_job_that_only_waited_for_a_slot_is_blamed_once() {
    let database = TestDatabase::new().await.unwrap();
    let node = Node::new(&database).await;
    let id = node.submit("1").await;
    crashed(&database, id, 1).await;
    // It was claimed again, and its node died before it was started.
    database.execute("UPDATE \"_pxt_jobs\" SET \"state\" = 'pending', \"crashes\" = 1").await.unwrap();
    let crashes = Arc::new(AtomicUsize::new(usize::MAX));
    node.does("/work", {
        let crashes = crashes.clone();
        move |node, _| {
            let lease = node.jobs.0.leases.all()[0].clone();
            crashes.store(lease.crashes as usize, Ordering::SeqCst);
            async { Ok("1".to_owned()) }
        }
    });
    assert_eq!(node.end(id).await.attempts, 2);
    assert_eq!(crashes.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn what_was_due_in_a_future_that_the_clock_had_shown_is_due_again() {
    let database = TestDatabase::new().await.unwrap();
    let node = Node::with(&database, JobsConfig::default(), Times { lease: Duration::from_secs(1), ..fast() }).await;
    let waits = node.submit("1").await;
    database.execute("UPDATE \"_pxt_jobs\" SET \"due_at\" = 32503680000000000").await.unwrap();
    node.does("/work", |_, _| async { Ok("1".to_owned()) });
    assert_eq!(node.end(waits).await.state, JobState::Done);
}
