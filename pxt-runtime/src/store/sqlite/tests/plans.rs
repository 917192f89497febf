//! How SQLite finds rows: by its indexes.

use sqlx::Row as _;

use super::*;
use crate::store::lookups::KEYS;
use crate::store::question::{Part, Questions};
use crate::store::sql::Dialect;
use crate::store::tests::lookups::pairs;
use crate::store::tests::pages::{Numbers, sides};

/// What SQLite means to do, as text, for the first page or for the one behind a place far down.
async fn plan(place: &Place, store: &Store, select: &Select, far: Option<u64>) -> String {
    let after = match far {
        Some(most) => {
            store.select(select, Page { after: None, most, bytes: None }).await.unwrap().further().map(str::to_owned)
        }
        None => None,
    };
    assert_eq!(after.is_some(), far.is_some());
    let questions = Questions::default();
    let ask = questions.ask(Dialect::Sqlite, select, after.as_deref()).unwrap();
    let (statement, _) = ask.rows(Part::Places, 10);
    let text = format!("EXPLAIN QUERY PLAN {}", statement.text);
    let rows: Vec<(i64, i64, i64, String)> =
        sqlx::query_as(AssertSqlSafe(text)).fetch_all(&mut place.sqlite().await).await.unwrap();
    rows.into_iter().map(|row| row.3).collect::<Vec<_>>().join("; ")
}

#[tokio::test]
async fn a_page_by_an_index_is_found_without_a_sort_or_a_scan() {
    let place = Place::file();
    let mut numbers = Numbers(3);
    let (store, left, right) = sides(&place, &mut numbers, 1).await;
    place.execute("CREATE INDEX by_n ON \"t.left\" (n, b, a); CREATE INDEX by_f ON \"t.left\" (f DESC, b, a)").await;
    let by = |name: &str, direction| Select { order_by: vec![(value_of(left, name), direction)], ..Select::all(left) };
    for (select, far, index) in [
        (Select::all(left), 40, "sqlite_autoindex_t.left_1"),
        // Behind the nulls, which come first.
        (by("n", Direction::Ascending), 40, "by_n"),
        (by("f", Direction::Descending), 40, "by_f"),
        (Select::all(right), 5, "PRIMARY KEY"),
    ] {
        let first = plan(&place, &store, &select, None).await;
        assert!(!first.contains("TEMP B-TREE"), "{first}");
        let next = plan(&place, &store, &select, Some(far)).await;
        assert!(next.contains("SEARCH") && next.contains(index) && !next.contains("TEMP B-TREE"), "{next}");
    }
}

#[tokio::test]
async fn a_table_joined_by_its_key_leaves_the_order_to_the_first() {
    let place = Place::file();
    let (store, films, people) = library(&place).await;
    let join = Join { table: people, on: (at(people, "id"), at(films, "director")), optional: true };
    let select = Select { joins: vec![join], ..Select::all(films) };
    let next = plan(&place, &store, &select, Some(2)).await;
    assert!(next.contains("SEARCH films") && !next.contains("TEMP B-TREE"), "{next}");
}

#[tokio::test]
async fn the_keys_lead_to_the_rows() {
    let place = Place::file();
    let (_store, table) = with_table(&place, pairs()).await;
    for keys in [1, 2, KEYS] {
        let (text, _) = table.find(keys);
        let plan = sqlx::query(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {text}")));
        let plan = plan.fetch_all(&mut place.sqlite().await).await.unwrap();
        let steps: Vec<String> = plan.iter().map(|step| step.get("detail")).collect();
        assert!(steps.iter().any(|step| step.starts_with("SEARCH t.pairs USING INDEX")), "{steps:?}");
        assert!(!steps.iter().any(|step| step.starts_with("SCAN t.pairs")), "{steps:?}");
    }
}

#[tokio::test]
async fn rows_to_update_are_found_by_their_keys() {
    let place = Place::file();
    let (_store, table) = with_table(&place, pairs()).await;
    let last = table.def().columns.len() - 1;
    let (_, update) = table.update(&[last]);
    for rows in [2, 64] {
        let text = table.update_rows(&update.clone().expect("the first text is kept"), rows);
        let plan = sqlx::query(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {text}")));
        let plan = plan.fetch_all(&mut place.sqlite().await).await.unwrap();
        let steps: Vec<String> = plan.iter().map(|step| step.get("detail")).collect();
        assert!(steps.iter().any(|step| step.starts_with("SEARCH t.pairs USING INDEX")), "{steps:?}");
        assert!(!steps.iter().any(|step| step.starts_with("SCAN t.pairs")), "{steps:?}");
    }
}

#[tokio::test]
async fn files_in_use_are_found_by_their_index() {
    let place = Place::file();
    let columns = vec![auto("id"), nullable("image", ColumnType::Image), nullable("sound", ColumnType::Audio)];
    let _ = with_table(&place, table("t.media", columns)).await;
    let plan: Vec<(i64, i64, i64, String)> =
        sqlx::query_as("EXPLAIN QUERY PLAN SELECT DISTINCT sound FROM \"t.media\" WHERE sound IN ('a', 'b')")
            .fetch_all(&mut place.sqlite().await)
            .await
            .unwrap();
    assert!(plan[0].3.contains("_pxt_media.t.media.sound"), "{plan:?}");
}
