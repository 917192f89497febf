//! The name of a stored file: `{table}/{sha256 in hex}.{extension}`.
//!
//! Keys come back from clients in URLs. Only what this room could have written is a key; nothing else reaches storage.

use super::format::Format;

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
            && hash.len() == 64
            && hash.bytes().all(hex)
            && (1..=8).contains(&extension.len())
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

/// Whether a table's name can be a folder's. A leading dot is kept for the store's own folders, and bars `..`.
pub(super) fn is_table(name: &str) -> bool {
    name.len() <= 200
        && name.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HASH: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

    #[test]
    fn keys() {
        let whole = Key::write("films.posters", HASH, "png").unwrap();
        let key = Key::parse(&whole).unwrap();
        assert_eq!((key.table, key.hash, key.extension), ("films.posters", HASH, "png"));
        assert_eq!(key.format().content_type, "image/png");
    }

    #[test]
    fn nothing_else_is_a_key() {
        let bad = [
            String::new(),
            format!("{HASH}.png"),
            format!("../{HASH}.png"),
            format!("./{HASH}.png"),
            format!(".uploads/{HASH}.png"),
            format!("a/../{HASH}.png"),
            format!("a/b/{HASH}.png"),
            format!("/a/{HASH}.png"),
            format!("a//{HASH}.png"),
            format!("a%2f{HASH}.png"),
            format!("a\\{HASH}.png"),
            format!("a\0/{HASH}.png"),
            format!("a/{HASH}.png\0"),
            format!("a/{HASH}"),
            format!("a/{HASH}."),
            format!("a/{HASH}.png#1"),
            format!("a/{HASH}.tar.gz"),
            format!("a/{}.png", HASH.to_uppercase()),
            format!("a/{}.png", &HASH[1..]),
            format!("ä/{HASH}.png"),
        ];
        for key in bad {
            assert_eq!(Key::parse(&key), None, "{key:?}");
        }
        assert_eq!(Key::write("..", HASH, "png"), None);
    }
}
