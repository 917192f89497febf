//! What is accepted can be read back: JSON that poses as a command to serde, from clients, and in rows that have it.

mod cells;

use fastrand::Rng;
use pxt::jiff::Timestamp;
use pxt::serde_json::{self, Value, json};
use pxt::testing::{Answer, TestDatabase, TestService};
use pxt::{App, Delete, Insert, Query, Routes, Select, Table, Update, retrieval};

use crate::check::{fields, problem};

const RAW: &str = "$serde_json::private::RawValue";
const NUMBER: &str = "$serde_json::private::Number";

/// What others know of something.
#[derive(Debug, Table)]
#[table(name = "notes")]
pub struct Note {
    #[column(primary_key)]
    pub id: i64,
    #[column(default = 0)]
    pub rank: i64,
    pub tree: Value,
    pub maybe: Option<Value>,
    pub at: Option<Timestamp>,
    #[column(computed = crate::poison::size(tree))]
    pub size: i64,
    #[column(computed = crate::poison::double(rank))]
    pub double: i64,
    #[column(computed = crate::poison::answer(rank))]
    pub answer: Value,
}

mod tables {
    use super::Note;

    pxt::schema![Note];
}

#[pxt::udf]
fn size(tree: Value) -> i64 {
    tree.to_string().len() as i64
}

#[pxt::udf]
fn double(rank: i64) -> i64 {
    rank * 2
}

/// For a rank of -1, what no request may bring.
#[pxt::udf]
fn answer(rank: i64) -> Value {
    if rank == -1 { json!({RAW: "[1,2]"}) } else { json!(rank) }
}

#[pxt::query]
fn ranked(least: i64) -> Select<Note> {
    Note::select().filter(Note::rank.ge(least)).order_by(Note::rank.asc())
}

#[pxt::query]
fn timed() -> Select<Note> {
    Note::select().order_by(Note::at.asc())
}

#[pxt::query]
fn trees() -> Select<Note, Value> {
    Note::select().only(Note::tree)
}

#[pxt::query]
fn given(tree: Value) -> Vec<Value> {
    vec![tree]
}

async fn service() -> TestService {
    let routes = |routes: Routes| {
        routes
            .add_insert_route("notes", Insert::at("/notes"))
            .add_insert_route("notes", Insert::at("/notes/later").background(true))
            .add_update_route("notes", Update::at("/notes/update"))
            .add_update_route("notes", Update::at("/notes/update/later").background(true))
            .add_update_route("notes", Update::at("/notes/rank").inputs(["rank"]).outputs(["id", "rank", "double"]))
            .add_query_route(retrieval("notes", ["id"]), Query::at("/notes/lookup").one_row(true))
            .add_query_route(retrieval("notes", ["rank"]), Query::at("/notes/by-rank").one_row(true))
            .add_query_route(ranked {}, Query::at("/notes/ranked").max_rows(2))
            .add_query_route(timed {}, Query::at("/notes/timed").max_rows(1))
            .add_query_route(trees {}, Query::at("/notes/trees"))
            .add_query_route(given {}, Query::at("/notes/given"))
            .add_delete_route("notes", Delete::at("/notes/delete"))
    };
    TestService::of(&tables::SCHEMA, |config| config, routes).await.expect("the service starts")
}

/// A service with notes of the ids 1 to 5, whose rank is ten times that.
async fn five() -> TestService {
    let service = service().await;
    for id in 1..=5 {
        ok(&service.post("/notes", &json!({"id": id, "rank": id * 10, "tree": {"n": id}})).await);
    }
    service
}

#[track_caller]
fn ok(answer: &Answer) -> Value {
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

async fn lookup(service: &TestService, id: i64) -> Answer {
    service.post("/notes/lookup", &json!({ "id": id })).await
}

/// The ids of all pages of a query, and how many pages there are.
async fn pages(service: &TestService, path: &str, body: &Value) -> (Vec<i64>, usize) {
    let (mut ids, mut count, mut cursor) = (Vec::new(), 0, String::new());
    loop {
        let answer = service.post(&format!("{path}{cursor}"), body).await;
        let rows = ok(&answer)["rows"].as_array().cloned().expect("rows");
        ids.extend(rows.iter().filter_map(|row| row["id"].as_i64()));
        count += 1;
        let link = answer.header("link");
        let Some(next) = link.split(['<', '>']).nth(1) else { return (ids, count) };
        cursor = next.to_owned();
    }
}

/// The result of a background job.
async fn result(service: &TestService, accepted: &Answer) -> Value {
    assert_eq!(accepted.status, 202, "{}", accepted.text());
    let id = accepted.json()["id"].as_str().expect("an id").to_owned();
    let request = axum::http::Request::get(format!("/jobs/{id}")).header("prefer", "wait=20");
    let job = service.send(request.body(axum::body::Body::empty()).expect("is a request")).await;
    ok(&job)
}

/// A tree by chance, with odd keys and with numbers at the edges; with `reserved` keys in some places, of which it says whether
/// it has one.
fn any(random: &mut Rng, level: usize, reserved: bool, has: &mut bool) -> Value {
    let numbers = [0.1, -0.5, 1e300, 5e-324, f64::MAX, f64::MIN_POSITIVE, 1e16, 123_456.789, -0.0];
    let texts = ["", "a", "é\n\"\\", "\u{1F600}", "$serde_json", "null", "\u{7f}\u{1}", "/", "$", "\u{2028}", RAW];
    let text = |random: &mut Rng| texts[random.usize(..texts.len())].to_owned();
    match random.u8(..if level == 0 { 6 } else { 9 }) {
        0 => Value::Null,
        1 => random.bool().into(),
        2 => random.i64(..).into(),
        3 => random.u64(..).into(),
        4 => numbers[random.usize(..numbers.len())].into(),
        5 => text(random).into(),
        6 => (0..random.usize(..4)).map(|_| any(random, level - 1, reserved, has)).collect(),
        _ => {
            let mut field = |random: &mut Rng| {
                let key = if reserved && random.u8(..4) == 0 {
                    [RAW, NUMBER][random.usize(..2)].to_owned()
                } else {
                    text(random)
                };
                (key, any(random, level - 1, reserved, has))
            };
            let map: serde_json::Map<_, _> = (0..random.usize(..4)).map(|_| field(random)).collect();
            *has |= map.contains_key(RAW) || map.contains_key(NUMBER);
            Value::Object(map)
        }
    }
}

/// Lists and objects in one another.
fn deep(levels: usize) -> Value {
    (0..levels).fold(json!(1), |tree, level| if level % 2 == 0 { json!([tree]) } else { json!({ "a": tree }) })
}

/// Whether both are one value: a database may write a number in another way.
fn same(one: &Value, two: &Value) -> bool {
    match (one, two) {
        (Value::Number(_), Value::Number(_)) => one == two || (one.is_f64() && one.as_f64() == two.as_f64()),
        (Value::Array(one), Value::Array(two)) => {
            one.len() == two.len() && one.iter().zip(two).all(|(one, two)| same(one, two))
        }
        (Value::Object(one), Value::Object(two)) => {
            one.len() == two.len() && one.iter().all(|(key, value)| two.get(key).is_some_and(|two| same(value, two)))
        }
        _ => one == two,
    }
}

#[tokio::test]
async fn what_is_accepted_is_read_back() {
    let service = service().await;
    let (mut random, mut kept) = (Rng::with_seed(11), Vec::new());
    for id in 0..120 {
        let mut has = false;
        let tree = match id {
            0 => deep(120),
            _ => any(&mut random, 5, id % 3 == 0, &mut has),
        };
        let inserted = service.post("/notes", &json!({"id": id, "tree": tree, "maybe": tree})).await;
        let body = if has {
            let places: &[&str] = if tree.is_null() { &["tree"] } else { &["maybe", "tree"] };
            assert_eq!(fields(&problem(&inserted, 422, "invalid_input"), places), ["reserved_key"; 2][..places.len()]);
            problem(&lookup(&service, id).await, 404, "row_not_found");
            continue;
        } else {
            ok(&inserted)
        };
        for body in [
            &body,
            &ok(&lookup(&service, id).await),
            &ok(&service.post("/notes/rank", &json!({"id": id, "rank": 1})).await),
        ] {
            assert_eq!(body["id"], id);
            if let Some(found) = body.get("tree") {
                assert!(same(&tree, found) && same(&tree, &body["maybe"]), "{tree} became {found}");
            }
        }
        let updated = ok(&service.post("/notes/update", &json!({"id": id, "maybe": tree})).await);
        assert!(same(&tree, &updated["tree"]) && same(&tree, &updated["maybe"]), "{tree} became {updated}");
        kept.push((id, tree));
    }
    let rows = ok(&service.post("/notes/trees", &json!({})).await);
    let rows = rows.as_array().expect("a list of values");
    assert!(rows.len() == kept.len() && kept.len() > 80, "{} of {}", rows.len(), kept.len());
    for ((id, tree), found) in kept.iter().zip(rows) {
        assert!(same(tree, found), "{tree} became {found}");
        let note = Note::get(&service.app, *id).await.expect("can be read").expect("is there");
        assert!(same(tree, &note.tree), "{tree} became {}", note.tree);
    }
}

/// As deep as is taken: deeper than this test could read an answer with it.
#[tokio::test]
async fn the_deepest_tree_is_read_back() {
    let service = service().await;
    let body = |levels: usize| format!("{{\"id\":1,\"tree\":{}}}", deep(levels));
    let deeper = service.post_bytes("/notes", "application/json", body(128)).await;
    assert_eq!(fields(&problem(&deeper, 422, "invalid_input"), &["tree"]), ["bad_format"]);
    let inserted = service.post_bytes("/notes", "application/json", body(127)).await;
    for answer in [inserted, lookup(&service, 1).await, service.post("/notes/ranked", &json!({"least": 0})).await] {
        assert!(answer.status == 200 && answer.text().contains(&deep(127).to_string()), "{}", answer.text());
    }
}

#[tokio::test]
async fn a_key_that_serde_takes_for_a_command_is_refused_wherever_a_client_writes_json() {
    let service = five().await;
    let refused = |answer: &Answer, field: &str| {
        assert_eq!(fields(&problem(answer, 422, "invalid_input"), &[field]), ["reserved_key"], "{}", answer.text());
    };
    for key in [RAW, NUMBER] {
        for content in ["\"[1\"", "\"[1,2]\"", "\"1.5\"", "5", "null"] {
            let plain = format!("{{\"{key}\":{content}}}");
            let deep = format!("[{{\"a\":{{\"b\":1,\"{key}\":{content}}}}}]");
            for tree in [&plain, &deep, &plain.replace('$', "\\u0024"), &deep.replace("private", "priv\\u0061te")] {
                let body = format!("{{\"id\":9,\"tree\":{tree}}}");
                for path in ["/notes", "/notes/later"] {
                    refused(&service.post_bytes(path, "application/json", body.clone()).await, "tree");
                }
                let body = format!("{{\"id\":1,\"maybe\":{tree}}}");
                for path in ["/notes/update", "/notes/update/later"] {
                    refused(&service.post_bytes(path, "application/json", body.clone()).await, "maybe");
                }
                let given =
                    service.post_bytes("/notes/given", "application/json", format!("{{\"tree\":{tree}}}")).await;
                refused(&given, "tree");
            }
        }
        let form = format!("id=9&tree=%7B%22{}%22%3A1%7D", key.replace('$', "%24"));
        refused(&service.post_bytes("/notes", "application/x-www-form-urlencoded", form).await, "tree");
        // As a value it is a text like any other, and as a field it is an unknown one.
        ok(&service.post("/notes/update", &json!({"id": 1, "maybe": [key]})).await);
        let field = service.post("/notes", &json!({"id": 9, "tree": 1, key: "[1"})).await;
        assert_eq!(fields(&problem(&field, 422, "invalid_input"), &[key]), ["unknown_field"]);
    }
    problem(&lookup(&service, 9).await, 404, "row_not_found");
    assert_eq!(pages(&service, "/notes/ranked", &json!({"least": 0})).await.0, [1, 2, 3, 4, 5]);
}

#[tokio::test]
async fn a_function_does_not_bring_such_a_key_into_a_row() {
    let service = five().await;
    let failed = service.post("/notes", &json!({"id": 9, "rank": -1, "tree": 1})).await;
    assert_eq!(fields(&problem(&failed, 422, "function_failed"), &["answer"]), ["function_failed"]);
    problem(&lookup(&service, 9).await, 404, "row_not_found");
    problem(&service.post("/notes/rank", &json!({"id": 1, "rank": -1})).await, 422, "function_failed");
    assert_eq!(ok(&lookup(&service, 1).await)["rank"], 10);
    let new = NewNote { id: 9, rank: None, tree: json!([{NUMBER: "1"}]), maybe: None, at: None };
    let error = Note::insert(&service.app, new).await.expect_err("is refused");
    assert_eq!((error.status(), error.fields()[0].code), (422, "reserved_key"));
}

/// Rows of older versions, or of other writers.
#[tokio::test]
async fn rows_that_have_such_keys_are_read_as_they_are_written() {
    let service = five().await;
    for (id, tree) in [
        (2, json!({RAW: "not json"})),
        (3, json!([{"a": {RAW: "[1,2]"}}])),
        (4, json!({NUMBER: "1.5"})),
        (5, json!({RAW: 5, "b": {NUMBER: null}})),
    ] {
        let text = tree.to_string();
        service.database().execute(&format!("UPDATE notes SET tree = '{text}' WHERE id = {id}")).await.expect("is SQL");
        // Text is compared: serde_json would take commands from it here too.
        let holds =
            |answer: &Answer| assert!(answer.status == 200 && answer.text().contains(&text), "{}", answer.text());
        holds(&lookup(&service, id).await);
        holds(&service.post("/notes/ranked", &json!({"least": id * 10})).await);
        holds(&service.post("/notes/trees", &json!({})).await);
        holds(&service.post("/notes/update", &json!({"id": id, "maybe": 7})).await);
        let accepted = service.post("/notes/update/later", &json!({"id": id, "maybe": 8})).await;
        let id_of = accepted.json()["id"].as_str().expect("an id").to_owned();
        result(&service, &accepted).await;
        holds(&service.get(&format!("/jobs/{id_of}")).await);
        let note = Note::get(&service.app, id).await.expect("can be read").expect("is there");
        assert_eq!((note.tree, note.maybe), (tree, Some(json!(8))));
    }
    let notes = Note::select().fetch(&service.app).await.expect("can be read");
    assert_eq!(notes.len(), 5);
    // A start that computes another column over such a row.
    let database = leaves(3, &json!({RAW: "not json"}).to_string()).await;
    let app = App::open(database.config(), &strict::SCHEMA).await.expect("starts");
    let leaf = strict::Leaf::get(&app, 3).await.expect("can be read").expect("is there");
    assert_eq!((leaf.length, leaf.tree), (size(json!({RAW: "not json"})), json!({RAW: "not json"})));
}

/// A table, then the same with a column that is computed of what is there: one that may be null, and one that may not.
mod leaves {
    use pxt::serde_json::Value;

    #[derive(pxt::Table)]
    #[table(name = "leaves")]
    pub struct Leaf {
        #[column(primary_key)]
        pub id: i64,
        pub tree: Value,
    }
    pxt::schema![Leaf];
}

mod wider {
    use pxt::serde_json::Value;

    #[derive(pxt::Table)]
    #[table(name = "leaves")]
    pub struct Leaf {
        #[column(primary_key)]
        pub id: i64,
        pub tree: Value,
        #[column(computed = crate::poison::width(tree))]
        pub width: Option<i64>,
    }
    pxt::schema![Leaf];
}

mod strict {
    use pxt::serde_json::Value;

    #[derive(pxt::Table)]
    #[table(name = "leaves")]
    pub struct Leaf {
        #[column(primary_key)]
        pub id: i64,
        pub tree: Value,
        #[column(computed = crate::poison::size(tree))]
        pub length: i64,
    }
    pxt::schema![Leaf];
}

/// A database with leaves of the ids 1 to 5, of which one has this tree, as SQL text.
async fn leaves(id: i64, tree: &str) -> TestDatabase {
    let database = TestDatabase::new().await.expect("there is a database");
    let app = App::open(database.config(), &leaves::SCHEMA).await.expect("starts");
    for id in 1..=5 {
        let new = leaves::NewLeaf { id, tree: json!({"n": id}) };
        leaves::Leaf::insert(&app, new).await.expect("is inserted");
    }
    app.close().await;
    database.execute(&format!("UPDATE leaves SET tree = '{tree}' WHERE id = {id}")).await.expect("is SQL");
    database
}

#[pxt::udf]
fn width(tree: Value) -> Option<i64> {
    Some(size(tree))
}
