//! Rows arrive once, in the order of their commits; one that waits for its answer keeps its place.

use super::*;

#[tokio::test]
async fn rows_arrive_in_the_order_of_their_commits() {
    let ground = Ground::new(COLUMNS).await;
    let node = ground.node().await;
    for number in 0..600 {
        node.answer(&format!("k{}", number % 7), number, &number.to_string()).await;
    }
    node.deliver();
    let titles = ground.once(600).await;
    let of_key = |key: usize| titles.iter().map(|title| title.parse().unwrap()).filter(move |n: &usize| n % 7 == key);
    for key in 0..7 {
        assert!(of_key(key).is_sorted(), "{titles:?}");
    }
    node.empty().await;
    assert_eq!(ground.titles().await.len(), 600);
}

#[tokio::test]
async fn a_row_that_waits_for_its_answer_keeps_its_place() {
    let ground = Ground::new(COLUMNS).await;
    let node = ground.node().await;
    node.deliver();
    let entry = node.store("a", Kept::Row("first".to_owned()), None).await.expect("is held");
    node.answer("a", 2, "second").await;
    node.answer("b", 3, "of another key").await;
    assert_eq!(ground.once(1).await, ["of another key"]);
    node.once(|target| target.waiting == 2).await;
    let body = r#"{"id":1,"title":"first"}"#.to_owned();
    node.outbox.fill(entry, &node.export.destination, body).await.unwrap();
    assert_eq!(ground.once(3).await, ["of another key", "first", "second"]);
    node.empty().await;
}

/// A row that waits for another is in time when that one can go: later ones of its key do not come before it.
#[tokio::test]
async fn what_waits_for_a_row_comes_before_later_ones() {
    let ground = Ground::new(COLUMNS).await;
    let node = ground.node().await;
    let body = |title: &str| format!(r#"{{"id":1,"title":"{title}"}}"#);
    for is_answered in [true, false] {
        let entry = node.store("a", Kept::Row("held".to_owned()), None).await.expect("is held");
        node.answer("a", 2, "behind").await;
        node.deliver();
        while !node.states().await.iter().any(|(state, _)| *state == "behind") {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        // All of it between two rounds, or while one goes on.
        if is_answered {
            node.outbox.fill(entry, &node.export.destination, body("held")).await.unwrap();
        } else {
            node.outbox.remove(entry).await.unwrap();
        }
        for number in 0..20 {
            node.answer("a", number, "later").await;
        }
        node.empty().await;
    }
    let titles = ground.titles().await;
    let (with, without) = titles.split_at(22);
    assert_eq!((&with[..2], &without[0]), (&["held".to_owned(), "behind".to_owned()][..], &"behind".to_owned()));
    assert!(with[2..].iter().chain(&without[1..]).all(|title| title == "later"), "{titles:?}");
}

#[tokio::test]
async fn a_row_without_an_answer_lets_the_next_go_on() {
    let ground = Ground::new(COLUMNS).await;
    let node = ground.node().await;
    node.deliver();
    let entry = node.store("a", Kept::Row("first".to_owned()), None).await.expect("is held");
    node.answer("a", 2, "second").await;
    node.answer("b", 3, "of another key").await;
    ground.once(1).await;
    node.outbox.remove(entry).await.unwrap();
    assert_eq!(ground.once(2).await, ["of another key", "second"]);
}

#[tokio::test]
async fn an_answer_that_takes_long_is_waited_for() {
    let ground = Ground::new(COLUMNS).await;
    let times = Times { held: Duration::from_millis(60), ..fast() };
    let node = ground.node_with(ExportMethod::Insert, ExportConfig::default(), times, Arc::new(Making)).await;
    node.deliver();
    let mut entry = node.store("a", Kept::Row("kept".to_owned()), None).await.expect("is held");
    // Several times as long as a row is held without a word.
    let (done, waits) = tokio::sync::oneshot::channel::<()>();
    let held = node.outbox.hold(&mut entry, waits);
    let other = async {
        for number in 0..20 {
            node.answer("b", number, "meanwhile").await;
            ground.once(usize::try_from(number).unwrap() + 1).await;
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        done.send(()).unwrap();
    };
    let (made, ()) = tokio::join!(held, other);
    made.unwrap();
    let body = r#"{"id":1,"title":"by itself"}"#.to_owned();
    node.outbox.fill(entry, &node.export.destination, body).await.unwrap();
    assert_eq!(ground.once(21).await.last().unwrap(), "by itself");
    node.empty().await;
}

#[tokio::test]
async fn an_answer_that_nobody_makes_any_more_is_made_by_the_delivery() {
    let ground = Ground::new(COLUMNS).await;
    let times = Times { held: Duration::ZERO, ..fast() };
    let node = ground.node_with(ExportMethod::Insert, ExportConfig::default(), times, Arc::new(Making)).await;
    node.store("a", Kept::Row("kept".to_owned()), None).await.expect("is held");
    node.answer("a", 2, "second").await;
    node.deliver();
    assert_eq!(ground.once(2).await, ["made: kept", "second"]);
    node.empty().await;
}

#[tokio::test]
async fn what_cannot_be_made_is_not_exported() {
    let ground = Ground::new(COLUMNS).await;
    let times = Times { held: Duration::ZERO, ..fast() };
    let node = ground.node_with(ExportMethod::Insert, ExportConfig::default(), times, Arc::new(Failing)).await;
    node.store("a", Kept::Row("kept".to_owned()), None).await.expect("is held");
    node.answer("a", 2, "second").await;
    node.deliver();
    assert_eq!(ground.once(1).await, ["second"]);
    node.empty().await;
}

#[tokio::test]
async fn what_is_held_for_a_job_that_has_ended_goes() {
    let ground = Ground::new(COLUMNS).await;
    let node = ground.node().await;
    node.deliver();
    // There is no such job any more.
    let entry = node.store("a", Kept::Row("kept".to_owned()), Some(Uuid::now_v7())).await;
    assert!(entry.is_some());
    node.answer("a", 2, "second").await;
    assert_eq!(ground.once(1).await, ["second"]);
    node.empty().await;
}

#[tokio::test]
async fn the_row_of_a_job_is_found_again() {
    let ground = Ground::new(COLUMNS).await;
    let node = ground.node().await;
    let (job, destination) = (Uuid::now_v7(), &*node.export.destination);
    assert!(node.outbox.of_job(destination, job).await.unwrap().is_none());
    node.store("a", Kept::Row("kept".to_owned()), Some(job)).await;
    let entry = node.outbox.of_job(destination, job).await.unwrap().expect("is held");
    node.outbox.fill(entry, destination, r#"{"id":1,"title":"of the job"}"#.to_owned()).await.unwrap();
    assert!(node.outbox.of_job(destination, job).await.unwrap().is_none());
    node.deliver();
    assert_eq!(ground.once(1).await, ["of the job"]);
}
