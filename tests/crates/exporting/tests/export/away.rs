//! Targets that are not there: at the start, and later. And what is said of them, which never has their password in it.

use pxt::Uuid;
use serde_json::json;

use crate::database::{Database, Kind};
use crate::gate::Gate;
use crate::room::{FORMS, Room, ask, everywhere, note, until};

#[test]
fn requests_need_their_target_at_the_start() {
    everywhere(|mut room| {
        let late = Late::of(&room);
        room.folder.set("PXT_EXPORT_TARGET", &late.connect);
        let before = room.folder.files();
        let ended = room.folder.run("pxt serve --host 127.0.0.1 --port 0");
        let text = ended.refused(1);
        let wanted = "see that it can be reached, or let rows wait for it by `delivery = \"outbox\"`";
        assert!(text.contains(wanted) && text.contains("nothing is served"), "{:?}: {text}", room.kind);
        assert!(room.folder.files() == before && room.is_untouched(), "{:?}: no database is made", room.kind);
    });
}

#[test]
fn the_outbox_waits_for_its_target() {
    everywhere(|mut room| {
        let late = Late::of(&room);
        room.folder.set("PXT_EXPORT_LATE", &late.connect);
        let ended = room.folder.run("pxt serve --dry-run");
        for form in FORMS {
            let told = format!(
                "The database that POST /{form}/late is exported to cannot be reached, and is not checked: rows wait until it can\n"
            );
            assert!(ended.code == Some(0) && ended.out.contains(&told), "{:?}: {} {}", room.kind, ended.out, ended.err);
        }
        let (service, client) = room.serve();
        let mut wanted = Vec::new();
        for form in FORMS {
            let path = format!("/{form}/late");
            let (status, answer) = ask(&client, &path, &note(Uuid::now_v7(), "a film"));
            assert_eq!(status, 200, "{path}: {answer}");
            wanted.push(answer);
            // Others do not notice.
            let path = format!("/{form}/insert/insert/outbox/foreground");
            let (_, other) = ask(&client, &path, &note(Uuid::now_v7(), "a film"));
            let id = other["id"].as_str().and_then(|id| id.parse().ok()).expect("has a key");
            until("goes to another target", || room.at_target("answers", id));
        }
        let waits = || {
            let targets = room.exports("");
            let late = targets
                .as_array()
                .expect("a list")
                .iter()
                .find(|target| target["name"].as_str().is_some_and(|name| name.ends_with(" late")));
            late.expect("the target is known").clone()
        };
        let away = until("the outage is noted", || Some(waits()).filter(|target| target["since"].is_string()));
        assert!(away["waiting"] == 3 && away["failed"] == 0 && away["error"].is_string(), "{away}");

        let target = late.come(&room);
        let rest = "ORDER BY id";
        until("the rows arrive", || (target.rows("late", &["id", "title"], rest) == wanted).then_some(()));
        until("the outage is over", || {
            let target = waits();
            (target["waiting"] == 0 && target["since"].is_null()).then_some(())
        });
        let ended = service.end("TERM");
        assert_eq!(ended.code, Some(0), "{}", ended.err);
        for told in ["nothing can be exported: rows wait, and it is tried again", "rows are exported again"] {
            assert!(ended.err.contains(told), "{:?}: {told}: {}", room.kind, ended.err);
        }
    });
}

/// A target that is not there yet.
struct Late {
    connect: String,
    gate: Option<Gate>,
}

impl Late {
    fn of(room: &Room) -> Self {
        if room.kind == Kind::Sqlite {
            let path = room.target.file().replace("target.db", "late.db");
            return Self { connect: format!("sqlite:///{path}"), gate: None };
        }
        let gate = Gate::before(room.target.port());
        Self { connect: room.target.connect_at(gate.port), gate: Some(gate) }
    }

    /// It comes, with its tables.
    fn come(&self, room: &Room) -> Database {
        match &self.gate {
            Some(gate) => {
                gate.open();
                room.target.again()
            }
            None => {
                let (made, path) = (room.target.file().to_owned() + ".made", &self.connect["sqlite:///".len()..]);
                let database = Database::at(&made);
                database.execute("CREATE TABLE late (id UUID PRIMARY KEY, title VARCHAR(80) NOT NULL)");
                drop(database);
                std::fs::rename(made, path).expect("is moved");
                Database::at(path)
            }
        }
    }
}

#[test]
fn no_password_is_told() {
    everywhere(|mut room| {
        let secrets = room.target.secrets();
        // A file has none.
        if secrets.is_empty() {
            return;
        }
        let gate = Gate::before(room.target.port());
        gate.open();
        let connect = room.target.connect_at(gate.port);
        assert!(secrets.iter().all(|secret| connect.contains(secret)));
        room.folder.set("PXT_EXPORT_TARGET", &connect);
        room.folder.set("PXT_EXPORT_LATE", &connect);
        room.folder.set("PXT_LOG", "debug");
        let mut said = Vec::new();
        let run = |line: &str, code: i32, said: &mut Vec<String>| {
            let ended = room.folder.run(line);
            assert_eq!(ended.code, Some(code), "{line}: {}", ended.err);
            said.extend([ended.out, ended.err]);
        };
        for line in ["serve --dry-run", "serve --dry-run --json", "config show", "config show --json"] {
            run(&format!("pxt {line}"), 0, &mut said);
        }
        let (service, client) = room.serve();
        said.push(String::from_utf8(client.get("/openapi.json").body).expect("is text"));
        let mut exported = |method: &str, delivery: &str, wanted: u16| {
            for form in FORMS {
                let path = format!("/{form}/insert/{method}/{delivery}/foreground");
                let (status, body) = ask(&client, &path, &note(Uuid::now_v7(), "a film"));
                assert_eq!(status, wanted, "{path}: {body}");
                said.push(body.to_string());
            }
        };
        exported("merge", "request", 200);
        exported("merge", "outbox", 200);
        exported("update", "request", 500);
        exported("update", "outbox", 200);
        gate.close();
        exported("merge", "request", 500);
        assert!(said.last().is_some_and(|body| body.contains("it does not answer")), "{:?}", said.last());
        let mut exported = |delivery: &str| {
            let path = format!("/file/insert/merge/{delivery}/foreground");
            said.push(ask(&client, &path, &note(Uuid::now_v7(), "a film")).1.to_string());
        };
        exported("outbox");
        until("the outage is noted", || {
            let targets = room.exports("");
            targets.as_array().expect("a list").iter().any(|target| target["since"].is_string()).then_some(())
        });
        for line in ["exports", "exports --json", "exports list", "exports list --json"] {
            run(&format!("pxt {line}"), 0, &mut said);
        }
        let ended = service.end("TERM");
        assert!(ended.code == Some(0) && ended.err.contains("nothing can be exported"), "{}", ended.err);
        assert!(said[4].contains("debug"), "the log's filter: {}", said[4]);
        said.extend([ended.out, ended.err]);
        for line in ["", " --json", " --dry-run", " --dry-run --json"] {
            run(&format!("pxt serve --host 127.0.0.1 --port 0{line}"), 1, &mut said);
        }
        let place = json!(format!("127.0.0.1:{}", gate.port));
        let place = place.as_str().expect("is text");
        assert!(said.iter().filter(|text| text.contains(place)).count() > 8, "it is named without them");
        for secret in secrets {
            for text in &said {
                assert!(!text.contains(&secret), "{:?}: {text}", room.kind);
            }
        }
    });
}
