//! What PostgreSQL says of statements with named parameters: types that no answer holds, and what writes.

use super::*;
use crate::schema::Shape;
use crate::store::tests::named::{LEAST, all, describe};

#[tokio::test]
#[ignore = "needs a server in PXT_TEST_DATABASE"]
async fn what_postgres_says_of_types_and_rights() {
    let place = Place::server().await;
    let (store, films, _) = library(&place).await;
    for (text, columns, words) in [
        (
            "SELECT interval '1 day' AS i",
            vec![],
            "is of the type interval, which no answer holds: write `CAST(i AS text) AS i`",
        ),
        ("SELECT ARRAY[1] AS a", vec![], "write `to_jsonb(a) AS a`"),
        ("SELECT now()::timestamp AS t", vec![], "write `t AT TIME ZONE 'UTC' AS t`"),
        (
            "SELECT 1 AS n",
            vec![("n", Shape::of(ColumnType::Bool))],
            "is declared as bool, and the SQL text answers int4",
        ),
        ("SELECT id FROM films FOR UPDATE", vec![], "the SQL text writes"),
        ("WITH x AS (DELETE FROM films RETURNING id) SELECT id FROM x", vec![], "must be at the top level"),
    ] {
        let found = describe(&store, &[films], text, &[], &columns).await.unwrap_err();
        assert!(found[0].text.contains(words), "{text}: {found:?}");
    }
    // Behind letters of several bytes.
    let text = "SELECT 'é' AS e, :least AS l, wrong FROM films";
    let found = describe(&store, &[films], text, LEAST, &[]).await.unwrap_err();
    assert_eq!(&text[found[0].at.clone().unwrap()], "wrong");
    // A function that writes.
    place.execute("CREATE SEQUENCE s").await;
    let described = describe(&store, &[films], "SELECT nextval('s') AS n", &[], &[]).await.unwrap();
    let error = store.named(&described, Vec::new(), all()).await.unwrap_err();
    assert!(error.to_string().contains("writes"), "{error:?}");
}
