use std::time::Duration;

use tokio::time::timeout;

use super::*;

const MIB: u64 = 1 << 20;

fn holder() -> Arc<Holder> {
    Arc::default()
}

#[tokio::test]
async fn bytes_are_lent_and_come_back() {
    static BUDGET: Budget = Budget::new();
    BUDGET.widen(32 * MIB);
    BUDGET.widen(16 * MIB);
    assert_eq!((BUDGET.free(), BUDGET.most()), (32 * MIB, 24 * MIB));
    let mut large = BUDGET.reserve(&holder(), 23 * MIB).await.unwrap();
    // Small ones have a share of their own, until they grow.
    let mut small = BUDGET.reserve(&holder(), MIB).await.unwrap();
    assert!(small.try_grow(2 * MIB).unwrap() && !small.try_grow(5 * MIB).unwrap());
    assert_eq!((BUDGET.free(), small.bytes()), (7 * MIB, 2 * MIB));
    large.shrink(4 * MIB);
    assert!(small.try_grow(18 * MIB).unwrap() && small.try_grow(20 * MIB).unwrap());
    assert_eq!((BUDGET.free(), small.bytes()), (8 * MIB, 20 * MIB));
    assert!(matches!(small.try_grow(40 * MIB), Err(MediaError::TooCostly { .. })));
    let part = small.split(5 * MIB);
    drop((large, small));
    assert_eq!((BUDGET.free(), part.bytes()), (27 * MIB, 5 * MIB));
    drop(part);
    assert_eq!(BUDGET.free(), 32 * MIB);
}

#[tokio::test]
async fn what_is_never_there_is_not_waited_for() {
    static BUDGET: Budget = Budget::new();
    BUDGET.widen(32 * MIB);
    let error = BUDGET.reserve(&holder(), 25 * MIB).await.map(drop).unwrap_err();
    assert_eq!(
        error.to_string(),
        "takes 25 MiB of memory to look at, and there are 24 MiB for images: send a smaller one"
    );
    // Nor is it beside what one holds.
    let row = holder();
    let _held = BUDGET.reserve(&row, 15 * MIB).await.unwrap();
    assert!(matches!(BUDGET.lend(&row, 10 * MIB).await, Err(MediaError::TooCostly { mebibytes: 25, limit: 24 })));
    drop(BUDGET.lend(&row, 9 * MIB).await.unwrap());
}

#[tokio::test]
async fn every_byte_can_be_lent() {
    static BUDGET: Budget = Budget::new();
    BUDGET.widen(32 * MIB + 3);
    let all = timeout(Duration::from_secs(1), BUDGET.reserve(&holder(), BUDGET.most())).await;
    assert_eq!(all.unwrap().unwrap().bytes(), 24 * MIB + 3);
}

#[tokio::test]
async fn the_first_in_the_queue_is_served_first() {
    static BUDGET: Budget = Budget::new();
    BUDGET.widen(32 * MIB);
    let (a, b) = (holder(), holder());
    let held = BUDGET.reserve(&holder(), 16 * MIB).await.unwrap();
    let mut first = std::pin::pin!(BUDGET.reserve(&a, 21 * MIB));
    assert!(timeout(Duration::ZERO, &mut first).await.is_err());
    // Eight MiB are free, but a large one came first.
    let mut second = std::pin::pin!(BUDGET.reserve(&b, 5 * MIB));
    assert!(timeout(Duration::ZERO, &mut second).await.is_err());
    drop(held);
    let first = first.await.unwrap();
    assert!(timeout(Duration::ZERO, &mut second).await.is_err());
    drop(first);
    drop(second.await.unwrap());
    assert_eq!(BUDGET.free(), 32 * MIB);
}

#[tokio::test]
async fn who_holds_something_goes_before_the_queue() {
    static BUDGET: Budget = Budget::new();
    BUDGET.widen(32 * MIB);
    let (row, other, late) = (holder(), holder(), holder());
    let _held = BUDGET.reserve(&row, 8 * MIB).await.unwrap();
    let elsewhere = BUDGET.reserve(&other, 12 * MIB).await.unwrap();
    let mut queue = std::pin::pin!(BUDGET.reserve(&late, 5 * MIB));
    assert!(timeout(Duration::ZERO, &mut queue).await.is_err());
    let mut more = std::pin::pin!(BUDGET.lend(&row, 10 * MIB));
    assert!(timeout(Duration::ZERO, &mut more).await.is_err());
    // The other one would wait for this one, and this one for the other.
    assert!(matches!(BUDGET.lend(&other, 10 * MIB).await, Err(MediaError::Busy)));
    drop(elsewhere);
    let more = more.await.unwrap();
    drop(queue.await.unwrap());
    drop(more);
    assert_eq!(BUDGET.free(), 24 * MIB);
}

#[tokio::test]
async fn a_holder_that_gives_up_lets_the_queue_go_on() {
    static BUDGET: Budget = Budget::new();
    BUDGET.widen(32 * MIB);
    let (row, other, late) = (holder(), holder(), holder());
    let _held = BUDGET.reserve(&row, 8 * MIB).await.unwrap();
    let _elsewhere = BUDGET.reserve(&other, 8 * MIB).await.unwrap();
    let mut more = Box::pin(BUDGET.lend(&row, 10 * MIB));
    assert!(timeout(Duration::ZERO, &mut more).await.is_err());
    // There is room, but not before one that holds.
    let mut queue = std::pin::pin!(BUDGET.reserve(&late, 7 * MIB));
    assert!(timeout(Duration::ZERO, &mut queue).await.is_err());
    drop(more);
    queue.await.unwrap();
}

#[tokio::test]
async fn everybody_hears_that_something_was_given_back() {
    static BUDGET: Budget = Budget::new();
    BUDGET.widen(32 * MIB);
    let held = BUDGET.reserve(&holder(), MIB).await.unwrap();
    let (mut first, mut second) = (Box::pin(BUDGET.returned_after(0)), Box::pin(BUDGET.returned_after(0)));
    for waits in [&mut first, &mut second] {
        assert!(timeout(Duration::ZERO, waits).await.is_err());
    }
    drop(held);
    assert_eq!((first.await, second.await), (1, 1));
    // Also who was not listening at that time.
    assert_eq!(BUDGET.returned_after(0).await, 1);
}
