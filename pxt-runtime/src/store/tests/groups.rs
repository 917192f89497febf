//! Many writes in one commit: each has its own fate.

use futures_util::future::join_all;

use super::*;

/// Sends all rows before the writer can take the first, so that they are one group or few.
async fn insert_all(
    store: &Store,
    table: &Arc<TableStatements>,
    rows: Vec<Row>,
) -> Vec<Result<Option<i64>, StoreError>> {
    join_all(rows.into_iter().map(|row| store.insert(table, row, None))).await
}

#[tokio::test]
async fn a_bad_row_fails_alone() {
    let place = Place::new().await;
    let (store, table) = with_table(&place, posters()).await;
    store.insert(&table, poster(40, "there before"), None).await.unwrap();
    // 100 rows, one of them twice and one of them there.
    let mut rows: Vec<Row> = (0..100).map(|id| poster(id, "new")).collect();
    rows.push(poster(99, "twice"));
    let answers = insert_all(&store, &table, rows).await;
    for (id, answer) in answers.iter().enumerate() {
        let bad = id == 40 || id == 100;
        assert_eq!(answer.is_err(), bad, "{id}: {answer:?}");
        assert!(!bad || matches!(answer, Err(StoreError::Duplicate { columns, .. }) if columns == &["id"]));
    }
    assert_eq!(store.count(&table).await.unwrap(), 100);
    let old = store.get(&table, vec![Value::Int(40)]).await.unwrap().unwrap();
    assert_eq!(old.values, poster(40, "there before"));
}

/// Updates all rows before the writer can take the first. Whether each was there in its version.
async fn update_all(store: &Store, table: &Arc<TableStatements>, updates: &[(i64, i64, i64)]) -> Vec<bool> {
    let update = |&(id, version, year): &(i64, i64, i64)| {
        store.update(table, vec![Value::Int(id)], version, vec![(2, Value::Int(year))], None)
    };
    join_all(updates.iter().map(update)).await.into_iter().map(Result::unwrap).collect()
}

async fn year(store: &Store, table: &Arc<TableStatements>, id: i64) -> (Value, i64) {
    let stored = store.get(table, vec![Value::Int(id)]).await.unwrap().unwrap();
    (stored.values[2].clone(), stored.version)
}

#[tokio::test]
async fn updates_that_come_together_each_find_their_row_or_not() {
    let place = Place::new().await;
    let (store, table) = with_table(&place, posters()).await;
    insert_all(&store, &table, (0..150).map(|id| poster(id, "x")).collect()).await;
    let mut updates: Vec<_> = (0..150).map(|id| (id, 1, 1000 + id)).collect();
    assert!(update_all(&store, &table, &updates).await.into_iter().all(|found| found));
    for id in [0, 63, 64, 149] {
        assert_eq!(year(&store, &table, id).await, (Value::Int(1000 + id), 2));
    }

    // One row is gone, one has another version, one is changed twice from the same version.
    updates = (0..20).map(|id| (id, 2, 2000 + id)).collect();
    updates[3].0 = 999;
    updates[7].1 = 1;
    updates.push((12, 2, 5000));
    let found = update_all(&store, &table, &updates).await;
    for (position, found) in found.into_iter().enumerate() {
        assert_eq!(found, ![3, 7, 20].contains(&position), "{position}");
    }
    assert_eq!(year(&store, &table, 3).await, (Value::Int(1003), 2));
    assert_eq!(year(&store, &table, 7).await, (Value::Int(1007), 2));
    assert_eq!(year(&store, &table, 12).await, (Value::Int(2012), 3));

    // Updates of one row are done in their order, of whatever columns.
    let chain: Vec<_> = (0..5).map(|turn| (30, 2 + turn, turn)).collect();
    assert!(update_all(&store, &table, &chain).await.into_iter().all(|found| found));
    assert_eq!(year(&store, &table, 30).await, (Value::Int(4), 7));
    let title = |id, version| {
        let changes = vec![(1, Value::String("y".to_owned()))];
        store.update(&table, vec![Value::Int(id)], version, changes, None)
    };
    let year_of = |id, version| store.update(&table, vec![Value::Int(id)], version, vec![(2, Value::Int(9))], None);
    let (one, two, three) = tokio::join!(year_of(31, 2), title(32, 2), year_of(32, 3));
    assert!(one.unwrap() && two.unwrap() && three.unwrap());
}

#[tokio::test]
async fn a_bad_value_spoils_its_own_update_only() {
    let place = Place::new().await;
    let (store, table) = with_table(&place, posters()).await;
    insert_all(&store, &table, (0..8).map(|id| poster(id, "x")).collect()).await;
    place.execute("CREATE UNIQUE INDEX one_year ON \"films.posters\" (year)").await;
    let update = |id: i64| store.update(&table, vec![Value::Int(id)], 1, vec![(2, Value::Int(id.min(6)))], None);
    let answers = join_all((0..8).map(update)).await;
    // Whichever of the last two comes later.
    let refused: Vec<usize> = (0..8).filter(|id| matches!(answers[*id], Err(StoreError::Duplicate { .. }))).collect();
    assert!(refused == [6] || refused == [7], "{answers:?}");
    assert_eq!(answers.iter().filter(|answer| matches!(answer, Ok(true))).count(), 7, "{answers:?}");
}

#[tokio::test]
async fn any_number_of_rows_fits() {
    let place = Place::new().await;
    let (store, table) = with_table(&place, posters()).await;
    let mut next = 0;
    for size in [1, 2, 3, 5, 15, 16, 17, 63, 64, 65, 127, 300] {
        let rows = (next..next + size).map(|id| poster(id, "x")).collect();
        assert!(insert_all(&store, &table, rows).await.iter().all(Result::is_ok));
        next += size;
        assert_eq!(store.count(&table).await.unwrap(), next as u64);
    }
}

#[tokio::test]
async fn a_wide_table_keeps_to_the_limit_of_parameters() {
    let place = Place::new().await;
    let mut columns = vec![auto("id")];
    for n in 0..1200 {
        columns.push(nullable(Box::leak(format!("c{n}").into_boxed_str()), ColumnType::Int));
    }
    let (store, table) = with_table(&place, table("t.wide", columns)).await;
    // Few enough values for a page of PostgreSQL.
    let row = || (0..1201).map(|n| if n % 2 == 0 { Value::Int(3) } else { Value::Null }).collect();
    let answers = insert_all(&store, &table, (0..100).map(|_| row()).collect()).await;
    assert!(answers.iter().all(Result::is_ok), "{:?}", answers.iter().find(|answer| answer.is_err()));
    assert_eq!(store.count(&table).await.unwrap(), 100);
}

#[tokio::test]
async fn changes_keep_their_place_among_inserts() {
    let place = Place::new().await;
    let (store, table) = with_table(&place, posters()).await;
    let id = || vec![Value::Int(1)];
    let year = |year: i64| vec![(2, Value::Int(year))];
    // Polled in this order, all are in the queue before the writer runs: it has the same thread.
    let (insert, update, delete, again, twice) = tokio::join!(
        store.insert(&table, poster(1, "first"), None),
        store.update(&table, id(), 1, year(1), None),
        store.delete(&table, id()),
        store.insert(&table, poster(1, "second"), None),
        store.insert(&table, poster(1, "third"), None),
    );
    insert.unwrap();
    assert!(update.unwrap() && delete.unwrap());
    again.unwrap();
    assert!(matches!(twice, Err(StoreError::Duplicate { .. })));
    assert_eq!(store.get(&table, id()).await.unwrap().unwrap().values, poster(1, "second"));
}

#[tokio::test]
async fn numbers_rise_in_the_order_of_arrival() {
    let place = Place::new().await;
    let def = table("t.auto", vec![auto("id"), column("n", ColumnType::Int)]);
    let (store, table) = with_table(&place, def).await;
    let rows = (0..200).map(|n| vec![Value::Null, Value::Int(n)]).collect();
    let numbers: Vec<i64> = insert_all(&store, &table, rows).await.into_iter().map(|n| n.unwrap().unwrap()).collect();
    assert_eq!(numbers, (1..=200).collect::<Vec<i64>>());
    for (n, number) in numbers.iter().enumerate() {
        let stored = store.get(&table, vec![Value::Int(*number)]).await.unwrap().unwrap();
        assert_eq!(stored.values[1], Value::Int(n as i64));
    }
    // A number is never given twice.
    assert!(store.delete(&table, vec![Value::Int(200)]).await.unwrap());
    assert_eq!(store.insert(&table, vec![Value::Null, Value::Int(0)], None).await.unwrap(), Some(201));
}

#[tokio::test]
async fn a_constraint_of_others_fails_one_row() {
    let place = Place::new().await;
    let (store, table) = with_table(&place, posters()).await;
    place.execute("CREATE UNIQUE INDEX once ON \"films.posters\" (title)").await;
    let rows = vec![poster(1, "a"), poster(2, "b"), poster(3, "a"), poster(4, "c")];
    let answers = insert_all(&store, &table, rows).await;
    assert!(matches!(&answers[2], Err(StoreError::Duplicate { columns, .. }) if columns == &["title"]));
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 3);
}

#[tokio::test]
async fn large_rows_are_split_over_groups() {
    let place = Place::new().await;
    let def = table("t.big", vec![key("id", ColumnType::Int), column("b", ColumnType::Binary)]);
    let (store, table) = with_table(&place, def).await;
    let bytes = crate::value::Binary::from(vec![1; 3 << 20]);
    let rows = (0..6).map(|id| vec![Value::Int(id), Value::Binary(bytes.clone())]).collect();
    assert!(insert_all(&store, &table, rows).await.iter().all(Result::is_ok));
    assert_eq!(store.count(&table).await.unwrap(), 6);
}
