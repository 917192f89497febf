//! The mistakes of one request, all of them up to a bound: a body of a million wrong keys is not answered with a million lines.

use std::collections::HashSet;

use crate::error::{Error, FieldError, Result};
use crate::route::fields::Fields;
use crate::value::Refusal;

/// How many mistakes an answer names.
const NAMED: usize = 50;

/// How a mistaken field is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wire {
    /// By a pointer into a JSON body.
    Json,
    /// By the name of a form's field, or of a query string's parameter.
    Text,
}

impl Wire {
    /// An error whose fields are named as the request names them.
    pub(crate) fn named(self, error: Error, fields: &Fields) -> Error {
        match self {
            Self::Text => error.of_form(|name| fields.position(name).is_some()),
            Self::Json => error,
        }
    }
}

/// What is wrong with a request so far.
pub(super) struct Mistakes<'f> {
    fields: &'f Fields,
    wire: Wire,
    named: Vec<FieldError>,
    /// Fields that are not the route's, beyond those that are named.
    more: usize,
    unknown: HashSet<Box<str>>,
    /// Fields of the route that were wrong more than once.
    again: HashSet<(usize, &'static str)>,
}

impl<'f> Mistakes<'f> {
    pub(super) fn new(fields: &'f Fields, wire: Wire) -> Self {
        Self { fields, wire, named: Vec::new(), more: 0, unknown: HashSet::new(), again: HashSet::new() }
    }

    /// Adds a mistake in a field of the route. The same one is named once, however often it is made.
    pub(super) fn refuse(&mut self, position: usize, refusal: Refusal) {
        if !self.again.insert((position, refusal.code)) {
            return;
        }
        let error = self.wire.locate(self.fields.list[position].name, refusal);
        self.named.push(error);
    }

    /// Adds a field that the route does not have. False when it was there before.
    pub(super) fn unknown(&mut self, name: &str) -> bool {
        if !self.unknown.insert(name.into()) {
            return false;
        }
        if self.unknown.len() <= NAMED {
            let hint = crate::schema::did_you_mean(name, self.fields.names());
            let shown: String = name.chars().take(64).collect();
            let refusal = Refusal::new("unknown_field", format!("is not a field of this route{hint}"));
            self.named.push(self.wire.locate(&shown, refusal));
        } else {
            self.more += 1;
        }
        true
    }

    /// What was found until the request was not read further, and why it was not.
    pub(super) fn ended(mut self, excess: FieldError) -> Error {
        self.named.push(excess);
        Error::invalid(self.named)
    }

    /// Adds the fields that are missing, and ends with an error if there is any mistake.
    pub(super) fn finish(mut self, seen: &[bool]) -> Result<()> {
        for (position, field) in self.fields.list.iter().enumerate() {
            if field.required && !seen[position] {
                let detail = if field.upload { "is missing: send it as a file part" } else { "is missing" };
                self.refuse(position, Refusal::new("missing", detail));
            }
        }
        if self.more > 0 {
            let detail = format!("{} more fields are not of this route", self.more);
            self.named.push(FieldError::whole("unknown_field", detail));
        }
        if self.named.is_empty() { Ok(()) } else { Err(Error::invalid(self.named)) }
    }
}

impl Wire {
    /// A refusal at its field.
    fn locate(self, name: &str, refusal: Refusal) -> FieldError {
        match self {
            Self::Json => FieldError::pointer(name, refusal.code, refusal.detail),
            Self::Text => FieldError::parameter(name, refusal.code, refusal.detail),
        }
    }
}
