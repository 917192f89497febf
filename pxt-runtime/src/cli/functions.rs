//! `functions`: the built-in functions that tables of a file may call.

use std::io::Write as _;

use super::report::Failure;
use crate::functions::registry::{self, Listed};

/// Prints all functions, or the one that is named.
pub(super) fn run(name: Option<&str>, json: bool) -> Result<(), Failure> {
    let functions: Vec<&Listed> = match name {
        None => registry::all().iter().collect(),
        Some(name) => vec![registry::find(name).map_err(Failure::Said)?],
    };
    let text = if json {
        let all: Vec<_> = functions.iter().map(|function| function.describe()).collect();
        format!("{}\n", serde_json::to_string(&all).expect("texts always serialize"))
    } else {
        functions.iter().map(|function| as_text(function)).collect::<Vec<_>>().join("\n")
    };
    // Who asks may have read enough.
    drop(std::io::stdout().write_all(text.as_bytes()));
    Ok(())
}

fn as_text(function: &Listed) -> String {
    let doc: String = function.doc().lines().map(|line| format!("    {line}\n")).collect();
    format!("{function}\n{doc}")
}
