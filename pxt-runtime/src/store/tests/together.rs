//! Sets of writes: all or nothing, whatever happens to the others of their group.

use futures_util::future::join_all;

use super::*;
use crate::store::{Member, Outcome, Together};

fn year(year: i64) -> Vec<(usize, Value)> {
    vec![(2, Value::Int(year))]
}

async fn title(store: &Store, table: &Arc<TableStatements>, id: i64) -> Option<Value> {
    let stored = store.get(table, vec![Value::Int(id)]).await.unwrap();
    stored.map(|stored| stored.values[1].clone())
}

#[tokio::test]
async fn a_set_that_fails_leaves_nothing_and_its_group_stands() {
    let place = Place::new().await;
    let (store, table) = with_table(&place, posters()).await;
    store.insert(&table, poster(0, "there before"), None).await.unwrap();
    let key = |id| vec![Value::Int(id)];
    // Of 60 sets, one in three brings a row that is there, and one in three changes a version that is not.
    let set = |n: i64| {
        let (id, version) = match n % 3 {
            0 => (0, 1),
            1 => (n, 7),
            _ => (n, 1),
        };
        let other = 1000 + n;
        vec![
            Member::insert(&table, poster(other, "first of a set"), None),
            Member::insert(&table, poster(id, "second"), None),
            Member::update(&table, key(id), version, year(n), None),
        ]
    };
    let sets = join_all((1..=60).map(|n| store.together(set(n))));
    let singles = join_all((2000..2040).map(|id| store.insert(&table, poster(id, "alone"), None)));
    let (sets, singles) = tokio::join!(sets, singles);
    assert!(singles.iter().all(Result::is_ok));
    for (n, answer) in (1..=60).zip(sets) {
        let whole = match n % 3 {
            0 => matches!(answer, Err(StoreError::Duplicate { .. })),
            1 => matches!(answer, Ok(Together::Missed(2))),
            _ => matches!(&answer, Ok(Together::Stored(outcomes)) if outcomes.len() == 3),
        };
        assert!(whole, "{n}: {answer:?}");
        assert_eq!(title(&store, &table, 1000 + n).await.is_some(), n % 3 == 2, "{n}");
    }
    assert_eq!(title(&store, &table, 0).await, Some(Value::String("there before".to_owned())));
    assert_eq!(store.count(&table).await.unwrap(), 1 + 40 + 2 * 20);
}

#[tokio::test]
async fn a_later_member_stores_what_an_earlier_one_came_to() {
    let place = Place::new().await;
    let numbered = table("t.auto", vec![auto("id"), column("n", ColumnType::Int)]);
    let notes = table("t.notes", vec![key("id", ColumnType::Int), nullable("of", ColumnType::Int)]);
    let store = place.open().await;
    migrate(&store, &[numbered, notes]).await.unwrap();
    let (numbered, notes) = (store.prepare(numbered), store.prepare(notes));
    let note = |id: i64| vec![Value::Int(id), Value::Null];
    store.insert(&notes, note(0), None).await.unwrap();
    let set = |n: i64| {
        store.together(vec![
            Member::insert(&numbered, vec![Value::Null, Value::Int(n)], None),
            Member::insert(&notes, note(n), None).with_outcome(1, 0),
        ])
    };
    let stored = join_all((1..=100).map(set)).await;
    for (n, answer) in (1..=100).zip(stored) {
        let Ok(Together::Stored(outcomes)) = answer else { panic!("{n}: {answer:?}") };
        let [Outcome::Inserted(Some(number)), Outcome::Inserted(None)] = *outcomes else { panic!("{n}: {outcomes:?}") };
        let row = store.get(&numbered, vec![Value::Int(number)]).await.unwrap().unwrap();
        assert_eq!(row.values[1], Value::Int(n));
        let note = store.get(&notes, vec![Value::Int(n)]).await.unwrap().unwrap();
        assert_eq!(note.values[1], Value::Int(number));
    }
    let count = vec![
        Member::delete_where(&numbered, vec![(1, Value::Int(7))]),
        Member::update(&notes, vec![Value::Int(0)], 1, vec![(1, Value::Null)], None).with_outcome(1, 0),
    ];
    assert_eq!(store.together(count).await.unwrap(), Together::Stored(vec![Outcome::Deleted(1), Outcome::Changed]));
    assert_eq!(store.get(&notes, vec![Value::Int(0)]).await.unwrap().unwrap().values[1], Value::Int(1));
    let backwards = vec![Member::insert(&notes, note(900), None).with_outcome(1, 0)];
    assert!(matches!(store.together(backwards).await, Err(StoreError::Mistake(_))));
}

#[tokio::test]
async fn a_set_of_a_table_that_changed_leaves_nothing() {
    let place = Place::new().await;
    let (store, table) = with_table(&place, posters()).await;
    let other = super::table("t.other", vec![key("id", ColumnType::Int)]);
    migrate(&store, &[other]).await.unwrap();
    let other = store.prepare(other);
    place.execute("UPDATE \"_pxt_catalog\" SET \"version\" = 9 WHERE \"table\" = 't.other'").await;
    let set = vec![Member::insert(&table, poster(1, "x"), None), Member::insert(&other, vec![Value::Int(1)], None)];
    assert!(matches!(store.together(set).await, Err(StoreError::SchemaChanged { table: "t.other" })));
    assert_eq!(store.count(&table).await.unwrap(), 0);
}
