//! A newer process takes over while an older one still writes.

use std::sync::atomic::{AtomicI64, Ordering};

use tokio::task::JoinSet;

use super::*;

fn narrow() -> &'static TableDef {
    table("films.posters", vec![key("id", ColumnType::Int), column("title", ColumnType::String)])
}

const LENGTH: &str = "crate::len(title)";

/// With a number that is computed from the title.
fn wide(call: &'static str) -> &'static TableDef {
    let columns =
        vec![key("id", ColumnType::Int), column("title", ColumnType::String), computed("size", ColumnType::Int, call)];
    table("films.posters", columns)
}

fn row(id: i64) -> Row {
    vec![Value::Int(id), Value::String("short".into())]
}

fn changed<T: std::fmt::Debug>(answer: &Result<T, StoreError>) {
    assert!(matches!(answer, Err(StoreError::SchemaChanged { table: "films.posters" })), "{answer:?}");
}

#[tokio::test]
async fn no_write_of_an_older_process_comes_after_the_migration() {
    let place = Place::new().await;
    let (def, other) = (narrow(), table("t.other", vec![auto("id")]));
    let old = place.open_with(unwatchful()).await;
    migrate(&old, &[def, other]).await.unwrap();
    let (table, other) = (old.prepare(def), old.prepare(other));
    let key = || vec![Value::Int(1)];
    let title = || vec![(1, Value::String("other".into()))];
    old.insert(&table, row(1), None).await.unwrap();
    migrate(&place.open().await, &[wide(LENGTH)]).await.unwrap();

    // Each kind of statement is the first to notice once, alone and among others.
    for kind in 0..4 {
        table.seen(Some(1));
        match kind {
            0 => changed(&old.insert(&table, row(2), None).await),
            1 => changed(&old.update(&table, key(), 1, title(), None).await),
            2 => changed(&old.delete(&table, key()).await),
            _ => {
                let (one, two, updated, numbered) = tokio::join!(
                    old.insert(&table, row(3), None),
                    old.insert(&table, row(4), None),
                    old.update(&table, key(), 1, title(), None),
                    old.insert(&other, vec![Value::Null], None),
                );
                changed(&one);
                changed(&two);
                changed(&updated);
                assert_eq!(numbered.unwrap(), Some(1));
            }
        }
        // From then on it is known.
        changed(&old.get(&table, key()).await);
    }
    assert_eq!(old.count(&old.prepare(self::narrow())).await.unwrap(), 1);
}

#[tokio::test]
async fn a_process_that_does_not_migrate_is_bound_to_what_it_compared() {
    let place = Place::new().await;
    let def = narrow();
    with_table(&place, def).await.0.close().await;
    let old = place.open_with(unwatchful()).await;
    assert!(old.compare(schema(&[def])).await.unwrap().is_empty());
    migrate(&place.open().await, &[wide(LENGTH)]).await.unwrap();
    changed(&old.insert(&old.prepare(def), row(1), None).await);
}

#[tokio::test]
async fn an_older_process_does_not_end_the_backfill_of_a_newer_one() {
    let place = Place::new().await;
    let (old, _) = with_table(&place, narrow()).await;
    let first = wide(LENGTH);
    migrate(&old, &[first]).await.unwrap();
    let second = wide("crate::words(title)");
    let new = place.open().await;
    migrate(&new, &[second]).await.unwrap();
    changed(&old.backfilled(first, &[2]).await);
    changed(&old.checkpoint(first, &crate::store::Cursor(vec![Value::Int(1)])).await);
    assert_eq!(migrate(&new, &[second]).await.unwrap().backfill.len(), 1);
}

/// Inserts rows and renames every second one until the table is no longer its own. Answers how many rows it has.
async fn write_until_refused(store: Store, table: Arc<TableStatements>, next: Arc<AtomicI64>) -> u64 {
    let mut acknowledged = 0;
    loop {
        let id = next.fetch_add(1, Ordering::Relaxed);
        match store.insert(&table, row(id), None).await {
            Ok(_) => acknowledged += 1,
            Err(StoreError::SchemaChanged { .. }) => return acknowledged,
            Err(error) => panic!("{error}"),
        }
        let title = vec![(1, Value::String(format!("longer {id}")))];
        if id % 2 == 0 {
            match store.update(&table, vec![Value::Int(id)], 1, title, None).await {
                // The newer one may have computed the row in between.
                Ok(_) => {}
                Err(StoreError::SchemaChanged { .. }) => return acknowledged,
                Err(error) => panic!("{error}"),
            }
        }
    }
}

fn length(row: &[Value]) -> Value {
    let Value::String(title) = &row[1] else { panic!("a title is text") };
    Value::Int(title.len() as i64)
}

/// Computes the new column of all rows, as a newer process does before it serves.
async fn backfill(store: &Store, def: &'static TableDef) {
    let table = store.prepare(def);
    let mut after = None;
    loop {
        let rows = store.scan(&table, after.take(), 64).await.unwrap();
        let Some((last, _)) = rows.last() else { break };
        after = Some(last.clone());
        let fills = rows.iter().map(|(cursor, stored)| {
            store.fill(&table, cursor, stored.version, vec![(2, length(&stored.values))], None)
        });
        for filled in futures_util::future::join_all(fills).await {
            assert!(filled.unwrap(), "nobody else writes any more");
        }
    }
    store.backfilled(def, &[2]).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_rolling_restart_leaves_no_row_uncomputed() {
    for writers in [1, 8] {
        let place = Place::new().await;
        let (old, table) = with_table(&place, narrow()).await;
        let new = place.open().await;
        let next = Arc::new(AtomicI64::new(0));
        let mut tasks = JoinSet::new();
        for _ in 0..writers {
            tasks.spawn(write_until_refused(old.clone(), table.clone(), next.clone()));
        }
        while next.load(Ordering::Relaxed) < 100 {
            tokio::task::yield_now().await;
        }
        let def = wide(LENGTH);
        assert_eq!(migrate(&new, &[def]).await.unwrap().backfill.len(), 1);
        backfill(&new, def).await;
        let acknowledged: u64 = tasks.join_all().await.into_iter().sum();
        let rows = new.scan(&new.prepare(def), None, u32::MAX).await.unwrap();
        assert_eq!(rows.len() as u64, acknowledged);
        for (_, stored) in rows {
            assert_eq!(stored.values[2], length(&stored.values), "{:?}", stored.values);
        }
    }
}
