//! What selects find: conditions, nulls, joins and aggregates, and selects that make no sense.

use jiff::Timestamp;
use uuid::Uuid;

use super::asking::*;
use super::*;
use crate::value::Media;

#[tokio::test]
async fn conditions() {
    let place = Place::new().await;
    let (store, films, _) = library(&place).await;
    let (id, title, year, score) = (at(films, "id"), at(films, "title"), at(films, "year"), at(films, "score"));
    let text = |text: &str| text.to_owned();
    let is = |comparison| move |place, value| Condition::Compare(place, comparison, value);
    let equal = is(Comparison::Equal);
    let not = |condition| Condition::Not(Box::new(condition));
    for (condition, expected) in [
        (equal(year, Value::Int(1958)), "1 4"),
        (is(Comparison::NotEqual)(year, Value::Int(1958)), "2 5"),
        (is(Comparison::Less)(year, Value::Int(1960)), "1 4"),
        (is(Comparison::AtMost)(year, Value::Int(1960)), "1 2 4"),
        (is(Comparison::Greater)(year, Value::Int(1958)), "2 5"),
        (is(Comparison::AtLeast)(year, Value::Int(1958)), "1 2 4 5"),
        (is(Comparison::Greater)(score, Value::Float(7.5)), "1 2"),
        // A comparison with null is not true, nor is its opposite.
        (equal(year, Value::Null), ""),
        (not(equal(year, Value::Null)), ""),
        (not(equal(year, Value::Int(1958))), "2 5"),
        (Condition::Null(year), "3 6"),
        (not(Condition::Null(year)), "1 2 4 5"),
        (Condition::In(id, vec![Value::Int(2), Value::Int(9), Value::Int(5)]), "2 5"),
        (Condition::In(id, Vec::new()), ""),
        (not(Condition::In(id, Vec::new())), "1 2 3 4 5 6"),
        (Condition::In(year, vec![Value::Int(1960), Value::Null]), "2"),
        (not(Condition::In(year, vec![Value::Int(1960), Value::Null])), ""),
        (Condition::And(Vec::new()), "1 2 3 4 5 6"),
        (Condition::Or(Vec::new()), ""),
        (Condition::And(vec![equal(year, Value::Int(1958)), equal(id, Value::Int(4))]), "4"),
        (Condition::Or(vec![equal(id, Value::Int(1)), equal(id, Value::Int(4)), Condition::Null(year)]), "1 3 4 6"),
        // A null part does not hide a true one.
        (Condition::Or(vec![equal(year, Value::Null), equal(id, Value::Int(3))]), "3"),
        (Condition::Contains(title, text("%")), "3"),
        (Condition::Contains(title, text("_")), "3"),
        (Condition::Contains(title, text("ert")), "1"),
        (Condition::Contains(title, text("ERT")), ""),
        (Condition::Contains(title, text("é")), "5"),
        (Condition::Contains(title, text("'")), "6"),
        (Condition::Contains(title, String::new()), "1 2 3 4 5 6"),
        (Condition::StartsWith(title, text("Ver")), "1"),
        (Condition::StartsWith(title, text("ver")), ""),
        (Condition::StartsWith(title, text("1")), "3"),
        (Condition::StartsWith(title, text("10%")), "3"),
        (Condition::StartsWith(title, text("\u{10FFFF}")), "4"),
        (Condition::StartsWith(title, String::new()), "1 2 3 4 5 6"),
        (not(Condition::StartsWith(title, text("P"))), "1 3 4 5 6"),
        (Condition::EndsWith(title, text("o")), "1 2 5"),
        (Condition::EndsWith(title, text("a_b")), "3"),
        (Condition::EndsWith(title, text("Xx é")), ""),
        (Condition::EndsWith(title, text("a longer text than any of the titles")), ""),
        (Condition::EndsWith(title, String::new()), "1 2 3 4 5 6"),
    ] {
        let found = ids(&store, filtered(films, condition.clone())).await;
        assert_eq!(found, expected, "{condition:?}");
    }
}

#[tokio::test]
async fn texts_that_are_null_have_no_letters() {
    let place = Place::new().await;
    let def = table("t.notes", vec![key("id", ColumnType::Int), nullable("note", ColumnType::String)]);
    let (store, notes) = with_table(&place, def).await;
    for (id, note) in [(1, Value::Null), (2, Value::String(String::new()))] {
        store.insert(&notes, vec![Value::Int(id), note], None).await.unwrap();
    }
    let note = at(def, "note");
    for condition in [Condition::Contains, Condition::StartsWith, Condition::EndsWith] {
        assert_eq!(ids(&store, filtered(def, condition(note, String::new()))).await, "2");
        let opposite = Condition::Not(Box::new(condition(note, "x".into())));
        assert_eq!(ids(&store, filtered(def, opposite)).await, "2");
    }
}

#[tokio::test]
async fn values_are_compared_by_the_type_of_their_column() {
    let place = Place::new().await;
    let time = |text: &str| Value::Timestamp(text.parse::<Timestamp>().unwrap());
    let samples = [
        (ColumnType::Bool, Value::Bool(false), Value::Bool(true)),
        (ColumnType::Timestamp, time("2026-01-31T12:00:00Z"), time("2026-01-31T12:00:00.000001Z")),
        (ColumnType::Date, Value::Date(jiff::civil::date(999, 1, 1)), Value::Date(jiff::civil::date(2026, 1, 1))),
        (ColumnType::Uuid, Value::Uuid(Uuid::nil()), Value::Uuid(Uuid::max())),
        (ColumnType::Binary, Value::Binary(vec![0, 1].into()), Value::Binary(vec![1].into())),
        (ColumnType::Image, Value::Media(Media::stored("a.png")), Value::Media(Media::stored("b.png"))),
    ];
    let names = ["a", "b", "c", "d", "e", "f"];
    let mut columns = vec![key("id", ColumnType::Int)];
    columns.extend(names.iter().zip(&samples).map(|(name, (ty, ..))| column(name, *ty)));
    let (store, table) = with_table(&place, table("t.types", columns)).await;
    let def = table.def();
    let row = |id: i64, value: fn(&(ColumnType, Value, Value)) -> &Value| {
        std::iter::once(Value::Int(id)).chain(samples.iter().map(|sample| value(sample).clone())).collect::<Row>()
    };
    store.insert(&table, row(1, |sample| &sample.1), None).await.unwrap();
    store.insert(&table, row(2, |sample| &sample.2), None).await.unwrap();
    for (name, (ty, small, large)) in names.into_iter().zip(&samples) {
        for (comparison, value, expected) in [
            (Comparison::Equal, small, "1"),
            (Comparison::Less, large, "1"),
            (Comparison::Greater, small, "2"),
            (Comparison::AtLeast, small, "1 2"),
        ] {
            let condition = Condition::Compare(at(def, name), comparison, value.clone());
            assert_eq!(ids(&store, filtered(def, condition)).await, expected, "{ty:?} {comparison:?}");
        }
        let falling =
            Select { order_by: vec![(Expression::Column(at(def, name)), Direction::Descending)], ..Select::all(def) };
        let rows = all(&store, &falling).await;
        assert_eq!(rows, [row(2, |sample| &sample.2), row(1, |sample| &sample.1)], "{ty:?}");
    }
}

#[tokio::test]
async fn joins() {
    let place = Place::new().await;
    let (store, films, people) = library(&place).await;
    let on = (at(people, "id"), at(films, "director"));
    let joined = |optional| Select {
        joins: vec![Join { table: people, on, optional }],
        outputs: outputs(&[("id", value_of(films, "id")), ("name", value_of(people, "name"))]),
        ..Select::all(films)
    };
    let names = |rows: Vec<Row>| -> Vec<(Value, Value)> {
        rows.into_iter().map(|row| (row[0].clone(), row[1].clone())).collect()
    };
    let name =
        |id: i64, name: Option<&str>| (Value::Int(id), name.map_or(Value::Null, |name| Value::String(name.to_owned())));
    let inner = names(all(&store, &joined(false)).await);
    assert_eq!(inner, [name(1, Some("Alfred")), name(2, Some("Alfred")), name(5, Some("Agnès"))]);
    let outer = names(all(&store, &joined(true)).await);
    assert_eq!(outer.len(), 6);
    assert_eq!(outer[2], name(3, None));
    let alfred = Condition::Compare(at(people, "name"), Comparison::Equal, Value::String("Alfred".into()));
    assert_eq!(ids(&store, Select { filter: Some(alfred), ..joined(true) }).await, "1 2");
}

#[tokio::test]
async fn aggregates_and_groups() {
    let place = Place::new().await;
    let (store, films, _) = library(&place).await;
    let (year, score) = (at(films, "year"), at(films, "score"));
    let whole = Select {
        outputs: outputs(&[
            ("rows", Expression::CountRows),
            ("years", Expression::Count(year)),
            ("sum", Expression::Sum(year)),
            ("avg", Expression::Avg(score)),
            ("min", Expression::Min(at(films, "title"))),
            ("max", Expression::Max(year)),
        ]),
        ..Select::all(films)
    };
    let expected = vec![
        Value::Int(6),
        Value::Int(4),
        Value::Int(1958 + 1960 + 1958 + 1962),
        Value::Float((8.0 + 8.5 + 7.0 + 7.5) / 4.0),
        Value::String("'; DROP TABLE films; --".into()),
        Value::Int(1962),
    ];
    assert_eq!(all(&store, &whole).await, [expected]);

    // Of no row, the number is 0 and the rest is null.
    let nothing = Select { filter: Some(Condition::Or(Vec::new())), ..whole.clone() };
    let mut expected = vec![Value::Null; 6];
    expected[..2].fill(Value::Int(0));
    assert_eq!(all(&store, &nothing).await, [expected]);
    assert!(all(&store, &Select { limit: Some(0), ..whole }).await.is_empty());

    let by_year = Select {
        outputs: outputs(&[("year", Expression::Column(year)), ("rows", Expression::CountRows)]),
        group_by: vec![year],
        order_by: vec![(Expression::CountRows, Direction::Descending)],
        ..Select::all(films)
    };
    let pair = |year: Value, count: i64| vec![year, Value::Int(count)];
    let groups =
        [pair(Value::Null, 2), pair(Value::Int(1958), 2), pair(Value::Int(1960), 1), pair(Value::Int(1962), 1)];
    assert_eq!(all(&store, &by_year).await, groups);
    // A group of one row has all its columns.
    let by_key = Select {
        outputs: outputs(&[("title", value_of(films, "title")), ("rows", Expression::CountRows)]),
        group_by: vec![at(films, "id")],
        ..Select::all(films)
    };
    assert_eq!(all(&store, &by_key).await.len(), 6);
}

#[tokio::test]
async fn a_sum_that_is_too_large_says_so() {
    let place = Place::new().await;
    let def =
        table("t.sums", vec![key("id", ColumnType::Int), column("n", ColumnType::Int), column("f", ColumnType::Float)]);
    let (store, table) = with_table(&place, def).await;
    for id in 0..2 {
        store.insert(&table, vec![Value::Int(id), Value::Int(i64::MAX), Value::Float(f64::MAX)], None).await.unwrap();
    }
    for name in ["n", "f"] {
        let sum = Select { outputs: outputs(&[("sum", Expression::Sum(at(def, name)))]), ..Select::all(def) };
        let error = store.select(&sum, Page::all()).await.unwrap_err();
        assert!(matches!(error, StoreError::Overflow { table: "t.sums", column } if column == name), "{error:?}");
    }
}

#[tokio::test]
async fn many_values_and_deep_conditions() {
    let place = Place::new().await;
    let (store, films, _) = library(&place).await;
    let id = at(films, "id");
    let equal = |n: i64| Condition::Compare(id, Comparison::Equal, Value::Int(n));
    let list = |count: i64| Condition::In(id, (1..=count).map(Value::Int).collect());
    assert_eq!(ids(&store, filtered(films, list(16_000))).await, "1 2 3 4 5 6");
    assert_eq!(ids(&store, filtered(films, Condition::Or((4..4_000).map(equal).collect()))).await, "4 5 6");
    let nested = |levels: usize| {
        (0..levels).fold(equal(3), |condition, level| match level % 3 {
            0 => Condition::And(vec![condition; 1]),
            1 => Condition::Or(vec![equal(1), condition, equal(2)]),
            _ => Condition::Not(Box::new(Condition::Not(Box::new(condition)))),
        })
    };
    assert_eq!(ids(&store, filtered(films, nested(40))).await, "1 2 3");
    // The deepest that is taken, each level with many parts.
    let wide = (0..64).fold(equal(3), |condition, level| {
        let mut parts = vec![if level % 2 == 0 { equal(1) } else { Condition::Not(Box::new(Condition::Null(id))) }; 40];
        parts.push(condition);
        if level % 2 == 0 { Condition::Or(parts) } else { Condition::And(parts) }
    });
    assert_eq!(ids(&store, filtered(films, wide)).await, "1 3");
    for condition in [nested(200), list(40_000), Condition::And((0..5_000).map(equal).collect())] {
        let error = store.select(&filtered(films, condition), Page::all()).await.unwrap_err();
        assert!(matches!(error, StoreError::TooComplex), "{error:?}");
    }
}

#[tokio::test]
async fn selects_that_make_no_sense() {
    let place = Place::new().await;
    let (store, films, people) = library(&place).await;
    let (tags, vector, title) = (at(films, "tags"), at(films, "vector"), at(films, "title"));
    let on = (at(people, "id"), at(films, "director"));
    let join = Join { table: people, on, optional: false };
    let all = || Select::all(films);
    let order = |expression| Select { order_by: vec![(expression, Direction::Ascending)], ..all() };
    let output = |expression| Select { outputs: outputs(&[("x", expression)]), ..all() };
    let stray = Spot { table: films, column: 99 };
    for (select, words) in [
        (
            filtered(films, Condition::Null(at(people, "name"))),
            "table `people` is not part of the select on `films`: join",
        ),
        (order(value_of(people, "name")), "table `people` is not part of the select on `films`"),
        (Select { joins: vec![join, join], ..all() }, "table `people` is joined twice"),
        (Select { joins: vec![Join { table: films, on, optional: false }], ..all() }, "table `films` is joined twice"),
        (
            Select { joins: vec![Join { on: (title, at(films, "director")), ..join }], ..all() },
            "table `people` is joined by columns of others",
        ),
        (
            Select { joins: vec![Join { on: (at(people, "name"), at(films, "director")), ..join }], ..all() },
            "column `people.name` is text and column `films.director` is int",
        ),
        (filtered(films, Condition::Compare(tags, Comparison::Equal, Value::Null)), "column `films.tags` is json"),
        (filtered(films, Condition::In(tags, Vec::new())), "column `films.tags` is json"),
        (order(Expression::Column(tags)), "column `films.tags` is json"),
        (Select { group_by: vec![tags], ..all() }, "column `films.tags` is json"),
        (order(Expression::Column(vector)), "column `films.vector` is an array, which has no order"),
        (filtered(films, Condition::Contains(at(films, "year"), "1".into())), "is int and has no letters"),
        (output(Expression::Sum(title)), "column `films.title` is text and has no sum"),
        (output(Expression::Max(at(films, "tags"))), "has no largest value"),
        (Select { group_by: vec![stray], ..all() }, "none at position 99"),
        (Select { outputs: Vec::new(), ..all() }, "names nothing to read"),
        (order(Expression::CountRows), "column `films.id` differs among the rows of a group"),
    ] {
        let error = store.select(&select, Page::all()).await.unwrap_err();
        assert!(matches!(error, StoreError::Mistake(_)), "{error:?}");
        assert!(error.to_string().contains(words), "{error}");
    }
    let wrong = Condition::Compare(title, Comparison::Equal, Value::Int(1));
    let error = store.select(&filtered(films, wrong), Page::all()).await.unwrap_err();
    assert!(matches!(error, StoreError::Value { column: "title", .. }), "{error:?}");
}

#[tokio::test]
async fn a_missing_column_or_table_is_a_changed_schema() {
    let place = Place::new().await;
    let (store, films, people) = library(&place).await;
    let join = Join { table: people, on: (at(people, "id"), at(films, "director")), optional: true };
    let joined = Select { joins: vec![join], filter: Some(Condition::Null(at(people, "name"))), ..Select::all(films) };
    assert_eq!(ids(&store, joined.clone()).await, "3 4 6");
    place.execute("ALTER TABLE people DROP COLUMN name").await;
    let error = store.select(&joined, Page::all()).await.unwrap_err();
    assert!(matches!(error, StoreError::SchemaChanged { table: "people" }), "{error:?}");
    // Another table's change is none of ours.
    assert_eq!(ids(&store, Select::all(films)).await, "1 2 3 4 5 6");
    place.execute("DROP TABLE films").await;
    let error = store.select(&Select::all(films), Page::all()).await.unwrap_err();
    assert!(matches!(error, StoreError::SchemaChanged { table: "films" }), "{error:?}");
}
