//! Pages of selects: one after the other they are the whole, in a total order, whatever the select asks for.

use super::asking::*;
use super::*;

/// Reads a select page by page. A page may be longer than `most` only where keys may be `long`.
async fn paged(store: &Store, select: &Select, most: u64, long: bool) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut after = None;
    loop {
        let page = Page { after: after.take(), most, bytes: None };
        let stream = store.select(select, page).await.unwrap();
        after = stream.further().map(str::to_owned);
        let found = rest(stream).await;
        let count = found.len() as u64;
        assert!(long || count <= most);
        assert!(after.is_none() || count == most || (long && count > most), "only a full page has a next one");
        assert!(after.as_ref().is_none_or(|cursor| cursor.len() <= 2048), "{after:?}");
        rows.extend(found);
        if after.is_none() {
            return rows;
        }
    }
}

/// Numbers that look random and are the same in each run (splitmix64).
pub(in crate::store) struct Numbers(pub(in crate::store) u64);

impl Numbers {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound
    }

    fn choose<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len() as u64) as usize]
    }
}

/// `t.left` with a key of two columns and `t.right` without one. Few values, many of them null; texts of so many letters.
pub(in crate::store) async fn sides(
    place: &Place,
    numbers: &mut Numbers,
    letters: usize,
) -> (Store, &'static TableDef, &'static TableDef) {
    let left = table(
        "t.left",
        vec![
            key("b", ColumnType::Int),
            nullable("n", ColumnType::Int),
            nullable("s", ColumnType::String),
            column("f", ColumnType::Float),
            key("a", ColumnType::String),
        ],
    );
    let right = table("t.right", vec![nullable("n", ColumnType::Int), nullable("d", ColumnType::Bool)]);
    let store = place.open().await;
    migrate(&store, &[left, right]).await.unwrap();
    let (lefts, rights) = (store.prepare(left), store.prepare(right));
    let number = |numbers: &mut Numbers| match numbers.below(4) {
        0 => Value::Null,
        n => Value::Int(n as i64 - 2),
    };
    for row in 0..60_i64 {
        let text = match numbers.below(4) {
            0 => Value::Null,
            n => Value::String(["", "a", "é"][n as usize - 1].repeat(letters)),
        };
        let float = Value::Float(numbers.below(3) as f64 / 3.0);
        let key = Value::String(format!("k{}", row / 2));
        let values = vec![Value::Int(row % 2), number(numbers), text, float, key];
        store.insert(&lefts, values, None).await.unwrap();
    }
    for _ in 0..12 {
        let flag = match numbers.below(3) {
            0 => Value::Null,
            n => Value::Bool(n == 1),
        };
        store.insert(&rights, vec![number(numbers), flag], None).await.unwrap();
    }
    (store, left, right)
}

/// A select of some form, in some order, with or without a window of its own.
fn some_select(numbers: &mut Numbers, left: &'static TableDef, right: &'static TableDef) -> Select {
    let mut select = Select::all(left);
    let mut columns: Vec<Spot> = (0..left.columns.len()).map(|column| Spot { table: left, column }).collect();
    if numbers.below(2) == 0 {
        let on = (at(left, "n"), at(right, "n"));
        select.joins.push(Join { table: right, on, optional: numbers.below(2) == 0 });
        columns.extend([at(right, "n"), at(right, "d")]);
    }
    let mut expressions: Vec<Expression> = columns.iter().map(|place| Expression::Column(*place)).collect();
    if numbers.below(3) == 0 {
        select.group_by = (0..=numbers.below(2)).map(|_| numbers.choose(&columns)).collect();
        expressions = select.group_by.iter().map(|place| Expression::Column(*place)).collect();
        let n = at(left, "n");
        expressions.extend([Expression::CountRows, Expression::Sum(n), Expression::Max(n), Expression::Count(n)]);
        select.outputs = outputs(&expressions.iter().map(|one| ("x", *one)).collect::<Vec<_>>());
    } else if numbers.below(2) == 0 {
        // What the order needs is not among the outputs.
        select.outputs = outputs(&[("s", value_of(left, "s"))]);
    }
    for _ in 0..numbers.below(4) {
        let direction = numbers.choose(&[Direction::Ascending, Direction::Descending]);
        select.order_by.push((numbers.choose(&expressions), direction));
    }
    if numbers.below(3) == 0 {
        select.filter = Some(Condition::Or(vec![
            Condition::Null(at(left, "n")),
            Condition::Compare(at(left, "f"), Comparison::Less, Value::Float(0.5)),
        ]));
    }
    select.limit = numbers.choose(&[None, None, Some(0), Some(1), Some(7), Some(30), Some(u64::MAX)]);
    select.offset = numbers.choose(&[0, 0, 0, 1, 9, u64::MAX]);
    select
}

#[tokio::test]
async fn pages_of_any_select_are_the_whole() {
    let place = Place::new().await;
    let mut numbers = Numbers(7);
    let (store, left, right) = sides(&place, &mut numbers, 1).await;
    let mut rows = 0;
    for round in 0..150 {
        let select = some_select(&mut numbers, left, right);
        let whole = all(&store, &select).await;
        assert!(select.limit.is_none_or(|limit| whole.len() as u64 <= limit));
        rows += whole.len();
        for most in [1, 2, 1 + numbers.below(20), 200] {
            assert_eq!(paged(&store, &select, most, false).await, whole, "{round}: pages of {most} of {select:#?}");
        }
    }
    assert!(rows > 2_000, "{rows}");
}

#[tokio::test]
async fn pages_by_long_values_are_the_whole() {
    let place = Place::new().await;
    let mut numbers = Numbers(11);
    let (store, left, right) = sides(&place, &mut numbers, 2_000).await;
    for round in 0..60 {
        let select = some_select(&mut numbers, left, right);
        let whole = all(&store, &select).await;
        for most in [1 + numbers.below(3), 1 + numbers.below(20)] {
            let pages = paged(&store, &select, most, true).await;
            assert!(pages == whole, "{round}: pages of {most} of {select:#?}");
        }
    }
}

#[tokio::test]
async fn a_cursor_names_the_row_whose_values_are_long() {
    let place = Place::new().await;
    let (store, table) = with_table(&place, posters()).await;
    let def = table.def();
    for id in 0..5 {
        store.insert(&table, poster(id, &format!("{}{id}", "x".repeat(70_000))), None).await.unwrap();
    }
    let title = value_of(def, "title");
    let select = Select { order_by: vec![(title, Direction::Descending)], ..Select::all(def) };
    let first = store.select(&select, Page { after: None, most: 2, bytes: None }).await.unwrap();
    let after = first.further().map(str::to_owned);
    assert!(after.as_ref().unwrap().len() < 100);
    let next = store.select(&select, Page { after: after.clone(), most: 2, bytes: None }).await.unwrap();
    assert!(next.further().is_some());
    assert_eq!(rest(next).await.iter().map(|row| &row[0]).collect::<Vec<_>>(), [&Value::Int(2), &Value::Int(1)]);
    // Where the row went, the next page begins; where it is gone, nobody knows.
    store.update(&table, vec![Value::Int(3)], 1, vec![(1, Value::String("y".repeat(70_000)))], None).await.unwrap();
    let next = store.select(&select, Page { after: after.clone(), most: 9, bytes: None }).await.unwrap();
    assert_eq!(rest(next).await[0][0], Value::Int(4));
    store.delete(&table, vec![Value::Int(3)]).await.unwrap();
    let error = store.select(&select, Page { after, most: 2, bytes: None }).await.unwrap_err();
    assert!(matches!(error, StoreError::BadCursor), "{error:?}");
}

#[tokio::test]
async fn a_page_ends_with_a_key_that_a_cursor_can_hold() {
    let place = Place::new().await;
    let def = table("t.keys", vec![key("key", ColumnType::String)]);
    let (store, table) = with_table(&place, def).await;
    let long = |name: &str| name.repeat(3_000);
    for key in ["a".to_owned(), long("b"), long("c"), "d".to_owned(), "e".to_owned(), long("f")] {
        store.insert(&table, vec![Value::String(key)], None).await.unwrap();
    }
    let select = Select::all(def);
    let counts = async |select: &Select, most| {
        let (mut counts, mut after) = (Vec::new(), None);
        loop {
            let page = store.select(select, Page { after: after.take(), most, bytes: None }).await.unwrap();
            after = page.further().map(str::to_owned);
            counts.push(rest(page).await.len());
            if after.is_none() {
                return counts;
            }
        }
    };
    assert_eq!(counts(&select, 1).await, [1, 3, 1, 1]);
    assert_eq!(counts(&select, 2).await, [4, 2]);
    assert_eq!(counts(&select, 5).await, [5, 1]);
    assert_eq!(counts(&select, 6).await, [6]);
    // The select's own end comes first.
    assert_eq!(counts(&Select { limit: Some(3), ..select.clone() }, 2).await, [3]);
    assert_eq!(counts(&Select { limit: Some(6), ..select.clone() }, 5).await, [5, 1]);
    // Within reason.
    place
        .execute(&format!(
            "WITH RECURSIVE n(x) AS (SELECT 100 UNION ALL SELECT x + 1 FROM n WHERE x < 300) \
             INSERT INTO \"t.keys\" (key) SELECT 'g' || x || {} FROM n",
            place.either("hex(zeroblob(2000))", "repeat('0', 4000)")
        ))
        .await;
    let error = store.select(&select, Page { after: None, most: 6, bytes: None }).await.unwrap_err();
    assert!(matches!(error, StoreError::LongKeys { table: "t.keys" }), "{error:?}");
    assert_eq!(counts(&select, 150).await, [207]);
}

#[tokio::test]
async fn the_order_is_the_one_asked_for() {
    let place = Place::new().await;
    let (store, films, _) = library(&place).await;
    let ordered = |terms: &[(&str, Direction)]| Select {
        order_by: terms.iter().map(|(name, direction)| (value_of(films, name), *direction)).collect(),
        ..Select::all(films)
    };
    let (up, down) = (Direction::Ascending, Direction::Descending);
    for (terms, expected) in [
        (&[][..], "1 2 3 4 5 6"),
        (&[("id", down)], "6 5 4 3 2 1"),
        // Nulls first in a rising order, last in a falling one; then by the key.
        (&[("year", up)], "3 6 1 4 2 5"),
        (&[("year", down)], "5 2 1 4 3 6"),
        (&[("year", down), ("score", up)], "5 2 4 1 3 6"),
        (&[("score", up), ("id", down)], "6 3 4 5 1 2"),
        // What follows the key changes nothing.
        (&[("year", up), ("id", down), ("score", up)], "6 3 4 1 2 5"),
        (&[("title", up)], "6 3 5 2 1 4"),
    ] {
        assert_eq!(ids(&store, ordered(terms)).await, expected, "{terms:?}");
    }
    let window = Select { limit: Some(2), offset: 1, ..ordered(&[("year", up)]) };
    assert_eq!(ids(&store, window).await, "6 1");
    let end = Select { limit: Some(u64::MAX), offset: 4, ..ordered(&[]) };
    assert_eq!(ids(&store, end).await, "5 6");
}

#[tokio::test]
async fn a_page_goes_on_where_rows_come_and_go() {
    let place = Place::new().await;
    let (store, films, _) = library(&place).await;
    let by_year = Select {
        order_by: vec![(value_of(films, "year"), Direction::Ascending)],
        outputs: outputs(&[("id", value_of(films, "id"))]),
        ..Select::all(films)
    };
    let stream = store.select(&by_year, Page { after: None, most: 3, bytes: None }).await.unwrap();
    let after = stream.further().map(str::to_owned);
    assert_eq!(rest(stream).await, [[Value::Int(3)], [Value::Int(6)], [Value::Int(1)]]);
    // The row that the cursor names goes, and one comes before it.
    let table = store.prepare(films);
    store.delete(&table, vec![Value::Int(1)]).await.unwrap();
    store.update(&table, vec![Value::Int(2)], 1, vec![(2, Value::Null)], None).await.unwrap();
    let stream = store.select(&by_year, Page { after, most: 3, bytes: None }).await.unwrap();
    assert_eq!(stream.further(), None);
    assert_eq!(rest(stream).await, [[Value::Int(4)], [Value::Int(5)]]);
}

#[tokio::test]
async fn cursors_of_other_queries_are_refused() {
    let place = Place::new().await;
    let (store, films, _) = library(&place).await;
    let by =
        |name: &str, direction| Select { order_by: vec![(value_of(films, name), direction)], ..Select::all(films) };
    let select = by("year", Direction::Ascending);
    let cursor = async |select: &Select| {
        store
            .select(select, Page { after: None, most: 1, bytes: None })
            .await
            .unwrap()
            .further()
            .map(str::to_owned)
            .unwrap()
    };
    let mine = cursor(&select).await;
    assert!(mine.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)), "{mine}");
    // Other values of the same filter are the same query.
    let since = |year: i64| Select {
        filter: Some(Condition::Compare(at(films, "year"), Comparison::Greater, Value::Int(year))),
        ..select.clone()
    };
    let page = |after: &str| Page { after: Some(after.to_owned()), most: 10, bytes: None };
    assert!(store.select(&since(1900), page(&cursor(&since(1950)).await)).await.is_ok());
    let count = Select { outputs: outputs(&[("n", Expression::CountRows)]), ..Select::all(films) };
    let others = [by("year", Direction::Descending), by("score", Direction::Ascending), since(1), count];
    for other in &others {
        let error = store.select(other, page(&mine)).await.unwrap_err();
        assert!(matches!(error, StoreError::BadCursor), "{other:?}");
    }
    for text in ["", "x", "!", "WzFd", &mine[1..], &format!("{mine}A")] {
        let error = store.select(&select, page(text)).await.unwrap_err();
        assert!(matches!(error, StoreError::BadCursor), "{text}: {error:?}");
    }
    // Another process that opens the same database understands it.
    let again = place.open().await;
    assert_eq!(rest(again.select(&select, page(&mine)).await.unwrap()).await.len(), 5);
}

#[tokio::test]
async fn no_cursor_opens_more_than_the_select() {
    let place = Place::new().await;
    let (store, films, _) = library(&place).await;
    let open = Select { outputs: outputs(&[("id", value_of(films, "id"))]), ..Select::all(films) };
    let window = Select { limit: Some(3), offset: 1, ..open };
    let first = store.select(&window, Page { after: None, most: 2, bytes: None }).await.unwrap();
    // Made up: the last place before all rows.
    let cursor = first.further().unwrap().to_owned();
    let bytes = base64::Engine::decode(&base64::prelude::BASE64_URL_SAFE_NO_PAD, &cursor).unwrap();
    let forged = String::from_utf8(bytes).unwrap().replace("[3]", "[-5]");
    assert!(forged.contains("[-5]"), "{forged}");
    let forged = base64::Engine::encode(&base64::prelude::BASE64_URL_SAFE_NO_PAD, forged);
    let page = Page { after: Some(forged), most: 100, bytes: None };
    let rows = rest(store.select(&window, page).await.unwrap()).await;
    assert_eq!(rows, [[Value::Int(2)], [Value::Int(3)], [Value::Int(4)]]);
}
