//! A select taken apart: its structure as a key, and its values in the order of the placeholders.
//!
//! Selects of one structure have one text, so that it is written once. `condition` writes the placeholders; both walk a
//! condition in the same order.

use super::Bound;
use crate::schema::{ColumnType, TableDef};
use crate::store::select::SOUGHT;
use crate::store::{Comparison, Condition, Direction, Expression, Place, Select, StoreError};
use crate::value::Value;

/// How deep conditions may be in one another. SQLite takes expressions of depth 1,000.
const LEVELS: usize = 64;
/// How many parts conditions may have in all: SQLite takes much longer to plan for more. A list of `n` parts is log₂(n)
/// deep in the text.
const PARTS: usize = 4096;

/// The structure and the values of a select.
#[derive(Debug, Default)]
pub(super) struct Shape {
    pub(super) key: Vec<u64>,
    pub(super) values: Vec<Bound>,
    parts: usize,
}

impl Shape {
    /// # Errors
    /// [`StoreError::TooComplex`] when the filter is deeper or longer than a database takes, [`StoreError::LongText`] when it
    /// looks for a long text in others.
    pub(super) fn of(select: &Select) -> Result<Self, StoreError> {
        let mut shape = Self::default();
        shape.key.reserve(8 + 4 * select.outputs.len());
        shape.table(select.table);
        shape.count(select.joins.len());
        for join in &select.joins {
            shape.table(join.table);
            shape.place(join.on.0);
            shape.place(join.on.1);
            shape.key.push(join.optional.into());
        }
        shape.count(select.outputs.len());
        for output in &select.outputs {
            shape.expression(output.expression);
            shape.ty(output.ty);
        }
        shape.count(select.group_by.len());
        for place in &select.group_by {
            shape.place(*place);
        }
        shape.count(select.order_by.len());
        for (expression, direction) in &select.order_by {
            shape.expression(*expression);
            shape.key.push((*direction == Direction::Descending).into());
        }
        shape.key.push(select.limit.is_some().into());
        shape.key.push((select.offset > 0).into());
        if let Some(filter) = &select.filter {
            shape.condition(filter, 0)?;
        }
        Ok(shape)
    }

    fn condition(&mut self, condition: &Condition, level: usize) -> Result<(), StoreError> {
        self.parts += 1;
        if level > LEVELS || self.parts > PARTS {
            return Err(StoreError::TooComplex);
        }
        match condition {
            Condition::Contains(_, text) | Condition::StartsWith(_, text) | Condition::EndsWith(_, text)
                if text.len() > SOUGHT =>
            {
                return Err(StoreError::LongText);
            }
            Condition::And(parts) => self.list(1, parts, level)?,
            Condition::Or(parts) => self.list(2, parts, level)?,
            Condition::Not(part) => {
                self.key.push(3);
                self.condition(part, level + 1)?;
            }
            Condition::Compare(place, comparison, value) => {
                self.key.push(match comparison {
                    Comparison::Equal => 4,
                    Comparison::NotEqual => 5,
                    Comparison::Less => 6,
                    Comparison::AtMost => 7,
                    Comparison::Greater => 8,
                    Comparison::AtLeast => 9,
                });
                self.place(*place);
                self.value(*place, value);
            }
            Condition::Contains(place, text) => self.contains(*place, text),
            // Each text that is not null has nothing somewhere.
            Condition::StartsWith(place, text) | Condition::EndsWith(place, text) if text.is_empty() => {
                self.contains(*place, text);
            }
            Condition::StartsWith(place, text) => {
                let end = behind(text);
                self.key.push(11 + u64::from(end.is_some()));
                self.place(*place);
                self.text(*place, text);
                if let Some(end) = end {
                    self.text(*place, &end);
                }
            }
            Condition::EndsWith(place, text) => {
                self.key.push(13);
                self.place(*place);
                self.values.push(Bound::Number(text.chars().count() as i64));
                self.text(*place, text);
            }
            Condition::In(place, values) => {
                self.key.push(14);
                self.place(*place);
                self.count(padded(values.len()));
                if let Some(last) = values.last() {
                    let filled = values.iter().chain(std::iter::repeat(last)).take(padded(values.len()));
                    filled.for_each(|value| self.value(*place, value));
                }
            }
            Condition::Null(place) => {
                self.key.push(15);
                self.place(*place);
            }
        }
        Ok(())
    }

    fn list(&mut self, tag: u64, parts: &[Condition], level: usize) -> Result<(), StoreError> {
        self.key.push(tag);
        self.count(parts.len());
        parts.iter().try_for_each(|part| self.condition(part, level + 1))
    }

    fn contains(&mut self, place: Place, text: &str) {
        self.key.push(10);
        self.place(place);
        self.text(place, text);
    }

    fn text(&mut self, place: Place, text: &str) {
        self.values.push(Bound::Column(place, Value::String(text.to_owned())));
    }

    fn value(&mut self, place: Place, value: &Value) {
        // A comparison with null is allowed for any column; it is never true.
        self.values.push(if value.is_null() { Bound::Null(place) } else { Bound::Column(place, value.clone()) });
    }

    fn expression(&mut self, expression: Expression) {
        let (tag, place) = match expression {
            Expression::CountRows => (1, None),
            Expression::Column(place) => (2, Some(place)),
            Expression::Count(place) => (3, Some(place)),
            Expression::Sum(place) => (4, Some(place)),
            Expression::Avg(place) => (5, Some(place)),
            Expression::Min(place) => (6, Some(place)),
            Expression::Max(place) => (7, Some(place)),
        };
        self.key.push(tag);
        if let Some(place) = place {
            self.place(place);
        }
    }

    fn place(&mut self, place: Place) {
        self.table(place.table);
        self.count(place.column);
    }

    /// Definitions live for ever, so that the address is the table.
    fn table(&mut self, table: &'static TableDef) {
        self.key.push(std::ptr::from_ref(table).addr() as u64);
    }

    fn count(&mut self, count: usize) {
        self.key.push(count as u64);
    }

    fn ty(&mut self, ty: ColumnType) {
        self.key.push(match ty {
            ColumnType::Bool => 1,
            ColumnType::Int => 2,
            ColumnType::Float => 3,
            ColumnType::String => 4,
            ColumnType::Timestamp => 5,
            ColumnType::Date => 6,
            ColumnType::Uuid => 7,
            ColumnType::Json => 8,
            ColumnType::Binary => 9,
            ColumnType::Image => 10,
            ColumnType::Video => 11,
            ColumnType::Audio => 12,
            ColumnType::Document => 13,
            ColumnType::Array(element, len) => 16 + element as u64 + ((len as u64) << 8),
        });
    }
}

/// How many placeholders a list of values gets: few lengths make few texts. The last value stands in for what is missing.
pub(super) fn padded(len: usize) -> usize {
    if len == 0 { 0 } else { len.next_power_of_two() }
}

/// The first text, in the order of code points, behind all that begin with this one. None when there is no such text.
pub(super) fn behind(text: &str) -> Option<String> {
    let mut end = text.to_owned();
    while let Some(last) = end.pop() {
        // Steps over the surrogates, which are not characters.
        if let Some(next) = (last..=char::MAX).nth(1) {
            end.push(next);
            return Some(end);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_behind_a_prefix() {
        for (text, expected) in [
            ("a", Some("b")),
            ("az", Some("a{")),
            ("a\u{10FFFF}", Some("b")),
            ("\u{D7FF}", Some("\u{E000}")),
            ("\u{10FFFF}\u{10FFFF}", None),
            ("", None),
        ] {
            assert_eq!(behind(text).as_deref(), expected, "{text:?}");
        }
    }
}
