//! `pxt exports`: what it says word for word, and what it does.

use pxt::Uuid;
use serde_json::{Value, json};

use crate::room::{Room, ask, everywhere, is_time, note, until};

/// The tables that rows go to by the outbox, in the order of their names.
const TABLES: [&str; 5] = ["answers", "entries", "history", "late", "pictures"];

impl Room {
    /// What a command line prints.
    fn prints(&self, line: &str) -> String {
        self.folder.run(&format!("pxt exports{line}")).printed().to_owned()
    }

    fn listed(&self, arguments: &str) -> Vec<Value> {
        self.exports(&format!("list {arguments}")).as_array().expect("a list").clone()
    }
}

#[test]
fn nothing_waits() {
    everywhere(|room| {
        let ended = room.folder.run("pxt exports");
        if room.own().kind == crate::database::Kind::Sqlite {
            // Asking for it has made an empty file.
            assert!(ended.refused(1).starts_with("error: the service has no database yet"), "{}", ended.err);
        }
        room.serve().0.end("TERM");
        let place = room.target.shown();
        let text: String = TABLES.iter().map(|table| format!("{place} {table}\n    nothing waits\n")).collect();
        assert_eq!(room.prints(""), text);
        let none = |table: &&str| {
            format!(
                "{{\"name\":\"{place} {table}\",\"waiting\":0,\"failed\":0,\"oldest\":null,\"since\":null,\"error\":null}}"
            )
        };
        let all: Vec<_> = TABLES.iter().map(none).collect();
        assert_eq!(room.prints(" --json"), format!("[{}]\n", all.join(",")));
        for (line, text) in [
            (" list", "no such row waits\n"),
            (" list --failed --json", "[]\n"),
            (" retry --all", "0 rows are tried again\n"),
            (" retry --failed --json", "{\"retried\":0}\n"),
            (" drop --all", "0 rows are dropped, and never exported\n"),
            (" drop 1 2 --json", "{\"dropped\":0}\n"),
        ] {
            assert_eq!(room.prints(line), text, "{line}");
        }
    });
}

#[test]
fn rows_are_listed_tried_again_and_dropped() {
    everywhere(|room| {
        let ids = [Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7()];
        let (service, client) = room.serve();
        for id in ids {
            let (status, answer) = ask(&client, "/builder/insert/update/outbox/foreground", &note(id, "a film"));
            assert_eq!(status, 200, "{answer}");
        }
        // With nobody who tries again, what they say stays.
        until("all are refused", || room.listed("").iter().all(|row| row["attempts"] != 0).then_some(()));
        assert_eq!(service.end("TERM").code, Some(0));
        let place = format!("{} answers", room.target.shown());
        let rows = room.listed("");
        let (mut text, mut oldest) = (String::new(), "");
        for (row, id) in rows.iter().zip(ids) {
            let of = |key: &str| row[key].as_str().unwrap_or_else(|| panic!("`{key}` of {row}"));
            let (number, attempts, error, made) = (&row["number"], &row["attempts"], of("error"), of("created_at"));
            let (route, key) = ("/builder/insert/update/outbox/foreground", json!([id]).to_string());
            assert_eq!((of("target"), of("state"), of("route"), of("key")), (&*place, "waiting", route, &*key));
            assert!(is_time(made), "{row}");
            text +=
                &format!("{number}  waiting, {attempts} attempts  {made}  {route} {key}  to {place}\n    {error}\n");
            oldest = if oldest.is_empty() { made } else { oldest };
        }
        assert_eq!((room.prints(" list"), rows.len()), (text, 3));
        let number = |place: usize| rows[place]["number"].to_string();
        let error = rows[2]["error"].as_str().expect("is text");
        let wanted = format!("{place}\n    3 wait, 0 of them failed; the oldest since {oldest}\n    {error}\n");
        assert!(room.prints("").starts_with(&wanted), "{} is not {wanted}", room.prints(""));
        let wanted = json!({"name": place, "waiting": 3, "failed": 0, "oldest": oldest, "since": null, "error": error});
        assert_eq!(room.exports("")[0], wanted);

        assert_eq!(room.listed(&format!("--after {} --limit 1", number(0))), rows[1..2]);
        assert_eq!(room.listed(&format!("{} {}", number(0), number(2))), [rows[0].clone(), rows[2].clone()]);
        assert_eq!(room.listed(&format!("--target '{place}'")), rows);
        assert_eq!(room.listed("--target 'another place'"), [json!(null); 0]);
        assert_eq!(room.prints(" list --failed"), "no such row waits\n");

        // One is refused too often, which takes minutes.
        room.own().execute(&format!("UPDATE \"_pxt_exports\" SET state = 'failed' WHERE number = {}", number(0)));
        let failed = room.listed("--failed");
        assert_eq!((failed.len(), &failed[0]["number"]), (1, &rows[0]["number"]));
        assert!(room.prints("").contains("    3 wait, 1 of them failed; the oldest since "));
        assert_eq!(room.prints(" retry --failed"), "1 row is tried again\n");
        assert_eq!(room.prints(&format!(" drop {}", number(1))), "1 row is dropped, and never exported\n");
        assert_eq!(room.prints(&format!(" retry {} --json", number(2))), "{\"retried\":1}\n");
        let states: Vec<_> =
            room.listed("").into_iter().map(|row| (row["state"].clone(), row["attempts"].clone())).collect();
        assert_eq!(states, [(json!("pending"), json!(0)), (json!("pending"), json!(0))]);

        // The target is put right.
        ids.iter().for_each(|id| room.prepare(*id));
        let (service, _client) = room.serve();
        until("both are exported", || room.listed("").is_empty().then_some(()));
        let titles = ids.map(|id| room.at_target("answers", id).expect("is there")["title"].clone());
        assert_eq!(titles, ["a film", "before", "a film"], "the second was dropped");
        drop(service);
    });
}
