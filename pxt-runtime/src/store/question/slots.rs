//! Placeholders, written in the order in which they are bound.

use std::fmt::{self, Write};

use sea_query::{Expr, QueryBuilder, SelectStatement, SqlWriter, Value};

use crate::store::sql::Dialect;

/// Hands out placeholders. What they carry is their number, by which [`Placed`] checks that none stands in another's place.
#[derive(Debug, Default)]
pub(super) struct Slots(u64);

impl Slots {
    /// The next one.
    pub(super) fn next(&mut self) -> Expr {
        Expr::value(Value::BigInt(Some(self.number() as i64)))
    }

    /// Limits a statement by a placeholder; sea-query takes only numbers here, which it writes as placeholders.
    pub(super) fn limit(&mut self, statement: &mut SelectStatement) {
        statement.limit(self.number());
    }

    /// Lets a statement pass over as many rows as a placeholder says.
    pub(super) fn offset(&mut self, statement: &mut SelectStatement) {
        statement.offset(self.number());
    }

    fn number(&mut self) -> u64 {
        self.0 += 1;
        self.0 - 1
    }
}

/// A text with placeholders as it is written.
///
/// For SQLite, a limit is written as a sum: where a placeholder stands alone, it looks at its value to plan by it, and
/// prepares the statement again each time that it is bound, which takes longer than to read ten rows.
#[derive(Debug)]
pub(super) struct Placed {
    text: String,
    count: u64,
    /// What stands behind the placeholder of a limit.
    limit: &'static str,
}

impl Placed {
    pub(super) fn of(dialect: Dialect) -> Self {
        let limit = match dialect {
            Dialect::Sqlite => " + 0",
            Dialect::Postgres => "",
        };
        Self { text: String::new(), count: 0, limit }
    }

    pub(super) fn into_text(self) -> String {
        self.text
    }
}

impl SqlWriter for Placed {
    fn push_param<T: QueryBuilder>(&mut self, value: Value, builder: &T) {
        let (mark, numbered) = builder.placeholder();
        let (number, end) = match value {
            Value::BigUnsigned(Some(number)) => (number, self.limit),
            Value::BigInt(Some(number)) => (number as u64, ""),
            _ => (u64::MAX, ""),
        };
        debug_assert_eq!(number, self.count, "{}", self.text);
        self.count += 1;
        self.text.push_str(mark);
        if numbered {
            self.text.push_str(&self.count.to_string());
        }
        self.text.push_str(end);
    }

    fn as_writer(&mut self) -> &mut dyn Write {
        self
    }
}

impl Write for Placed {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.text.write_str(text)
    }
}

impl fmt::Display for Placed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
