//! `a=1&b=2`: a query string, or a form without files, to the values of a route's fields.

use std::borrow::Cow;

use percent_encoding::percent_decode;

use super::mistakes::{Mistakes, Wire};
use crate::error::{Error, FieldError, Result};
use crate::route::fields::{Fields, Input};
use crate::value::{Refusal, from_text};

/// How many pairs are read.
const PAIRS: usize = 1000;

/// Reads the pairs. 400 for text that is not UTF-8 once decoded, 422 for what is not this route's.
pub(super) fn read(fields: &Fields, text: &[u8]) -> Result<Input> {
    let count = fields.list.len();
    let (mut values, mut seen) = (vec![None; count], vec![false; count]);
    let mut mistakes = Mistakes::new(fields, Wire::Text);
    for pair in pairs(text) {
        let (name, value) = pair?;
        let Some(position) = fields.position(&name) else {
            mistakes.unknown(&name);
            continue;
        };
        if std::mem::replace(&mut seen[position], true) {
            mistakes.refuse(position, Refusal::new("repeated", "is sent twice"));
            continue;
        }
        let field = &fields.list[position];
        match from_text(field.ty, field.nullable, &value).and_then(|value| field.accepted(value)) {
            Ok(value) => values[position] = Some(value),
            Err(refusal) => mistakes.refuse(position, refusal),
        }
    }
    mistakes.finish(&seen)?;
    Ok(values)
}

/// The pairs of name and value. 413 for too many of them.
pub(in crate::route) fn pairs(text: &[u8]) -> impl Iterator<Item = Result<(Cow<'_, str>, Cow<'_, str>)>> {
    let pairs = text.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty());
    pairs.enumerate().map(|(number, pair)| match number {
        PAIRS.. => Err(Error::new(413, "body_too_large", format!("there are more than {PAIRS} fields"))),
        _ => split(pair),
    })
}

/// The value of one name in a query string, and the query string without it. 422 when it is there twice.
pub(in crate::route) fn take(query: &str, wanted: &str) -> Result<(Option<String>, String)> {
    let (mut found, mut rest) = (None, String::new());
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = split(pair.as_bytes())?;
        if name == wanted {
            if found.replace(value.into_owned()).is_some() {
                return Err(Error::invalid(vec![FieldError::parameter(wanted, "repeated", "is sent twice")]));
            }
        } else {
            rest.push_str(if rest.is_empty() { "" } else { "&" });
            rest.push_str(pair);
        }
    }
    Ok((found, rest))
}

fn split(pair: &[u8]) -> Result<(Cow<'_, str>, Cow<'_, str>)> {
    let at = pair.iter().position(|byte| *byte == b'=');
    let (name, value) = at.map_or((pair, &[][..]), |at| (&pair[..at], &pair[at + 1..]));
    Ok((decode(name)?, decode(value)?))
}

/// `+` is a space, `%41` a byte (the URL standard's `application/x-www-form-urlencoded`).
fn decode(text: &[u8]) -> Result<Cow<'_, str>> {
    let spaced: Cow<'_, [u8]> = if text.contains(&b'+') {
        text.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect::<Vec<_>>().into()
    } else {
        text.into()
    };
    let decoded = match spaced {
        Cow::Borrowed(bytes) => percent_decode(bytes).decode_utf8(),
        Cow::Owned(bytes) => percent_decode(&bytes).decode_utf8().map(|text| text.into_owned().into()),
    };
    decoded
        .map_err(|_| Error::new(400, "malformed_request", "a field is not UTF-8 once its percent-encoding is undone"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs() {
        let (name, value) = split(b"a%20b=1+2%2B3%3D").expect("is UTF-8");
        assert_eq!((&*name, &*value), ("a b", "1 2+3="));
        assert_eq!(
            split(b"alone").map(|(name, value)| (name.into_owned(), value.into_owned())).ok(),
            Some(("alone".into(), String::new()))
        );
        assert_eq!(split(b"a=%ff").expect_err("is not UTF-8").status(), 400);
    }

    #[test]
    fn one_pair_is_taken_out() {
        let (cursor, rest) = take("a=1&cursor=x%3D&b=2", "cursor").expect("is UTF-8");
        assert_eq!((cursor.as_deref(), rest.as_str()), (Some("x="), "a=1&b=2"));
        assert_eq!(take("cursor=x&cursor=", "cursor").expect_err("is sent twice").status(), 422);
    }
}
