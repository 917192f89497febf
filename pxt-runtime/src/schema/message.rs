//! Text built while the user's crate is compiled: a fixed buffer, since constant evaluation cannot allocate.
//!
//! The same text is built at the start for tables that are declared without Rust; what differs is how things are [spelled](Spelling).

use super::{ColumnType, Element, Shape};

/// A message under construction. What does not fit is cut off.
pub(crate) struct Message {
    buffer: [u8; CAPACITY],
    len: usize,
    spelling: Spelling,
}

/// Who reads a message, and so how it says what to write instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spelling {
    /// Somebody who declares a struct: `Option<String>`.
    Rust,
    /// Somebody who declares a table in text: `string?`.
    Toml,
}

const CAPACITY: usize = 1024;

impl Message {
    pub(super) const fn new() -> Self {
        Self::spelled(Spelling::Rust)
    }

    /// A message for readers of this spelling.
    pub(super) const fn spelled(spelling: Spelling) -> Self {
        Self { buffer: [0; CAPACITY], len: 0, spelling }
    }

    /// Appends the text for readers of the message's spelling.
    pub(super) const fn either(self, rust: &str, toml: &str) -> Self {
        match self.spelling {
            Spelling::Rust => self.text(rust),
            Spelling::Toml => self.text(toml),
        }
    }

    /// Appends text.
    pub(super) const fn text(mut self, text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut i = 0;
        while i < bytes.len() && self.len < CAPACITY {
            self.buffer[self.len] = bytes[i];
            self.len += 1;
            i += 1;
        }
        self
    }

    /// Appends text in backticks.
    pub(super) const fn code(self, text: &str) -> Self {
        self.text("`").text(text).text("`")
    }

    /// Appends `` `table.column` ``.
    pub(super) const fn column(self, table: &str, column: &str) -> Self {
        self.text("column `").text(table).text(".").text(column).text("`")
    }

    /// Appends a number in decimal.
    pub(super) const fn number(mut self, number: usize) -> Self {
        let mut divisor = 1;
        while number / divisor >= 10 {
            divisor *= 10;
        }
        while divisor > 0 && self.len < CAPACITY {
            self.buffer[self.len] = b'0' + (number / divisor % 10) as u8;
            self.len += 1;
            divisor /= 10;
        }
        self
    }

    /// Appends the type of such a value as it is declared, in backticks.
    pub(super) const fn declared_type(self, ty: ColumnType, nullable: bool) -> Self {
        if let Spelling::Toml = self.spelling {
            return self.text("`").toml_name(ty).text(if nullable { "?`" } else { "`" });
        }
        let open = self.text(if nullable { "`Option<" } else { "`" });
        open.rust_name(ty).text(if nullable { ">`" } else { "`" })
    }

    /// Appends the type of a parameter of this shape as it is declared, in backticks.
    pub(super) const fn parameter_type(self, shape: Shape) -> Self {
        match (shape.ty, self.spelling) {
            (Some(ty), _) => self.declared_type(ty, shape.nullable),
            (None, Spelling::Toml) => self.code(if shape.nullable { "media?" } else { "media" }),
            (None, Spelling::Rust) => self.code(if shape.nullable { "Option<pxt::AnyMedia>" } else { "pxt::AnyMedia" }),
        }
    }

    /// Appends the name that TOML has for the type.
    const fn toml_name(self, ty: ColumnType) -> Self {
        match ty {
            ColumnType::Array(element, len) => {
                self.text("array<").text(element.word()).text(", ").number(len).text(">")
            }
            ty => self.text(ty.name()),
        }
    }

    /// Appends the Rust type of such a value that is never null.
    pub(super) const fn rust_name(self, ty: ColumnType) -> Self {
        if let ColumnType::Array(element, len) = ty {
            return self.text("pxt::Array<").text(element.word()).text(", ").number(len).text(">");
        }
        self.text(match ty {
            ColumnType::Bool => "bool",
            ColumnType::Int => "i64",
            ColumnType::Float => "f64",
            ColumnType::String => "String",
            ColumnType::Timestamp => "jiff::Timestamp",
            ColumnType::Date => "jiff::civil::Date",
            ColumnType::Uuid => "Uuid",
            ColumnType::Json => "serde_json::Value",
            ColumnType::Binary => "pxt::Binary",
            ColumnType::Array(..) => "pxt::Array",
            ColumnType::Image => "pxt::Image",
            ColumnType::Video => "pxt::Video",
            ColumnType::Audio => "pxt::Audio",
            ColumnType::Document => "pxt::Document",
        })
    }

    /// The text so far.
    pub(crate) const fn as_str(&self) -> &str {
        // Cut at the end of a character, should the capacity have cut one in two.
        let (mut bytes, _) = self.buffer.split_at(self.len);
        loop {
            match str::from_utf8(bytes) {
                Ok(text) => return text,
                Err(_) => bytes = bytes.split_at(bytes.len() - 1).0,
            }
        }
    }
}

impl Shape {
    /// The type of such a value where a table is declared without Rust: `array<f32, 512>?`; `media` for a file of any kind.
    pub(crate) fn declared(self) -> String {
        Message::spelled(Spelling::Toml).parameter_type(self).as_str().trim_matches('`').to_owned()
    }
}

impl Element {
    /// The Rust name of the element type.
    pub const fn word(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::F64 => "f64",
            Self::I64 => "i64",
            Self::Bool => "bool",
        }
    }
}

/// Edit distance of two names, for "did you mean"; two neighbours exchanged count once (optimal string alignment).
/// Names beyond 64 bytes are never alike.
pub(super) const fn distance(a: &str, b: &str) -> usize {
    const MOST: usize = 64;
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() > MOST || b.len() > MOST {
        return usize::MAX;
    }
    let mut before = [0; MOST + 1];
    let mut above = [0; MOST + 1];
    let mut j = 0;
    while j <= b.len() {
        above[j] = j;
        j += 1;
    }
    let mut i = 1;
    while i <= a.len() {
        let mut row = [0; MOST + 1];
        row[0] = i;
        let mut j = 1;
        while j <= b.len() {
            let mut best = above[j - 1] + (a[i - 1] != b[j - 1]) as usize;
            if above[j] + 1 < best {
                best = above[j] + 1;
            }
            if row[j - 1] + 1 < best {
                best = row[j - 1] + 1;
            }
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && before[j - 2] + 1 < best {
                best = before[j - 2] + 1;
            }
            row[j] = best;
            j += 1;
        }
        before = above;
        above = row;
        i += 1;
    }
    above[b.len()]
}

/// Whether a distance is small enough to suggest the name: within a third of the longer one's length.
pub(super) const fn close(distance: usize, a: &str, b: &str) -> bool {
    let longer = if a.len() > b.len() { a.len() } else { b.len() };
    distance <= if longer < 3 { 1 } else { longer / 3 }
}

/// The nearest of some names, if it is near enough to be meant.
pub(crate) fn nearest<'a>(written: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let (distance, name) = names.map(|name| (distance(written, name), name)).min()?;
    close(distance, written, name).then_some(name)
}

/// `; did you mean …?` when one of the names is near, else the list of all that it takes, for messages at run time.
pub(crate) fn did_you_mean<'a>(written: &str, names: impl Iterator<Item = &'a str>) -> String {
    did_you_mean_of(written, "it takes", names)
}

/// The same, with what stands before the list of all.
pub(crate) fn did_you_mean_of<'a>(written: &str, lead: &str, names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.collect();
    match nearest(written, names.iter().copied()) {
        Some(name) => format!("; did you mean `{name}`?"),
        None if names.is_empty() => String::new(),
        None => format!("; {lead} `{}`", names.join("`, `")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances() {
        assert_eq!(distance("captoin", "caption"), 1);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("same", "same"), 0);
        assert!(close(distance("captoin", "caption"), "captoin", "caption"));
        assert!(!close(distance("id", "title"), "id", "title"));
    }

    #[test]
    fn messages() {
        let message =
            Message::new().column("t", "c").text(" ").declared_type(ColumnType::Array(Element::F32, 512), true);
        assert_eq!(message.as_str(), "column `t.c` `Option<pxt::Array<f32, 512>>`");
        assert_eq!(Message::new().number(0).number(10).as_str(), "010");
        let message = Message::spelled(Spelling::Toml).declared_type(ColumnType::Array(Element::F32, 512), true);
        assert_eq!(message.as_str(), "`array<f32, 512>?`");
    }

    #[test]
    fn long_text_is_cut_at_a_character() {
        let long = "é".repeat(CAPACITY);
        let message = Message::new().text("x").text(&long);
        assert!(message.as_str().ends_with('é'));
    }
}
