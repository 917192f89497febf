//! What the tests of selects share: two tables with a few rows, and short ways to ask.

use super::*;
use crate::schema::Element;
pub(in crate::store) use crate::store::{
    Comparison, Condition, Direction, Expression, Join, Output, Page, Place as Spot, RowStream, Select,
};
use crate::value::Elements;

/// A store with the tables `films`, whose rows have the numbers 1 to 6, and `people`.
pub(in crate::store) async fn library(place: &Place) -> (Store, &'static TableDef, &'static TableDef) {
    let columns = vec![
        key("id", ColumnType::Int),
        column("title", ColumnType::String),
        nullable("year", ColumnType::Int),
        nullable("score", ColumnType::Float),
        nullable("director", ColumnType::Int),
        column("tags", ColumnType::Json),
        column("vector", ColumnType::Array(Element::I64, 1)),
    ];
    let films = table("films", columns);
    let people = table("people", vec![key("id", ColumnType::Int), nullable("name", ColumnType::String)]);
    let store = place.open().await;
    migrate(&store, &[films, people]).await.unwrap();
    let table = store.prepare(films);
    let last = "\u{10FFFF}\u{10FFFF}";
    for (id, title, year, score, director) in [
        (1, "Vertigo", Some(1958), Some(8.0), Some(1)),
        (2, "Psycho", Some(1960), Some(8.5), Some(1)),
        (3, "10% a_b", None, None, None),
        (4, last, Some(1958), Some(7.0), Some(99)),
        (5, "Cléo", Some(1962), Some(7.5), Some(2)),
        (6, "'; DROP TABLE films; --", None, None, None),
    ] {
        let row = vec![
            Value::Int(id),
            Value::String(title.to_owned()),
            year.map_or(Value::Null, Value::Int),
            score.map_or(Value::Null, Value::Float),
            director.map_or(Value::Null, Value::Int),
            Value::Json(serde_json::Value::Null),
            Value::Array(Elements::I64(Box::new([id]))),
        ];
        store.insert(&table, row, None).await.unwrap();
    }
    let table = store.prepare(people);
    for (id, name) in [(1, "Alfred"), (2, "Agnès"), (3, "Akira")] {
        store.insert(&table, vec![Value::Int(id), Value::String(name.to_owned())], None).await.unwrap();
    }
    (store, films, people)
}

/// A column by its name.
pub(in crate::store) fn at(table: &'static TableDef, name: &str) -> Spot {
    Spot { table, column: table.position(name).unwrap() }
}

pub(in crate::store) fn value_of(table: &'static TableDef, name: &str) -> Expression {
    Expression::Column(at(table, name))
}

/// Outputs, each read as what it is.
pub(in crate::store) fn outputs(named: &[(&'static str, Expression)]) -> Vec<Output> {
    let ty = |expression| match expression {
        Expression::CountRows | Expression::Count(_) => ColumnType::Int,
        Expression::Avg(_) => ColumnType::Float,
        Expression::Column(place) | Expression::Sum(place) | Expression::Min(place) | Expression::Max(place) => {
            place.def().ty
        }
    };
    let output = |(name, expression): &(&'static str, Expression)| Output {
        name: (*name).into(),
        expression: *expression,
        ty: ty(*expression),
    };
    named.iter().map(output).collect()
}

pub(in crate::store) fn filtered(table: &'static TableDef, condition: Condition) -> Select {
    Select { filter: Some(condition), ..Select::all(table) }
}

/// The rows that a stream still has.
pub(in crate::store) async fn rest(mut stream: RowStream) -> Vec<Row> {
    let mut rows = Vec::new();
    while let Some(row) = stream.next().await.unwrap() {
        rows.push(row);
    }
    rows
}

/// All rows of a select.
pub(in crate::store) async fn all(store: &Store, select: &Select) -> Vec<Row> {
    let stream = store.select(select, Page::all()).await.unwrap();
    assert_eq!(stream.further(), None);
    rest(stream).await
}

/// The first output of each row, in order.
pub(in crate::store) async fn ids(store: &Store, select: Select) -> String {
    let rows = all(store, &select).await;
    let id = |row: &Row| if let Value::Int(id) = row[0] { id.to_string() } else { panic!("{row:?}") };
    rows.iter().map(id).collect::<Vec<_>>().join(" ")
}
