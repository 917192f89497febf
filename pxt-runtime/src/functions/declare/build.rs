//! The definition of a table that has no mistakes, kept as long as the process lives.

use super::call::Argument;
use super::default::Made;
use super::judge::{Bound, Column, Table};
use crate::compute::{Arg, ColumnCode, ComputedCode, TableCode};
use crate::functions::registry::Listed;
use crate::schema::{Code, ColumnDef, Computed, OnError, TableDef, fnv1a};
use crate::value::ColumnValue;

/// The definition, with the functions behind it.
pub(super) fn table(table: &Table<'_>) -> &'static TableDef {
    let declared = table.declared;
    let codes: Vec<ColumnCode> = table.columns.iter().map(code).collect();
    let code: &'static TableCode = kept(TableCode { columns: codes.leak() });
    let columns: Vec<ColumnDef> = table.columns.iter().map(definition).collect();
    let name = kept_text(&declared.name);
    kept(TableDef {
        name,
        hash: fnv1a(name),
        doc: kept_text(&declared.doc),
        columns: columns.leak(),
        incomplete: false,
        at: declared.at,
        // A file is no module.
        module: "",
        code: Code(code),
    })
}

fn definition(column: &Column<'_>) -> ColumnDef {
    let declared = column.declared;
    let name = kept_text(&declared.name);
    ColumnDef {
        name,
        hash: fnv1a(name),
        doc: kept_text(&declared.doc),
        ty: column.shape.ty.expect("a column without a type is a mistake"),
        nullable: column.shape.nullable,
        primary_key: declared.primary_key,
        auto: declared.auto,
        default: column.default.is_some(),
        max_bytes: column.max_bytes,
        computed: column.bound.as_ref().map(|bound| computed(bound, column.on_error)),
    }
}

fn computed(bound: &Bound, on_error: OnError) -> Computed {
    let args: Vec<_> = bound.call.args.iter().map(|(argument, _)| argument.text()).collect();
    let call = format!("{}({})", listed(bound).path, args.join(", "));
    Computed { call: kept_text(&call), reads: bound.reads.clone().leak(), on_error }
}

fn code(column: &Column<'_>) -> ColumnCode {
    let computed = column.bound.as_ref().map(|bound| ComputedCode {
        function: listed(bound).function,
        args: bound.call.args.iter().filter_map(|(argument, _)| arg(argument)).collect::<Vec<_>>().leak(),
    });
    ColumnCode { default: column.default.clone().map(Made::keep), computed, ..plain_code() }
}

/// The functions of a column that is neither computed nor has a default.
pub(super) fn plain_code() -> ColumnCode {
    ColumnCode {
        default: None,
        computed: None,
        // Only `Json<T>` asks for a structure, which no declaration does.
        json_schema: <serde_json::Value as ColumnValue>::json_schema,
        refuse_json: <serde_json::Value as ColumnValue>::refuse_json,
    }
}

fn listed(bound: &Bound) -> &'static Listed {
    bound.listed.expect("a call without a function is a mistake")
}

fn arg(argument: &Argument) -> Option<Arg> {
    match argument {
        Argument::Column(name) => Some(Arg::Column(kept_text(name))),
        Argument::Literal(literal) => Some(Arg::Literal(Made::Value(literal.value()).keep())),
        Argument::Unreadable => None,
    }
}

pub(super) fn kept<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

pub(super) fn kept_text(text: &str) -> &'static str {
    Box::leak(text.to_owned().into_boxed_str())
}
