//! Writes in the terms of the store, as the queue before the writer takes them.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;

use super::bind::Bind;
use super::identify;
use crate::store::statements::Statement;
use crate::store::together::Act;
use crate::store::writes::Kind;
use crate::store::{StoreError, TableStatements};
use crate::value::{Row, Value};

type Write = (Kind, Vec<Bind>);

pub(super) fn insert(table: &Arc<TableStatements>, row: Row, errors: Option<String>) -> Result<Write, StoreError> {
    let def = table.def();
    if row.len() != def.columns.len() {
        return Err(StoreError::Arity { table: def.name });
    }
    let mut binds = Vec::with_capacity(row.len() + 1);
    for (position, value) in row.into_iter().enumerate().filter(|(position, _)| !def.columns[*position].auto) {
        binds.push(Bind::new(def, position, value)?);
    }
    binds.push(Bind::text(errors));
    Ok((Kind::Insert, binds))
}

pub(super) fn update(
    table: &Arc<TableStatements>,
    identity: Vec<Value>,
    version: i64,
    mut changes: Vec<(usize, Value)>,
    errors: Option<String>,
) -> Result<Write, StoreError> {
    let def = table.def();
    // One text for the same columns, in whatever order they come.
    changes.sort_by_key(|(position, _)| *position);
    let positions: Vec<usize> = changes.iter().map(|(position, _)| *position).collect();
    let mut binds = Vec::with_capacity(changes.len() + identity.len() + 2);
    for (position, value) in changes {
        binds.push(Bind::new(def, position, value)?);
    }
    binds.push(Bind::text(errors));
    let identity = identify(def, identity)?;
    let row = Some(number(&identity));
    binds.extend(identity);
    binds.push(Bind::Int(version));
    Ok((Kind::Change { statement: table.update(&positions).0, row, many: None }, binds))
}

pub(super) fn delete(table: &Arc<TableStatements>, key: Vec<Value>) -> Result<Write, StoreError> {
    let binds = identify(table.def(), key)?;
    let statement = Statement { text: table.delete.clone(), kept: true };
    Ok((Kind::Change { statement, row: Some(number(&binds)), many: None }, binds))
}

pub(super) fn delete_where(
    table: &Arc<TableStatements>,
    mut columns: Vec<(usize, Value)>,
    version: Option<i64>,
) -> Result<Write, StoreError> {
    // One text for the same columns, in whatever order they come.
    columns.sort_by_key(|(position, _)| *position);
    let shape: Vec<(usize, bool)> = columns.iter().map(|(position, value)| (*position, value.is_null())).collect();
    let values = columns.into_iter().filter(|(_, value)| !value.is_null());
    let binds = values.map(|(position, value)| Bind::new(table.def(), position, value));
    let binds: Vec<Bind> = binds.chain(version.map(|version| Ok(Bind::Int(version)))).collect::<Result<_, _>>()?;
    let statement = table.delete_where(&shape, version.is_some());
    Ok((Kind::Change { statement, row: None, many: None }, binds))
}

/// A write of a set.
pub(super) fn member(table: &Arc<TableStatements>, act: Act) -> Result<Write, StoreError> {
    match act {
        Act::Insert(row, errors) => insert(table, row, errors),
        Act::Update { key, version, changes, errors } => update(table, key, version, changes, errors),
        Act::DeleteKey(key) => delete(table, key),
        Act::Delete { columns, version } => delete_where(table, columns, version),
    }
}

/// A number that tells a row from others, the same in all processes: rows are locked in its order.
pub(super) fn number(identity: &[Bind]) -> u64 {
    let mut hasher = DefaultHasher::new();
    for bind in identity {
        match bind {
            Bind::Int(value) => value.hash(&mut hasher),
            Bind::Text(text) => text.hash(&mut hasher),
            Bind::Uuid(value) => value.hash(&mut hasher),
            Bind::Timestamp(value) => value.hash(&mut hasher),
            Bind::Date(value) => value.hash(&mut hasher),
            Bind::Bytes(bytes) => bytes.hash(&mut hasher),
            Bind::Bool(value) => value.hash(&mut hasher),
            // Rows that no number tells apart are locked in the order in which they come.
            Bind::Null(_) | Bind::Float(_) | Bind::Json(_) | Bind::Array(_) => {}
        }
    }
    hasher.finish()
}
