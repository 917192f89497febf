//! Routes that are declared wrongly are told by one start, whichever form each has, and nothing is made.

use serde_json::Value;

use crate::room::everywhere;

#[test]
fn three_forms_are_told_at_once() {
    everywhere(|room| {
        // A table that is missing, a column that is missing, and one of a wrong type.
        room.target.execute(
            "DROP TABLE attribute_alone; ALTER TABLE builder_alone DROP COLUMN note; \
             ALTER TABLE file_alone DROP COLUMN score; ALTER TABLE file_alone ADD COLUMN score INTEGER",
        );
        let before = room.folder.files();
        let wanted = [
            ("POST /attribute/alone (insert into `notes`, ", "there is no table `attribute_alone` in `"),
            ("POST /builder/alone (insert into `notes`, ", "`builder_alone` has no column `note`: add the column"),
            ("", "`score` is a float, and column `file_alone.score` is `"),
        ];
        let line = "pxt serve --host 127.0.0.1 --port 0";
        for line in [line, &format!("{line} --dry-run")] {
            let ended = room.folder.run(line);
            let text = ended.refused(1);
            for (route, sentence) in wanted {
                assert!(text.contains(route) && text.contains(sentence), "{:?}: {route} {sentence}\n{text}", room.kind);
            }
            assert!(text.ends_with("\n3 mistakes: nothing is served\n"), "{:?}: {text}", room.kind);
            // The file's mistake stands at its line.
            assert!(text.contains("pxt.toml:") && text.contains("file_alone"), "{:?}: {text}", room.kind);

            let ended = room.folder.run(&format!("{line} --json"));
            let value: Value = serde_json::from_str(ended.refused(1)).expect("is JSON");
            assert_eq!((&value["status"], &value["code"]), (&"error".into(), &"invalid_configuration".into()));
            let mistakes = value["mistakes"].as_array().expect("a list");
            assert_eq!(mistakes.len(), 3, "{value}");
            for (route, sentence) in wanted {
                let is_told = |mistake: &&Value| {
                    let message = mistake["message"].as_str().unwrap_or_default();
                    message.contains(route) && message.contains(sentence)
                };
                let told = mistakes.iter().find(is_told).unwrap_or_else(|| panic!("{sentence}: {value}"));
                if route.is_empty() {
                    assert!(told["file"] == "pxt.toml" && told["line"].as_u64() > Some(1), "{told}");
                }
            }
            for secret in room.target.secrets() {
                assert!(!text.contains(&secret) && !ended.err.contains(&secret), "{text}");
            }
        }
        assert_eq!(room.folder.files(), before);
        assert!(room.is_untouched(), "no database is made");
    });
}
