//! Lookups by key that are made at the same moment.

use futures_util::future::join_all;

use super::*;
use crate::store::lookups::KEYS;

pub(in crate::store) fn pairs() -> &'static TableDef {
    table(
        "t.pairs",
        vec![key("part", ColumnType::String), key("number", ColumnType::Int), nullable("x", ColumnType::Int)],
    )
}

#[tokio::test]
async fn each_gets_its_own_row() {
    let place = Place::new().await;
    let (store, table) = with_table(&place, posters()).await;
    let other = pairs();
    migrate(&store, &[table.def(), other]).await.unwrap();
    let other = store.prepare(other);
    for number in 0..40 {
        store.insert(&table, poster(number, &format!("film {number}")), None).await.unwrap();
        let pair = vec![Value::String(format!("p{}", number % 2)), Value::Int(number), Value::Null];
        store.insert(&other, pair, None).await.unwrap();
    }
    assert!(store.update(&table, vec![Value::Int(7)], 1, vec![(2, Value::Int(1999))], None).await.unwrap());
    // More than one statement takes, some twice, and every second one missing.
    let films = join_all((0..3 * KEYS as i64).map(|number| store.find(&table, vec![Value::Int(number % 80)])));
    let pair = |number: i64| vec![Value::String("p1".to_owned()), Value::Int(number)];
    let pairs = join_all((0..KEYS as i64).map(|number| store.find(&other, pair(number))));
    let (films, pairs) = tokio::join!(films, pairs);
    for (number, found) in (0..).zip(films) {
        let number = number % 80;
        let mut expected = (poster(number, &format!("film {number}")), 1);
        if number == 7 {
            expected = (vec![Value::Int(7), Value::String("film 7".to_owned()), Value::Int(1999)], 2);
        }
        assert_eq!(found.unwrap(), (number < 40).then_some(expected), "film {number}");
    }
    for (number, found) in (0..).zip(pairs) {
        let expected = (vec![Value::String("p1".to_owned()), Value::Int(number), Value::Null], 1);
        assert_eq!(found.unwrap(), (number % 2 == 1).then_some(expected), "pair {number}");
    }
}

#[tokio::test]
async fn a_store_that_is_closed_answers_what_it_was_asked() {
    let place = Place::new().await;
    let (store, table) = with_table(&place, posters()).await;
    store.insert(&table, poster(1, "x"), None).await.unwrap();
    let (found, ()) = tokio::join!(store.find(&table, vec![Value::Int(1)]), store.close());
    assert!(matches!(found, Ok(Some(_))), "{found:?}");
    let late = store.find(&table, vec![Value::Int(1)]).await;
    assert!(matches!(late, Err(StoreError::Closed)), "{late:?}");
}
