//! What is declared, judged: first without the service's database, as far as that goes, then with what it says of SQL texts.

use super::report::Failure;
use crate::export::Targets;
use crate::route::Routes;
use crate::service::existing_tables;
use crate::service::file::{Overrides, Program, ServiceFile, Wanted, Written};

/// Judges the files, over the tables of the program, or of files and database.
pub(super) async fn judge(
    file: &ServiceFile,
    program: Program,
    wanted: &Wanted,
    overrides: &Overrides,
) -> Result<Written, Failure> {
    let (existing, unreadable) = match (program, file.config(wanted)) {
        (Program::Rust(_), _) => (Some(Vec::new()), None),
        (Program::Standalone, Some(config)) => match existing_tables(&config).await {
            Ok(tables) => (Some(tables), None),
            Err(error) => (None, Some(error)),
        },
        (Program::Standalone, None) => (None, None),
    };
    let targets = file.ask_targets(program, wanted).await;
    let judged = file.judge(program, existing.as_deref(), &targets, wanted, overrides).map_err(Failure::Mistakes)?;
    // The mistakes of the files come first: one of them may be the wrong database.
    unreadable.map_or(Ok(judged), |error| Err(error.into()))
}

/// Judges the files for their settings: no database is asked, so that routes over its tables are not judged.
pub(super) fn settings(file: &ServiceFile, program: Program, wanted: &Wanted) -> Result<Written, Failure> {
    let existing: Option<&[_]> = if matches!(program, Program::Rust(_)) { Some(&[]) } else { None };
    file.judge(program, existing, &Targets::default(), wanted, &Overrides::default()).map_err(Failure::Mistakes)
}

/// The routes, if nothing is wrong with them now that the database was asked.
pub(super) fn judged(routes: Routes) -> Result<Routes, Failure> {
    let found = routes.mistakes();
    if found.is_empty() { Ok(routes) } else { Err(Failure::Mistakes(found)) }
}
