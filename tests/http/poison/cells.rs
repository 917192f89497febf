//! What cannot be read harms its own row alone: cells that others spoilt behind the service's back.

use super::*;

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
    let spoilt =
        "UPDATE _pxt_jobs SET progress = 'x' WHERE id = (SELECT id FROM _pxt_jobs ORDER BY id DESC LIMIT 1 OFFSET 1)";
    service.database().execute(spoilt).await.expect("is SQL");
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
