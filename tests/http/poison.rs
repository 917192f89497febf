//! What is accepted can be read back, and what cannot be read harms its own row alone: JSON that poses as a command to serde,
//! and cells that others spoilt behind the service's back.

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

/// Spoils cells behind the service's back.
async fn spoil(database: &TestDatabase, id: i64, set: &str) {
    database.execute(&format!("UPDATE notes SET {set} WHERE id = {id}")).await.expect("is SQL");
}

/// JSON that neither database refuses, and whose number is beyond all that can be read.
const BAD_TREE: &str = "tree = '{\"a\":1e400}'";

#[tokio::test]
async fn a_cell_that_cannot_be_read_harms_its_own_row_alone() {
    let service = five().await;
    spoil(service.database(), 2, BAD_TREE).await;
    // Alone: the server's fault, in words that name nothing of what is inside.
    for answer in [lookup(&service, 2).await, service.post("/notes/by-rank", &json!({"rank": 20})).await] {
        let body = problem(&answer, 500, "unreadable_row");
        assert!(!body.to_string().contains("notes"), "{body}");
    }
    let error = Note::get(&service.app, 2).await.expect_err("cannot be read");
    assert_eq!((error.status(), error.code()), (500, "unreadable_row"));
    let text = r#"column `notes.tree` holds a value that is not of its type (json), in the row {"id":2}"#;
    assert!(format!("{error:?}").contains(text), "{error:?}");
    assert_eq!(Note::select().filter(Note::id.eq(2)).fetch_one(&service.app).await.expect_err("neither").status(), 500);
    // Among others: left out, also where it ends a page.
    ok(&lookup(&service, 1).await);
    assert_eq!(pages(&service, "/notes/ranked", &json!({"least": 0})).await, (vec![1, 3, 4, 5], 3));
    assert_eq!(pages(&service, "/notes/ranked", &json!({"least": 20})).await, (vec![3, 4, 5], 2));
    assert_eq!(ok(&service.post("/notes/trees", &json!({})).await).as_array().map(Vec::len), Some(4));
    let ids = |notes: Vec<Note>| notes.iter().map(|note| note.id).collect::<Vec<_>>();
    assert_eq!(ids(Note::select().order_by(Note::id.asc()).fetch(&service.app).await.expect("goes on")), [1, 3, 4, 5]);
    let only = Note::select().only(Note::tree).fetch(&service.app).await.expect("goes on");
    assert_eq!(only.len(), 4);
    assert_eq!(Note::select().only(Note::id).fetch(&service.app).await.expect("does not read it").len(), 5);
    // What does not need the cell goes on; what does says so, and changes nothing.
    assert_eq!(
        ok(&service.post("/notes/rank", &json!({"id": 2, "rank": 21})).await),
        json!({"id": 2, "rank": 21, "double": 42})
    );
    problem(&service.post("/notes/update", &json!({"id": 2, "rank": 22})).await, 500, "unreadable_row");
    let changes = NoteChanges { rank: Some(22), ..NoteChanges::default() };
    assert_eq!(Note::update(&service.app, 2, changes).await.expect_err("the row is answered whole").status(), 500);
    let made =
        Note::update_with(&service.app, 2, |note| Ok(NoteChanges { rank: Some(note.rank), ..NoteChanges::default() }));
    assert_eq!(made.await.expect_err("the row is needed whole").code(), "unreadable_row");
    // An update that brings the cell heals the row.
    let healed = ok(&service.post("/notes/update", &json!({"id": 2, "tree": [1]})).await);
    assert_eq!((&healed["rank"], &healed["tree"], &healed["size"]), (&json!(21), &json!([1]), &json!(3)));
    assert_eq!(ok(&lookup(&service, 2).await), healed);
    // And a row that cannot be read can be deleted.
    spoil(service.database(), 3, BAD_TREE).await;
    assert_eq!(ok(&service.post("/notes/delete", &json!({"id": 3})).await), json!({"num_rows": 1}));
    assert_eq!(pages(&service, "/notes/ranked", &json!({"least": 0})).await.0, [1, 2, 4, 5]);
}

#[tokio::test]
async fn a_computed_cell_that_cannot_be_read_is_computed_again() {
    let service = five().await;
    spoil(service.database(), 2, "answer = '1e400'").await;
    problem(&lookup(&service, 2).await, 500, "unreadable_row");
    let healed = ok(&service.post("/notes/update", &json!({"id": 2, "maybe": 1})).await);
    assert_eq!((&healed["answer"], &healed["maybe"]), (&json!(20), &json!(1)));
    assert_eq!(ok(&lookup(&service, 2).await), healed);
}

/// Rows are paged by a column that cannot be read in some of them: neither can a page begin behind such a row, nor does it stop
/// there.
#[tokio::test]
async fn pages_go_past_rows_whose_place_cannot_be_read() {
    let service = service().await;
    for id in 1..=8 {
        let at = format!("2026-01-{id:02}T00:00:00Z");
        ok(&service.post("/notes", &json!({"id": id, "rank": id, "tree": 1, "at": at})).await);
    }
    let server = service.database().url().starts_with("postgres");
    for id in [3, 4, 5, 8] {
        // On SQLite behind all times, on PostgreSQL too.
        spoil(service.database(), id, if server { "at = 'infinity'" } else { "at = 'someday'" }).await;
    }
    let (ids, _) = pages(&service, "/notes/timed", &json!({})).await;
    assert_eq!(ids, [1, 2, 6, 7]);
    let healed = ok(&service.post("/notes/update", &json!({"id": 4, "at": "2026-02-01T00:00:00Z"})).await);
    assert_eq!(healed["at"], "2026-02-01T00:00:00Z");
    assert_eq!(pages(&service, "/notes/timed", &json!({})).await.0, [1, 2, 6, 7, 4]);
}

#[tokio::test]
async fn a_start_goes_past_a_cell_that_cannot_be_read_or_names_it() {
    let database = leaves(4, r#"{"a":1e400}"#).await;
    let error = App::open(database.config(), &strict::SCHEMA).await.err().expect("does not start");
    let text = format!("{error:?}");
    for words in
        ["column `length` of table `leaves`", "`leaves.tree`", r#"in the row {"id":4}"#, "repair or delete the row"]
    {
        assert!(text.contains(words), "{words}: {text}");
    }
    let database = leaves(4, r#"{"a":1e400}"#).await;
    let app = App::open(database.config(), &wider::SCHEMA).await.expect("starts");
    let widths = wider::Leaf::select().columns((wider::Leaf::id, wider::Leaf::width)).order_by(wider::Leaf::id.asc());
    let widths: Vec<(i64, Option<i64>)> = widths.fetch(&app).await.expect("can be read");
    assert_eq!(widths, [(1, Some(7)), (2, Some(7)), (3, Some(7)), (4, None), (5, Some(7))]);
    let failures = wider::Leaf::failures(&app, 4).await.expect("can be read").expect("is there");
    assert!(failures[0].0 == "width" && failures[0].1.contains("`leaves.tree`"), "{failures:?}");
    // What heals the row computes what was left.
    let changes = wider::LeafChanges { tree: Some(json!("four")) };
    let leaf = wider::Leaf::update(&app, 4, changes).await.expect("is changed").expect("is there");
    assert_eq!((leaf.width, wider::Leaf::failures(&app, 4).await.expect("can be read")), (Some(6), Some(Vec::new())));
}

#[tokio::test]
async fn a_job_that_cannot_be_read_is_left_out_of_the_list() {
    let service = five().await;
    let mut ids = Vec::new();
    for id in 6..=9 {
        let accepted = service.post("/notes/later", &json!({"id": id, "tree": 1})).await;
        assert_eq!(result(&service, &accepted).await["status"], "done");
        ids.push(accepted.json()["id"].as_str().expect("an id").to_owned());
    }
    // The newest come first.
    ids.reverse();
    let spoilt = format!(
        "UPDATE _pxt_jobs SET progress = 'x' WHERE created_at = (SELECT created_at FROM _pxt_jobs ORDER BY id DESC LIMIT 1 OFFSET 1)"
    );
    service.database().execute(&spoilt).await.expect("is SQL");
    problem(&service.get(&format!("/jobs/{}", ids.remove(1))).await, 500, "unreadable_row");
    let (mut listed, mut query) = (Vec::new(), "?limit=2".to_owned());
    loop {
        let answer = service.get(&format!("/jobs{query}")).await;
        let jobs = ok(&answer)["jobs"].as_array().cloned().expect("jobs");
        listed.extend(jobs.iter().filter_map(|job| job["id"].as_str().map(str::to_owned)));
        let link = answer.header("link");
        let Some(next) = link.split(['<', '>']).nth(1) else { break };
        query = next.to_owned();
    }
    assert_eq!(listed, ids);
}
