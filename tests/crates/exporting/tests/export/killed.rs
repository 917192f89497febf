//! A process that is killed when the target has the rows of its jobs, and the jobs have not ended.

use pxt::Uuid;
use serde_json::Value;

use crate::client::Client;
use crate::room::{FORMS, answered, everywhere, note, until};

#[test]
fn a_row_is_exported_once() {
    everywhere(|room| {
        let (service, client) = room.serve();
        // Jobs store their rows, and wait for the target.
        let target = room.target.again();
        target.execute(room.kind.pick(
            "BEGIN IMMEDIATE",
            "BEGIN; LOCK TABLE marked IN SHARE MODE",
            "LOCK TABLES marked READ",
        ));
        let jobs: Vec<_> = FORMS
            .iter()
            .map(|form| {
                let sent = note(Uuid::now_v7(), form);
                let accepted = client.post(&format!("/{form}/marked"), &sent.to_string()).json(202);
                let job = accepted["id"].as_str().expect("a UUID").to_owned();
                (job, answered(form, &sent))
            })
            .collect();
        for (_, answer) in &jobs {
            let id = answer["id"].as_str().and_then(|id| id.parse().ok()).expect("a UUID");
            until("the row is stored", || room.is_stored(id).then_some(()));
        }
        // The target takes the rows, and nobody can write down that the jobs have ended.
        let own = room.own();
        own.execute(own.kind.pick("BEGIN IMMEDIATE", "BEGIN; LOCK TABLE \"_pxt_jobs\" IN SHARE MODE", ""));
        target.execute(room.kind.pick("ROLLBACK", "ROLLBACK", "UNLOCK TABLES"));
        until("the target has the rows", || (room.target.count("marked", "") == jobs.len()).then_some(()));
        for (job, _) in &jobs {
            let job = client.now(&format!("/jobs/{job}")).json(200);
            assert_eq!(job["status"], "pending", "{:?}: it has ended before the kill", room.kind);
        }
        assert_eq!(service.end("KILL").code, None);
        own.execute("ROLLBACK");

        let (_service, client) = room.serve();
        for (job, answer) in &jobs {
            let job: Value = ended(&client, job);
            assert_eq!((&job["state"], &job["result"]), (&"done".into(), answer), "{:?}: {job}", room.kind);
            assert_eq!(job["attempts"], 2, "{:?}: {job}", room.kind);
        }
        let columns = ["_pxt_export_id", "id", "title"];
        let found = room.target.rows("marked", &columns, "ORDER BY id");
        let wanted: Vec<_> = jobs
            .iter()
            .map(|(job, answer)| {
                serde_json::json!({"_pxt_export_id": job, "id": answer["id"], "title": answer["title"]})
            })
            .collect();
        assert_eq!(found, wanted, "{:?}", room.kind);
    });
}

/// The job once it has ended: a lease of half a minute is over by then.
fn ended(client: &Client, job: &str) -> Value {
    until("the job ends", || {
        let job = client.get(&format!("/jobs/{job}")).json(200);
        (job["status"] != "pending").then_some(job)
    })
}
