//! Statements with named parameters: what is known of them before they run, and their rows page by page.

use jiff::Timestamp;
use uuid::Uuid;

use super::asking::*;
use super::*;
use crate::schema::{Element, Shape};
use crate::store::extents::Extent;
use crate::store::{Described, DescribedColumn, Mistake, Named, Rows, Undescribed};
use crate::value::{Elements, Media};

pub(in crate::store) const LEAST: &[(&str, ColumnType)] = &[("least", ColumnType::Float)];

pub(in crate::store) async fn describe(
    store: &Store,
    tables: &[&'static TableDef],
    text: &str,
    parameters: &[(&'static str, ColumnType)],
    columns: &[(&str, Shape)],
) -> Result<Arc<Described>, Vec<Mistake>> {
    let columns: Vec<(String, Shape)> = columns.iter().map(|(name, shape)| ((*name).to_owned(), *shape)).collect();
    let named = Named { text, parameters, columns: &columns };
    store.describe(schema(tables), named).await.map_err(|undescribed| match undescribed {
        Undescribed::Mistakes(mistakes) => mistakes,
        Undescribed::Store(error) => panic!("{text}: {error:?}"),
    })
}

/// Name, type, and whether nulls are possible.
fn shapes(described: &Described) -> Vec<(&str, Option<ColumnType>, bool)> {
    let shape = |column: &DescribedColumn| (column.ty, column.nullable);
    described
        .columns
        .iter()
        .map(|column| (&*column.name, shape(column)))
        .map(|(name, (ty, nullable))| (name, ty, nullable))
        .collect()
}

pub(in crate::store) fn all() -> Rows {
    Rows { passed: 0, most: u64::MAX, bytes: None }
}

async fn rest(mut stream: RowStream) -> Vec<Row> {
    let mut rows = Vec::new();
    while let Some(row) = stream.next().await.unwrap() {
        rows.push(row);
    }
    rows
}

#[tokio::test]
async fn columns_of_tables_have_their_types() {
    let place = Place::new().await;
    let (store, films, people) = library(&place).await;
    let tables = [films, people];
    let text = "SELECT f.id AS number, title, year, vector, tags, 1 AS one, count(*) OVER () AS n \
                FROM films f JOIN people p ON f.director = p.id WHERE score > :least -- :x\n;";
    let described = describe(&store, &tables, text, LEAST, &[("n", Shape::of(ColumnType::Int))]).await.unwrap();
    // Counting over a window is not told from taking rows together.
    let aggregates = place.either(true, false);
    let expected = [
        ("number", Some(ColumnType::Int), aggregates),
        ("title", Some(ColumnType::String), aggregates),
        ("year", Some(ColumnType::Int), true),
        ("vector", Some(ColumnType::Array(Element::I64, 1)), aggregates),
        ("tags", Some(ColumnType::Json), aggregates),
        ("one", place.either(None, Some(ColumnType::Int)), true),
        ("n", Some(ColumnType::Int), false),
    ];
    assert_eq!(shapes(&described), expected);
    let names: Vec<&str> = described.tables.iter().map(|table| table.name).collect();
    assert_eq!(names, ["films", "people"]);
    let rows = rest(store.named(&described, vec![Value::Float(7.9)], all()).await.unwrap()).await;
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0][3], Value::Array(Elements::I64(Box::new([1]))));
    // All columns but those that pxt keeps for itself, and no column of tomorrow.
    let described = describe(&store, &tables, "SELECT * FROM people WHERE id = :id", &[("id", ColumnType::Int)], &[]);
    let described = described.await.unwrap();
    assert_eq!(shapes(&described), [("id", Some(ColumnType::Int), false), ("name", Some(ColumnType::String), true)]);
    place.execute("ALTER TABLE people ADD COLUMN born INTEGER").await;
    let rows = store.named(&described, vec![Value::Int(1)], all()).await.unwrap();
    assert_eq!(rest(rows).await, [[Value::Int(1), Value::String("Alfred".into())]]);
}

#[tokio::test]
async fn where_nulls_may_be_added_they_are_expected() {
    let place = Place::new().await;
    let (store, films, people) = library(&place).await;
    place
        .execute("CREATE VIEW seen AS SELECT f.id, p.id AS person FROM films f LEFT JOIN people p ON f.year = p.id")
        .await;
    for (text, nullable) in [
        ("SELECT id FROM films", false),
        ("SELECT f.id FROM people p LEFT JOIN films f ON f.id = p.id", true),
        ("SELECT id FROM films UNION ALL SELECT NULL", true),
        ("SELECT (SELECT id FROM films LIMIT 1) AS id", true),
        ("SELECT person FROM seen", true),
        ("WITH x AS (SELECT id FROM films) SELECT id FROM x", true),
    ] {
        let described = describe(&store, &[films, people], text, &[], &[]).await.unwrap();
        assert_eq!(described.columns[0].nullable, nullable, "{text}");
    }
    if let Place::File(_) = place {
        let described = describe(&store, &[films, people], "SELECT id, max(year) AS y FROM films", &[], &[]).await;
        assert!(described.unwrap().columns[0].nullable);
    }
}

#[tokio::test]
async fn each_type_comes_back() {
    let place = Place::new().await;
    let time = "2026-01-31T12:00:00.5Z".parse::<Timestamp>().unwrap();
    let samples = [
        (ColumnType::Bool, Value::Bool(true)),
        (ColumnType::Int, Value::Int(-3)),
        (ColumnType::Float, Value::Float(0.1)),
        (ColumnType::String, Value::String("a'b :x".into())),
        (ColumnType::Timestamp, Value::Timestamp(time)),
        (ColumnType::Date, Value::Date(jiff::civil::date(2026, 1, 31))),
        (ColumnType::Uuid, Value::Uuid(Uuid::max())),
        (ColumnType::Json, Value::Json(serde_json::json!({"a": [1, null]}))),
        (ColumnType::Binary, Value::Binary(vec![0, 255].into())),
        (ColumnType::Array(Element::F32, 1), Value::Array(Elements::F32(Box::new([1.5])))),
        (ColumnType::Image, Value::Media(Media::stored("a/b.png"))),
    ];
    let names = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"];
    let mut columns = vec![auto("id")];
    columns.extend(names.iter().zip(&samples).map(|(name, (ty, _))| column(name, *ty)));
    let def = table("t.all", columns);
    let (store, table) = with_table(&place, def).await;
    let mut row = vec![Value::Null];
    row.extend(samples.iter().map(|(_, value)| value.clone()));
    store.insert(&table, row, None).await.unwrap();
    for (name, (ty, value)) in names.into_iter().zip(samples) {
        let text = format!("SELECT {name} FROM \"t.all\" WHERE {name} = :x OR :x IS NULL");
        let described = describe(&store, &[def], &text, &[("x", ty)], &[]).await.unwrap();
        assert_eq!(shapes(&described), [(name, Some(ty), false)]);
        for x in [value.clone(), Value::Null] {
            let rows = store.named(&described, vec![x], all()).await.unwrap();
            assert_eq!(rest(rows).await, [[value.clone()]], "{ty:?}");
        }
        // Both ways to read it.
        described.extents.note(Extent::Long);
        let rows = store.named(&described, vec![value.clone()], all()).await.unwrap();
        assert_eq!(rest(rows).await, [[value]], "{ty:?}");
    }
}

#[tokio::test]
async fn expressions_are_what_they_are() {
    let place = Place::new().await;
    let (store, films, _) = library(&place).await;
    let text =
        "SELECT 1 AS i, 1.5 AS r, 'x' AS t, NULL AS n, sum(year) AS s, avg(score) AS a FROM films WHERE year > 1961";
    // PostgreSQL adds integers up to a `numeric`, and so is a number with a point.
    let undeclared = describe(&store, &[films], text, &[], &[]).await;
    assert_eq!(undeclared.is_ok(), place.either(true, false));
    let shape = |ty| Shape::of(ty).optional();
    let numbers = [("r", shape(ColumnType::Float)), ("s", shape(ColumnType::Int))];
    let described = describe(&store, &[films], text, &[], &numbers).await.unwrap();
    let rows = rest(store.named(&described, Vec::new(), all()).await.unwrap()).await;
    let sum = Value::Int(1962);
    let text = |text: &str| Value::String(text.to_owned());
    assert_eq!(rows, [[Value::Int(1), Value::Float(1.5), text("x"), Value::Null, sum, Value::Float(7.5)]]);
    // What the route declares goes first.
    let columns =
        [("s", shape(ColumnType::Int)), ("t", Shape::of(ColumnType::String)), ("b", shape(ColumnType::Binary))];
    let bytes = place.either("x'00ff'", "'\\x00ff'::bytea");
    let text = format!("SELECT sum(year) AS s, 'x' AS t, {bytes} AS b FROM films WHERE year > 3000");
    let described = describe(&store, &[films], &text, &[], &columns).await.unwrap();
    let rows = rest(store.named(&described, Vec::new(), all()).await.unwrap()).await;
    let expected = [Value::Null, Value::String("x".into()), Value::Binary(vec![0, 255].into())];
    assert_eq!(rows, place.either(vec![expected.to_vec()], vec![expected.to_vec()]));
}

#[tokio::test]
async fn mistakes_say_what_to_write() {
    let place = Place::new().await;
    let (store, films, people) = library(&place).await;
    let n = |ty| [("n", Shape::of(ty))];
    for (text, columns, at, words) in [
        ("SELECT id FORM films", Vec::new(), Some("films"), "the database does not take the SQL text: "),
        ("SELECT titel FROM films", Vec::new(), Some("titel"), "titel"),
        ("SELECT id FROM filmz", Vec::new(), Some("filmz"), "filmz"),
        ("SELECT id, year AS id FROM films", Vec::new(), None, "answers two columns `id`"),
        ("SELECT id, 1 + 1 FROM films", Vec::new(), None, "column 2 of the SQL text has no name: write `AS name`"),
        (
            "SELECT id FROM films",
            n(ColumnType::Int).into(),
            None,
            "the column `n` is declared, and the SQL text does not",
        ),
        ("WITH x AS (SELECT 1) DELETE FROM films RETURNING id", Vec::new(), None, place.either("writes", "")),
        ("DELETE FROM films", Vec::new(), Some("DELETE"), "does not read"),
        ("SELECT :leest AS x", Vec::new(), Some(":leest"), "`:leest` is not declared"),
    ] {
        let found = describe(&store, &[films, people], text, &[], &columns).await.unwrap_err();
        assert!(found.iter().any(|mistake| mistake.text.contains(words)), "{text}: {found:?}");
        if let (Some(part), Some(range)) = (at, &found[0].at)
            && !text.contains("FORM")
        {
            assert_eq!(&text[range.clone()], part, "{text}");
        }
    }
    // All of the columns' mistakes at once.
    let text = "SELECT 1 + 1, year, year FROM films";
    let found = describe(&store, &[films], text, &[], &n(ColumnType::Int)).await.unwrap_err();
    assert_eq!(found.len(), 3, "{found:?}");
    assert_eq!(
        store.sql("SELECT count(*) AS n FROM films", Vec::new(), &[("n", ColumnType::Int)]).await.unwrap(),
        [[Value::Int(6)]]
    );
}

#[tokio::test]
async fn pages_follow_one_another() {
    let place = Place::new().await;
    let def = table("t.long", vec![key("id", ColumnType::Int), column("text", ColumnType::String)]);
    let (store, _) = with_table(&place, def).await;
    let fill = "WITH RECURSIVE n(x) AS (SELECT 0 UNION ALL SELECT x + 1 FROM n WHERE x < 4999) \
                INSERT INTO \"t.long\" (id, text) SELECT x, 'row ' || x FROM n";
    place.execute(fill).await;
    let text = "SELECT id, text FROM \"t.long\" WHERE id < :below ORDER BY id DESC -- the end";
    let described = describe(&store, &[def], text, &[("below", ColumnType::Int)], &[]).await.unwrap();
    for (below, most, bytes) in [
        (10, 3, None),
        (10, 10, None),
        (5000, 1000, None),
        (5000, 1024, Some(1 << 20)),
        (5000, 2000, Some(50_000)),
        (5000, 7000, Some(1 << 20)),
        (300, 5, Some(1)),
    ] {
        let (mut passed, mut seen) = (0, Vec::new());
        loop {
            let rows = Rows { passed, most, bytes };
            let stream = store.named(&described, vec![Value::Int(below)], rows).await.unwrap();
            let further = stream.further().map(str::to_owned);
            let page = rest(stream).await;
            assert!(!page.is_empty() && page.len() as u64 <= most, "{below} {most} {bytes:?}");
            seen.extend(page.into_iter().map(|row| row[0].clone()));
            let Some(further) = further else { break };
            assert_eq!(further, seen.len().to_string());
            passed = seen.len() as u64;
        }
        let expected: Vec<Value> = (0..below).rev().map(Value::Int).collect();
        assert_eq!(seen, expected, "{below} {most} {bytes:?}");
    }
    // Behind the end, and with a limit of its own.
    let rows = Rows { passed: 99, most: 5, bytes: None };
    let none = store.named(&described, vec![Value::Int(5)], rows).await.unwrap();
    assert!(none.further().is_none() && rest(none).await.is_empty());
    let text = "SELECT id FROM \"t.long\" ORDER BY id LIMIT 4";
    let described = describe(&store, &[def], text, &[], &[]).await.unwrap();
    let stream = store.named(&described, Vec::new(), Rows { passed: 3, most: 3, bytes: None }).await.unwrap();
    assert_eq!(stream.further(), None);
    assert_eq!(rest(stream).await, [[Value::Int(3)]]);
}

#[tokio::test]
async fn long_answers_are_of_one_moment_and_free_their_connection() {
    let place = Place::new().await;
    let def = table("t.long", vec![key("id", ColumnType::Int), column("text", ColumnType::String)]);
    let (store, table) = with_table(&place, def).await;
    let fill = "WITH RECURSIVE n(x) AS (SELECT 0 UNION ALL SELECT x + 1 FROM n WHERE x < 49999) \
                INSERT INTO \"t.long\" (id, text) SELECT x, 'row ' || x FROM n";
    place.execute(fill).await;
    let described = describe(&store, &[def], "SELECT id FROM \"t.long\" ORDER BY id", &[], &[]).await.unwrap();
    let mut stream = store.named(&described, Vec::new(), all()).await.unwrap();
    assert_eq!(stream.next().await.unwrap(), Some(vec![Value::Int(0)]));
    assert!(stream.held() < 1024, "few rows are in memory");
    assert!(store.delete(&table, vec![Value::Int(49_000)]).await.unwrap());
    let mut count = 1;
    while stream.next().await.unwrap().is_some() {
        count += 1;
    }
    assert_eq!(count, 50_000);
    for _ in 0..20 {
        let mut dropped = store.named(&described, Vec::new(), all()).await.unwrap();
        assert!(dropped.next().await.unwrap().is_some());
    }
    assert_eq!(rest(store.named(&described, Vec::new(), all()).await.unwrap()).await.len(), 49_999);
}

#[tokio::test]
async fn values_that_do_not_fit() {
    let place = Place::new().await;
    let (store, films, _) = library(&place).await;
    let shape = [("n", Shape::of(ColumnType::Int))];
    // A null where none is declared.
    let text = "SELECT max(year) AS n FROM films WHERE year > :least";
    let described = describe(&store, &[films], text, LEAST, &shape).await.unwrap();
    let error = store.named(&described, vec![Value::Float(1.0)], all()).await.unwrap();
    assert_eq!(rest(error).await, [[Value::Int(1962)]]);
    let error = store.named(&described, vec![Value::Float(9e9)], all()).await.unwrap_err();
    assert!(matches!(&error, StoreError::Mistake(text) if text.contains("`n` of the SQL text is null")), "{error:?}");
    // Values of clients that the database cannot compute with.
    let text = place.either("SELECT abs(:n) AS n", "SELECT 1 / :n AS n");
    let described = describe(&store, &[films], text, &[("n", ColumnType::Int)], &[]).await.unwrap();
    let value = place.either(Value::Int(i64::MIN), Value::Int(0));
    let error = store.named(&described, vec![value], all()).await.unwrap_err();
    assert!(matches!(error, StoreError::Data(_)), "{error:?}");
    // A value of a type of its own.
    let error = store.named(&described, Vec::new(), all()).await.unwrap_err();
    assert!(matches!(error, StoreError::Mistake(_)), "{error:?}");
    if let Place::File(_) = place {
        let described = describe(&store, &[films], "SELECT 'x' AS n", &[], &shape).await.unwrap();
        let error = store.named(&described, Vec::new(), all()).await.unwrap_err();
        assert!(error.to_string().contains("column `n` of the SQL text is read as int and holds text"), "{error}");
        let described = describe(&store, &[films], "SELECT 9e999 AS n", &[], &[]).await.unwrap();
        let error = store.named(&described, Vec::new(), all()).await.unwrap_err();
        assert!(error.to_string().contains("column `n` of the SQL text is infinite"), "{error}");
    }
    // A column that goes while the service runs.
    let described = describe(&store, &[films], "SELECT title FROM films", &[], &[]).await.unwrap();
    place.execute("ALTER TABLE films RENAME COLUMN title TO name").await;
    let error = store.named(&described, Vec::new(), all()).await.unwrap_err();
    assert!(matches!(error, StoreError::SchemaChanged { .. }), "{error:?}");
}
