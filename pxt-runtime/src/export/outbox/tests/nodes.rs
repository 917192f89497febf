//! Several nodes, and those that die.

use super::*;

#[tokio::test]
async fn one_node_delivers_and_another_goes_on_when_it_stops() {
    let ground = Ground::new(COLUMNS).await;
    let (one, two) = (ground.node().await, ground.node().await);
    one.deliver();
    one.answer("a", 1, "first").await;
    ground.once(1).await;
    two.deliver();
    // The first one finds what the second one commits.
    two.answer("a", 2, "second").await;
    ground.once(2).await;
    one.outbox.stop(Duration::from_secs(20)).await;
    two.answer("a", 3, "third").await;
    assert_eq!(ground.once(3).await, ["first", "second", "third"]);
    two.empty().await;
}

#[tokio::test]
async fn a_node_that_died_is_replaced_when_its_lease_has_ended() {
    let ground = Ground::new(COLUMNS).await;
    let first = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let two = ground.node().await;
    let ground = Arc::new(ground);
    let dies = first.spawn({
        let ground = ground.clone();
        async move {
            let one = ground.node().await;
            one.deliver();
            one.answer("a", 1, "first").await;
            ground.once(1).await;
            one.outbox.node
        }
    });
    dies.await.unwrap();
    first.shutdown_background();
    two.deliver();
    two.answer("a", 2, "second").await;
    // Its lease is a matter of half a minute: it is taken away here.
    ground.database.execute("UPDATE \"_pxt_export_targets\" SET \"until\" = 1").await.unwrap();
    assert_eq!(ground.once(2).await, ["first", "second"]);
    two.empty().await;
}

#[tokio::test]
async fn what_was_delivered_before_a_crash_is_known_by_its_id() {
    let ground = Ground::new("id INTEGER NOT NULL, title TEXT NOT NULL, _pxt_export_id TEXT UNIQUE").await;
    let node = ground.node().await;
    let job = Uuid::now_v7();
    // As if a node had died between the target's commit and its own: the row is there still, and delivered again.
    for _ in 0..2 {
        node.store("a", Kept::Answer(r#"{"id":1,"title":"once"}"#.to_owned()), Some(job)).await;
    }
    node.answer("a", 2, "behind").await;
    node.deliver();
    node.empty().await;
    assert_eq!(ground.titles().await, ["once", "behind"]);
}

#[tokio::test]
async fn a_stop_leaves_nothing_to_be_delivered_twice() {
    let ground = Ground::new(COLUMNS).await;
    for round in 0..5 {
        let node = ground.node().await;
        node.deliver();
        for number in 0..100 {
            node.answer(&number.to_string(), number, &format!("{round}-{number}")).await;
        }
        node.outbox.stop(Duration::from_secs(20)).await;
    }
    let node = ground.node().await;
    node.deliver();
    node.empty().await;
    let mut titles = ground.titles().await;
    titles.sort();
    titles.dedup();
    assert_eq!((titles.len(), ground.titles().await.len()), (500, 500));
}
