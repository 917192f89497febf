//! Rows as Rust values. A cell that is not of its field's type, such as JSON of another structure, is named as one that the
//! store cannot read.

use super::FromRow;
use crate::compute::Arguments;
use crate::store::{StoreError, Unreadable};
use crate::value::{Mismatch, Row, Value};

/// The Rust value of a row. `key` are the positions of what identifies it; `origin` names table and column of a position.
///
/// # Errors
/// [`StoreError::Unreadable`].
pub(crate) fn read<R: FromRow>(
    row: Row,
    key: &[usize],
    origin: impl Fn(usize) -> (&'static str, &'static str),
) -> Result<R, StoreError> {
    let identity: Vec<Value> = key.iter().map(|position| row[*position].clone()).collect();
    let count = row.len();
    let mut values = Arguments::new(row);
    R::from_row(&mut values).map_err(|Mismatch| {
        let (table, column) = origin((count - values.left()).saturating_sub(1));
        let key = key.iter().zip(&identity).map(|(position, value)| (origin(*position).1.to_owned(), value));
        Unreadable::new(table, column, "that of the field in Rust", key).into()
    })
}
