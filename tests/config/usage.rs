//! Wrong usage: what is said of each mistake on the command line, with an example of the command that is meant.

use crate::cases::Group;
use crate::program::Folder;

/// What the command line itself does not allow ends with 2.
#[test]
fn usage() {
    Group::read("usage").check(&[2]);
}

/// Names that nothing has end with 1: they are no matter of usage.
#[test]
fn names() {
    Group::read("names").check(&[1]);
}

/// The help of each command ends with examples, and each of them is a command line that the program takes.
#[test]
fn examples_can_be_run() {
    let folder = Folder::new().file("service.toml", "[[service]]\nname = \"films\"\n");
    let commands =
        ["", "serve", "serve insert", "serve update", "serve delete", "serve query", "serve compute", "config"];
    for command in commands.into_iter().chain(["functions", "exports"]) {
        let help = folder.run(&format!("pxt {command} --help")).printed();
        let (_, examples) = help.split_once("Examples:\n").unwrap_or_else(|| panic!("no example of `{command}`"));
        for line in examples.lines() {
            let example = line.trim().split(" > ").next().unwrap_or_default();
            assert!(example.starts_with(&format!("pxt {command}")), "`{example}` is none of `{command}`");
            let is_serve = example.starts_with("pxt serve");
            let run = folder.run(&format!("{example}{}", if is_serve { " --dry-run" } else { "" }));
            assert_ne!(run.code, 2, "`{example}`:\n{}", run.shown());
        }
    }
}
