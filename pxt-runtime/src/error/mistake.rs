//! Mistakes of whoever declares a service: one sentence each, and where in a file it stands.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use super::mask::masked;

/// A file that declares something.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Source {
    /// Its path as people write it.
    pub(crate) name: String,
    /// Its text.
    pub(crate) text: String,
}

/// A part of a file: a range of bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) source: Arc<Source>,
    pub(crate) range: Range<usize>,
}

/// What is wrong, what to write instead, and where it stands, if that is a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mistake {
    pub(crate) text: String,
    pub(crate) at: Option<Span>,
}

impl Span {
    /// The line, from 1, and the column in characters, from 1.
    pub(crate) fn position(&self) -> (usize, usize) {
        let before = &self.source.text[..self.range.start.min(self.source.text.len())];
        let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        (line, column)
    }
}

impl Mistake {
    /// A mistake; its sentence is told without secrets.
    pub(crate) fn new(text: impl AsRef<str>, at: Option<Span>) -> Self {
        Self { text: masked(text.as_ref()), at }
    }
}

/// `service.toml:7:9`
impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (line, column) = self.position();
        write!(f, "{}:{line}:{column}", self.source.name)
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.at {
            Some(at) => write!(f, "{at}: {}", self.text),
            None => f.write_str(&self.text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_characters() {
        let source = Arc::new(Source { name: "a.toml".to_owned(), text: "é = 1\nü = x\n".to_owned() });
        let at = |start: usize| Span { source: source.clone(), range: start..start + 1 }.to_string();
        assert_eq!([at(0), at(5), at(7), at(12)], ["a.toml:1:1", "a.toml:1:5", "a.toml:2:1", "a.toml:2:5"]);
    }
}
