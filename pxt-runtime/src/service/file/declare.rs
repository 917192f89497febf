//! A route of a file as a declaration, which the builder's judge judges.

use std::sync::Arc;

use super::node::Node;
use super::section::Section;
use crate::error::{Mistake, Span};
use crate::route::{
    Compute, Declarations, Delete, ExportMethod, Insert, Method, Origin, Part, Positions, Query, QueryName, SqlExport,
    TableName, Update, What, retrieval,
};

/// Adds the route of a table whose keys have been checked. What the types of keys do not tell is refused.
pub(super) fn declare(route: &Node, declarations: &mut Declarations, found: &mut Vec<Mistake>) {
    let section = Section(route);
    let what = match section.text("type").as_deref() {
        Some("insert") => insert(section),
        Some("update") => update(section),
        Some("delete") => delete(section),
        Some("compute") => compute(section),
        Some("query") => query(section, found),
        _ => None,
    };
    if let Some(what) = what {
        declarations.add(what, Origin::File(Arc::new(Place(route.clone()))));
    }
}

/// A route, for the places of its parts.
struct Place(Node);

impl Positions for Place {
    fn span(&self, part: Part<'_>) -> Span {
        let value = |key: &str| self.0.get(key).map(|entry| &entry.node);
        let nearest = || value("path").unwrap_or(&self.0).at.clone();
        match part {
            Part::Whole => nearest(),
            Part::Argument(name) => value(name).map_or_else(nearest, |node| node.at.clone()),
            Part::Entry(name, entry) => {
                let list = value(name);
                let item = list.and_then(|list| list.items().iter().rev().find(|item| item.text() == Some(entry)));
                item.or(list).map_or_else(nearest, |node| node.at.clone())
            }
            Part::Inside(name, start, end) => value(name).map_or_else(nearest, |node| inside(node, start, end)),
        }
    }
}

/// What stands between two bytes of a text; the whole text where it is not written as it is, but with escapes.
fn inside(node: &Node, start: usize, end: usize) -> Span {
    let at = &node.at;
    let written = at.source.text.get(at.range.clone()).unwrap_or_default();
    match node.text().and_then(|text| written.find(text)) {
        Some(begin) => {
            let begin = at.range.start + begin;
            Span { source: at.source.clone(), range: begin + start..begin + end }
        }
        None => at.clone(),
    }
}

fn table(section: Section<'_>) -> Option<TableName> {
    section.text("table").map(TableName::from)
}

fn concurrency(section: Section<'_>) -> Option<u32> {
    section.integer("concurrency").and_then(|number| u32::try_from(number).ok())
}

fn insert(section: Section<'_>) -> Option<What> {
    let mut options = Insert::at(section.text("path")?);
    options.inputs = section.names("inputs");
    options.uploadfile_inputs = section.names("uploadfile_inputs").unwrap_or_default();
    options.outputs = section.names("outputs");
    options.return_fileresponse = section.flag("return_fileresponse").unwrap_or_default();
    options.export_sql = section.table("export_sql").and_then(export);
    options.background = section.flag("background").unwrap_or_default();
    options.concurrency = concurrency(section);
    Some(What::Insert(table(section)?, options))
}

fn update(section: Section<'_>) -> Option<What> {
    let mut options = Update::at(section.text("path")?);
    options.inputs = section.names("inputs");
    options.outputs = section.names("outputs");
    options.return_fileresponse = section.flag("return_fileresponse").unwrap_or_default();
    options.export_sql = section.table("export_sql").and_then(export);
    options.background = section.flag("background").unwrap_or_default();
    options.concurrency = concurrency(section);
    Some(What::Update(table(section)?, options))
}

fn delete(section: Section<'_>) -> Option<What> {
    let mut options = Delete::at(section.text("path")?);
    options.match_columns = section.names("match_columns");
    options.background = section.flag("background").unwrap_or_default();
    options.concurrency = concurrency(section);
    Some(What::Delete(table(section)?, options))
}

fn compute(section: Section<'_>) -> Option<What> {
    let mut options = Compute::at(section.text("path")?);
    options.inputs = section.names("inputs");
    options.uploadfile_inputs = section.names("uploadfile_inputs").unwrap_or_default();
    options.outputs = section.names("outputs");
    options.return_fileresponse = section.flag("return_fileresponse").unwrap_or_default();
    options.background = section.flag("background").unwrap_or_default();
    options.concurrency = concurrency(section);
    Some(What::Compute(table(section)?, options))
}

fn query(section: Section<'_>, found: &mut Vec<Mistake>) -> Option<What> {
    let mut options = Query::at(section.text("path")?);
    options.inputs = section.names("inputs");
    options.uploadfile_inputs = section.names("uploadfile_inputs").unwrap_or_default();
    options.one_row = section.flag("one_row").unwrap_or_default();
    options.return_fileresponse = section.flag("return_fileresponse").unwrap_or_default();
    options.background = section.flag("background").unwrap_or_default();
    options.concurrency = concurrency(section);
    options.method = if section.text("method").as_deref() == Some("get") { Method::Get } else { Method::Post };
    options.max_rows = section.integer("max_rows").and_then(|number| u64::try_from(number).ok());
    Some(What::Query(asked(section, found)?, options))
}

/// What a query route asks: a function, or rows of a table by columns.
fn asked(section: Section<'_>, found: &mut Vec<Mistake>) -> Option<QueryName> {
    let mut refuse = |key: &str, text: &str| {
        found.push(Mistake::new(text, section.at(key).or_else(|| Some(section.0.at.clone()))));
        None
    };
    match (section.text("query"), section.text("table"), section.names("match_columns")) {
        (Some(_), Some(_), _) => refuse("table", "`query` and `table` exclude each other: remove one"),
        (Some(_), None, Some(_)) => {
            refuse("match_columns", "`match_columns` finds rows of a `table`, and `query` finds its own: remove it")
        }
        (Some(path), None, None) => Some(path.into()),
        (None, Some(table), Some(columns)) => Some(retrieval(table, columns).into()),
        (None, Some(_), None) => {
            refuse("table", "`match_columns` is missing: list the columns of the table that rows are found by")
        }
        (None, None, _) => {
            refuse("query", "a query route needs `query`, or `table` with `match_columns`: write one of them")
        }
    }
}

fn export(section: Section<'_>) -> Option<SqlExport> {
    let mut target = SqlExport::to(section.text("db_connect")?, section.text("table")?);
    target.db_schema = section.text("db_schema");
    target.method = match section.text("method").as_deref() {
        Some("update") => ExportMethod::Update,
        Some("merge") => ExportMethod::Merge,
        _ => ExportMethod::Insert,
    };
    Some(target)
}
