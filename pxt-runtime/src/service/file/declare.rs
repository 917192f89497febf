//! A route of a file as a declaration, which the builder's judge judges.

use std::sync::Arc;

use serde_json::value::RawValue;

use super::node::{Data, Node};
use super::section::Section;
use crate::error::{Mistake, Span};
use crate::export::{ExportMethod, SqlExport};
use crate::functions::declare::types::parse_type;
use crate::route::{
    Compute, Declarations, Delete, Insert, Method, Origin, Part, Positions, Query, QueryName, SqlParameter, SqlQuery,
    TableName, Update, What, retrieval, sql,
};
use crate::schema::{ColumnType, Shape};
use crate::value::{Value, from_json};

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
                let under = list.and_then(|list| list.get(entry)).map(|entry| &entry.node);
                item.or(under).or(list).map_or_else(nearest, |node| node.at.clone())
            }
            Part::Inside(name, start, end) => value(name).map_or_else(nearest, |node| node.part(&(start..end))),
        }
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

/// What a query route asks: a function, rows of a table by columns, or an SQL text. One of them, with what belongs to it.
fn asked(section: Section<'_>, found: &mut Vec<Mistake>) -> Option<QueryName> {
    let mut refuse = |key: &str, text: String| {
        found.push(Mistake::new(text, section.at(key).or_else(|| Some(section.0.at.clone()))));
    };
    let given: Vec<_> = ["query", "table", "sql"].into_iter().filter(|key| section.at(key).is_some()).collect();
    let [kind] = given.as_slice() else {
        match given.as_slice() {
            [] => refuse(
                "type",
                "a query route needs `query`, `sql`, or `table` with `match_columns`: write one of them".to_owned(),
            ),
            [first, others @ ..] => others
                .iter()
                .for_each(|other| refuse(other, format!("`{first}` and `{other}` exclude each other: remove one"))),
        }
        return None;
    };
    for (key, of) in [("match_columns", "table"), ("parameters", "sql"), ("columns", "sql")] {
        if section.at(key).is_some() && *kind != of {
            refuse(key, format!("`{key}` belongs to `{of}`, and this route has `{kind}`: remove it"));
        }
    }
    match *kind {
        "query" => Some(section.text("query")?.into()),
        "sql" => Some(sql_text(section, found)?.into()),
        _ => match section.names("match_columns") {
            Some(columns) => Some(retrieval(section.text("table")?, columns).into()),
            None => {
                refuse(
                    "table",
                    "`match_columns` is missing: list the columns of the table that rows are found by".to_owned(),
                );
                None
            }
        },
    }
}

/// An SQL text with its parameters.
fn sql_text(section: Section<'_>, found: &mut Vec<Mistake>) -> Option<SqlQuery> {
    let mut query = sql(section.text("sql")?);
    for entry in section.table("parameters").map(|table| table.0.entries()).unwrap_or_default() {
        let table = Section(&entry.node);
        let written =
            if let Some(ty) = entry.node.text() { Some((ty.to_owned(), &entry.node)) } else { table.named("type") };
        let Some((ty, nullable)) = written.and_then(|(ty, node)| declared_type(&ty, node, found)) else { continue };
        let mut parameter = SqlParameter::of(ty);
        parameter.nullable = nullable;
        if let Some(default) = entry.node.get("default") {
            parameter.default = default_of(&entry.key, ty, &default.node, found);
        }
        query = query.parameter(&*entry.key, parameter);
    }
    for entry in section.table("columns").map(|table| table.0.entries()).unwrap_or_default() {
        let ty = entry.node.text().and_then(|ty| declared_type(ty, &entry.node, found));
        if let Some((ty, nullable)) = ty {
            query = query.column(&*entry.key, Shape { nullable, ..Shape::of(ty) });
        }
    }
    Some(query)
}

fn declared_type(text: &str, node: &Node, found: &mut Vec<Mistake>) -> Option<(ColumnType, bool)> {
    let read = parse_type(text).map_err(|text| found.push(Mistake::new(text, Some(node.at.clone()))));
    read.ok()
}

/// The default of a parameter, read as a request's value is.
fn default_of(name: &str, ty: ColumnType, node: &Node, found: &mut Vec<Mistake>) -> Option<Value> {
    let is_plain = matches!(ty, ColumnType::Bool | ColumnType::Int | ColumnType::Float);
    let json = match &node.data {
        // A variable stands for what the type makes of it.
        Data::Text(text) if text.substituted && is_plain => Ok(text.value.clone()),
        Data::Text(text) => serde_json::to_string(&text.value),
        Data::Integer(number) => serde_json::to_string(number),
        Data::Float(number) => serde_json::to_string(number),
        Data::Flag(flag) => serde_json::to_string(flag),
        _ => return None,
    };
    let raw = RawValue::from_string(json.ok()?).ok()?;
    let value = from_json(ty, false, &raw).map_err(|_| {
        let word = ty.word();
        let text = format!(
            "the default of the parameter `{name}` is no {word}: write another, or change the parameter's type"
        );
        found.push(Mistake::new(text, Some(node.at.clone())));
    });
    value.ok()
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
