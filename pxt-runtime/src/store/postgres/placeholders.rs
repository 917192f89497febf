//! Placeholders of a program's own SQL text: `?`, as SQLite takes them too, become `$1`, `$2` and so on.
//!
//! PostgreSQL has operators that are written with a `?`, too: as elsewhere, `??` stands for one.

/// The text for PostgreSQL, and how many values it takes.
pub(super) fn number(text: &str) -> (String, usize) {
    let mut numbered = String::with_capacity(text.len() + 8);
    let mut most = 0;
    for piece in pieces(text) {
        match piece {
            Piece::Code(code) => write(code, &mut numbered, &mut most),
            Piece::Other(other) => numbered.push_str(other),
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

/// A piece of a text.
enum Piece<'t> {
    Code(&'t str),
    /// A quoted text or name, or a comment.
    Other(&'t str),
}

fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let (mut start, mut at) = (0, 0);
    while let Some(letter) = text[at..].chars().next() {
        match other(text, at) {
            Some(length) => {
                pieces.push(Piece::Code(&text[start..at]));
                pieces.push(Piece::Other(&text[at..at + length]));
                at += length;
                start = at;
            }
            None => at += letter.len_utf8(),
        }
    }
    pieces.push(Piece::Code(&text[start..]));
    pieces
}

/// The length of what begins at `at`, if it is quoted or a comment.
fn other(text: &str, at: usize) -> Option<usize> {
    let rest = &text[at..];
    let until = |begin: usize, end: &str| rest[begin..].find(end).map_or(rest.len(), |found| begin + found + end.len());
    match rest.as_bytes()[0] {
        b'\'' if escapes(&text[..at]) => Some(escaped(rest)),
        b'\'' => Some(until(1, "'")),
        b'"' => Some(until(1, "\"")),
        b'-' if rest.starts_with("--") => Some(until(2, "\n")),
        b'/' if rest.starts_with("/*") => Some(until(2, "*/")),
        b'$' if !text[..at].ends_with(|letter: char| letter.is_alphanumeric() || letter == '_') => {
            // `$$` or `$name$`, to the next of the same.
            let name = rest[1..].find(|letter: char| !letter.is_alphanumeric() && letter != '_')? + 1;
            let bare = rest[1..].starts_with(|letter: char| letter.is_ascii_digit()) || !rest[name..].starts_with('$');
            (!bare).then(|| until(name + 1, &rest[..=name]))
        }
        _ => None,
    }
}

/// Whether a quote behind this begins a text in which `\` escapes: `E'…'`.
fn escapes(before: &str) -> bool {
    let mut letters = before.chars().rev();
    matches!(letters.next(), Some('e' | 'E')) && !letters.next().is_some_and(|letter| letter.is_alphanumeric())
}

fn escaped(quoted: &str) -> usize {
    let mut letters = quoted.char_indices().skip(1);
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\\' => drop(letters.next()),
            '\'' => return at + 1,
            _ => {}
        }
    }
    quoted.len()
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
