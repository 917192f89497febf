//! Placeholders of a program's own SQL text: `?`, as SQLite takes them too, become `$1`, `$2` and so on.
//!
//! PostgreSQL has operators that are written with a `?`, too: as elsewhere, `??` stands for one.

use crate::store::pieces::{Sort, pieces};
use crate::store::sql::Dialect;

/// The text for PostgreSQL, and how many values it takes.
pub(super) fn number(text: &str) -> (String, usize) {
    let mut numbered = String::with_capacity(text.len() + 8);
    let mut most = 0;
    for piece in pieces(Dialect::Postgres, text) {
        match piece.sort {
            Sort::Code => write(piece.text, &mut numbered, &mut most),
            Sort::Text | Sort::Name | Sort::Comment => numbered.push_str(piece.text),
        }
    }
    (numbered, most)
}

/// Writes a piece with its placeholders numbered; `most` is the largest number so far.
fn write(mut code: &str, numbered: &mut String, most: &mut usize) {
    while let Some(at) = code.find(['?', '$']) {
        let (before, rest) = code.split_at(at);
        numbered.push_str(before);
        let digits = rest[1..].find(|letter: char| !letter.is_ascii_digit()).unwrap_or(rest.len() - 1);
        let (number, behind) = rest[1..].split_at(digits);
        code = behind;
        match (rest.as_bytes()[0], number.parse::<usize>()) {
            // `?2` names its value, as SQLite has it.
            (_, Ok(number)) => {
                *most = number.max(*most);
                numbered.push_str(&format!("${number}"));
            }
            (b'?', Err(_)) if behind.starts_with('?') => {
                code = &behind[1..];
                numbered.push('?');
            }
            // The one behind the largest so far, as SQLite has it.
            (b'?', Err(_)) => {
                *most += 1;
                numbered.push_str(&format!("${most}"));
            }
            (_, Err(_)) => numbered.push_str(&rest[..=digits]),
        }
    }
    numbered.push_str(code);
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn question_marks_are_numbered() {
        for (text, numbered, count) in [
            ("SELECT 1", "SELECT 1", 0),
            ("a = ? AND b = ?", "a = $1 AND b = $2", 2),
            ("?2 ?1 ?", "$2 $1 $3", 3),
            ("'?' ? \"?\" -- ?\n ? /* ? */ ?", "'?' $1 \"?\" -- ?\n $2 /* ? */ $3", 3),
            ("'it''s ?' ?", "'it''s ?' $1", 1),
            (r"E'\'?' ? 'a\' ?", r"E'\'?' $1 'a\' $2", 2),
            ("$$?$$ ? $x$ ? $$ $x$ ?", "$$?$$ $1 $x$ ? $$ $x$ $2", 2),
            ("'é' ? é", "'é' $1 é", 1),
        ] {
            assert_eq!(number(text), (numbered.to_owned(), count), "{text}");
        }
    }

    #[test]
    fn numbers_stay() {
        for (text, numbered, count) in [
            ("$2 $1 '$9'", "$2 $1 '$9'", 2),
            ("a = ? OR b = $2 OR c = ?", "a = $1 OR b = $2 OR c = $3", 3),
            ("a ?? 'b' AND c ??| $1", "a ? 'b' AND c ?| $1", 1),
            ("a$1 $", "a$1 $", 1),
        ] {
            assert_eq!(number(text), (numbered.to_owned(), count), "{text}");
        }
    }
}
