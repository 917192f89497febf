//! Tables that others made: what is in them is listed, and they are declared as they are.

use super::asking::*;
use super::*;
use crate::store::{ChangeKind, ExistingColumn};

/// A table as programs of others make it, with two rows.
async fn with_books(place: &Place) {
    let books = place.either(
        "CREATE TABLE books (id INTEGER PRIMARY KEY, title VARCHAR(40) NOT NULL, pages INT, price DOUBLE, cover TEXT, \
         added TEXT NOT NULL DEFAULT '', shelf TEXT, signed BOOLEAN NOT NULL DEFAULT FALSE)",
        "CREATE TABLE books (id SERIAL PRIMARY KEY, title VARCHAR(40) NOT NULL, pages INTEGER, price DOUBLE PRECISION, \
         cover TEXT, added TEXT NOT NULL DEFAULT '', shelf TEXT, signed BOOLEAN NOT NULL DEFAULT FALSE)",
    );
    place.execute(books).await;
    place
        .execute(
            "INSERT INTO books (title, pages, price, cover) VALUES ('Élan', 120, 9.5, 'covers/1.png'); \
             INSERT INTO books (title) VALUES ('Zoo')",
        )
        .await;
}

fn books(more: Vec<ColumnDef>) -> &'static TableDef {
    let mut columns = vec![
        auto("id"),
        column("title", ColumnType::String),
        nullable("pages", ColumnType::Int),
        nullable("price", ColumnType::Float),
        nullable("cover", ColumnType::Image),
        column("signed", ColumnType::Bool),
    ];
    columns.extend(more);
    table("books", columns)
}

async fn refusals(store: &Store, def: &'static TableDef) -> Vec<String> {
    match store.adopt(&[def]).await.unwrap_err() {
        StoreError::Drift(differences) => differences.into_iter().map(|difference| difference.text).collect(),
        error => panic!("{error:?}"),
    }
}

#[tokio::test]
async fn a_table_of_others_is_adopted_and_used() {
    let place = Place::new().await;
    let store = place.open().await;
    with_books(&place).await;
    let def =
        books(vec![computed("letters", ColumnType::Int, "crate::len(title)"), nullable("note", ColumnType::String)]);
    let error = migrate(&store, &[def]).await.unwrap_err().to_string();
    assert!(error.contains("pxt did not make: adopt it with `Config::adopt([\"books\"])`"), "{error}");
    let adopted = store.adopt(&[def, posters()]).await.unwrap();
    assert_eq!(adopted.iter().map(|def| def.name).collect::<Vec<_>>(), ["books"], "the other one is not there");
    assert!(store.adopt(&[def]).await.unwrap().is_empty(), "it is adopted already");
    // What only the declaration has is added as to any table.
    let migrated = migrate(&store, &[def]).await.unwrap();
    let kinds: Vec<_> = migrated.changes.iter().map(|change| change.kind).collect();
    assert_eq!(kinds, [ChangeKind::Column(6), ChangeKind::Column(7)]);
    assert_eq!(migrated.backfill[0].columns, [6]);
    assert!(migrate(&place.open().await, &[def]).await.unwrap().changes.is_empty());

    let table = store.prepare(def);
    let text = |text: &str| Value::String(text.to_owned());
    let first = store.get(&table, vec![Value::Int(1)]).await.unwrap().unwrap();
    assert_eq!(first.version, 1);
    assert_eq!(first.values[1..4], [text("Élan"), Value::Int(120), Value::Float(9.5)]);
    assert_eq!(first.values[4], Value::Media(crate::value::Media::stored("covers/1.png")));
    let mut row = vec![Value::Null; 8];
    (row[1], row[5]) = (text("abc"), Value::Bool(true));
    assert_eq!(store.insert(&table, row, None).await.unwrap(), Some(3));
    assert!(store.update(&table, vec![Value::Int(2)], 1, vec![(2, Value::Int(7))], None).await.unwrap());
    assert_eq!(store.referenced(&table, &["covers/1.png".to_owned()]).await.unwrap().len(), 1);
    let long = Select { order_by: vec![(value_of(def, "pages"), Direction::Descending)], ..Select::all(def) };
    assert_eq!(ids(&store, long).await, "1 2 3");
    assert_eq!(ids(&store, filtered(def, Condition::StartsWith(at(def, "title"), "É".into()))).await, "1");
    let sum = outputs(&[("sum", Expression::Sum(at(def, "pages"))), ("mean", Expression::Avg(at(def, "pages")))]);
    let sums = all(&store, &Select { outputs: sum, ..Select::all(def) }).await;
    assert_eq!(sums, [[Value::Int(127), Value::Float(63.5)]]);
}

#[tokio::test]
async fn all_that_stands_in_the_way_is_said_at_once() {
    let place = Place::new().await;
    let store = place.open().await;
    with_books(&place).await;
    place.execute("CREATE TABLE plain (n INTEGER NOT NULL); CREATE VIEW titles AS SELECT title FROM books").await;
    let def = table(
        "books",
        vec![
            auto("id"),
            nullable("title", ColumnType::String),
            column("pages", ColumnType::Int),
            nullable("price", ColumnType::String),
            computed("cover", ColumnType::Image, "cover()"),
            key("signed", ColumnType::Bool),
            key("more", ColumnType::Int),
        ],
    );
    let said = refusals(&store, def).await;
    let (float, text) = place.either(("DOUBLE", "TEXT"), ("double precision", "text"));
    assert_eq!(
        said,
        [
            "column `books.title` takes no nulls: declare it without an `Option`".to_owned(),
            "column `books.pages` may hold nulls: declare it as an `Option`".to_owned(),
            format!(
                "column `books.price` is {float} in the database and declared as text: make it {text} there, or declare it \
                 as float"
            ),
            "column `books.cover` holds values that pxt did not compute: declare it without `computed`, or rename it"
                .to_owned(),
            "the primary key of `books.signed` is another in the database: declare it without `primary_key`".to_owned(),
            "column `books.more` is in the primary key and not in the database: declare the key that the table has"
                .to_owned(),
        ]
    );
    let strange = refusals(&store, table("plain", vec![key("m", ColumnType::Int)])).await;
    assert!(strange.iter().any(|text| text.contains("`plain.n`, added by others, takes no nulls")), "{strange:?}");
    let view = refusals(&store, table("titles", vec![column("title", ColumnType::String)])).await;
    assert_eq!(view, ["`titles` is a view, which cannot be written: name the table behind it"]);
    // Nothing was done.
    let list = store.introspect().await.unwrap();
    assert!(list.iter().all(|table| !table.known), "{list:?}");
    assert_eq!(place.texts("SELECT title FROM books ORDER BY id").await, ["Élan", "Zoo"]);
}

#[tokio::test]
async fn values_that_pxt_would_not_read_are_found() {
    let place = Place::new().await;
    let store = place.open().await;
    let (float, list) = place.either(("REAL", "BLOB"), ("DOUBLE PRECISION", "BIGINT[]"));
    let (nothing, two, three) =
        place.either(("9e999", "zeroblob(16)", "zeroblob(24)"), ("'NaN'", "'{1,2}'", "'{1,2,3}'"));
    place
        .execute(&format!(
            "CREATE TABLE lists (id BIGINT PRIMARY KEY NOT NULL, score {float}, list {list}); \
             INSERT INTO lists VALUES (1, 0.5, {two}), (2, {nothing}, {three}), (3, NULL, NULL)"
        ))
        .await;
    let array = |len| nullable("list", ColumnType::Array(crate::schema::Element::I64, len));
    let def = table("lists", vec![key("id", ColumnType::Int), nullable("score", ColumnType::Float), array(2)]);
    let said = refusals(&store, def).await;
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(said[0].starts_with("column `lists.score` holds values that are not float as pxt writes it"), "{said:?}");
    assert!(said[1].starts_with("column `lists.list` holds values that are not array(i64, 2)"), "{said:?}");
    place.execute("DELETE FROM lists WHERE id = 2").await;
    assert_eq!(store.adopt(&[def]).await.unwrap().len(), 1);
    migrate(&store, &[def]).await.unwrap();
    assert_eq!(ids(&store, Select::all(def)).await, "1 3");
}

#[tokio::test]
async fn tables_are_listed_whoever_made_them() {
    let place = Place::new().await;
    let columns = vec![
        key("id", ColumnType::Uuid),
        column("image", ColumnType::Image),
        nullable("vector", ColumnType::Array(crate::schema::Element::F32, 3)),
        computed("size", ColumnType::Int, "len(image)"),
    ];
    let (store, _) = with_table(&place, table("films.posters", columns)).await;
    with_books(&place).await;
    place.execute("CREATE VIEW titles AS SELECT title FROM books; CREATE TABLE other (x NUMERIC)").await;
    let list = store.introspect().await.unwrap();
    let names: Vec<_> = list.iter().map(|table| (table.name.as_str(), table.known)).collect();
    assert_eq!(names, [("books", false), ("films.posters", true), ("other", false)]);

    let types = |table: usize| -> Vec<_> {
        let ty = |column: &ExistingColumn| (column.name.clone(), column.ty.clone().ok());
        list[table].columns.iter().map(ty).collect()
    };
    let named = |name: &str, ty| (name.to_owned(), Some(ty));
    assert_eq!(
        types(1),
        [
            named("id", ColumnType::Uuid),
            named("image", ColumnType::Image),
            named("vector", ColumnType::Array(crate::schema::Element::F32, 3)),
            named("size", ColumnType::Int),
        ]
    );
    assert_eq!(list[1].columns[3].computed.as_deref(), Some("len(image)"));
    assert_eq!(types(0)[..2], [named("id", ColumnType::Int), named("title", ColumnType::String)]);
    let id = &list[0].columns[0];
    assert!(id.auto && id.primary_key && id.default && !id.nullable, "{id:?}");
    let pages = &list[0].columns[2];
    assert!(pages.nullable && !pages.auto && !pages.default && !pages.primary_key, "{pages:?}");
    assert_eq!(pages.database_type, place.either("INT", "integer"));
    let why = list[2].columns[0].ty.clone().unwrap_err();
    assert!(why.contains(place.either("SQLite does not say", "holds numbers that no float does")), "{why}");
}

#[tokio::test]
async fn constraints_of_others_refuse_what_they_are_for() {
    let place = Place::new().await;
    let store = place.open().await;
    place
        .execute(
            "CREATE TABLE shelves (id BIGINT PRIMARY KEY NOT NULL); CREATE TABLE books (id BIGINT PRIMARY KEY NOT NULL, \
             shelf BIGINT REFERENCES shelves (id), pages BIGINT CHECK (pages > 0)); INSERT INTO shelves VALUES (1)",
        )
        .await;
    let shelves = table("shelves", vec![key("id", ColumnType::Int)]);
    let columns =
        vec![key("id", ColumnType::Int), nullable("shelf", ColumnType::Int), nullable("pages", ColumnType::Int)];
    let books = table("books", columns);
    store.adopt(&[books, shelves]).await.unwrap();
    migrate(&store, &[shelves, books]).await.unwrap();
    let (table, shelf) = (store.prepare(books), store.prepare(shelves));
    let row = |id: i64, shelf: i64, pages: i64| [id, shelf, pages].map(Value::Int).to_vec();
    let rows = [row(1, 1, 9), row(2, 7, 9), row(3, 1, 0), row(4, 1, 1)].map(|row| store.insert(&table, row, None));
    let answers = futures_util::future::join_all(rows).await;
    let refused = |answer: &Result<_, StoreError>| matches!(answer, Err(StoreError::Constraint { table: "books" }));
    assert!(answers[0].is_ok() && refused(&answers[1]) && refused(&answers[2]) && answers[3].is_ok(), "{answers:?}");
    let changed = store.update(&table, vec![Value::Int(1)], 1, vec![(2, Value::Int(-1))], None).await;
    assert!(matches!(changed, Err(StoreError::Constraint { table: "books" })), "{changed:?}");
    let gone = store.delete(&shelf, vec![Value::Int(1)]).await;
    assert!(matches!(gone, Err(StoreError::Constraint { table: "shelves" })), "{gone:?}");
}
