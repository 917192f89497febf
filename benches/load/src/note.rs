//! What both services store and compute, so that they differ in how they do it and in nothing else.

/// The title that the driver sends.
pub const TITLE: &str = "A Walk Along the Northern Shore";

/// The body that the driver sends: a paragraph, as a note would have.
pub const BODY: &str = "The tide was out, and the sand lay firm and ribbed as far as the second groyne. Two boats were drawn \
                        up by the sheds; nobody was about. It rained at four, and by five the light had come back.";

/// The stars that the driver sends.
pub const STARS: i64 = 4;

/// The computed column: the title in lower case, its words joined by dashes.
pub fn slug_of(title: &str) -> String {
    title.to_lowercase().split_whitespace().collect::<Vec<_>>().join("-")
}

/// What the decorated route answers beside the id.
pub fn headline_of(title: &str, stars: i64) -> String {
    format!("{title} ({stars} of 5)")
}

#[cfg(test)]
mod tests {
    use super::{headline_of, slug_of};

    #[test]
    fn slug_joins_lower_case_words() {
        assert_eq!(slug_of("  Two  Boats "), "two-boats");
        assert_eq!(headline_of("Two Boats", 3), "Two Boats (3 of 5)");
    }
}
