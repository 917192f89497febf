//! What a table's struct shows to be wrong by itself. What needs types is left to constant checks.

use super::attribute::Arg;
use super::{Field, Table, order};
use crate::errors::Errors;
use crate::function::{plain, written};
use crate::{names, types};

/// Reports every mistake.
pub(super) fn refuse(table: &Table, errors: &mut Errors) {
    table_name(table, errors);
    for (position, field) in table.fields.iter().enumerate() {
        field_name(table, position, field, errors);
        field_type(field, errors);
        exclusive(table, field, errors);
        arguments(table, field, errors);
    }
    if let Some(circle) = order::circle(table) {
        let first = &table.fields[circle[0]];
        let names: Vec<_> = circle.iter().map(|&column| format!("`{}`", table.fields[column].name)).collect();
        if let Some(computed) = first.computed() {
            errors.at(
                &computed.function,
                format_args!(
                    "column `{}` is computed from itself: {}; take one of the arguments out",
                    first.name,
                    names.join(" → ")
                ),
            );
        }
    }
}

fn table_name(table: &Table, errors: &mut Errors) {
    let name = table.name.value();
    let fits = name.split('.').all(|part| {
        part.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    });
    if !fits {
        errors.at(
            &table.name,
            "a table's name is letters, digits and `_`, in parts joined by `.`: write it like \"films.posters\"",
        );
    } else if name.starts_with("_pxt") || name.starts_with("sqlite_") || name.starts_with("pg_") {
        errors.at(
            &table.name,
            "names that begin with `_pxt`, `sqlite_` or `pg_` belong to pxt and the databases: choose another",
        );
    }
}

fn field_name(table: &Table, position: usize, field: &Field, errors: &mut Errors) {
    if field.name.starts_with("_pxt") {
        errors.at(&field.ident, "columns that begin with `_pxt` belong to pxt: choose another name");
    }
    // Databases fold case.
    if table.fields[..position].iter().any(|earlier| earlier.name.eq_ignore_ascii_case(&field.name)) {
        errors.at(
            &field.ident,
            format_args!("column `{}` differs from another only in case: choose another name", field.name),
        );
    }
}

fn field_type(field: &Field, errors: &mut Errors) {
    if let Some(instead) = types::instead(&field.ty) {
        errors.at(&field.ty, format_args!("a column cannot be `{}`: write `{instead}`", written(&field.ty)));
    }
}

fn exclusive(table: &Table, field: &Field, errors: &mut Errors) {
    let column = &field.column;
    if let Some(computed) = &column.computed {
        if let Some(default) = &column.default {
            errors.at(&default.word, "a computed column always has a value: remove `default`");
        }
        if let (Some(key), None) = (&column.primary_key, &column.auto) {
            errors
                .at(key, "a primary key names the row before anything is computed: remove `primary_key` or `computed`");
        }
        if column.auto.is_some() {
            errors
                .at(&computed.word, "a column that the database numbers is not computed: remove `auto` or `computed`");
        }
    } else if let Some((word, _)) = &column.on_error {
        errors.at(word, "`on_error` belongs to a computed column: add `computed = …`, or remove it");
    }
    if let Some(auto) = &column.auto {
        if column.primary_key.is_none() {
            errors.at(auto, "the database numbers primary keys only: write `#[column(primary_key, auto)]`");
        } else if table.key().count() > 1 {
            errors.at(
                auto,
                "a column that the database numbers is the whole primary key: remove `primary_key` from the others",
            );
        }
        if let Some(default) = &column.default {
            errors.at(&default.word, "the database numbers the column: remove `default` or `auto`");
        }
    }
}

fn arguments(table: &Table, field: &Field, errors: &mut Errors) {
    let Some(computed) = field.computed() else { return };
    for arg in &computed.args {
        let Arg::Column(column) = arg else { continue };
        let name = plain(column);
        match table.position(&name) {
            None => {
                let others = table.fields.iter().map(|field| field.name.as_str());
                errors.at(
                    column,
                    format_args!(
                        "table `{}` has no column `{name}`{}",
                        table.name.value(),
                        names::suggestion(&name, others)
                    ),
                );
            }
            Some(position) if table.fields[position].column.auto.is_some() => {
                errors.at(
                    column,
                    format_args!(
                        "column `{name}` is numbered when the row is stored, after computing: take another column"
                    ),
                );
            }
            Some(_) => {}
        }
    }
}
