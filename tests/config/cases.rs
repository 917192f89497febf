//! Tables of cases as text, one file a group: what is in the folder, what is run, and what it prints.
//!
//! ```text
//! ---- pxt.toml                 before the first case: what all of the group have
//! ==== a key, misspelt          begins a case
//! ---- pxt.toml                 a file of the folder
//! ---- pxt serve --dry-run      what is run, with variables before it as in a shell; without it, `pxt serve --dry-run`
//! ---- exit 1                   the exit code, and below it what is printed
//! ```
//!
//! The path of the folder stands there as `/folder`. `UPDATE_CASES=1 cargo test --test config` writes what is printed now into the
//! files. Read the difference before it is kept.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use crate::program::Folder;

/// A group of cases.
pub(crate) struct Group {
    path: PathBuf,
    /// What stands before the first case, as it is written.
    head: String,
    /// Files and command of all cases.
    common: Parts,
    pub(crate) cases: Vec<Case>,
}

pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) parts: Parts,
    code: i32,
    printed: String,
}

/// What a case has in its folder and runs there.
#[derive(Clone, Default)]
pub(crate) struct Parts {
    pub(crate) files: Vec<(String, String)>,
    pub(crate) command: Option<String>,
}

const DEFAULT: &str = "pxt serve --dry-run";

impl Group {
    pub(crate) fn read(name: &str) -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/config/cases").join(format!("{name}.txt"));
        let text = std::fs::read_to_string(&path).expect("the group is there");
        let mut pieces = text.split("==== ");
        let head = pieces.next().unwrap_or_default().to_owned();
        let common = parts(&head).0;
        let case = |piece: &str| {
            let (name, body) = piece.split_once('\n').expect("a case has a body");
            let (parts, ended) = parts(body);
            let (code, printed) = ended.unwrap_or((1, String::new()));
            Case { name: name.to_owned(), parts, code, printed }
        };
        let cases = pieces.map(case).collect();
        Self { path, head, common, cases }
    }

    /// Runs all cases, each in a folder of its own; all that differ are told. `allowed` are the exit codes of this group.
    pub(crate) fn check(mut self, allowed: &[i32]) {
        let update = std::env::var_os("UPDATE_CASES").is_some();
        let mut wrong = String::new();
        for case in &mut self.cases {
            let mut folder = Folder::new();
            for (name, text) in self.common.files.iter().chain(&case.parts.files) {
                folder = folder.file(name, text);
            }
            let before = folder.names();
            let line = case.parts.command.as_deref().or(self.common.command.as_deref()).unwrap_or(DEFAULT);
            let run = folder.run(line);
            // The folder is another one each time.
            let path = folder.path().canonicalize().expect("is there").display().to_string();
            let printed = run.shown().trim_end().replace(&path, "/folder");
            assert_eq!(folder.names(), before, "`{}` leaves something behind", case.name);
            assert!(allowed.contains(&run.code), "`{}` ends with {}:\n{printed}", case.name, run.code);
            if (case.code, &*case.printed) != (run.code, &*printed) {
                let (name, code, expected) = (&case.name, case.code, &case.printed);
                writeln!(
                    wrong,
                    "==== {name}\n---- expected: exit {code}\n{expected}\n---- is: exit {}\n{printed}\n",
                    run.code
                )
                .expect("a text takes all");
            }
            (case.code, case.printed) = (run.code, printed);
        }
        if update {
            std::fs::write(&self.path, self.text()).expect("the group can be written");
        } else {
            assert!(wrong.is_empty(), "{wrong}UPDATE_CASES=1 writes what is printed now into {}", self.path.display());
        }
    }

    fn text(&self) -> String {
        let mut text = self.head.clone();
        for (position, case) in self.cases.iter().enumerate() {
            let gap = if position == 0 { "" } else { "\n" };
            writeln!(text, "{gap}==== {}", case.name).expect("a text takes all");
            for (name, body) in &case.parts.files {
                write!(text, "---- {name}\n{body}").expect("a text takes all");
            }
            if let Some(command) = &case.parts.command {
                writeln!(text, "---- {command}").expect("a text takes all");
            }
            writeln!(text, "---- exit {}\n{}", case.code, case.printed).expect("a text takes all");
        }
        text
    }
}

/// The parts of a case, and how it ends.
fn parts(body: &str) -> (Parts, Option<(i32, String)>) {
    let (mut parts, mut ended) = (Parts::default(), None);
    let marked = format!("\n{body}");
    for piece in marked.split("\n---- ").skip(1) {
        let (title, text) = piece.split_once('\n').unwrap_or((piece, ""));
        if let Some(code) = title.strip_prefix("exit ") {
            ended = Some((code.parse().expect("an exit code is a number"), text.trim_end().to_owned()));
        } else if title.split(' ').any(|word| word == "pxt") {
            parts.command = Some(title.to_owned());
        } else {
            parts.files.push((title.to_owned(), format!("{}\n", text.trim_end())));
        }
    }
    (parts, ended)
}
