//! Tables that a database has already, as definitions: those that a program made whose functions are not here, and those that
//! pxt never saw.

use super::build::{self, kept, kept_text, plain_code};
use super::{ColumnDeclaration, TableDeclaration, judge};
use crate::compute::{ColumnCode, TableCode};
use crate::functions::registry;
use crate::schema::{At, Code, ColumnDef, Computed, OnError, Shape, TableDef, fnv1a};
use crate::store::{ExistingColumn, ExistingTable};

/// The definition of a table as the database has it. What it is made of is never given back. A computed column that no
/// built-in function of a file computes has no function behind it: it can be read, and not computed.
///
/// # Errors
/// The columns that cannot be declared, each with the reason.
pub(crate) fn existing_table(table: &ExistingTable, at: At) -> Result<&'static TableDef, Vec<String>> {
    let wrong = table.columns.iter().filter_map(|column| {
        let why = column.ty.as_ref().err()?;
        let (name, is) = (&column.name, &column.database_type);
        Some(format!(
            "column `{}.{name}` is {is}, which {why}; to leave it out, list the others as `columns`",
            table.name
        ))
    });
    let wrong: Vec<_> = wrong.collect();
    if !wrong.is_empty() {
        return Err(wrong);
    }
    if let Some(def) = declared_again(table, at) {
        return Ok(def);
    }
    let columns: Vec<ColumnDef> = table.columns.iter().filter_map(|column| definition(table, column)).collect();
    let codes: Vec<ColumnCode> = columns.iter().map(|_| plain_code()).collect();
    let code: &'static TableCode = kept(TableCode { columns: codes.leak() });
    let name = kept_text(&table.name);
    Ok(kept(TableDef {
        name,
        hash: fnv1a(name),
        doc: "",
        columns: columns.leak(),
        incomplete: false,
        at,
        module: "",
        code: Code(code),
    }))
}

/// The table as a file declared it, if built-in functions alone compute its columns, by the names that files give them. A struct's
/// `image::thumbnail` may be any function.
fn declared_again(table: &ExistingTable, at: At) -> Option<&'static TableDef> {
    let is_ours =
        |call: &str| call.split('(').next().is_some_and(|path| registry::find(path).is_ok() && !path.contains(':'));
    if !table.columns.iter().filter_map(|column| column.computed.as_deref()).all(is_ours) {
        return None;
    }
    let column = |column: &ExistingColumn| {
        let shape = Shape { nullable: column.nullable && !column.primary_key, ..Shape::of(*column.ty.as_ref().ok()?) };
        Some(ColumnDeclaration {
            name: column.name.clone(),
            ty: Some(shape.declared()),
            primary_key: column.primary_key,
            auto: column.auto,
            computed: column.computed.clone(),
            ..ColumnDeclaration::default()
        })
    };
    let columns = table.columns.iter().map(column).collect::<Option<_>>()?;
    let declaration = TableDeclaration { name: table.name.clone(), doc: String::new(), columns, at };
    let judged = judge::table(0, &declaration).ok()?;
    Some(build::table(&judged))
}

fn definition(table: &ExistingTable, column: &ExistingColumn) -> Option<ColumnDef> {
    let name = kept_text(&column.name);
    Some(ColumnDef {
        name,
        hash: fnv1a(name),
        doc: "",
        ty: *column.ty.as_ref().ok()?,
        nullable: column.nullable && !column.primary_key,
        primary_key: column.primary_key,
        auto: column.auto,
        default: false,
        max_bytes: None,
        computed: column.computed.as_ref().map(|call| Computed {
            call: kept_text(call),
            reads: reads(table, call).leak(),
            on_error: OnError::Abort,
        }),
    })
}

/// The positions of the columns that a call may read: those whose names are words of it.
fn reads(table: &ExistingTable, call: &str) -> Vec<usize> {
    let words: Vec<&str> = call.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
    let is_read = |(_, column): &(usize, &ExistingColumn)| words.contains(&&*column.name);
    table.columns.iter().enumerate().filter(is_read).map(|(position, _)| position).collect()
}
