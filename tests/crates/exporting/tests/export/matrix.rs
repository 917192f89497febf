//! What is answered arrives, with its types: by every form, method and delivery, of insert and update routes, in the foreground and
//! in the background.

use pxt::Uuid;
use serde_json::{Value, json};

use crate::client::{Client, PHOTO};
use crate::room::{DELIVERIES, FORMS, METHODS, MODES, Room, answered, ask, ended, everywhere, note, until};

#[test]
fn what_arrives_is_what_is_answered() {
    everywhere(|room| {
        let (_service, client) = room.serve();
        let mut wanted = Vec::new();
        for form in FORMS {
            for method in METHODS {
                for delivery in DELIVERIES {
                    for mode in MODES {
                        let path = |kind: &str| format!("/{form}/{kind}/{method}/{delivery}/{mode}");
                        wanted.push(inserted(&room, &client, &path("insert")));
                        wanted.push(updated(&room, &client, &path("update")));
                    }
                }
            }
        }
        for (path, answer) in wanted {
            arrives(&room, &path, &answer);
        }
        assert_eq!(room.target.count("answers", ""), 72, "nothing else has arrived");
    });
}

/// Sends what an insert route exports. Path and answer.
fn inserted(room: &Room, client: &Client, path: &str) -> (String, Value) {
    let id = Uuid::now_v7();
    let sent = note(id, "a film");
    if path.contains("/update/") || path.contains("/merge/request/") {
        room.prepare(id);
    }
    asked(room, client, path, &sent)
}

/// Sends what an update route exports: twice, if the target may have the row already.
fn updated(room: &Room, client: &Client, path: &str) -> (String, Value) {
    let id = Uuid::now_v7();
    client.post("/notes", &note(id, "no film").to_string()).json(200);
    if path.contains("/update/update/") {
        room.prepare(id);
    }
    if !path.contains("/update/insert/") {
        asked(room, client, path, &note(id, "another film"));
    }
    let mut last = note(id, "the last film");
    last["note"] = json!("a 'word' \"more\" \u{1f3ac} \\");
    last["tags"] = Value::Null;
    last["score"] = json!(-0.1);
    asked(room, client, path, &last)
}

fn asked(room: &Room, client: &Client, path: &str, sent: &Value) -> (String, Value) {
    let (status, answer) = ask(client, path, sent);
    assert_eq!(status, 200, "{:?} {path}: {answer}", room.kind);
    let form = path.split('/').nth(1).expect("begins with a form");
    assert_eq!(answer, answered(form, sent), "{:?} {path}", room.kind);
    if path.contains("/request/") {
        arrives(room, path, &answer);
    }
    (path.to_owned(), answer)
}

/// The row is at the target: at once, unless it goes by the outbox.
fn arrives(room: &Room, path: &str, answer: &Value) {
    let id = answer["id"].as_str().and_then(|id| id.parse().ok()).expect("has a key");
    if path.contains("/request/") {
        assert_eq!(room.at_target("answers", id).as_ref(), Some(answer), "{:?} {path}", room.kind);
    } else {
        let what = format!("{:?} {path}: {answer} does not arrive", room.kind);
        until(&what, || room.at_target("answers", id).filter(|row| row == answer));
    }
}

#[test]
fn files_arrive_as_their_urls() {
    everywhere(|room| {
        let (_service, client) = room.serve();
        for form in FORMS {
            for delivery in DELIVERIES {
                let path = format!("/{form}/pictures/{delivery}");
                let (status, answer) = ended(&client, &client.form(&path, ("image", PHOTO), &[]));
                assert_eq!(status, 200, "{path}: {answer}");
                let url = answer["image"].as_str().expect("a URL");
                assert_eq!(client.get(url).body, PHOTO, "{path}");
                let found = || {
                    let id = answer["id"].as_str().expect("has a key");
                    room.target.rows("pictures", &["id", "image"], &format!("WHERE id = '{id}'")).pop()
                };
                if delivery == "request" {
                    assert_eq!(found().as_ref(), Some(&answer), "{path}");
                }
                until(&path, || found().filter(|row| *row == answer));
            }
        }
    });
}
