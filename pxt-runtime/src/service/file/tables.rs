//! The tables of the files, and those that a database has already, as a schema.

use super::keys::is_key_of_table as is_key;
use super::node::{Data, Node, Text};
use super::section::Section;
use crate::error::{Mistake, Span};
use crate::functions::declare::{ColumnDeclaration, Literal, Part, TableDeclaration, declare_schema, existing_table};
use crate::schema::{At, Schema, TableDef, nearest};
use crate::store::ExistingTable;

/// What a program knows of its tables.
#[derive(Clone, Copy)]
pub(crate) enum Program {
    /// They are declared in Rust.
    Rust(&'static Schema),
    /// It has none of its own: they are those of the files, and of the database.
    Standalone,
}

/// The schema of a program; `existing` are the tables of its database, if that was asked. None when its tables are wrong themselves; then nothing that depends on them is judged.
pub(super) fn schema(
    program: Program,
    root: &Node,
    existing: Option<&[ExistingTable]>,
    found: &mut Vec<Mistake>,
) -> Option<&'static Schema> {
    let tables = root.get("table").map(|entry| entry.node.items()).unwrap_or_default();
    if let Program::Rust(schema) = program {
        found.extend(tables.iter().map(|table| {
            let text = "this program declares its tables in Rust: leave `[[table]]` out, or serve the file by `pxt`";
            Mistake::new(text, Some(table.at.clone()))
        }));
        return Some(schema);
    }
    let before = found.len();
    refuse_several(tables, found);
    let repeated: Vec<_> = found[before..].iter().filter_map(|mistake| mistake.at.clone()).collect();
    let (adopted, declared): (Vec<_>, Vec<_>) = tables.iter().partition(|table| table.get("columns").is_none());
    let mut beside: Vec<&'static TableDef> = Vec::new();
    // A table with a key that there is not may have its columns under that.
    let is_readable = |table: &&&Node| table.entries().iter().all(|entry| is_key(&entry.key));
    let is_whole = adopted.iter().all(|table| is_readable(&table));
    for table in adopted.iter().filter(is_readable).filter(|_| existing.is_some()) {
        beside.extend(taken_over(table, existing.unwrap_or_default(), found));
    }
    let existing = existing.unwrap_or_default();
    let name = |table: &Node| Section(table).text("name");
    let is_named = |there: &ExistingTable| tables.iter().any(|table| name(table).as_deref() == Some(&there.name));
    for there in existing.iter().filter(|there| there.known && !is_named(there)) {
        // One that this version cannot read is none for it; who names it is told that there is none.
        beside.extend(existing_table(there, At { file: "the database", line: 0 }).ok());
    }
    let declarations: Vec<_> = declared.iter().filter_map(|table| declaration(table)).collect();
    match declare_schema(&beside, &declarations) {
        Ok(schema) if is_whole && before == found.len() => Some(schema),
        Ok(_) => None,
        Err(wrong) => {
            found.extend(wrong.into_iter().map(|wrong| {
                let at = declared.get(wrong.table).map(|table| place(table, wrong.column, wrong.part, wrong.range));
                Mistake::new(wrong.text, at)
            }));
            // Of a name that is told with all its places, the schema says that there are two.
            let mut position = 0;
            found.retain(|mistake| {
                position += 1;
                let is_told = mistake.at.as_ref().is_some_and(|at| repeated.contains(at));
                position <= before + repeated.len() || !is_told
            });
            None
        }
    }
}

/// Refuses tables of one name, with the places of both. Databases fold case.
fn refuse_several(tables: &[Node], found: &mut Vec<Mistake>) {
    let mut seen: Vec<(String, Span)> = Vec::new();
    for table in tables.iter().map(Section) {
        let (Some(name), Some(at)) = (table.text("name"), table.at("name")) else { continue };
        if let Some((same, first)) = seen.iter().find(|(same, _)| same.eq_ignore_ascii_case(&name)) {
            let text = if *same == name {
                format!("table `{name}` is declared twice, at {first} and at {at}: remove one, or rename it")
            } else {
                format!("table `{name}` at {at} differs from `{same}` at {first} only in case: choose another name")
            };
            found.push(Mistake::new(text, Some(at.clone())));
        }
        seen.push((name, at));
    }
}

/// The names of tables that are to be adopted.
pub(super) fn adopted(root: &Node) -> Vec<String> {
    let tables = root.get("table").map(|entry| entry.node.items()).unwrap_or_default();
    let adopted = tables.iter().map(Section).filter(|table| table.flag("adopt") == Some(true));
    adopted.filter_map(|table| table.text("name")).collect()
}

/// A table that is declared by its name alone.
fn taken_over(table: &Node, existing: &[ExistingTable], found: &mut Vec<Mistake>) -> Option<&'static TableDef> {
    let section = Section(table);
    let (name, at) = (section.text("name")?, section.at("name")?);
    let mut refuse = |text: String| {
        found.push(Mistake::new(text, Some(at.clone())));
        None
    };
    let Some(there) = existing.iter().find(|there| there.name == name) else {
        let hint = match nearest(&name, existing.iter().map(|there| &*there.name)) {
            Some(near) => format!("; did you mean `{near}`?"),
            None => ": list its `columns`, so that it is made".to_owned(),
        };
        return refuse(format!("the database has no table `{name}`{hint}"));
    };
    if !there.known && section.flag("adopt") != Some(true) {
        return refuse(format!(
            "table `{name}` is in the database, and pxt did not make it: write `adopt = true` to take it over as it is"
        ));
    }
    let (line, _) = at.position();
    match existing_table(there, At { file: kept(&at.source.name), line: u32::try_from(line).unwrap_or(0) }) {
        Ok(def) => Some(def),
        Err(wrong) => {
            wrong.into_iter().for_each(|text| {
                refuse(text);
            });
            None
        }
    }
}

fn declaration(table: &Node) -> Option<TableDeclaration> {
    let section = Section(table);
    let name = section.text("name")?;
    let (line, _) = section.at("name")?.position();
    let columns = table.get("columns").map(|entry| entry.node.entries()).unwrap_or_default();
    Some(TableDeclaration {
        name,
        doc: section.text("doc").unwrap_or_default(),
        columns: columns.iter().map(|entry| column(&entry.key, &entry.node)).collect(),
        at: At { file: kept(&table.at.source.name), line: u32::try_from(line).unwrap_or(0) },
    })
}

/// A column, written as its type alone or as a table.
fn column(name: &str, node: &Node) -> ColumnDeclaration {
    let name = name.to_owned();
    if let Some(ty) = node.text() {
        return ColumnDeclaration { name, ty: Some(ty.to_owned()), ..ColumnDeclaration::default() };
    }
    let section = Section(node);
    ColumnDeclaration {
        name,
        doc: section.text("doc").unwrap_or_default(),
        ty: section.text("type"),
        primary_key: section.flag("primary_key").unwrap_or_default(),
        auto: section.flag("auto").unwrap_or_default(),
        default: node.get("default").and_then(|entry| literal(&entry.node, section.text("type").as_deref())),
        max_bytes: section.size("max_bytes").and_then(|bytes| i64::try_from(bytes).ok()),
        computed: section.text("computed"),
        on_error: section.text("on_error"),
    }
}

/// A default. A variable stands for what the type of the column makes of it.
fn literal(node: &Node, ty: Option<&str>) -> Option<Literal> {
    if let Data::Text(Text { value, substituted: true }) = &node.data {
        let read = match ty.map(|ty| ty.trim_end_matches('?')) {
            Some("bool") => value.parse().ok().map(Literal::Bool),
            Some("int") => value.parse().ok().map(Literal::Int),
            Some("float") => value.parse().ok().map(Literal::Float),
            _ => None,
        };
        return read.or_else(|| Some(Literal::Text(value.clone())));
    }
    match &node.data {
        Data::Text(text) => Some(Literal::Text(text.value.clone())),
        Data::Integer(number) => Some(Literal::Int(*number)),
        Data::Float(number) => Some(Literal::Float(*number)),
        Data::Flag(flag) => Some(Literal::Bool(*flag)),
        _ => None,
    }
}

/// Where a part of a table stands.
fn place(table: &Node, column: Option<usize>, part: Part, range: Option<std::ops::Range<usize>>) -> Span {
    let value = |node: &Node, key: &str| node.get(key).map(|entry| entry.node.at.clone());
    let columns = table.get("columns");
    let Some(column) = column.and_then(|column| columns?.node.entries().get(column)) else {
        let key = if part == Part::Columns { "columns" } else { "name" };
        return value(table, key).unwrap_or_else(|| table.at.clone());
    };
    let key = match part {
        Part::Name => return column.key_at.clone(),
        Part::Columns => "columns",
        Part::Type => "type",
        Part::PrimaryKey => "primary_key",
        Part::Auto => "auto",
        Part::Default => "default",
        Part::MaxBytes => "max_bytes",
        Part::Computed => "computed",
        Part::OnError => "on_error",
    };
    match (range, column.node.get(key)) {
        (Some(range), Some(entry)) => entry.node.part(&range),
        (None, Some(entry)) => entry.node.at.clone(),
        (_, None) => column.node.at.clone(),
    }
}

fn kept(text: &str) -> &'static str {
    text.to_owned().leak()
}
