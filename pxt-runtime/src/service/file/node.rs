//! A file as values, each with its place.

use std::ops::Range;

use crate::error::Span;

/// A value in a file.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) at: Span,
    pub(crate) data: Data,
}

/// What a value is.
#[derive(Debug, Clone)]
pub(crate) enum Data {
    Text(Text),
    Integer(i64),
    Float(f64),
    Flag(bool),
    /// A date or a time, which nothing here takes.
    Moment,
    /// What could not be made of the text, and why: a variable is missing, say.
    Unset(String),
    List(Vec<Node>),
    Table(Vec<Entry>),
}

/// A text, behind the substitution of variables.
#[derive(Debug, Clone)]
pub(crate) struct Text {
    pub(crate) value: String,
    /// Whether a variable stood in it: such a text may stand for a number, say.
    pub(crate) substituted: bool,
}

/// A key with its value.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) key_at: Span,
    pub(crate) node: Node,
}

impl Node {
    /// The value under a key, of a table.
    pub(super) fn get(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().find(|entry| entry.key == key)
    }

    /// The value under a key, of a table, to change it.
    pub(super) fn get_mut(&mut self, key: &str) -> Option<&mut Self> {
        let Data::Table(entries) = &mut self.data else { return None };
        entries.iter_mut().find(|entry| entry.key == key).map(|entry| &mut entry.node)
    }

    /// The entries of a table; none of anything else.
    pub(super) fn entries(&self) -> &[Entry] {
        if let Data::Table(entries) = &self.data { entries } else { &[] }
    }

    /// The values of a list; none of anything else.
    pub(super) fn items(&self) -> &[Node] {
        if let Data::List(items) = &self.data { items } else { &[] }
    }

    /// The text, if it is one.
    pub(super) fn text(&self) -> Option<&str> {
        if let Data::Text(text) = &self.data { Some(&text.value) } else { None }
    }

    /// The place of some bytes of a text; of the whole text where it is not written as it is, but with escapes.
    pub(super) fn part(&self, range: &Range<usize>) -> Span {
        let Span { source, range: whole } = &self.at;
        let written = source.text.get(whole.clone()).unwrap_or_default();
        match self.text().and_then(|text| written.find(text)) {
            Some(begin) => {
                let begin = whole.start + begin;
                Span { source: source.clone(), range: begin + range.start..begin + range.end }
            }
            None => self.at.clone(),
        }
    }

    /// What it is, for messages.
    pub(super) fn word(&self) -> &'static str {
        match self.data {
            Data::Text(_) => "a text",
            Data::Integer(_) => "an integer",
            Data::Float(_) => "a fraction",
            Data::Flag(_) => "a truth value",
            Data::Moment => "a date or time",
            Data::Unset(_) => "nothing",
            Data::List(_) => "a list",
            Data::Table(_) => "a table",
        }
    }
}
