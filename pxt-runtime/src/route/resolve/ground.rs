//! What declarations are judged against, and what the kinds of routes have in common.

use std::sync::Arc;

use super::judge::Judge;
use crate::app::Settings;
use crate::route::declaration::Background;
use crate::route::declared::Part;
use crate::route::names::TableName;
use crate::schema::did_you_mean_of;
use crate::table::{Handle, Handles};

/// What declarations are judged against. No database has to be there for it.
pub(crate) struct Ground<'g> {
    pub(crate) tables: &'g Handles,
    pub(crate) settings: &'g Settings,
}

pub(super) fn table(ground: &Ground<'_>, name: &TableName, judge: &mut Judge<'_>) -> Option<Arc<Handle>> {
    if let Some(table) = ground.tables.get(&name.0) {
        return Some(table.clone());
    }
    let tables = ground.tables.schema().tables;
    let hint = match tables.len() {
        0 => ", nor any other: declare it".to_owned(),
        count => {
            let lead = if count == 1 { "there is" } else { "there are" };
            did_you_mean_of(&name.0, lead, tables.iter().map(|table| table.name))
        }
    };
    judge.refuse_at(Part::Argument("table"), format_args!("there is no table `{}`{hint}", name.0));
    None
}

/// Whether the answer is a job. A job's result is JSON, and no file.
pub(super) fn background(set: bool, concurrency: Option<u32>, file: bool, judge: &mut Judge<'_>) -> Option<Background> {
    if set && file {
        judge.refuse_at(
            Part::Argument("background"),
            "`background` and `return_fileresponse` exclude each other: remove one",
        );
    }
    match concurrency {
        Some(0) => judge.refuse_at(
            Part::Argument("concurrency"),
            "`concurrency` is 0, so that no job would run: write a larger number",
        ),
        Some(_) if !set => judge.refuse_at(
            Part::Argument("concurrency"),
            "`concurrency` says how many jobs run at once: add `background`, or remove it",
        ),
        _ => {}
    }
    set.then_some(Background { concurrency })
}
