//! A target that is away holds everything up, and loses nothing.

use super::*;

#[tokio::test]
async fn rows_wait_while_the_target_is_away() {
    let ground = Ground::new(COLUMNS).await;
    let node = ground.node().await;
    let aside = ground.database.folder().join("aside.db");
    std::fs::rename(&ground.target, &aside).unwrap();
    node.deliver();
    for number in 0..5 {
        node.answer("a", number, &number.to_string()).await;
    }
    let target = node.once(|target| target.since.is_some()).await;
    assert_eq!((target.waiting, target.failed), (5, 0));
    assert!(target.error.expect("is said").contains("there is no file"));
    std::fs::rename(&aside, &ground.target).unwrap();
    assert_eq!(ground.once(5).await, ["0", "1", "2", "3", "4"]);
    let target = node.once(|target| target.since.is_none()).await;
    assert_eq!((target.waiting, target.error), (0, None));
}

#[tokio::test]
async fn a_target_that_is_locked_is_waited_for() {
    let ground = Ground::new(COLUMNS).await;
    let node = ground.node().await;
    node.deliver();
    node.answer("a", 1, "first").await;
    ground.once(1).await;
    let mut locks = ground.connection().await;
    sqlx::query("BEGIN EXCLUSIVE").execute(&mut locks).await.unwrap();
    node.answer("a", 2, "second").await;
    node.once(|target| target.since.is_some()).await;
    sqlx::query("COMMIT").execute(&mut locks).await.unwrap();
    assert_eq!(ground.once(2).await, ["first", "second"]);
    node.empty().await;
}

#[tokio::test]
async fn a_table_that_is_gone_is_waited_for() {
    let ground = Ground::new(COLUMNS).await;
    let node = ground.node().await;
    ground.change("ALTER TABLE copies RENAME TO aside").await;
    node.deliver();
    node.answer("a", 1, "first").await;
    node.once(|target| target.since.is_some()).await;
    ground.change("ALTER TABLE aside RENAME TO copies").await;
    assert_eq!(ground.once(1).await, ["first"]);
    node.empty().await;
}

#[tokio::test]
async fn a_slow_target_gets_through_what_has_gathered() {
    let ground = Ground::new(COLUMNS).await;
    let count_to = |most: u32| {
        format!(
            "DROP TRIGGER IF EXISTS slow; CREATE TRIGGER slow BEFORE INSERT ON copies BEGIN SELECT \
             (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {most}) SELECT count(*) FROM n); END"
        )
    };
    // By this machine, a row takes so long that a hundred do not get through in the time of a write.
    const STEPS: f64 = 1e6;
    ground.change(&count_to(STEPS as u32)).await;
    let begun = Instant::now();
    ground.change("INSERT INTO copies VALUES (0, '0')").await;
    let most = STEPS * Duration::from_millis(5).as_secs_f64() / begun.elapsed().as_secs_f64();
    ground.change(&count_to(most as u32)).await;
    ground.change("DELETE FROM copies").await;
    let config = ExportConfig::default().timeout(Duration::from_millis(500));
    let node = ground.node_with(ExportMethod::Insert, config, fast(), Arc::new(Making)).await;
    for number in 0..200 {
        node.answer(&number.to_string(), number, &number.to_string()).await;
    }
    node.deliver();
    let titles: Vec<_> = (0..200).map(|number| number.to_string()).collect();
    assert_eq!(ground.once(200).await, titles);
    node.empty().await;
}
