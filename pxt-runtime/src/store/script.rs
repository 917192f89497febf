//! Whether a text of a program's own is one statement that reads, and what is said of one that cannot be answered.
//!
//! The connections that run it cannot write. But some statements change the connection itself, which others use next, and
//! a second statement would be run behind the first.

use super::StoreError;
use crate::schema::ColumnType;
use crate::value::{Row, Value};

/// What a statement that reads begins with.
const READS: [&str; 3] = ["SELECT", "WITH", "VALUES"];

/// Refuses a text that is not one statement that reads.
///
/// # Errors
/// [`StoreError::Mistake`] that says what to write.
pub(super) fn check(text: &str) -> Result<(), StoreError> {
    let mut rest = text;
    let mut begun = false;
    let mut ended = false;
    while let Some(letter) = rest.chars().next() {
        rest = if let Some(comment) = rest.strip_prefix("--") {
            behind(comment, "\n")
        } else if let Some(comment) = rest.strip_prefix("/*") {
            behind(comment, "*/")
        } else if letter.is_whitespace() {
            &rest[letter.len_utf8()..]
        } else if letter == ';' {
            ended |= begun;
            &rest[1..]
        } else if ended {
            return Err(mistake("the SQL text has more than one statement: send each by itself"));
        } else {
            if !begun && !reads(rest) {
                return Err(mistake("the SQL text does not read: begin it with `SELECT`, `WITH` or `VALUES`"));
            }
            begun = true;
            let quoted = &rest[letter.len_utf8()..];
            match letter {
                // A quote that is written twice ends one text and begins another.
                '\'' => behind(quoted, "'"),
                '"' => behind(quoted, "\""),
                '`' => behind(quoted, "`"),
                '[' => behind(quoted, "]"),
                _ => quoted,
            }
        };
    }
    if begun { Ok(()) } else { Err(mistake("the SQL text is empty: begin it with `SELECT`, `WITH` or `VALUES`")) }
}

/// Whether a text begins with a word of those that a statement which reads begins with.
pub(super) fn reads(text: &str) -> bool {
    let end = text.find(|letter: char| !letter.is_ascii_alphabetic()).unwrap_or(text.len());
    READS.iter().any(|word| word.eq_ignore_ascii_case(&text[..end]))
}

/// What follows the first `end`, or nothing.
fn behind<'t>(text: &'t str, end: &str) -> &'t str {
    text.split_once(end).map_or("", |(_, rest)| rest)
}

/// A row of a text.
#[derive(Debug)]
pub(crate) struct Answered {
    /// The values; null where one is of another type than it is read as.
    pub(crate) row: Row,
    /// The positions of these, ascending, and what is wrong with them.
    pub(crate) wrong: Vec<(usize, StoreError)>,
}

impl Answered {
    /// Takes the values of a row as they are read.
    pub(super) fn of(values: impl Iterator<Item = Result<Value, StoreError>>) -> Self {
        let mut wrong = Vec::new();
        let value = |(position, value): (usize, Result<Value, StoreError>)| {
            value.unwrap_or_else(|error| {
                wrong.push((position, error));
                Value::Null
            })
        };
        let row = values.enumerate().map(value).collect();
        Self { row, wrong }
    }

    /// The row when all of it could be read.
    pub(super) fn whole(self) -> Result<Row, StoreError> {
        self.wrong.into_iter().next().map_or(Ok(self.row), |(_, error)| Err(error))
    }
}

/// The one number that a text answers.
pub(super) fn number(rows: Vec<Answered>) -> Result<i64, StoreError> {
    match rows.into_iter().next().map(Answered::whole).transpose()?.as_deref() {
        Some([Value::Int(number)]) => Ok(*number),
        _ => Err(mistake("the SQL text answers no number")),
    }
}

/// The position of a column; without a name, of the only one.
pub(super) fn position(names: &[&str], name: &str) -> Result<usize, StoreError> {
    if name.is_empty() {
        return match names.len() {
            1 => Ok(0),
            count => {
                Err(StoreError::Mistake(format!("the SQL text answers {count} columns, and one is read: select one")))
            }
        };
    }
    let mut found = names.iter().enumerate().filter(|(_, there)| **there == name);
    match (found.next(), found.next()) {
        (Some((position, _)), None) => Ok(position),
        (Some(_), Some(_)) => {
            Err(StoreError::Mistake(format!("the SQL text answers more than one column `{name}`: name each by `AS`")))
        }
        (None, _) => {
            let names = names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
            Err(StoreError::Mistake(format!("the SQL text answers no column `{name}`, but {names}: name it by `AS`")))
        }
    }
}

/// A value that cannot be bound; `position` counts from 0.
pub(super) fn wrong_value(position: usize, problem: &str) -> StoreError {
    StoreError::Mistake(format!("value {} of the SQL text {problem}", position + 1))
}

/// Another number of values than the text has placeholders.
pub(super) fn wrong_count(takes: usize, bound: usize) -> StoreError {
    StoreError::Mistake(format!("the SQL text takes {takes} values, and {bound} are bound to it"))
}

/// A column that is read as another type than the database says it `holds`.
pub(super) fn wrong_type(name: &str, ty: ColumnType, holds: &str) -> StoreError {
    StoreError::Mistake(format!(
        "column `{name}` of the SQL text is read as {} and holds {holds} that is none: read it as what it is, or cast it",
        ty.word(),
    ))
}

/// A null in a column that is declared to have none.
pub(super) fn unexpected_null(name: &str) -> StoreError {
    StoreError::Mistake(format!("column `{name}` of the SQL text is null in a row: declare it as optional"))
}

/// A number that JSON has no word for.
pub(super) fn not_finite(name: &str) -> StoreError {
    StoreError::Mistake(format!(
        "column `{name}` of the SQL text is infinite, or no number, in a row: select another value"
    ))
}

fn mistake(text: &str) -> StoreError {
    StoreError::Mistake(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_statement_that_reads() {
        for text in [
            "SELECT 1",
            " \n-- why\nselect ';' AS \"a;b\", `c;`, [d;] /* ; */ FROM t ; -- done",
            "with a AS (SELECT 1) SELECT * FROM a;;",
            "VALUES (1)",
            "SELECT 'it''s; '",
            ";SELECT 1",
            "SELECT 'é;é'",
        ] {
            assert!(check(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn others_are_refused() {
        for (text, words) in [
            ("SELECT 1; SELECT 2", "more than one statement"),
            ("SELECT 1;/**/x", "more than one statement"),
            ("SELECT ''';'; BEGIN", "more than one statement"),
            ("DELETE FROM t", "does not read"),
            ("/* SELECT */ PRAGMA cache_size = 1", "does not read"),
            ("BEGIN", "does not read"),
            ("SELECTED", "does not read"),
            ("'SELECT'", "does not read"),
            ("", "is empty"),
            (" -- nothing", "is empty"),
            (";;", "is empty"),
        ] {
            let error = check(text).unwrap_err().to_string();
            assert!(error.contains(words), "{text}: {error}");
        }
    }
}
