//! Named parameters of an SQL text: `:name` becomes a numbered placeholder, the same one wherever the name stands.
//!
//! Names are looked for in code alone: not in texts, quoted names and comments, and not behind the `::` of a cast. A `:` that
//! follows a word, as in the slice `list[1:n]`, begins no name.

use std::ops::Range;

use super::Mistake;
use crate::schema::{did_you_mean, nearest};
use crate::store::pieces::{Piece, Sort, is_of_word, pieces};
use crate::store::script;
use crate::store::sql::Dialect;

/// A statement whose parameters are numbered.
#[derive(Debug)]
pub(in crate::store) struct Numbered {
    /// The statement, without what stands around it.
    pub(in crate::store) text: String,
    /// Where a placeholder stands in it, and where its name stood in the text as it was written.
    swaps: Vec<(Range<usize>, Range<usize>)>,
    /// Where the statement begins in the text as it was written.
    begin: usize,
}

impl Numbered {
    /// Where in the text as it was written something stands, both in bytes.
    pub(in crate::store) fn written(&self, at: usize) -> usize {
        match self.swaps.iter().rev().find(|(here, _)| here.start <= at) {
            Some((here, there)) if at < here.end => there.start,
            Some((here, there)) => there.end + (at - here.end),
            None => self.begin + at,
        }
    }
}

/// Numbers the parameters of a text: the first of `names` is 1.
///
/// # Errors
/// All that is wrong with the text and its parameters: names that are not declared, declared ones that it does not use,
/// placeholders without a name, more than one statement, one that does not read, and none.
pub(in crate::store) fn number(dialect: Dialect, text: &str, names: &[&str]) -> Result<Numbered, Vec<Mistake>> {
    let mut scan = Scan {
        dialect,
        names,
        mistakes: declared(names),
        used: vec![false; names.len()],
        unknown: Vec::new(),
        numbered: Numbered { text: String::with_capacity(text.len()), swaps: Vec::new(), begin: 0 },
        span: None,
        ended: false,
    };
    for piece in pieces(dialect, text) {
        match piece.sort {
            Sort::Code => scan.code(text, piece),
            Sort::Text | Sort::Name => {
                scan.content(text, piece.start);
                scan.keep(piece.text);
            }
            Sort::Comment if scan.span.is_some() => scan.keep(piece.text),
            Sort::Comment => {}
        }
    }
    scan.finish()
}

/// Whether each name can be written behind a colon, and is there once.
fn declared(names: &[&str]) -> Vec<Mistake> {
    let mut mistakes = Vec::new();
    for (position, name) in names.iter().enumerate() {
        if length_of_name(name) != name.len() || name.is_empty() {
            mistakes.push(Mistake::of_all(format!(
                "the parameter `{name}` cannot be written as `:{name}`: name it by letters, digits and `_`"
            )));
        } else if names[..position].contains(name) {
            mistakes.push(Mistake::of_all(format!("the parameter `{name}` is declared twice: remove one")));
        }
    }
    mistakes
}

/// How many bytes at the begin of a text are a name, which does not begin with a digit.
fn length_of_name(text: &str) -> usize {
    if !text.starts_with(|letter: char| letter.is_alphabetic() || letter == '_') {
        return 0;
    }
    text.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(text.len())
}

/// How many bytes at the begin of a text are digits.
fn length_of_number(text: &str) -> usize {
    text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len())
}

/// A text that is read from its begin to its end.
struct Scan<'n> {
    dialect: Dialect,
    names: &'n [&'n str],
    mistakes: Vec<Mistake>,
    /// Of each name, whether the text has it.
    used: Vec<bool>,
    /// Names in the text that are not declared.
    unknown: Vec<String>,
    numbered: Numbered,
    /// Where the statement begins, once it has.
    span: Option<usize>,
    /// Whether a semicolon ended it.
    ended: bool,
}

impl Scan<'_> {
    /// Takes a piece of code over.
    fn code(&mut self, text: &str, piece: Piece<'_>) {
        let (mut rest, mut before) = (piece.text, None);
        while let Some(letter) = rest.chars().next() {
            let at = piece.start + piece.text.len() - rest.len();
            let mut length = letter.len_utf8();
            if letter == ';' {
                self.ended |= self.span.is_some();
            } else if letter.is_whitespace() {
                self.keep(&rest[..length]);
            } else {
                self.content(text, at);
                length = match self.placeholder(rest, at, before) {
                    Some(length) => length,
                    None => {
                        // The two colons of a cast are taken together.
                        let length = if rest.starts_with("::") { 2 } else { length };
                        self.keep(&rest[..length]);
                        length
                    }
                };
            }
            before = rest[..length].chars().next_back();
            rest = &rest[length..];
        }
    }

    /// Takes a placeholder over, and answers its length. None where the code begins with something else.
    fn placeholder(&mut self, rest: &str, at: usize, before: Option<char>) -> Option<usize> {
        let is_sqlite = self.dialect == Dialect::Sqlite;
        let follows_word = before.is_some_and(is_of_word);
        // Placeholders begin with a letter of one byte.
        let behind = rest.get(1..)?;
        let name = length_of_name(behind);
        match rest.as_bytes()[0] {
            b':' if name > 0 && !follows_word => {
                self.named(&behind[..name], at);
                Some(1 + name)
            }
            b'?' if !is_sqlite && behind.starts_with('?') => {
                self.keep("?");
                Some(2)
            }
            b'?' => Some(self.unnamed(&rest[..1 + length_of_number(behind)], at)),
            b'$' if follows_word => None,
            b'$' | b':' if length_of_number(behind) > 0 && (is_sqlite || rest.starts_with('$')) && !follows_word => {
                Some(self.unnamed(&rest[..1 + length_of_number(behind)], at))
            }
            b'$' | b'@' if is_sqlite && name > 0 => Some(self.unnamed(&rest[..1 + name], at)),
            _ => None,
        }
    }

    fn named(&mut self, name: &str, at: usize) {
        let range = at..at + 1 + name.len();
        match self.names.iter().position(|declared| *declared == name) {
            Some(position) => {
                self.used[position] = true;
                let sign = if self.dialect == Dialect::Sqlite { '?' } else { '$' };
                let start = self.numbered.text.len();
                self.keep(&format!("{sign}{}", position + 1));
                self.numbered.swaps.push((start..self.numbered.text.len(), range));
            }
            None if self.unknown.iter().any(|known| known == name) => {}
            None => {
                let what = match did_you_mean(name, self.names.iter().copied()) {
                    hint if hint.is_empty() => format!("`:{name}` is not declared: declare a parameter `{name}`"),
                    hint => format!("`:{name}` is no declared parameter{hint}"),
                };
                self.mistakes.push(Mistake::at(range, what));
                self.unknown.push(name.to_owned());
            }
        }
    }

    /// A placeholder that has no name. Answers its length.
    fn unnamed(&mut self, written: &str, at: usize) -> usize {
        let operator = match (self.dialect, written) {
            (Dialect::Postgres, "?") => ", or `??` for the operator `?`",
            _ => "",
        };
        let what = format!("`{written}` is not named: declare a parameter and write its name, as `:name`{operator}");
        self.mistakes.push(Mistake::at(at..at + written.len(), what));
        written.len()
    }

    /// Something of a statement stands here.
    fn content(&mut self, text: &str, at: usize) {
        if self.ended {
            if !self.mistakes.iter().any(|mistake| mistake.text == SEVERAL) {
                self.mistakes.push(Mistake::at(at..text.len(), SEVERAL));
            }
        } else if self.span.is_none() {
            (self.span, self.numbered.begin) = (Some(at), at);
            if !script::reads(&text[at..]) {
                let word = text[at..].find(|letter: char| !letter.is_alphanumeric()).filter(|word| *word > 0);
                let end = at + word.unwrap_or_else(|| text[at..].chars().next().map_or(0, char::len_utf8));
                self.mistakes.push(Mistake::at(
                    at..end,
                    "the SQL text does not read: begin it with `SELECT`, `WITH` or `VALUES`",
                ));
            }
        }
    }

    fn keep(&mut self, text: &str) {
        if self.span.is_some() && !self.ended {
            self.numbered.text.push_str(text);
        }
    }

    fn finish(mut self) -> Result<Numbered, Vec<Mistake>> {
        if self.span.is_none() {
            self.mistakes.push(Mistake::of_all("the SQL text is empty: begin it with `SELECT`, `WITH` or `VALUES`"));
        }
        // One that was meant by a misspelt name has been spoken of.
        let is_meant =
            |name: &str| self.unknown.iter().any(|unknown| nearest(unknown, self.names.iter().copied()) == Some(name));
        for (name, _) in self.names.iter().zip(&self.used).filter(|(name, used)| !**used && !is_meant(name)) {
            self.mistakes.push(Mistake::of_all(format!(
                "the parameter `{name}` is not in the SQL text: write `:{name}` where its value belongs, or remove it"
            )));
        }
        if self.mistakes.is_empty() { Ok(self.numbered) } else { Err(self.mistakes) }
    }
}

const SEVERAL: &str = "the SQL text has more than one statement: give each a route of its own";

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str, names: &[&str]) -> [String; 2] {
        [Dialect::Sqlite, Dialect::Postgres].map(|dialect| number(dialect, text, names).unwrap().text)
    }

    #[test]
    fn names_become_numbers() {
        for (text, sqlite, postgres) in [
            ("SELECT :a, :b", "SELECT ?1, ?2", "SELECT $1, $2"),
            ("SELECT :b, :a, :b", "SELECT ?2, ?1, ?2", "SELECT $2, $1, $2"),
            ("SELECT :a::text, :b ::int", "SELECT ?1::text, ?2 ::int", "SELECT $1::text, $2 ::int"),
            ("SELECT (:a),-:b", "SELECT (?1),-?2", "SELECT ($1),-$2"),
            ("SELECT :a -- :c\n, :b /* :c */", "SELECT ?1 -- :c\n, ?2 /* :c */", "SELECT $1 -- :c\n, $2 /* :c */"),
            ("SELECT ':c' , \":c\", :a, :b", "SELECT ':c' , \":c\", ?1, ?2", "SELECT ':c' , \":c\", $1, $2"),
            ("SELECT x::a, :a, :b", "SELECT x::a, ?1, ?2", "SELECT x::a, $1, $2"),
            ("SELECT 'é' || :a || é || :b", "SELECT 'é' || ?1 || é || ?2", "SELECT 'é' || $1 || é || $2"),
            // What stands around the statement.
            (" -- why\n; SELECT :a, :b ; -- done\n;", "SELECT ?1, ?2 ", "SELECT $1, $2 "),
        ] {
            assert_eq!(texts(text, &["a", "b"]), [sqlite, postgres], "{text}");
        }
    }

    #[test]
    fn what_one_database_writes_otherwise() {
        let postgres = |text, names: &[&str]| number(Dialect::Postgres, text, names).unwrap().text;
        assert_eq!(postgres("SELECT l[1:n], l[:n :: 2]", &["n"]), "SELECT l[1:n], l[$1 :: 2]");
        assert_eq!(
            postgres(r"SELECT E'\':x', $$:x$$, $q$:x;$q$, :n", &["n"]),
            r"SELECT E'\':x', $$:x$$, $q$:x;$q$, $1"
        );
        assert_eq!(postgres("SELECT a ?? 'b', a ??| :n, a @> b", &["n"]), "SELECT a ? 'b', a ?| $1, a @> b");
        assert_eq!(postgres("SELECT /* /* :x */ :y */ a$1, :n", &["n"]), "SELECT /* /* :x */ :y */ a$1, $1");
        let sqlite = |text, names: &[&str]| number(Dialect::Sqlite, text, names).unwrap().text;
        assert_eq!(sqlite("SELECT [:x], `:y`, '\\', :n", &["n"]), "SELECT [:x], `:y`, '\\', ?1");
    }

    /// The mistakes of a text, each with what it stands on.
    fn mistakes(dialect: Dialect, text: &str, names: &[&str]) -> Vec<(String, String)> {
        let found = number(dialect, text, names).unwrap_err();
        let part = |mistake: &Mistake| mistake.at.clone().map_or("", |at| &text[at]).to_owned();
        found.iter().map(|mistake| (part(mistake), mistake.text.clone())).collect()
    }

    #[test]
    fn all_mistakes_at_once_each_where_it_stands() {
        for (text, names, expected) in [
            (
                "SELECT :leest",
                &["least"][..],
                &[(":leest", "`:leest` is no declared parameter; did you mean `least`?")][..],
            ),
            ("SELECT :é", &[], &[(":é", "`:é` is not declared: declare a parameter `é`")]),
            (
                "SELECT :quite, :other, :quite, $1",
                &["a", "b"],
                &[
                    (":quite", "`:quite` is no declared parameter; it takes `a`, `b`"),
                    (":other", "`:other` is no declared parameter; it takes `a`, `b`"),
                    ("$1", "`$1` is not named: declare a parameter and write its name, as `:name`"),
                    ("", "the parameter `a` is not in the SQL text: write `:a` where its value belongs, or remove it"),
                    ("", "the parameter `b` is not in the SQL text: write `:b` where its value belongs, or remove it"),
                ],
            ),
            ("SELECT ?2", &[], &[("?2", "`?2` is not named")]),
            ("SELECT 1; SELECT 2", &[], &[("SELECT 2", SEVERAL)]),
            ("SELECT 1;/**/'x' ;y", &[], &[("'x' ;y", SEVERAL)]),
            ("delete FROM t", &[], &[("delete", "the SQL text does not read: begin it with")]),
            ("'SELECT'", &[], &[("'", "the SQL text does not read")]),
            (" -- nothing\n;", &[], &[("", "the SQL text is empty")]),
            (
                "SELECT :a",
                &["a", "a"],
                &[
                    ("", "the parameter `a` is declared twice: remove one"),
                    ("", "the parameter `a` is not in the SQL text"),
                ],
            ),
            ("SELECT 1", &["a b"], &[("", "cannot be written as `:a b`"), ("", "the parameter `a b` is not in")]),
        ] {
            for dialect in [Dialect::Sqlite, Dialect::Postgres] {
                let found = mistakes(dialect, text, names);
                assert_eq!(found.len(), expected.len(), "{text}: {found:?}");
                for ((part, told), (wanted, words)) in found.iter().zip(expected) {
                    assert_eq!(part, wanted, "{text}");
                    assert!(told.contains(words), "{text}: {told}");
                }
            }
        }
        for text in ["SELECT $x", "SELECT @x", "SELECT :1", "SELECT ?"] {
            let found = mistakes(Dialect::Sqlite, text, &[]);
            assert!(found[0].1.ends_with("as `:name`"), "{text}: {found:?}");
        }
        let found = mistakes(Dialect::Postgres, "SELECT a ? 'b'", &[]);
        assert!(found[0].1.ends_with("or `??` for the operator `?`"), "{found:?}");
    }

    #[test]
    fn places_are_found_again() {
        let written = "-- é\nSELECT :first, x, :b, y";
        let numbered = number(Dialect::Postgres, written, &["first", "b"]).unwrap();
        for part in ["SELECT", "x,", "y"] {
            let here = numbered.text.find(part).unwrap();
            assert_eq!(written[numbered.written(here)..].find(part), Some(0), "{part}");
        }
        assert_eq!(numbered.written(numbered.text.find("$2").unwrap()), written.find(":b").unwrap());
    }
}
