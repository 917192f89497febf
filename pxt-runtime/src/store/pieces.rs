//! The pieces of an SQL text: code, and what is quoted or a comment, in which no word, placeholder or semicolon means anything.

use super::sql::Dialect;

/// A piece of a text. All of them together are the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Piece<'t> {
    /// Where it begins, in bytes.
    pub(super) start: usize,
    /// With its quotes.
    pub(super) text: &'t str,
    pub(super) sort: Sort,
}

/// What a piece is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    Code,
    /// `'…'`; in PostgreSQL `E'…'` and `$$…$$` too. The `E` is of the code before it.
    Text,
    /// `"…"`; in SQLite `[…]` and `` `…` `` too.
    Name,
    Comment,
}

/// The pieces, none of them empty.
pub(super) fn pieces(dialect: Dialect, text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let (mut start, mut at) = (0, 0);
    let code = |start: usize, end: usize| Piece { start, text: &text[start..end], sort: Sort::Code };
    while let Some(letter) = text[at..].chars().next() {
        match quoted(dialect, text, at) {
            Some((length, sort)) => {
                pieces.push(code(start, at));
                pieces.push(Piece { start: at, text: &text[at..at + length], sort });
                at += length;
                start = at;
            }
            None => at += letter.len_utf8(),
        }
    }
    pieces.push(code(start, text.len()));
    pieces.retain(|piece| !piece.text.is_empty());
    pieces
}

/// The length of what begins at `at`, if it is quoted or a comment. What has no end goes on to the end of the text.
fn quoted(dialect: Dialect, text: &str, at: usize) -> Option<(usize, Sort)> {
    let rest = &text[at..];
    let until = |begin: usize, end: &str| rest[begin..].find(end).map_or(rest.len(), |found| begin + found + end.len());
    let is_sqlite = dialect == Dialect::Sqlite;
    Some(match rest.as_bytes()[0] {
        b'\'' if !is_sqlite && escapes(&text[..at]) => (escaped(rest), Sort::Text),
        // A quote that is written twice ends one text and begins another.
        b'\'' => (until(1, "'"), Sort::Text),
        b'"' => (until(1, "\""), Sort::Name),
        b'`' if is_sqlite => (until(1, "`"), Sort::Name),
        b'[' if is_sqlite => (until(1, "]"), Sort::Name),
        b'-' if rest.starts_with("--") => (until(2, "\n"), Sort::Comment),
        b'/' if rest.starts_with("/*") && is_sqlite => (until(2, "*/"), Sort::Comment),
        b'/' if rest.starts_with("/*") => (nested(rest), Sort::Comment),
        b'$' if !is_sqlite && !text[..at].ends_with(is_of_word) => {
            (until(dollars(rest)?, dollar_quote(rest)?), Sort::Text)
        }
        _ => return None,
    })
}

/// Whether a letter may stand inside a name.
pub(super) fn is_of_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_' || letter == '$'
}

/// `$$` or `$name$`, at the begin of a text.
fn dollar_quote(rest: &str) -> Option<&str> {
    let name = rest[1..].find(|letter: char| !letter.is_alphanumeric() && letter != '_')? + 1;
    let is_number = rest[1..].starts_with(|letter: char| letter.is_ascii_digit());
    (!is_number && rest[name..].starts_with('$')).then(|| &rest[..=name])
}

fn dollars(rest: &str) -> Option<usize> {
    dollar_quote(rest).map(str::len)
}

/// Whether a quote behind this begins a text in which `\` escapes: `E'…'`.
fn escapes(before: &str) -> bool {
    let mut letters = before.chars().rev();
    matches!(letters.next(), Some('e' | 'E')) && !letters.next().is_some_and(is_of_word)
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

/// The length of a comment that may have others in it, as PostgreSQL's do.
fn nested(comment: &str) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    loop {
        let rest = &comment[at..];
        let Some(letter) = rest.chars().next() else { return comment.len() };
        at += match (rest.starts_with("/*"), rest.starts_with("*/")) {
            (true, _) => {
                depth += 1;
                2
            }
            (_, true) if depth == 1 => return at + 2,
            (_, true) => {
                depth -= 1;
                2
            }
            _ => letter.len_utf8(),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The pieces that are no code.
    fn others(dialect: Dialect, text: &str) -> Vec<&str> {
        let pieces = pieces(dialect, text);
        assert_eq!(pieces.iter().map(|piece| piece.text).collect::<String>(), text);
        pieces.into_iter().filter(|piece| piece.sort != Sort::Code).map(|piece| piece.text).collect()
    }

    #[test]
    fn what_both_quote() {
        for dialect in [Dialect::Sqlite, Dialect::Postgres] {
            for (text, expected) in [
                ("a 'b''c' d", &["'b'", "'c'"][..]),
                ("\"a;\" -- b\n'é'", &["\"a;\"", "-- b\n", "'é'"]),
                ("/* ' */ 'a' /", &["/* ' */", "'a'"]),
                ("'no end", &["'no end"]),
                ("--", &["--"]),
                ("", &[]),
            ] {
                assert_eq!(others(dialect, text), expected, "{dialect:?} {text}");
            }
        }
    }

    #[test]
    fn what_one_of_them_quotes() {
        for (text, sqlite, postgres) in [
            (r"E'\'' x", &[r"'\'", "' x"][..], &[r"'\''"][..]),
            ("$$'$$ $a$ $$ $a$", &["'$$ $a$ $$ $a$"], &["$$'$$", "$a$ $$ $a$"]),
            ("a[b'] `'`", &["[b']", "`'`"], &["'] `'"]),
            ("/* /* */ ' */", &["/* /* */", "' */"], &["/* /* */ ' */"]),
            ("a$1$ 'b' $1$", &["'b'"], &["'b'"]),
        ] {
            assert_eq!(others(Dialect::Sqlite, text), sqlite, "{text}");
            assert_eq!(others(Dialect::Postgres, text), postgres, "{text}");
        }
    }
}
