//! What the outbox promises of order and of keys that the database gives.

use std::thread;

use pxt::Uuid;
use serde_json::{Value, json};

use crate::client::Client;
use crate::room::{DELIVERIES, FORMS, MODES, Room, ask, everywhere, note, until};

#[test]
fn numbered_rows_arrive_with_their_numbers() {
    everywhere(|room| {
        let (_service, client) = room.serve();
        let mut wanted = Vec::new();
        for delivery in DELIVERIES {
            for form in FORMS {
                for mode in MODES {
                    for count in 0..4 {
                        let path = format!("/{form}/entries/{delivery}/{mode}");
                        let title = format!("{form} {count}");
                        let (status, answer) = ask(&client, &path, &json!({"title": title}));
                        assert_eq!(status, 200, "{path}: {answer}");
                        let id = answer["id"].as_i64().expect("the database has numbered it");
                        let told = if form == "attribute" { format!("{id}: {title}") } else { title };
                        assert_eq!(answer, json!({"id": id, "title": told}), "{path}");
                        wanted.push(answer);
                    }
                }
            }
        }
        let found = || room.target.rows("entries", &["id", "title"], "ORDER BY id");
        until("all arrive", || (found().len() >= wanted.len()).then_some(()));
        assert_eq!(found(), wanted, "{:?}", room.kind);
    });
}

#[test]
fn changes_of_a_row_arrive_in_order() {
    everywhere(|room| {
        let (service, client) = room.serve();
        for form in FORMS {
            let id = Uuid::now_v7();
            client.post("/notes", &note(id, "before").to_string()).json(200);
            let path = format!("/{form}/history");
            let change = |client: &Client, title: &str| {
                let (status, answer) = ask(client, &path, &json!({"id": id, "title": title}));
                assert_eq!(status, 200, "{path}: {answer}");
                answer["title"].as_str().expect("is text").to_owned()
            };
            // The answer to the first is there only after the second is committed and answered.
            let mut wanted = thread::scope(|scope| {
                let slow = scope.spawn(|| change(&Client::of(&service), "slow"));
                until("the first is committed", || (title(&room, id) == "slow").then_some(()));
                let quick = change(&client, "quick");
                assert!(form != "attribute" || !slow.is_finished(), "the first was to be slower");
                vec![slow.join().expect("does not panic"), quick]
            });
            let rest = format!("WHERE id = '{id}' ORDER BY arrival");
            let found = || room.target.rows("history", &["title"], &rest);
            wanted.extend((0..8).map(|count| change(&client, &format!("change {count}"))));
            until("all arrive", || (found().len() >= wanted.len()).then_some(()));
            let found: Vec<_> = found().into_iter().map(|row| row["title"].clone()).collect();
            assert_eq!(found, wanted, "{:?} {path}", room.kind);
        }
    });
}

fn title(room: &Room, id: Uuid) -> String {
    let own = room.own();
    let key = own.kind.pick(&format!("X'{}'", id.simple()), &format!("'{id}'"), "").to_owned();
    own.texts(&format!("SELECT title FROM notes WHERE id = {key}")).remove(0)
}

#[test]
fn the_last_change_wins() {
    everywhere(|room| {
        let (_service, client) = room.serve();
        let mut wanted = Vec::new();
        for form in FORMS {
            for method in ["update", "merge"] {
                for mode in MODES {
                    let id = Uuid::now_v7();
                    client.post("/notes", &note(id, "before").to_string()).json(200);
                    room.prepare(id);
                    let path = format!("/{form}/update/{method}/outbox/{mode}");
                    let change = |count| ask(&client, &path, &json!({"id": id, "title": format!("change {count}")}));
                    let answers: Vec<_> = (0..6).map(change).collect();
                    assert!(answers.iter().all(|(status, _)| *status == 200), "{path}: {answers:?}");
                    let (_, last) = answers.last().expect("there are six").clone();
                    assert!(last["title"].as_str().expect("is text").ends_with("change 5"), "{path}: {last}");
                    wanted.push((path, id, last));
                }
            }
        }
        let is_empty = || {
            let targets = room.exports("");
            targets.as_array().expect("a list").iter().all(|target| target["waiting"] == 0).then_some(())
        };
        until("nothing waits", is_empty);
        for (path, id, last) in wanted {
            let row: Value = room.at_target("answers", id).expect("is there");
            assert_eq!(row, last, "{:?} {path}", room.kind);
        }
    });
}
