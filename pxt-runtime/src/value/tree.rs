//! JSON trees, from requests and from databases, by a reader of our own.
//!
//! `serde_json::Value` takes two keys of objects for commands (`$serde_json::private::…`), by features that any crate of a
//! program may turn on, and a visitor cannot tell such an object from the number, or the text, that it poses as. Here no key
//! means anything. Requests are refused these keys all the same: what a program makes of its rows with serde_json would be
//! another value, or none.

use serde::de::IgnoredAny;
use serde_json::{Map, Number, Value};

use super::{KEY, Refusal, size, text};

/// How deep lists and objects may be in one another: as deep as serde_json reads them.
const LEVELS: usize = 127;
/// What a tree of a request may take in memory, in bytes: small objects take a hundred times their text.
const MEMORY: usize = 64 << 20;
/// What of it a value takes in a list that grows, the first field of an object, and each further one (a node of its map has five
/// fields at least). Texts take their length besides.
const VALUE: usize = 2 * size_of::<Value>();
const OBJECT: usize = 640;
const FIELD: usize = 128;
/// What the keys begin with that serde_json keeps for itself.
const RESERVED: &str = "$serde_json::private::";

/// Reads what a request wrote: an object that has a key twice means two things, and is refused.
pub(super) fn read(text: &str) -> Result<Value, Refusal> {
    let value = Reader { text, at: 0, is_strict: true, room: MEMORY }.whole().map_err(|wrong| wrong.refusal(text))?;
    refuse(&value).map(|()| value)
}

/// Reads what is stored, whoever wrote it: of a key that stands twice, the last one counts. None for text that is not JSON.
pub(crate) fn read_stored(text: &str) -> Option<Value> {
    Reader { text, at: 0, is_strict: false, room: usize::MAX }.whole().ok()
}

/// Refuses what no column takes: NUL characters, long keys, and the keys that serde_json keeps for itself.
pub(super) fn refuse(value: &Value) -> Result<(), Refusal> {
    walk(value, &|text, is_key| {
        if is_key && text.starts_with(RESERVED) {
            return Err(Refusal::new("reserved_key", format!("must not have a key that begins with `{RESERVED}`")));
        }
        if is_key && text.len() > KEY {
            return Err(Refusal::new("too_long", format!("has a key that is longer than {}", size(KEY))));
        }
        refuse_nul_in(text)
    })
}

/// Refuses NUL characters. PostgreSQL's `jsonb` has none; both databases keep to the narrower rule.
pub(crate) fn refuse_nul(value: &Value) -> Result<(), Refusal> {
    walk(value, &|text, _| refuse_nul_in(text))
}

fn refuse_nul_in(text: &str) -> Result<(), Refusal> {
    if text.contains('\0') { Err(text::nul()) } else { Ok(()) }
}

/// Looks at each text of a tree, and is told whether it is a key.
fn walk(value: &Value, look: &impl Fn(&str, bool) -> Result<(), Refusal>) -> Result<(), Refusal> {
    match value {
        Value::String(text) => look(text, false),
        Value::Array(items) => items.iter().try_for_each(|item| walk(item, look)),
        Value::Object(fields) => {
            fields.iter().try_for_each(|(key, value)| look(key, true).and_then(|()| walk(value, look)))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => Ok(()),
    }
}

/// Whether serde_json, wherever a program reads the tree as one of its own types, leaves it as it is.
pub(super) fn is_plain(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().all(is_plain),
        Value::Object(fields) => fields.iter().all(|(key, value)| !key.starts_with(RESERVED) && is_plain(value)),
        _ => true,
    }
}

/// Why a text is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wrong {
    Syntax,
    Escape,
    Number,
    Depth,
    Twice,
    Room,
}

impl Wrong {
    /// What is wrong with a number that serde_json does not take.
    fn number(written: &str) -> Self {
        if serde_json::from_str::<IgnoredAny>(written).is_ok() { Self::Number } else { Self::Syntax }
    }

    /// The refusal of the text. serde_json says where its form is wrong.
    fn refusal(self, text: &str) -> Refusal {
        let form = serde_json::from_str::<IgnoredAny>(text);
        if let (Self::Syntax, Err(error)) = (self, form) {
            return Refusal::format(format!("is not usable JSON: {error}"));
        }
        if self == Self::Room {
            return Refusal::new(
                "too_long",
                format!("takes more than {} of memory: send fewer, or larger, parts", size(MEMORY)),
            );
        }
        Refusal::format(match self {
            Self::Syntax | Self::Room => "is not usable JSON",
            Self::Escape => "is not usable JSON: an escape is not a Unicode character",
            Self::Number => "is not usable JSON: a number is out of range",
            Self::Depth => "is not usable JSON: lists and objects are more than 127 deep in one another",
            Self::Twice => "is not usable JSON: an object has a key twice",
        })
    }
}

/// Takes a text apart from its beginning. Strings and numbers are serde_json's work.
struct Reader<'t> {
    text: &'t str,
    at: usize,
    is_strict: bool,
    /// Bytes that the tree may still take.
    room: usize,
}

impl<'t> Reader<'t> {
    fn whole(mut self) -> Result<Value, Wrong> {
        let value = self.value(0)?;
        self.pass_blanks();
        if self.rest().is_empty() { Ok(value) } else { Err(Wrong::Syntax) }
    }

    fn value(&mut self, level: usize) -> Result<Value, Wrong> {
        self.pass_blanks();
        match self.rest().as_bytes().first() {
            Some(b'{') => self.object(level + 1),
            Some(b'[') => self.list(level + 1),
            Some(b'"') => {
                let text = self.string()?;
                self.take(text.len())?;
                Ok(Value::String(text))
            }
            Some(b'-' | b'0'..=b'9') => self.number().map(Value::Number),
            _ => self.word(),
        }
    }

    fn object(&mut self, level: usize) -> Result<Value, Wrong> {
        self.open(level)?;
        let mut fields = Map::new();
        if self.takes(b'}') {
            return Ok(Value::Object(fields));
        }
        loop {
            self.pass_blanks();
            let key = self.string()?;
            self.expect(b':')?;
            self.take(key.len() + if fields.is_empty() { OBJECT } else { FIELD })?;
            let value = self.value(level)?;
            if fields.insert(key, value).is_some() && self.is_strict {
                return Err(Wrong::Twice);
            }
            if self.takes(b'}') {
                return Ok(Value::Object(fields));
            }
            self.expect(b',')?;
        }
    }

    fn list(&mut self, level: usize) -> Result<Value, Wrong> {
        self.open(level)?;
        let mut items = Vec::new();
        if self.takes(b']') {
            return Ok(Value::Array(items));
        }
        loop {
            self.take(VALUE)?;
            items.push(self.value(level)?);
            if self.takes(b']') {
                return Ok(Value::Array(items));
            }
            self.expect(b',')?;
        }
    }

    fn string(&mut self) -> Result<String, Wrong> {
        let inner = self.rest().strip_prefix('"').ok_or(Wrong::Syntax)?;
        let special = |byte: &u8| matches!(byte, b'"' | b'\\') || *byte < b' ';
        let plain = inner.bytes().position(|byte| special(&byte)).ok_or(Wrong::Syntax)?;
        if inner.as_bytes()[plain] == b'"' {
            self.at += plain + 2;
            return Ok(inner[..plain].to_owned());
        }
        let written = &self.rest()[..closing(inner, plain).ok_or(Wrong::Syntax)? + 2];
        self.at += written.len();
        serde_json::from_str(written).map_err(|_| Wrong::Escape)
    }

    fn number(&mut self) -> Result<Number, Wrong> {
        let is_part = |byte: &u8| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E');
        let written = &self.rest()[..self.rest().bytes().take_while(is_part).count()];
        self.at += written.len();
        let number: Number = written.parse().map_err(|_| Wrong::number(written))?;
        // With `arbitrary_precision` there are others, which PostgreSQL writes out digit by digit, or does not take.
        if self.is_strict && number.as_f64().is_none() { Err(Wrong::Number) } else { Ok(number) }
    }

    fn word(&mut self) -> Result<Value, Wrong> {
        let words = [("null", Value::Null), ("true", Value::Bool(true)), ("false", Value::Bool(false))];
        let found = words.into_iter().find(|(word, _)| self.rest().starts_with(word));
        let (word, value) = found.ok_or(Wrong::Syntax)?;
        self.at += word.len();
        Ok(value)
    }

    /// Takes memory before more is read.
    fn take(&mut self, bytes: usize) -> Result<(), Wrong> {
        self.room = self.room.checked_sub(bytes).ok_or(Wrong::Room)?;
        Ok(())
    }

    /// Goes into a list or an object.
    fn open(&mut self, level: usize) -> Result<(), Wrong> {
        self.at += 1;
        if level > LEVELS { Err(Wrong::Depth) } else { Ok(()) }
    }

    /// Goes behind this byte, if it is what comes next.
    fn takes(&mut self, byte: u8) -> bool {
        self.pass_blanks();
        let is_next = self.rest().as_bytes().first() == Some(&byte);
        self.at += usize::from(is_next);
        is_next
    }

    fn expect(&mut self, byte: u8) -> Result<(), Wrong> {
        if self.takes(byte) { Ok(()) } else { Err(Wrong::Syntax) }
    }

    fn pass_blanks(&mut self) {
        self.at += self.rest().bytes().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r')).count();
    }

    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }
}

/// Where a string ends whose first escape, or control character, stands at `from`.
fn closing(inner: &str, from: usize) -> Option<usize> {
    let (bytes, mut at) = (inner.as_bytes(), from);
    while *bytes.get(at)? != b'"' {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    Some(at)
}

#[cfg(test)]
mod tests;
