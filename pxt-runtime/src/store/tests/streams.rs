//! Long answers: read while they are taken, as of one moment, by few connections. Large rows are long answers too.

use super::asking::*;
use super::*;
use crate::store::extents::Extent;

/// `t.long` with rows from 0 to `rows`.
async fn long(place: &Place, rows: i64, limits: Limits) -> (Store, &'static TableDef) {
    let def = table("t.long", vec![key("id", ColumnType::Int), column("text", ColumnType::String)]);
    let store = place.open_with(limits).await;
    migrate(&store, &[def]).await.unwrap();
    place
        .execute(&format!(
            "WITH RECURSIVE n(x) AS (SELECT 0 UNION ALL SELECT x + 1 FROM n WHERE x < {rows} - 1) \
             INSERT INTO \"t.long\" (id, text) SELECT x, 'row ' || x FROM n"
        ))
        .await;
    (store, def)
}

fn is(row: &Row, id: i64) {
    assert_eq!(*row, [Value::Int(id), Value::String(format!("row {id}"))]);
}

#[tokio::test]
async fn many_rows_come_in_order_and_as_of_one_moment() {
    let place = Place::new().await;
    let (store, def) = long(&place, 50_000, Limits::default()).await;
    let table = store.prepare(def);
    let select = Select::all(def);
    let mut stream = store.select(&select, Page { after: None, most: 49_000, bytes: None }).await.unwrap();
    let further = stream.further().expect("there are more rows").to_owned();
    is(&stream.next().await.unwrap().unwrap(), 0);
    // Nobody who writes meanwhile waits, or is seen.
    assert!(store.delete(&table, vec![Value::Int(48_000)]).await.unwrap());
    let mut count = 1;
    while let Some(row) = stream.next().await.unwrap() {
        is(&row, count);
        count += 1;
    }
    assert_eq!(count, 49_000);
    assert!(stream.next().await.unwrap().is_none());
    let last = store.select(&select, Page { after: Some(further), most: 49_000, bytes: None }).await.unwrap();
    assert_eq!(last.further(), None);
    let last = rest(last).await;
    assert_eq!(last.len(), 1_000);
    is(&last[0], 49_000);
    // The select's own limit, which the page does not cut.
    let own = Select { limit: Some(20_000), offset: 10, ..select };
    let stream = store.select(&own, Page { after: None, most: 20_000, bytes: None }).await.unwrap();
    assert_eq!(stream.further(), None);
    let rows = rest(stream).await;
    assert_eq!(rows.len(), 20_000);
    is(&rows[0], 10);
}

#[tokio::test]
async fn about_as_many_rows_as_are_read_at_once() {
    let place = Place::new().await;
    let (store, def) = long(&place, 1_100, Limits::default()).await;
    for limit in [127, 128, 129, 256, 1_022, 1_023, 1_024, 1_025, 1_026] {
        let below = Condition::Compare(at(def, "id"), Comparison::Less, Value::Int(limit));
        for select in [filtered(def, below), Select { limit: Some(limit as u64), ..Select::all(def) }] {
            for most in [limit - 1, limit, limit + 1, 1_100] {
                // Twice: how large the answer was is remembered.
                for _ in 0..2 {
                    let stream =
                        store.select(&select, Page { after: None, most: most as u64, bytes: None }).await.unwrap();
                    let further = stream.further().map(str::to_owned);
                    assert_eq!(further.is_some(), most < limit, "{most} of {limit}");
                    assert_eq!(rest(stream).await.len() as i64, most.min(limit), "{most} of {limit}");
                    if further.is_some() {
                        let page = Page { after: further, most: most as u64, bytes: None };
                        let last = store.select(&select, page).await.unwrap();
                        is(&rest(last).await[0], limit - 1);
                    }
                }
            }
        }
    }
}

/// Whether all connections can be had, which also says that nothing is left of what was done on them.
async fn all_free(store: &Store, def: &'static TableDef) {
    let lookups = (0..64).map(|id| {
        let table = store.prepare(def);
        async move { store.get(&table, vec![Value::Int(id)]).await }
    });
    for found in futures_util::future::join_all(lookups).await {
        assert!(found.unwrap().is_some());
    }
    let table = store.prepare(def);
    let before = store.count(&table).await.unwrap();
    store.insert(&table, vec![Value::Int(-1), Value::String("row -1".into())], None).await.unwrap();
    let all = Select::all(def);
    let streams = (0..8).map(|_| store.select(&all, Page::all()));
    for stream in futures_util::future::join_all(streams).await {
        is(&stream.unwrap().next().await.unwrap().unwrap(), -1);
    }
    let counts = (0..64).map(|_| store.count(&table));
    for count in futures_util::future::join_all(counts).await {
        assert_eq!(count.unwrap(), before + 1, "a connection is still in a transaction");
    }
    assert!(store.delete(&table, vec![Value::Int(-1)]).await.unwrap());
}

#[tokio::test]
async fn a_dropped_stream_gives_its_connection_back() {
    let place = Place::new().await;
    let (store, def) = long(&place, 20_000, Limits::default()).await;
    // More than there are connections, one after the other.
    for _ in 0..20 {
        let mut stream = store.select(&Select::all(def), Page::all()).await.unwrap();
        is(&stream.next().await.unwrap().unwrap(), 0);
    }
    all_free(&store, def).await;
}

/// Opens long answers until no more are allowed.
async fn open_all(store: &Store, select: &Select) -> (Vec<RowStream>, StoreError) {
    let mut streams = Vec::new();
    loop {
        match store.select(select, Page::all()).await {
            Ok(stream) => streams.push(stream),
            Err(error) => return (streams, error),
        }
        assert!(streams.len() <= 8, "long answers have 8 connections");
    }
}

#[tokio::test]
async fn long_answers_stop_no_short_one() {
    let place = Place::new().await;
    // A server has to be connected to in that time.
    let limits = Limits { wait: Duration::from_millis(place.either(50, 1_000)), ..Limits::default() };
    let (store, def) = long(&place, 2_000, limits).await;
    let below = |id| filtered(def, Condition::Compare(at(def, "id"), Comparison::Less, Value::Int(id)));
    let select = below(2_000);
    let (mut streams, error) = open_all(&store, &select).await;
    assert!(matches!(error, StoreError::Busy), "{error:?}");
    assert_eq!(streams.len(), 8);
    // Neither of another structure nor of the same one, whose last answer was long.
    let few = Select { limit: Some(100), ..select.clone() };
    assert_eq!(all(&store, &few).await.len(), 100);
    assert!(
        store.0.questions.ask(store.0.database.dialect(), &select, None).unwrap().question.extents.was(Extent::Long)
    );
    assert_eq!(all(&store, &below(100)).await.len(), 100);
    let page = store.select(&select, Page { after: None, most: 10, bytes: None }).await.unwrap();
    assert!(page.further().is_some());
    assert_eq!(rest(page).await.len(), 10);
    // One that is read to its end makes room, and all of it is there.
    let rows = rest(streams.pop().unwrap()).await;
    assert_eq!(rows.len(), 2_000);
    let patient = Limits { wait: Duration::from_secs(5), ..Limits::default() };
    drop(streams);
    assert_eq!(all(&place.open_with(patient).await, &select).await.len(), 2_000);
}

#[tokio::test]
async fn a_reader_who_takes_a_little_now_and_then_is_given_up() {
    let place = Place::new().await;
    let limits = Limits { stall: Duration::from_millis(40), slowest: 1 << 40, ..Limits::default() };
    let (store, def) = long(&place, 20_000, limits).await;
    let mut stream = store.select(&Select::all(def), Page::all()).await.unwrap();
    let mut count = 0;
    let error = loop {
        match stream.next().await {
            Ok(row) => assert!(row.is_some(), "an answer that was cut short looks whole"),
            Err(error) => break error,
        }
        count += 1;
        if count % 128 == 0 {
            // Never as long as it is waited for at once.
            tokio::time::sleep(Duration::from_millis(4)).await;
        }
    };
    assert!(matches!(error, StoreError::Slow), "{error:?}");
    assert!(count < 20_000);
}

#[tokio::test]
async fn large_rows_are_not_read_at_once() {
    let place = Place::new().await;
    let (store, def) = long(&place, 40, Limits::default()).await;
    // A hundred thousand characters each.
    let long = |bytes: usize| place.either(format!("hex(zeroblob({}))", bytes / 2), format!("repeat('0', {bytes})"));
    place.execute(&format!("UPDATE \"t.long\" SET text = {} WHERE id < 20", long(100_000))).await;
    let select = Select::all(def);
    let was_large = || {
        store.0.questions.ask(store.0.database.dialect(), &select, None).unwrap().question.extents.was(Extent::Large)
    };
    let page = |after: Option<String>, most| Page { after, most, bytes: None };
    // The page is full all the same, and remembered.
    for _ in 0..2 {
        let stream = store.select(&select, page(None, 35)).await.unwrap();
        assert!(was_large());
        let after = stream.further().map(str::to_owned);
        assert!(after.is_some());
        assert!(stream.held() < 5, "{} rows are held at once", stream.held());
        let rows = rest(stream).await;
        assert_eq!(rows.len(), 35);
        assert_eq!(rows[34][0], Value::Int(34));
        assert_eq!(rest(store.select(&select, page(after, 35)).await.unwrap()).await.len(), 5);
    }
    assert_eq!(all(&store, &select).await.len(), 40);
    assert!(was_large());
    // Forgotten where rows are small.
    let stream = store.select(&select, page(None, 25)).await.unwrap();
    let after = stream.further().map(str::to_owned);
    // To its end: one that is left may still say that it was large when the next one has said that it is not.
    assert_eq!(rest(stream).await.len(), 25);
    assert_eq!(rest(store.select(&select, page(after, 10)).await.unwrap()).await.len(), 10);
    assert!(!was_large());
    // One row is read at once however large it is.
    place.execute(&format!("UPDATE \"t.long\" SET text = {} WHERE id = 0", long(4_000_000))).await;
    let first = Select { limit: Some(1), ..select.clone() };
    assert_eq!(all(&store, &first).await.len(), 1);
    assert!(
        !store.0.questions.ask(store.0.database.dialect(), &first, None).unwrap().question.extents.was(Extent::Large)
    );
}

#[tokio::test]
async fn rows_that_nobody_takes_are_given_up() {
    let place = Place::new().await;
    let limits = Limits { stall: Duration::from_millis(10), ..Limits::default() };
    let (store, def) = long(&place, 5_000, limits).await;
    let select = Select::all(def);
    // More than may be open at once, and none is read: each waits until another one is given up.
    let mut streams = Vec::new();
    for _ in 0..10 {
        streams.push(store.select(&select, Page::all()).await.unwrap());
    }
    let mut first = streams.swap_remove(0);
    let mut count = 0;
    let error = loop {
        match first.next().await {
            Ok(Some(row)) => is(&row, count),
            Ok(None) => panic!("an answer that was cut short looks whole"),
            Err(error) => break error,
        }
        count += 1;
    };
    assert!(matches!(error, StoreError::Slow), "{error:?}");
    assert!(count < 5_000);
    assert!(first.next().await.unwrap().is_none(), "nothing follows an error");
    drop(streams);
    all_free(&store, def).await;
}

#[tokio::test]
async fn a_caller_who_leaves_while_sqlite_sorts_frees_it() {
    let place = Place::new().await;
    let (store, def) = long(&place, 20_000, Limits::default()).await;
    let other = table("t.other", vec![key("id", ColumnType::Int), column("one", ColumnType::Int)]);
    let one = table("t.one", vec![key("id", ColumnType::Int), column("one", ColumnType::Int)]);
    migrate(&store, &[def, other, one]).await.unwrap();
    place
        .execute(
            "INSERT INTO \"t.other\" (id, one) SELECT id, 1 FROM \"t.long\"; \
             INSERT INTO \"t.one\" (id, one) SELECT id, 1 FROM \"t.long\"",
        )
        .await;
    // Four hundred million rows, to be sorted before the first is there: minutes.
    let select = Select {
        joins: vec![Join { table: other, on: (at(other, "one"), at(one, "one")), optional: false }],
        order_by: vec![(value_of(other, "id"), Direction::Descending)],
        ..Select::all(one)
    };
    // As if it had been asked before.
    store.0.questions.ask(store.0.database.dialect(), &select, None).unwrap().question.extents.note(Extent::Long);
    for _ in 0..10 {
        let leaving = tokio::time::timeout(Duration::from_millis(10), store.select(&select, Page::all()));
        leaving.await.expect_err("it takes minutes");
    }
    assert_eq!(all(&store, &Select::all(def)).await.len(), 20_000);
    all_free(&store, def).await;
}

#[tokio::test]
async fn closing_ends_what_is_read() {
    let place = Place::new().await;
    let (store, def) = long(&place, 20_000, Limits::default()).await;
    let mut stream = store.select(&Select::all(def), Page::all()).await.unwrap();
    is(&stream.next().await.unwrap().unwrap(), 0);
    store.close().await;
    let error = loop {
        match stream.next().await {
            Ok(Some(_)) => {}
            Ok(None) => panic!("an answer that was cut short looks whole"),
            Err(error) => break error,
        }
    };
    assert!(matches!(error, StoreError::Closed), "{error:?}");
    let again = store.select(&Select::all(def), Page::all()).await;
    assert!(matches!(again, Err(StoreError::Closed)), "{again:?}");
}
