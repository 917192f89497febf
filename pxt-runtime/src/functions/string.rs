//! Functions over short texts.
#![expect(clippy::needless_pass_by_value, reason = "a function over columns owns its arguments")]

use pxt_macros::udf;

/// The text in capitals, by Unicode's rules: `straße` becomes `STRASSE`.
#[udf(crate = crate)]
pub fn upper(text: String) -> String {
    text.to_uppercase()
}

/// The text in small letters, by Unicode's rules.
#[udf(crate = crate)]
pub fn lower(text: String) -> String {
    text.to_lowercase()
}

/// The text without white space at its ends.
#[udf(crate = crate)]
pub fn trim(text: String) -> String {
    text.trim().to_owned()
}

/// The number of characters (Unicode scalar values, not bytes).
#[udf(crate = crate)]
pub fn len(text: String) -> i64 {
    i64::try_from(text.chars().count()).unwrap_or(i64::MAX)
}

/// The text as part of a URL: `Œuvre d'Art, No. 5` becomes `oeuvre-d-art-no-5`.
#[udf(crate = crate)]
pub fn slug(text: String) -> String {
    ::slug::slugify(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings() {
        assert_eq!(upper("straße".into()), "STRASSE");
        assert_eq!(lower("ÀÉ".into()), "àé");
        assert_eq!(trim("\u{2003} a b \n".into()), "a b");
        assert_eq!(len("häß🙂".into()), 4);
        assert_eq!(len(String::new()), 0);
        assert_eq!(slug("Œuvre d'Art, No. 5".into()), "oeuvre-d-art-no-5");
    }
}
