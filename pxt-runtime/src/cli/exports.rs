//! `exports`: what waits to be written to other databases, and what is done about rows that cannot be.

use std::fmt::Write as _;
use std::io::Write as _;

use serde_json::json;

use super::arguments::{Exports as Arguments, ExportsCommand, Which};
use super::judge::settings;
use super::report::Failure;
use crate::export::{ExportRow, ExportSelection, ExportTarget, Exports};
use crate::service::Config;
use crate::service::file::{Program, ServiceFile, Wanted};
use crate::store::{Store, exists, store_error};

/// Does what is asked for over the database of a service, which may run meanwhile.
pub(super) async fn run(arguments: &Arguments, program: Program) -> Result<(), Failure> {
    let file = ServiceFile::of_process(arguments.config.as_deref());
    let wanted = arguments.service.clone().map_or(Wanted::Program, Wanted::Named);
    let written = settings(&file, program, &wanted)?;
    let store = open(&written.config).await?;
    let exports = Exports::new(&store, written.config.export);
    let text = answer(&exports, arguments).await;
    store.close().await;
    // Who asks may have read enough.
    drop(std::io::stdout().write_all(text?.as_bytes()));
    Ok(())
}

/// The database, if it is there: nobody wants it made here.
async fn open(config: &Config) -> Result<Store, Failure> {
    if !exists(&config.database) {
        return Err(Failure::Said("the service has no database yet, so that nothing waits to be exported".to_owned()));
    }
    Ok(Store::open_shared(&config.database, None, config.connections).await.map_err(store_error)?)
}

async fn answer(exports: &Exports, arguments: &Arguments) -> Result<String, Failure> {
    let json = arguments.json;
    Ok(match &arguments.command {
        None => {
            let targets = exports.targets().await?;
            if json { as_json(&targets) } else { targets_as_text(&targets) }
        }
        Some(ExportsCommand::List { which, after, limit }) => {
            let rows = exports.list(&which.selection(), *after, *limit).await?;
            if json { as_json(&rows) } else { rows_as_text(&rows) }
        }
        Some(ExportsCommand::Retry { which, .. }) => {
            let count = exports.retry(&which.selection()).await?;
            if json { as_json(&json!({ "retried": count })) } else { format!("{} tried again\n", rows_are(count)) }
        }
        Some(ExportsCommand::Drop { which, .. }) => {
            let count = exports.drop(&which.selection()).await?;
            if json {
                as_json(&json!({ "dropped": count }))
            } else {
                format!("{} dropped, and never exported\n", rows_are(count))
            }
        }
    })
}

fn rows_are(count: u64) -> String {
    if count == 1 { "1 row is".to_owned() } else { format!("{count} rows are") }
}

impl Which {
    fn selection(&self) -> ExportSelection {
        let numbers = (!self.numbers.is_empty()).then(|| self.numbers.clone());
        ExportSelection { numbers, target: self.target.clone(), failed: self.failed }
    }
}

fn as_json(value: &impl serde::Serialize) -> String {
    format!("{}\n", serde_json::to_string(value).expect("texts and numbers always serialize"))
}

fn targets_as_text(targets: &[ExportTarget]) -> String {
    let mut text = String::new();
    for target in targets {
        // Writing to a `String` does not fail.
        let _ = writeln!(text, "{}", target.name);
        let _ = match target.oldest {
            None => writeln!(text, "    nothing waits"),
            Some(oldest) => {
                writeln!(
                    text,
                    "    {} wait, {} of them failed; the oldest since {oldest}",
                    target.waiting, target.failed
                )
            }
        };
        let _ = match (target.since, &target.error) {
            (Some(since), Some(error)) => writeln!(text, "    nothing can be written since {since}: {error}"),
            (_, Some(error)) => writeln!(text, "    {error}"),
            _ => Ok(()),
        };
    }
    if text.is_empty() { "no route has exported by `delivery = \"outbox\"`\n".to_owned() } else { text }
}

fn rows_as_text(rows: &[ExportRow]) -> String {
    let mut text = String::new();
    for row in rows {
        let ExportRow { number, state, attempts, created_at, route, target, .. } = row;
        let key = row.key.as_deref().unwrap_or("without a key");
        // As above.
        let _ = writeln!(text, "{number}  {state}, {attempts} attempts  {created_at}  {route} {key}  to {target}");
        if let Some(error) = &row.error {
            let _ = writeln!(text, "    {error}");
        }
    }
    if text.is_empty() { "no such row waits\n".to_owned() } else { text }
}
