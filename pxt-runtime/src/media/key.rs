//! The name of a stored file: `{table}/{sha256 in hex}.{extension}`.
//!
//! Keys come back from clients in URLs. Only what this room could have written is a key; nothing else reaches storage.

use super::format::Format;

/// The digits of a hash.
const HASH: usize = 64;
/// The most letters of an extension.
const EXTENSION: usize = 8;

/// A key in its parts, known to be well formed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Key<'a> {
    whole: &'a str,
    pub(super) table: &'a str,
    pub(super) hash: &'a str,
    pub(super) extension: &'a str,
}

impl<'a> Key<'a> {
    pub(super) fn parse(whole: &'a str) -> Option<Self> {
        let (table, file) = whole.split_once('/')?;
        let (hash, extension) = file.split_once('.')?;
        let hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        let valid = is_table(table)
            && hash.len() == HASH
            && hash.bytes().all(hex)
            && (1..=EXTENSION).contains(&extension.len())
            && extension.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
        valid.then_some(Self { whole, table, hash, extension })
    }

    /// The key of such a file. None when the table's name cannot stand in a key.
    pub(super) fn write(table: &str, hash: &str, extension: &str) -> Option<String> {
        let whole = format!("{table}/{hash}.{extension}");
        Key::parse(&whole).is_some().then_some(whole)
    }

    /// The name of the file in its table's folder.
    pub(super) fn file(&self) -> &'a str {
        &self.whole[self.table.len() + 1..]
    }

    pub(super) fn as_str(&self) -> &'a str {
        self.whole
    }

    pub(super) fn format(&self) -> &'static Format {
        Format::of_extension(self.extension)
    }
}

/// The most bytes of a key behind the table's name.
pub(super) const fn longest_file() -> usize {
    "/".len() + HASH + ".".len() + EXTENSION
}

/// Whether a table's name can be a folder's. A leading dot is kept for the store's own folders, and bars `..`.
pub(super) fn is_table(name: &str) -> bool {
    name.len() <= 200
        && name.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEX: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

    #[test]
    fn keys() {
        let whole = Key::write("films.posters", HEX, "png").unwrap();
        let key = Key::parse(&whole).unwrap();
        assert_eq!((key.table, key.hash, key.extension), ("films.posters", HEX, "png"));
        assert_eq!(key.format().content_type, "image/png");
    }

    #[test]
    fn no_key_is_longer_than_the_longest() {
        let whole = Key::write("films.posters", HEX, "abcdefgh").unwrap();
        assert_eq!(whole.len(), "films.posters".len() + longest_file());
    }

    #[test]
    fn nothing_else_is_a_key() {
        let bad = [
            String::new(),
            format!("{HEX}.png"),
            format!("../{HEX}.png"),
            format!("./{HEX}.png"),
            format!(".uploads/{HEX}.png"),
            format!("a/../{HEX}.png"),
            format!("a/b/{HEX}.png"),
            format!("/a/{HEX}.png"),
            format!("a//{HEX}.png"),
            format!("a%2f{HEX}.png"),
            format!("a\\{HEX}.png"),
            format!("a\0/{HEX}.png"),
            format!("a/{HEX}.png\0"),
            format!("a/{HEX}"),
            format!("a/{HEX}."),
            format!("a/{HEX}.png#1"),
            format!("a/{HEX}.tar.gz"),
            format!("a/{}.png", HEX.to_uppercase()),
            format!("a/{}.png", &HEX[1..]),
            format!("ä/{HEX}.png"),
        ];
        for key in bad {
            assert_eq!(Key::parse(&key), None, "{key:?}");
        }
        assert_eq!(Key::write("..", HEX, "png"), None);
    }
}
