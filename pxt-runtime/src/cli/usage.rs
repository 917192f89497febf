//! Wrong usage: what clap says of it, with an example, or as JSON.

use std::io::Write as _;
use std::process::ExitCode;

use clap::error::ErrorKind;
use serde_json::json;

use super::arguments::EXAMPLES;

/// Prints it, help and version too. The exit code is 2 for wrong usage, 0 for help that was asked for.
pub(super) fn report(error: &clap::Error) -> ExitCode {
    let is_asked = !error.use_stderr();
    if is_asked || matches!(error.kind(), ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand) {
        // Who asks may have read enough.
        drop(error.print());
        return ExitCode::from(if is_asked { 0 } else { 2 });
    }
    let text = error.render().to_string();
    let wants_json = std::env::args().any(|argument| argument == "--json");
    let text = if wants_json {
        let message = text.strip_prefix("error: ").unwrap_or(&text).split("\n\n").next().unwrap_or_default();
        format!("{}\n", json!({"status": "error", "code": "usage", "message": message.trim()}))
    } else {
        format!("{text}\n{EXAMPLES}\n")
    };
    drop(std::io::stderr().write_all(text.as_bytes()));
    ExitCode::from(2)
}
