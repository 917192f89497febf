//! Wrong usage: what clap says of it, with examples of the command that is meant, or as JSON.

use std::io::Write as _;
use std::process::ExitCode;

use clap::Command;
use clap::error::ErrorKind;

use super::report::as_json;

/// A command, by its words, and what may be written behind the program's name.
type Examples = (&'static [&'static str], &'static [&'static str]);

const ALL: &[Examples] = &[
    (
        &[],
        &[
            "serve films --config service.toml",
            "serve insert --table films.posters --path /posters",
            "config example",
            "functions image.thumbnail",
            "exports",
        ],
    ),
    (
        &["serve"],
        &[
            "serve films --config service.toml",
            "serve insert --table films.posters --path /posters --inputs title --outputs id title",
            "serve query --query myapp.queries.search --path /search --method get",
        ],
    ),
    (
        &["serve", "insert"],
        &[
            "serve insert --table films.posters --path /posters --inputs title --uploadfile-inputs image --outputs id title",
            "serve insert --table films.posters --path /thumbnail --outputs thumbnail --return-fileresponse",
        ],
    ),
    (
        &["serve", "update"],
        &["serve update --table films.posters --path /posters/update --inputs title --outputs id title"],
    ),
    (&["serve", "delete"], &["serve delete --table films.posters --path /posters/delete --match-columns id"]),
    (
        &["serve", "query"],
        &[
            "serve query --query myapp.queries.search --path /search --method get",
            "serve query --table films.posters --match-columns id --path /lookup --one-row",
        ],
    ),
    (
        &["serve", "compute"],
        &["serve compute --table films.posters --path /preview --uploadfile-inputs image --outputs thumbnail"],
    ),
    (
        &["config"],
        &["config show films --config service.toml", "config schema > pxt.schema.json", "config example > pxt.toml"],
    ),
    (&["functions"], &["functions", "functions image.thumbnail"]),
    (&["exports"], &["exports", "exports list --failed", "exports retry --failed", "exports drop 17"]),
    (&["exports", "retry"], &["exports retry 17 18", "exports retry --failed"]),
    (&["exports", "drop"], &["exports drop 17 18", "exports drop --all"]),
];

/// The command with examples below the help of each of its commands.
pub(super) fn with_examples(command: Command, program: &str) -> Command {
    ALL.iter().fold(command, |command, (words, lines)| add(command, words, &text(program, lines)))
}

fn add(command: Command, words: &[&str], text: &str) -> Command {
    match words.split_first() {
        None => command.after_help(text.to_owned()),
        Some((first, others)) => command.mut_subcommand(first, |inner| add(inner, others, text)),
    }
}

fn text(program: &str, lines: &[&str]) -> String {
    let lines: Vec<_> = lines.iter().map(|line| format!("  {program} {line}")).collect();
    format!("Examples:\n{}", lines.join("\n"))
}

/// The examples of the command that these arguments mean.
fn examples(program: &str, arguments: &[String]) -> String {
    let begins = |(words, _): &&Examples| {
        let Some((first, others)) = words.split_first() else { return true };
        // A service's name or flags may stand between the words.
        arguments.iter().position(|word| word == first).is_some_and(|position| {
            others.iter().all(|other| arguments[position + 1..].iter().any(|word| word == other))
        })
    };
    let nearest = ALL.iter().filter(begins).max_by_key(|(words, _)| words.len());
    nearest.map(|(_, lines)| text(program, lines)).unwrap_or_default()
}

/// Prints it, help and version too. The exit code is 2 for wrong usage, 0 for help that was asked for.
pub(super) fn report(error: &clap::Error, program: &str) -> ExitCode {
    let is_asked = !error.use_stderr();
    if is_asked || matches!(error.kind(), ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand) {
        // Who asks may have read enough.
        drop(error.print());
        return ExitCode::from(if is_asked { 0 } else { 2 });
    }
    let text = error.render().to_string();
    let arguments: Vec<String> = std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned()).collect();
    let text = if arguments.iter().any(|argument| argument == "--json") {
        let message = text.strip_prefix("error: ").unwrap_or(&text).split("\n\n").next().unwrap_or_default();
        format!("{}\n", as_json("usage", message.trim()))
    } else {
        format!("{text}\n{}\n", examples(program, &arguments))
    };
    drop(std::io::stderr().write_all(text.as_bytes()));
    ExitCode::from(2)
}
