//! Functions over longer texts.
#![expect(clippy::needless_pass_by_value, reason = "a function over columns owns its arguments")]

use pxt_macros::udf;
use serde_json::Value;
use unicode_segmentation::UnicodeSegmentation;

/// The number of words, by Unicode's rules (UAX 29): punctuation is none, `can't` is one.
#[udf(crate = crate)]
pub fn word_count(text: String) -> i64 {
    i64::try_from(text.unicode_words().count()).unwrap_or(i64::MAX)
}

/// The parts of a text between occurrences of a separator, as a JSON list. An empty separator splits at white space,
/// and leaves out empty parts.
#[udf(crate = crate)]
pub fn split(text: String, separator: String) -> Value {
    if separator.is_empty() {
        text.split_whitespace().map(Value::from).collect()
    } else {
        text.split(&separator).map(Value::from).collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn texts() {
        assert_eq!(word_count("The quick (\"brown\") fox can't jump 32.3 feet, right?".into()), 9);
        assert_eq!(word_count(" …".into()), 0);
        assert_eq!(split("a, b,,c".into(), ",".into()), json!(["a", " b", "", "c"]));
        assert_eq!(split("  a\tb\n".into(), String::new()), json!(["a", "b"]));
        assert_eq!(split(String::new(), ",".into()), json!([""]));
    }
}
