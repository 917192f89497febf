//! Calls as text: `image.thumbnail(image, 160)`.
//!
//! A path of names, joined by `.` or `::`, and arguments that are columns or literals. Each keeps its place in the text, and reading
//! goes on behind an argument that cannot be read.

use std::ops::Range;

use super::Literal;

/// A call that was read.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Call {
    /// The function's path, with `.` between its names.
    pub(super) function: String,
    /// Where the path stands.
    pub(super) at: Range<usize>,
    /// The arguments, and where they stand.
    pub(super) args: Vec<(Argument, Range<usize>)>,
}

/// An argument.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Argument {
    /// The column of this name.
    Column(String),
    /// A fixed value.
    Literal(Literal),
    /// Something else, which has been reported.
    Unreadable,
}

/// What is wrong with the text of a call, and where.
pub(super) type Wrong = (Range<usize>, String);

const CALL: &str = "write a call over columns and literals: `computed = \"image.thumbnail(image, 320)\"`";
const ARGUMENT: &str = "an argument is a column or a literal: compute anything else in a column of its own";

/// Reads a call. None where nothing can be said of its function; the mistakes are all that were found.
pub(super) fn parse(text: &str) -> (Option<Call>, Vec<Wrong>) {
    let mut reader = Reader { text, at: 0, wrong: Vec::new() };
    let call = reader.call();
    (call, reader.wrong)
}

impl Argument {
    /// The argument as text that is always the same for the same argument.
    pub(super) fn text(&self) -> String {
        match self {
            Self::Column(name) => name.clone(),
            Self::Literal(literal) => literal.text(),
            Self::Unreadable => String::new(),
        }
    }
}

/// Whether a name can begin like this.
pub(super) fn begins_name(c: char) -> bool {
    c.is_alphabetic() || c == '_'
}

/// Whether a name can go on like this.
pub(super) fn continues_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    wrong: Vec<Wrong>,
}

impl<'t> Reader<'t> {
    fn call(&mut self) -> Option<Call> {
        self.space();
        let start = self.at;
        let function = self.path();
        let at = start..self.at;
        self.space();
        if function.is_empty() || !self.eat("(") {
            let at = if at.is_empty() { start..self.text.trim_end().len().max(start) } else { at };
            self.wrong.push((at, CALL.to_owned()));
            return None;
        }
        let args = self.arguments();
        self.space();
        if self.at < self.text.len() {
            let behind = self.at..self.text.trim_end().len();
            self.wrong.push((behind, "a column is computed by one call: remove what stands behind it".to_owned()));
        }
        Some(Call { function, at, args })
    }

    /// The names of a path, joined by `.`. Empty where no path begins.
    fn path(&mut self) -> String {
        let mut path = self.name().to_owned();
        loop {
            let before = self.at;
            if path.is_empty() || !(self.eat("::") || self.eat(".")) {
                return path;
            }
            let name = self.name();
            if name.is_empty() {
                self.at = before;
                return path;
            }
            path.push('.');
            path.push_str(name);
        }
    }

    /// The arguments, up to and with the closing parenthesis.
    fn arguments(&mut self) -> Vec<(Argument, Range<usize>)> {
        let mut args = Vec::new();
        loop {
            self.space();
            if self.eat(")") {
                return args;
            }
            if self.at == self.text.len() {
                // What could not be read may have had the parenthesis in it.
                if self.wrong.is_empty() {
                    self.wrong.push((self.at..self.at, "the call is not closed: write `)` at its end".to_owned()));
                }
                return args;
            }
            args.push(self.argument());
            self.space();
            self.eat(",");
        }
    }

    /// An argument, up to the comma or parenthesis behind it.
    fn argument(&mut self) -> (Argument, Range<usize>) {
        let start = self.at;
        let mistakes = self.wrong.len();
        let read = match self.peek() {
            Some(quote @ ('"' | '\'')) => self.quoted(quote).map(Literal::Text).map(Argument::Literal),
            Some(c) if c == '-' || c.is_ascii_digit() => self.number().map(Argument::Literal),
            Some(c) if begins_name(c) => Some(match self.name() {
                "true" => Argument::Literal(Literal::Bool(true)),
                "false" => Argument::Literal(Literal::Bool(false)),
                name => Argument::Column(name.to_owned()),
            }),
            _ => None,
        };
        let end = self.at;
        self.space();
        if let (Some(argument), None | Some(',' | ')')) = (&read, self.peek()) {
            return (argument.clone(), start..end);
        }
        self.at = start;
        self.pass();
        // A comma where an argument should stand.
        let at = start..self.text[..self.at].trim_end().len().max(start);
        if self.wrong.len() == mistakes {
            self.wrong.push((at.clone(), ARGUMENT.to_owned()));
        }
        (Argument::Unreadable, at)
    }

    /// A number. None where it is none; reported where it is one that cannot be.
    fn number(&mut self) -> Option<Literal> {
        let start = self.at;
        let minus = self.eat("-");
        self.space();
        let digits = self.at;
        let mut before = '0';
        while let Some(c) = self.peek()
            && (continues_name(c) || c == '.' || (matches!(c, '+' | '-') && matches!(before, 'e' | 'E')))
        {
            self.at += c.len_utf8();
            before = c;
        }
        let plain = self.text[digits..self.at].replace('_', "");
        let signed = if minus { format!("-{plain}") } else { plain.clone() };
        if !plain.is_empty() && plain.bytes().all(|byte| byte.is_ascii_digit()) {
            let read = signed.parse().map(Literal::Int);
            let beyond = format!("`{signed}` is beyond 64 bits: write a number from {} to {}", i64::MIN, i64::MAX);
            return read.map_err(|_| self.wrong.push((start..self.at, beyond))).ok();
        }
        let is_float = plain.starts_with(|c: char| c.is_ascii_digit())
            && plain.ends_with(|c: char| c.is_ascii_digit())
            && plain.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-'));
        match signed.parse::<f64>() {
            Ok(number) if is_float && number.is_finite() => Some(Literal::Float(number)),
            _ => {
                let at = start..self.at.max(start + 1);
                self.wrong.push((at, "this is no number: write it like `160`, `-1` or `0.5`".to_owned()));
                None
            }
        }
    }

    /// A text in quotes. In single ones, every character stands for itself.
    fn quoted(&mut self, quote: char) -> Option<String> {
        let start = self.at;
        self.at += 1;
        let mut text = String::new();
        while let Some(c) = self.peek() {
            self.at += c.len_utf8();
            match c {
                _ if c == quote => return Some(text),
                '\\' if quote == '"' => text.push(self.escaped()?),
                '\0' => {
                    let at = self.at - 1..self.at;
                    self.wrong.push((at, "no column holds NUL characters: remove this one".to_owned()));
                    return None;
                }
                _ => text.push(c),
            }
        }
        self.wrong.push((start..self.at, format!("the text is not closed: write `{quote}` at its end")));
        None
    }

    /// The character that an escape stands for, behind its backslash.
    fn escaped(&mut self) -> Option<char> {
        let (start, c) = (self.at - 1, self.peek()?);
        self.at += c.len_utf8();
        Some(match c {
            '"' | '\\' => c,
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            _ => {
                let text = "a backslash stands before `\"`, `\\`, `n`, `r` or `t`: write `\\\\` for a backslash";
                self.wrong.push((start..self.at, text.to_owned()));
                return None;
            }
        })
    }

    /// Passes over an argument, whatever it is, up to the comma or parenthesis behind it.
    fn pass(&mut self) {
        let (mut depth, mut open) = (0_usize, None);
        while let Some(c) = self.peek() {
            match (open, c) {
                (Some(quote), _) if quote == c => open = None,
                (Some('"'), '\\') => self.at += self.text[self.at + 1..].chars().next().map_or(0, char::len_utf8),
                (Some(_), _) => {}
                (None, '"' | '\'') => open = Some(c),
                (None, '(' | '[' | '{') => depth += 1,
                (None, ',' | ')') if depth == 0 => return,
                (None, ')' | ']' | '}') => depth = depth.saturating_sub(1),
                (None, _) => {}
            }
            self.at += c.len_utf8();
        }
    }

    fn name(&mut self) -> &'t str {
        let rest = &self.text[self.at..];
        if !rest.starts_with(begins_name) {
            return "";
        }
        let name = &rest[..rest.find(|c| !continues_name(c)).unwrap_or(rest.len())];
        self.at += name.len();
        name
    }

    fn space(&mut self) {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start().len();
    }

    fn eat(&mut self, text: &str) -> bool {
        let is_there = self.text[self.at..].starts_with(text);
        self.at += if is_there { text.len() } else { 0 };
        is_there
    }

    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }
}

#[cfg(test)]
mod tests;
