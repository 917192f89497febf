//! Routes that are declared wrongly are told by one start, and nothing is made.

use serde_json::Value;

use crate::room::{Room, everywhere};

const LINE: &str = "pxt serve --host 127.0.0.1 --port 0";
const ATTRIBUTE: &str = "POST /attribute/alone (`alone`, tests/crates/exporting/src/attributes.rs:";
const BUILDER: &str = "POST /builder/alone (insert into `notes`, tests/crates/exporting/src/built.rs:";

#[test]
fn attributes_and_files_are_told_at_once() {
    everywhere(|room| {
        room.target.execute(
            "DROP TABLE attribute_alone; ALTER TABLE file_alone DROP COLUMN score; \
             ALTER TABLE file_alone ADD COLUMN score INTEGER; ALTER TABLE file_alone DROP COLUMN note",
        );
        let before = room.folder.files();
        let wanted = [
            (ATTRIBUTE, "there is no table `attribute_alone` in `"),
            ("", "file_alone` has no column `note`: add the column, or leave the field out of the outputs"),
            ("", "file_alone.score` is `int"),
        ];
        refused(&room, LINE, &wanted);
        refused(&room, &format!("{LINE} --dry-run"), &wanted);
        assert_eq!(room.folder.files(), before);
        assert!(room.is_untouched(), "no database is made");
    });
}

#[test]
fn the_builder_is_told() {
    everywhere(|room| {
        room.target.execute("ALTER TABLE builder_alone DROP COLUMN note; ALTER TABLE builder_alone DROP COLUMN score");
        let wanted = [
            (BUILDER, "builder_alone` has no column `note`: add the column, or leave the field out of the outputs"),
            (BUILDER, "builder_alone` has no column `score`: add the column, or leave the field out of the outputs"),
        ];
        let before = room.folder.files();
        refused(&room, &format!("{LINE} --dry-run"), &wanted);
        assert!(room.folder.files() == before && room.is_untouched(), "no database is made");
        refused(&room, LINE, &wanted);
    });
}

/// Sees that a command line tells all of this, and nothing else: routes, and what is wrong with each. One of the file has no route, but
/// a line.
fn refused(room: &Room, line: &str, wanted: &[(&str, &str)]) {
    let ended = room.folder.run(line);
    let text = ended.refused(1);
    let end = format!("\n{} mistakes: nothing is served\n", wanted.len());
    assert!(text.ends_with(&end), "{:?}: {text}", room.kind);
    let json = room.folder.run(&format!("{line} --json"));
    let value: Value = serde_json::from_str(json.refused(1)).expect("is JSON");
    assert_eq!((&value["status"], &value["code"]), (&"error".into(), &"invalid_configuration".into()));
    let mistakes = value["mistakes"].as_array().expect("a list");
    assert_eq!(mistakes.len(), wanted.len(), "{value}");
    for (route, sentence) in wanted {
        let is_told = |text: &str| text.contains(route) && text.to_lowercase().contains(sentence);
        assert!(is_told(text), "{:?}: {route} {sentence}\n{text}", room.kind);
        let told = mistakes.iter().find(|mistake| mistake["message"].as_str().is_some_and(is_told));
        let told = told.unwrap_or_else(|| panic!("{:?}: {sentence}: {value}", room.kind));
        if route.is_empty() {
            assert!(told["file"] == "pxt.toml" && told["line"].as_u64() > Some(1), "{told}");
            assert!(text.contains(&format!("pxt.toml:{}", told["line"])), "{text}");
        }
    }
    for secret in room.target.secrets() {
        assert!(!text.contains(&secret) && !json.err.contains(&secret), "{text}");
    }
}
