//! `config`: what is configured and why, and help for whoever writes a file.

use std::io::Write as _;

use serde_json::{Value, json};

use super::arguments::Config;
use super::judge::settings;
use super::report::Failure;
use crate::service::file::{Program, Provenance, ServiceFile, Shown, Wanted, example, json_schema};

/// Prints what is asked for.
pub(super) fn run(command: &Config, program: Program) -> Result<(), Failure> {
    let text = match command {
        Config::Show { name, config, json } => {
            let file = ServiceFile::of_process(config.as_deref());
            let wanted = name.clone().map_or(Wanted::Program, Wanted::Named);
            let written = settings(&file, program, &wanted)?;
            if *json { format!("{}\n", as_json(&written.shown)) } else { as_text(&written.shown) }
        }
        Config::Schema => format!("{:#}\n", json_schema()),
        Config::Example => example(program),
    };
    // Who asks may have read enough.
    drop(std::io::stdout().write_all(text.as_bytes()));
    Ok(())
}

/// A line a setting: `limits.max_body = "1 MiB"`, and where that comes from, one below the other.
fn as_text(shown: &[Shown]) -> String {
    let lines: Vec<_> = shown.iter().map(|one| format!("{} = {}", one.name, one.value)).collect();
    let width = lines.iter().map(|line| line.chars().count()).filter(|width| *width <= 60).max().unwrap_or(0);
    let line = |(line, one): (&String, &Shown)| format!("{line:width$}  # {}\n", from(&one.from));
    lines.iter().zip(shown).map(line).collect()
}

fn as_json(shown: &[Shown]) -> Value {
    let one = |one: &Shown| json!({"name": one.name, "value": value(&one.value), "from": from(&one.from)});
    shown.iter().map(one).collect()
}

/// A value that is shown as TOML, as JSON. Null where nothing is set.
fn value(toml: &str) -> Value {
    let table: Result<Value, _> = toml::from_str(&format!("value = {toml}"));
    table.ok().and_then(|mut table| table.get_mut("value").map(Value::take)).unwrap_or_default()
}

fn from(provenance: &Provenance) -> String {
    match provenance {
        Provenance::Default => "default".to_owned(),
        Provenance::Variable(name) => format!("the environment: {name}"),
        Provenance::FileVariable(name) => format!("the env_file: {name}"),
        Provenance::File(at) => at.to_string(),
        Provenance::Flag(name) => format!("the command line: --{name}"),
    }
}
