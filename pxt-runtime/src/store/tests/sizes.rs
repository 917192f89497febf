//! Pages that end by the bytes of their rows, and texts that are too long to be looked for.

use super::asking::*;
use super::*;
use crate::store::rows::VALUE;
use crate::value::Binary;

/// Forty rows of very different sizes: texts, trees and bytes, some of them null. Together they have more than is read at once.
async fn shelf(place: &Place) -> (Store, &'static TableDef) {
    let columns = vec![
        key("id", ColumnType::Int),
        column("kind", ColumnType::Int),
        nullable("text", ColumnType::String),
        nullable("tree", ColumnType::Json),
        nullable("bytes", ColumnType::Binary),
    ];
    let def = table("t.shelf", columns);
    let (store, statements) = with_table(place, def).await;
    for id in 0..40_i64 {
        let length = if id % 13 == 5 { 400_000 } else { 700 * (id as usize % 7) };
        let text = if id % 3 == 0 { Value::Null } else { Value::String("é".repeat(length / 2)) };
        let tree =
            if id % 4 == 0 { Value::Null } else { Value::Json(serde_json::json!({"a": "x".repeat(length / 4)})) };
        let bytes = if id % 5 == 0 { Value::Null } else { Value::Binary(Binary::from(vec![7; length / 3])) };
        let row = vec![Value::Int(id), Value::Int(id % 4), text, tree, bytes];
        store.insert(&statements, row, None).await.unwrap();
    }
    (store, def)
}

/// What a row counts for.
fn size(row: &[Value]) -> u64 {
    let value = |value: &Value| {
        VALUE
            + match value {
                Value::String(text) => text.len() as u64,
                // PostgreSQL writes a space behind a colon.
                Value::Json(tree) => tree.to_string().len() as u64,
                Value::Binary(bytes) => bytes.len() as u64,
                _ => 0,
            }
    };
    row.iter().map(value).sum()
}

/// Reads a select page by page, and looks at the size of each.
async fn paged(store: &Store, select: &Select, most: u64, bytes: u64) -> (Vec<Row>, usize) {
    let (mut rows, mut pages, mut after) = (Vec::new(), 0, None);
    loop {
        let page = Page { after: after.take(), most, bytes: Some(bytes) };
        let stream = store.select(select, page).await.unwrap();
        after = stream.further().map(str::to_owned);
        let found = rest(stream).await;
        let sizes: Vec<u64> = found.iter().map(|row| size(row)).collect();
        let (before, whole) = (sizes[..sizes.len().saturating_sub(1)].iter().sum::<u64>(), sizes.iter().sum::<u64>());
        assert!(before <= bytes, "{bytes} bytes were enough: {sizes:?}");
        assert!(found.len() as u64 <= most);
        let spaces = 2 * found.len() as u64;
        let full = found.len() as u64 == most || whole + spaces > bytes;
        assert!(after.is_none() || full, "{bytes} bytes are not {sizes:?}");
        (rows, pages) = ([rows, found].concat(), pages + 1);
        if after.is_none() {
            return (rows, pages);
        }
    }
}

#[tokio::test]
async fn pages_that_end_by_their_bytes_are_the_whole() {
    let place = Place::new().await;
    let (store, def) = shelf(&place).await;
    let by_kind = vec![(value_of(def, "kind"), Direction::Descending)];
    let longest =
        [("kind", value_of(def, "kind")), ("text", Expression::Max(at(def, "text"))), ("rows", Expression::CountRows)];
    let selects = [
        Select::all(def),
        Select { order_by: by_kind.clone(), ..Select::all(def) },
        Select { order_by: by_kind.clone(), limit: Some(30), offset: 5, ..Select::all(def) },
        // What is ordered by is not read.
        Select { order_by: by_kind, outputs: outputs(&[("text", value_of(def, "text"))]), ..Select::all(def) },
        Select { outputs: outputs(&longest), group_by: vec![at(def, "kind")], ..Select::all(def) },
        Select { outputs: outputs(&[("id", value_of(def, "id"))]), ..Select::all(def) },
    ];
    for select in &selects {
        let whole = all(&store, select).await;
        for bytes in [1, 3_000, 40_000, 700_000, 1 << 30] {
            for most in if bytes == 1 { vec![1_000] } else { vec![7, 1_000, u64::MAX] } {
                let (rows, pages) = paged(&store, select, most, bytes).await;
                assert!(rows == whole, "{bytes} bytes, {most} rows");
                assert!(bytes > 1 || pages == whole.len(), "each page has a row");
            }
        }
    }
}

#[tokio::test]
async fn one_row_of_all_is_no_page_with_an_end() {
    let place = Place::new().await;
    let (store, def) = shelf(&place).await;
    let select = Select { outputs: outputs(&[("longest", Expression::Max(at(def, "text")))]), ..Select::all(def) };
    for _ in 0..2 {
        let page = Page { after: None, most: 10, bytes: Some(1) };
        let stream = store.select(&select, page).await.unwrap();
        assert_eq!(stream.further(), None);
        assert_eq!(rest(stream).await.len(), 1);
    }
}

#[tokio::test]
async fn no_long_text_is_looked_for() {
    let place = Place::new().await;
    let (store, def) = shelf(&place).await;
    let sought = |letters: usize| "é".repeat(letters);
    type Make = fn(Spot, String) -> Condition;
    let conditions: [Make; 3] = [Condition::Contains, Condition::StartsWith, Condition::EndsWith];
    for make in conditions {
        assert!(!all(&store, &filtered(def, make(at(def, "text"), sought(512)))).await.is_empty());
        for condition in
            [make(at(def, "text"), sought(513)), Condition::Not(Box::new(make(at(def, "text"), sought(513))))]
        {
            let error = store.select(&filtered(def, condition), Page::all()).await.unwrap_err();
            assert!(matches!(error, StoreError::LongText), "{error:?}");
            assert_eq!(error.to_string(), "a text that is looked for in others is longer than 1 KiB");
        }
    }
    // To compare whole texts is another thing.
    let equal = Condition::Compare(at(def, "text"), Comparison::Equal, Value::String(sought(5_000)));
    assert_eq!(all(&store, &filtered(def, equal)).await.len(), 0);
}
