//! The mistakes of one request, all of them up to a bound: a body of a million wrong keys is not answered with a million lines.

use std::collections::HashSet;

use super::endpoint::Endpoint;
use crate::error::{Error, FieldError, Result};
use crate::value::Refusal;

/// How many mistakes an answer names.
const NAMED: usize = 50;

/// What is wrong with a request so far.
pub(super) struct Mistakes<'e> {
    endpoint: &'e Endpoint,
    named: Vec<FieldError>,
    more: usize,
    unknown: HashSet<Box<str>>,
}

impl<'e> Mistakes<'e> {
    pub(super) fn new(endpoint: &'e Endpoint) -> Self {
        Self { endpoint, named: Vec::new(), more: 0, unknown: HashSet::new() }
    }

    /// Adds a mistake in a field of the route.
    pub(super) fn refuse(&mut self, position: usize, refusal: Refusal) {
        let error = located(self.endpoint, self.endpoint.fields[position].name, refusal);
        self.named.push(error);
    }

    /// Adds a field that the route does not have. False when it was there before.
    pub(super) fn unknown(&mut self, name: &str) -> bool {
        if !self.unknown.insert(name.into()) {
            return false;
        }
        if self.unknown.len() <= NAMED {
            let hint = crate::schema::did_you_mean(name, self.endpoint.fields.iter().map(|field| field.name));
            let shown: String = name.chars().take(64).collect();
            let refusal = Refusal::new("unknown_field", format!("is not a field of this route{hint}"));
            self.named.push(located(self.endpoint, &shown, refusal));
        } else {
            self.more += 1;
        }
        true
    }

    /// Adds the fields that are missing, and ends with an error if there is any mistake.
    pub(super) fn finish(mut self, seen: &[bool]) -> Result<()> {
        for (position, field) in self.endpoint.fields.iter().enumerate() {
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

/// A refusal at its field: a pointer into JSON, or the name of a form's field.
fn located(endpoint: &Endpoint, name: &str, refusal: Refusal) -> FieldError {
    if endpoint.takes_files() {
        FieldError::parameter(name, refusal.code, refusal.detail)
    } else {
        FieldError::pointer(name, refusal.code, refusal.detail)
    }
}
