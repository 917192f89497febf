//! Definitions of tables, written by hand.

use crate::schema::{At, Code, ColumnDef, ColumnType, TableDef, fnv1a};

pub(super) const fn table(name: &'static str) -> TableDef {
    let at = At { file: file!(), line: line!() };
    TableDef {
        name,
        hash: fnv1a(name),
        doc: "",
        columns: &[],
        incomplete: false,
        at,
        module: module_path!(),
        code: Code(&()),
    }
}

pub(super) const fn column(name: &'static str, ty: ColumnType) -> ColumnDef {
    ColumnDef {
        name,
        hash: fnv1a(name),
        doc: "",
        ty,
        nullable: false,
        primary_key: false,
        auto: false,
        default: false,
        max_bytes: None,
        computed: None,
    }
}

pub(super) const fn nullable(name: &'static str, ty: ColumnType) -> ColumnDef {
    ColumnDef { nullable: true, ..column(name, ty) }
}

pub(super) const fn key(name: &'static str, ty: ColumnType) -> ColumnDef {
    ColumnDef { primary_key: true, ..column(name, ty) }
}

/// A primary key that the database numbers.
pub(super) const fn number(name: &'static str) -> ColumnDef {
    ColumnDef { auto: true, ..key(name, ColumnType::Int) }
}
