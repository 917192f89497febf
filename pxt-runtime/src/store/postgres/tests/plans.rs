//! How PostgreSQL finds rows: by its indexes.

use super::*;
use crate::store::postgres::bind::{Bind, arguments};
use crate::store::question::{Bound, Part, Questions};
use crate::store::sql::Dialect;
use crate::store::statements::Statement;
use crate::store::tests::lookups::pairs;
use crate::store::tests::pages::{Numbers, sides};

/// What PostgreSQL means to do where a scan of the whole table would take too long.
async fn explained(place: &Place, text: &str, binds: &[Bind]) -> String {
    let mut connection = place.postgres().await;
    let settings = "SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_hashagg = off";
    sqlx::raw_sql(settings).execute(&mut connection).await.unwrap();
    let text = AssertSqlSafe(format!("EXPLAIN (COSTS OFF) {text}"));
    let query = sqlx::query_scalar_with::<_, String, _>(text, arguments(binds).unwrap());
    query.fetch_all(&mut connection).await.unwrap().join("; ")
}

/// The plan of the first page, or of the one behind a place far down.
async fn plan(place: &Place, store: &Store, select: &Select, far: Option<u64>) -> String {
    let after = match far {
        Some(most) => {
            store.select(select, Page { after: None, most, bytes: None }).await.unwrap().further().map(str::to_owned)
        }
        None => None,
    };
    assert_eq!(after.is_some(), far.is_some());
    let questions = Questions::default();
    let ask = questions.ask(Dialect::Postgres, select, after.as_deref()).unwrap();
    let (Statement { text, .. }, bounds): (Statement, Vec<Bound>) = ask.rows(Part::Places, 10);
    let binds: Vec<Bind> = bounds.into_iter().map(|bound| Bind::bound(bound).unwrap()).collect();
    explained(place, &text, &binds).await
}

#[tokio::test]
#[ignore = "needs a server in PXT_TEST_DATABASE"]
async fn a_page_by_an_index_is_found_without_a_sort_or_a_scan() {
    let place = Place::server().await;
    let mut numbers = Numbers(3);
    let (store, left, right) = sides(&place, &mut numbers, 1).await;
    place
        .execute(
            "CREATE INDEX by_n ON \"t.left\" (n NULLS FIRST, b, a); CREATE INDEX by_f ON \"t.left\" (f DESC, b, a); \
             CREATE INDEX by_s ON \"t.left\" (s)",
        )
        .await;
    let by = |name: &str, direction| Select { order_by: vec![(value_of(left, name), direction)], ..Select::all(left) };
    for (select, far, index) in [
        (Select::all(left), 40, "t.left_pkey"),
        // Behind the nulls, which come first.
        (by("n", Direction::Ascending), 40, "by_n"),
        (by("f", Direction::Descending), 40, "by_f"),
        (Select::all(right), 5, "t.right_pkey"),
    ] {
        let first = plan(&place, &store, &select, None).await;
        assert!(first.contains("Index Scan") && !first.contains("Sort"), "{first}");
        let next = plan(&place, &store, &select, Some(far)).await;
        let found = next.contains("Index Scan") && next.contains(index) && next.contains("Index Cond");
        assert!(found && !next.contains("Sort"), "{next}");
    }
    let prefix = filtered(left, Condition::StartsWith(at(left, "s"), "a".into()));
    let prefix = Select { limit: None, ..prefix };
    let found = plan(&place, &store, &prefix, None).await;
    assert!(found.contains("by_s") && found.contains("Index Cond: ((s >= 'a'::text) AND (s < 'b'::text))"), "{found}");
}

#[tokio::test]
#[ignore = "needs a server in PXT_TEST_DATABASE"]
async fn keys_and_files_are_found_by_their_index() {
    let place = Place::server().await;
    let (_store, table) = with_table(&place, pairs()).await;
    let text = || Bind::Text("x".into());
    for keys in [1, 3] {
        let (statement, keys) = table.find(keys);
        let mut binds = Vec::new();
        for number in 0..keys {
            binds.extend((keys > 1).then_some(Bind::Int(number as i64)));
            binds.extend([text(), Bind::Int(1)]);
        }
        let found = explained(&place, &statement, &binds).await;
        assert!(found.contains("t.pairs_pkey") && found.contains("Index Cond"), "{found}");
    }
    let columns = vec![auto("id"), nullable("image", ColumnType::Image)];
    let (_store, media) = with_table(&place, super::table("t.media", columns)).await;
    let found = explained(&place, &media.referenced[0], &vec![text(); crate::store::sql::REFERENCED]).await;
    assert!(found.contains("_pxt_media.t.media.image"), "{found}");
}
