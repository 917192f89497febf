//! What is no TOML, in our own words: what is, and what to write. The reader of TOML says what it expects, and goes on; what it says
//! of the rest of the line mostly follows from the first.

use std::sync::Arc;

use toml::de::{DeTable, DeValue};

use crate::error::{Mistake, SourceFile, Span};

/// The mistakes of a text that is no TOML, one a line. `table` is what could be read of it.
pub(super) fn mistakes(source: &Arc<SourceFile>, table: &DeTable<'_>, errors: &[toml::de::Error]) -> Vec<Mistake> {
    let mut found: Vec<(usize, Mistake)> = Vec::new();
    for error in errors {
        let end = source.text.len();
        let at = Span { source: source.clone(), range: error.span().unwrap_or(end..end) };
        let (line, _) = at.position();
        if found.iter().all(|(before, _)| *before != line) {
            found.push((line, Mistake::new(sentence(error.message(), &at, table), Some(at))));
        }
    }
    found.into_iter().map(|(_, mistake)| mistake).collect()
}

fn sentence(message: &str, at: &Span, table: &DeTable<'_>) -> String {
    let text = &at.source.text;
    let there = text.get(at.range.clone()).unwrap_or_default().trim();
    let before = text[..at.range.start.min(text.len())].rsplit('\n').next().unwrap_or_default().trim();
    match message {
        "duplicate key" => {
            let first = earlier(table, there, at.range.start).or_else(|| header(text, there, at.range.start));
            let first = first.map(|range| Span { range, ..at.clone() });
            let places = first.map(|first| format!(", at {first} and at {at}")).unwrap_or_default();
            let instead = if there == "service" { "write each as `[[service]]`" } else { "remove one" };
            format!("`{there}` is written twice{places}: {instead}")
        }
        "string values must be quoted, expected literal string" if there.is_empty() => {
            "a value is missing: write one behind `=`".to_owned()
        }
        "string values must be quoted, expected literal string" => {
            format!("a text stands in quotes: write `\"{there}\"`")
        }
        "invalid basic string, expected `\"`" => "the text is not closed: write `\"` at its end".to_owned(),
        "invalid literal string, expected `'`" => "the text is not closed: write `'` at its end".to_owned(),
        "key with no value, expected `=`" => format!("`{before}` has no value: write `{before} = …`"),
        "unclosed table, expected `]`" => "the name of a section is not closed: write `]` at its end".to_owned(),
        "missing comma between array elements, expected `,`" => {
            "the list is not closed, or a comma is missing: write `]` at its end, or `,` between its values".to_owned()
        }
        other => format!("this is no TOML: {other}"),
    }
}

/// Where a key of this name stands nearest before a place.
fn earlier(table: &DeTable<'_>, name: &str, before: usize) -> Option<std::ops::Range<usize>> {
    let inner = table.iter().filter_map(|(_, value)| within(value.get_ref(), name, before));
    let own = table.iter().map(|(key, _)| key).filter(|key| key.get_ref() == name).map(toml::Spanned::span);
    own.chain(inner).filter(|range| range.start < before).max_by_key(|range| range.start)
}

/// Where the section of this name begins before a place: of one that is there twice, only the second is read.
fn header(text: &str, name: &str, before: usize) -> Option<std::ops::Range<usize>> {
    let end = text.get(..before)?.rfind('\n')?;
    let start = text[..end].rfind(&format!("[{name}]"))? + 1;
    Some(start..start + name.len())
}

fn within(value: &DeValue<'_>, name: &str, before: usize) -> Option<std::ops::Range<usize>> {
    match value {
        DeValue::Table(table) => earlier(table, name, before),
        DeValue::Array(items) => items.iter().rev().find_map(|item| within(item.get_ref(), name, before)),
        _ => None,
    }
}
