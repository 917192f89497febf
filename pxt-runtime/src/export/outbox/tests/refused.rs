//! Rows that the target refuses stop the rows of their key, and no others, until somebody decides.

use super::*;

/// A target that takes each title once.
const UNIQUE: &str = "id INTEGER NOT NULL, title TEXT NOT NULL UNIQUE";

fn failed() -> ExportSelection {
    ExportSelection { failed: true, ..ExportSelection::default() }
}

#[tokio::test]
async fn a_poisoned_row_stops_its_key_alone() {
    let ground = Ground::new(UNIQUE).await;
    let node = ground.node().await;
    ground.change("INSERT INTO copies VALUES (0, 'taken')").await;
    node.deliver();
    node.answer("a", 1, "taken").await;
    node.answer("a", 2, "behind").await;
    for number in 3..300 {
        node.answer(&format!("k{number}"), number, &number.to_string()).await;
    }
    assert!(!ground.once(298).await.contains(&"behind".to_owned()));
    let target = node.once(|target| target.failed == 1).await;
    assert_eq!((target.waiting, target.since), (2, None));
    let error = target.error.expect("is said");
    assert!(error.contains("copies") && error.contains("title") && !error.contains("taken"), "{error}");
    let a = "[\"a\"]".to_owned();
    assert_eq!(node.states().await, [("failed", a.clone()), ("behind", a)]);
    // What comes later waits behind it too.
    node.answer("a", 4, "later").await;
    node.once(|target| target.waiting == 3).await;

    // The target is put right, and the row tried again.
    ground.change("DELETE FROM copies WHERE id = 0").await;
    assert_eq!(node.exports.retry(&failed()).await.unwrap(), 1);
    let titles = ground.once(300).await;
    assert_eq!(titles[297..], ["taken", "behind", "later"]);
    node.empty().await;
}

#[tokio::test]
async fn a_row_that_is_dropped_lets_the_next_go_on() {
    let ground = Ground::new(UNIQUE).await;
    let node = ground.node().await;
    ground.change("INSERT INTO copies VALUES (0, 'taken')").await;
    node.deliver();
    node.answer("a", 1, "taken").await;
    node.answer("a", 2, "behind").await;
    node.once(|target| target.failed == 1 && target.waiting == 2).await;
    let rows = node.exports.list(&failed(), 0, 10).await.unwrap();
    let numbers = ExportSelection { numbers: Some(vec![rows[0].number]), ..ExportSelection::default() };
    assert_eq!(node.exports.drop(&numbers).await.unwrap(), 1);
    assert_eq!(ground.once(2).await, ["taken", "behind"]);
    node.empty().await;
}

#[tokio::test]
async fn a_refusal_that_passes_needs_nobody() {
    let ground = Ground::new(UNIQUE).await;
    let times = Times { backoff: (Duration::from_millis(200), Duration::from_secs(1)), ..fast() };
    let node = ground.node_with(ExportMethod::Insert, ExportConfig::default(), times, Arc::new(Making)).await;
    ground.change("INSERT INTO copies VALUES (0, 'taken')").await;
    node.deliver();
    node.answer("a", 1, "taken").await;
    node.once(|target| target.error.is_some()).await;
    ground.change("DELETE FROM copies").await;
    assert_eq!(ground.once(1).await, ["taken"]);
    node.empty().await;
}

#[tokio::test]
async fn rows_of_one_row_of_the_target_wait_for_each_other() {
    let ground = Ground::new("id INTEGER PRIMARY KEY, title TEXT NOT NULL").await;
    let node = ground.node_with(ExportMethod::Update, ExportConfig::default(), fast(), Arc::new(Making)).await;
    node.deliver();
    // There is no such row at the target yet.
    node.answer("a", 7, "first").await;
    node.answer("b", 7, "second").await;
    node.once(|target| target.failed == 1 && target.waiting == 2).await;
    assert_eq!(node.states().await[1].0, "behind");
    ground.change("INSERT INTO copies VALUES (7, 'new')").await;
    node.exports.retry(&failed()).await.unwrap();
    node.empty().await;
    assert_eq!(ground.titles().await, ["second"]);
}

#[tokio::test]
async fn rows_beyond_the_bound_are_refused() {
    let ground = Ground::new(COLUMNS).await;
    let config = ExportConfig::default().queue(3);
    let node = ground.node_with(ExportMethod::Insert, config, fast(), Arc::new(Making)).await;
    for number in 0..3 {
        node.outbox.admit(&node.export.destination).await.unwrap();
        node.answer("a", number, "waits").await;
    }
    let error = node.outbox.admit(&node.export.destination).await.unwrap_err();
    assert_eq!((error.status(), error.code(), error.retry_after()), (503, "export_queue_full", Some(5)));
    node.deliver();
    node.empty().await;
    let begun = Instant::now();
    while node.outbox.admit(&node.export.destination).await.is_err() {
        assert!(begun.elapsed() < Duration::from_secs(20));
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn many_rows_that_failed_keep_nobody_from_being_seen() {
    let ground = Ground::new(UNIQUE).await;
    let node = ground.node().await;
    ground
        .change("CREATE TRIGGER refuses BEFORE INSERT ON copies WHEN NEW.id < 30 BEGIN SELECT RAISE(ABORT, 'no'); END")
        .await;
    node.deliver();
    for number in 0..30 {
        node.answer(&format!("k{number}"), number, &number.to_string()).await;
    }
    node.answer("k0", 100, "behind").await;
    node.once(|target| target.failed == 30).await;
    // A new row, one that waited for a row which is dropped, and those that are tried again.
    node.answer("new", 101, "new").await;
    assert_eq!(ground.once(1).await, ["new"]);
    node.once(|target| target.waiting == 31).await;
    let rows = node.exports.list(&failed(), 0, 1).await.unwrap();
    let numbers = ExportSelection { numbers: Some(vec![rows[0].number]), ..ExportSelection::default() };
    assert_eq!(node.exports.drop(&numbers).await.unwrap(), 1);
    assert_eq!(ground.once(2).await, ["new", "behind"]);
    ground.change("DROP TRIGGER refuses").await;
    assert_eq!(node.exports.retry(&failed()).await.unwrap(), 29);
    node.empty().await;
    assert_eq!(ground.titles().await.len(), 31);
}
