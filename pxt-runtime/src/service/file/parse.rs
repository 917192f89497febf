//! TOML text as values with their places.

use std::sync::Arc;

use toml::de::{DeTable, DeValue};

use super::environment::Environment;
use super::node::{Data, Entry, Node, Text};
use super::syntax;
use crate::error::{Mistake, SourceFile, Span};

/// Reads what a file has under a path of keys, or all of it. What is no TOML is told alone: the rest of the file
/// may mean anything then. None when nothing stands there.
pub(super) fn parse(
    source: &Arc<SourceFile>,
    root: &[&str],
    environment: &Environment,
    found: &mut Vec<Mistake>,
) -> Option<Node> {
    let (table, errors) = DeTable::parse_recoverable(&source.text);
    let span = |range| Span { source: source.clone(), range };
    if !errors.is_empty() {
        found.extend(syntax::mistakes(source, table.get_ref(), &errors));
        return None;
    }
    let reader = Reader { source, environment };
    let mut value: &toml::Spanned<DeValue<'_>> = match root.split_first() {
        None => return Some(Node { at: span(0..0), data: reader.table(table.get_ref()) }),
        Some((first, _)) => table.get_ref().get(*first)?,
    };
    for key in &root[1..] {
        value = value.get_ref().get(*key)?;
    }
    Some(reader.value(value))
}

struct Reader<'r> {
    source: &'r Arc<SourceFile>,
    environment: &'r Environment,
}

impl Reader<'_> {
    fn span(&self, range: std::ops::Range<usize>) -> Span {
        Span { source: self.source.clone(), range }
    }

    /// The entries in the order of the file.
    fn table(&self, table: &DeTable<'_>) -> Data {
        let entry = |(key, value): (&toml::Spanned<toml::de::DeString<'_>>, _)| Entry {
            key: key.get_ref().to_string(),
            key_at: self.span(key.span()),
            node: self.value(value),
        };
        let mut entries: Vec<Entry> = table.iter().map(entry).collect();
        entries.sort_by_key(|entry| entry.key_at.range.start);
        Data::Table(entries)
    }

    fn value(&self, value: &toml::Spanned<DeValue<'_>>) -> Node {
        let data = match value.get_ref() {
            DeValue::String(text) => self.text(text),
            DeValue::Integer(number) => match i64::from_str_radix(number.as_str(), number.radix()) {
                Ok(number) => Data::Integer(number),
                Err(_) => Data::Unset("this integer has more than 64 bits: write a smaller one".to_owned()),
            },
            DeValue::Float(number) => Data::Float(number.as_str().parse().unwrap_or(f64::NAN)),
            DeValue::Boolean(flag) => Data::Flag(*flag),
            DeValue::Datetime(_) => Data::Moment,
            DeValue::Array(items) => Data::List(items.iter().map(|item| self.value(item)).collect()),
            DeValue::Table(table) => self.table(table),
        };
        Node { at: self.span(value.span()), data }
    }

    fn text(&self, text: &str) -> Data {
        Data::Unset(match self.environment.substitute(text) {
            Ok(None) => return Data::Text(Text { value: text.to_owned(), substituted: false }),
            Ok(Some(value)) => return Data::Text(Text { value, substituted: true }),
            Err(unknown) => unknown.to_string(),
        })
    }
}
