//! What the target refuses, and answers that there are none of: the row of the service stays, and the target has nothing of it.

use pxt::Uuid;
use serde_json::{Value, json};

use crate::room::{DELIVERIES, FORMS, MODES, Room, ask, everywhere, note, until};

/// The problem of a request whose row is stored, and not exported.
fn is_stored_alone(room: &Room, path: &str, id: Uuid, (status, body): &(u16, Value)) {
    assert_eq!(*status, 500, "{:?} {path}: {body}", room.kind);
    assert_eq!((&body["type"], &body["stored"]), (&json!("export_failed"), &json!(true)), "{path}: {body}");
    assert_eq!(body["key"], json!({"id": id}), "{path}: {body}");
    let detail = body["detail"].as_str().expect("says what happened");
    assert_eq!(
        detail, "the row is stored, and could not be written to the export target: it refuses the row",
        "{path}"
    );
    assert!(room.is_stored(id), "{path}");
}

#[test]
fn update_needs_the_row() {
    everywhere(|room| {
        let (_service, client) = room.serve();
        let (mut waiting, mut stored) = (Vec::new(), 0);
        for form in FORMS {
            for kind in ["insert", "update"] {
                for mode in MODES {
                    for delivery in DELIVERIES {
                        let id = Uuid::now_v7();
                        if kind == "update" {
                            client.post("/notes", &note(id, "before").to_string()).json(200);
                        }
                        let path = format!("/{form}/{kind}/update/{delivery}/{mode}");
                        let outcome = ask(&client, &path, &note(id, "a film"));
                        if delivery == "request" {
                            is_stored_alone(&room, &path, id, &outcome);
                            stored += 1;
                        } else {
                            assert_eq!(outcome.0, 200, "{path}: {}", outcome.1);
                            waiting.push((path, json!([id]).to_string()));
                        }
                    }
                }
            }
        }
        assert_eq!((stored, waiting.len()), (12, 12));
        // Each is refused once at least, and waits for another attempt.
        let rows = until("all are refused", || {
            let rows = room.exports("list");
            let rows = rows.as_array().expect("a list").clone();
            let is_refused = |row: &Value| row["state"] == "waiting" && row["attempts"].as_u64() > Some(0);
            (rows.len() == 12 && rows.iter().all(is_refused)).then_some(rows)
        });
        let found: Vec<_> = rows.iter().map(|row| (row["route"].as_str(), row["key"].as_str())).collect();
        let wanted: Vec<_> = waiting.iter().map(|(path, key)| (Some(&**path), Some(&**key))).collect();
        assert_eq!(found, wanted, "in the order of the commits");
        assert!(rows.iter().all(|row| row["error"].as_str().is_some_and(|error| !error.is_empty())), "{rows:?}");
        assert_eq!(room.target.count("answers", ""), 0);
    });
}

#[test]
fn a_duplicate_is_told_and_the_row_stays() {
    everywhere(|room| {
        let (_service, client) = room.serve();
        for form in FORMS {
            for mode in MODES {
                let id = Uuid::now_v7();
                room.prepare(id);
                let path = format!("/{form}/insert/insert/request/{mode}");
                is_stored_alone(&room, &path, id, &ask(&client, &path, &note(id, "a film")));
                let row = room.at_target("answers", id).expect("is there");
                assert_eq!(row["title"], "before", "{path}: what was there stays");
            }
        }
    });
}

#[test]
fn what_has_no_answer_is_not_exported() {
    everywhere(|room| {
        let (_service, client) = room.serve();
        let mut marks = 0;
        for kind in ["insert", "update"] {
            for delivery in DELIVERIES {
                for mode in MODES {
                    let path = format!("/attribute/{kind}/merge/{delivery}/{mode}");
                    for (title, status, code) in [("public", 409, "function_error"), ("other", 500, "response_failed")]
                    {
                        let id = Uuid::now_v7();
                        if kind == "update" {
                            client.post("/notes", &note(id, "before").to_string()).json(200);
                        }
                        let (answered, body) = ask(&client, &path, &note(id, title));
                        assert_eq!(answered, status, "{path} {title}: {body}");
                        assert_eq!((&body["type"], &body["stored"]), (&json!(code), &json!(true)), "{path}: {body}");
                        assert_eq!(body["key"], json!({"id": id}), "{path}: {body}");
                        assert!(room.is_stored(id), "{path} {title}");
                    }
                    let last = Uuid::now_v7();
                    client.post("/notes", &note(last, "before").to_string()).json(200);
                    let (status, body) = ask(&client, "/attribute/update/merge/outbox/foreground", &note(last, "told"));
                    assert_eq!(status, 200, "{body}");
                    marks += 1;
                    until("a later row arrives", || room.at_target("answers", last));
                }
            }
        }
        until("nothing waits", || room.exports("list").as_array().is_some_and(Vec::is_empty).then_some(()));
        assert_eq!(room.target.count("answers", ""), marks, "{:?}", room.kind);
    });
}
