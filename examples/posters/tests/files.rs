//! Service files of a program in Rust: its attributes and its builder are judged with them, and of what is declared twice every
//! place is named.

use std::process::{Command, Output};

/// Runs the program in a folder that has this file alone.
fn dry_run(file: &str, arguments: &[&str]) -> Output {
    let folder = tempfile::tempdir().expect("a folder can be made");
    std::fs::write(folder.path().join("pxt.toml"), file).expect("a file can be written");
    let mut command = Command::new(env!("CARGO_BIN_EXE_posters"));
    command.env_clear().current_dir(folder.path()).args(["serve", "--dry-run"]).args(arguments);
    let output = command.output().expect("the program starts");
    assert_eq!(std::fs::read_dir(folder.path()).expect("can be read").count(), 1, "a dry run leaves something behind");
    output
}

/// What is said of the mistakes of a file. Lines of the program's source are not compared.
fn refused(file: &str) -> String {
    let output = dry_run(file, &[]);
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stderr).expect("the program writes Unicode");
    let mut parts = text.split(".rs:");
    let mut whole = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        whole.push_str(".rs:LINE");
        whole.push_str(part.trim_start_matches(|c: char| c.is_ascii_digit()));
    }
    whole
}

#[test]
fn twice_in_a_file_and_by_an_attribute() {
    let file = r#"[service]

[[routes]]
type = "insert"
path = "/posters"
table = "films.posters"
inputs = ["title"]
uploadfile_inputs = ["image"]
"#;
    let expected = r#"error: POST /posters is declared 2 times, as `added` at examples/posters/src/routes.rs:LINE and as insert into `films.posters` at pxt.toml:5:8: change the paths
 --> pxt.toml:5:8
  |
5 | path = "/posters"
  |        ^^^^^^^^^^

one mistake: nothing is served
"#;
    assert_eq!(refused(file), expected);
}

#[test]
fn twice_in_a_file_and_by_the_builder() {
    let file = r#"[service]

[[routes]]
type = "delete"
path = "/posters/delete"
table = "films.posters"
match_columns = ["title"]
"#;
    let expected = r#"error: POST /posters/delete is declared 2 times, as delete from `films.posters` at examples/posters/src/routes.rs:LINE and as delete from `films.posters` at pxt.toml:5:8: change the paths
 --> pxt.toml:5:8
  |
5 | path = "/posters/delete"
  |        ^^^^^^^^^^^^^^^^^

one mistake: nothing is served
"#;
    assert_eq!(refused(file), expected);
}

#[test]
fn names_of_the_program() {
    let file = r#"[service]
modules = ["posters.routes", "posters.rotes"]

[[routes]]
type = "query"
path = "/find"
query = "routes.serch"

[[routes]]
type = "query"
path = "/look"
query = "posters:routes:search"
inputs = ["text", "limt"]

[[table]]
name = "films.notes"
columns = { text = "string" }
"#;
    let expected = r#"error: no module `posters.rotes` that declares a table, a function of one, a query or a route is linked into this program; did you mean `posters.routes`?
 --> pxt.toml:2:30
  |
2 | modules = ["posters.routes", "posters.rotes"]
  |                              ^^^^^^^^^^^^^^^

error: there is no query `routes.serch`; did you mean `routes.search`?
 --> pxt.toml:7:9
  |
7 | query = "routes.serch"
  |         ^^^^^^^^^^^^^^

error: `inputs` names `limt`, which is no parameter of the query; did you mean `limit`?
  --> pxt.toml:13:19
   |
13 | inputs = ["text", "limt"]
   |                   ^^^^^^

error: this program declares its tables in Rust: leave `[[table]]` out, or serve the file by `pxt`
  --> pxt.toml:15:1
   |
15 | [[table]]
   | ^^^^^^^^^

4 mistakes: nothing is served
"#;
    assert_eq!(refused(file), expected);
}

/// The usage names the program by its own name.
#[test]
fn usage_names_the_program() {
    let output = dry_run("", &["--prot", "1"]);
    let text = String::from_utf8(output.stderr).expect("the program writes Unicode");
    assert_eq!(output.status.code(), Some(2));
    assert!(text.contains("\nUsage: posters serve "), "{text}");
    assert!(text.contains("\nExamples:\n  posters serve films --config service.toml\n"), "{text}");
}

/// The routes of attributes, of the builder and of the file are one service.
#[test]
fn one_service_of_all_three() {
    let file =
        "[service]\nname = \"posters\"\n\n[[routes]]\ntype = \"query\"\npath = \"/find\"\nquery = \"routes.search\"\n";
    for arguments in [&[][..], &["posters"]] {
        let output = dry_run(file, arguments);
        let text = String::from_utf8(output.stdout).expect("the program writes Unicode");
        assert_eq!(output.status.code(), Some(0));
        for line in ["[query] /find", "[insert] /posters", "[delete] /posters/delete"] {
            assert!(text.contains(&format!("  {line}\n")), "{line}: {text}");
        }
    }
}
