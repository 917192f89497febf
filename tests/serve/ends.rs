//! How the program ends: its exit codes, and what it says of a port that is taken.

use std::net::TcpListener;

use serde_json::{Value, json};

use crate::folder;
use crate::tables::MY_TABLE;

const INSERT: &str = "pxt serve insert --table my_dir.my_table --path /generate --inputs prompt";

#[test]
fn by_sigterm_with_0() {
    let ended = folder(MY_TABLE).serve(INSERT).end("TERM");
    assert_eq!(ended.code, Some(0));
    assert!(ended.err.contains("stopping: running requests and jobs finish"), "{}", ended.err);
}

#[test]
fn by_sigint_with_130() {
    assert_eq!(folder(MY_TABLE).serve(INSERT).end("INT").code, Some(130));
}

#[test]
fn for_a_mistake_with_1() {
    let folder = folder(MY_TABLE);
    let ended = folder.run("pxt serve insert --table my_dir.my_tabel --path /generate");
    let text = ended.refused(1);
    assert!(text.contains("there is no table `my_dir.my_tabel`; did you mean `my_dir.my_table`?"), "{text}");
    assert!(text.ends_with("\none mistake: nothing is served\n"), "{text}");
}

#[test]
fn for_a_port_that_is_taken_with_1() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("binds");
    let port = taken.local_addr().expect("is bound").port();
    let folder = folder(MY_TABLE);
    let line = format!("{INSERT} --host 127.0.0.1 --port {port}");
    let before = folder.files();
    let message = format!("port {port} is already in use: choose another by `--port`");
    assert_eq!(folder.run(&line).refused(1), format!("error: {message}\n"));
    let ended = folder.run(&format!("{line} --json"));
    let value: Value = serde_json::from_str(ended.refused(1)).expect("is one document");
    assert_eq!(value, json!({"status": "error", "code": "EADDRINUSE", "port": port, "message": message}));
    // No database was made for a service that does not start.
    assert_eq!(folder.files(), before);
}

#[test]
fn for_an_address_that_is_not_here_with_1() {
    // Of documentation (RFC 5737): no machine has it.
    let ended = folder(MY_TABLE).run(&format!("{INSERT} --host 192.0.2.1 --json"));
    let value: Value = serde_json::from_str(ended.refused(1)).expect("is one document");
    assert_eq!((&value["status"], &value["code"]), (&json!("error"), &json!("not_started")));
    assert!(
        value["message"].as_str().is_some_and(|text| text.starts_with("192.0.2.1:8000 cannot be bound")),
        "{value}"
    );
}
