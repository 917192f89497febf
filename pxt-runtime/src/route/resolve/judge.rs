//! The mistakes of declarations, each told where it stands: before the route that a program declares, or at its place in a file.

use std::fmt::Display;
use std::ops::Range;

use crate::error::Mistake;
use crate::route::declared::{Declared, Origin, Part, What};
use crate::route::options::Method;

/// The mistakes of one declaration, added to those found before.
pub(super) struct Judge<'j> {
    /// What stands before a mistake that no file shows.
    label: String,
    origin: &'j Origin,
    found: &'j mut Vec<Mistake>,
}

impl<'j> Judge<'j> {
    pub(super) fn new(declared: &'j Declared, found: &'j mut Vec<Mistake>) -> Self {
        Self { label: declared.label(), origin: &declared.origin, found }
    }

    /// Of a table whose files are to be served.
    pub(super) fn of_files(origin: &'j Origin, found: &'j mut Vec<Mistake>) -> Self {
        Self { label: "the files of a table".to_owned(), origin, found }
    }

    /// Where the declaration stands.
    pub(super) fn origin(&self) -> &'j Origin {
        self.origin
    }

    /// Refuses the declaration as a whole.
    pub(super) fn refuse(&mut self, text: impl Display) {
        self.refuse_at(Part::Whole, text);
    }

    /// Refuses a part of the declaration.
    pub(super) fn refuse_at(&mut self, part: Part<'_>, text: impl Display) {
        self.found.push(match self.origin {
            Origin::Code(_) => Mistake::new(format!("{}: {text}", self.label), None),
            Origin::File(positions) => Mistake::new(text.to_string(), Some(positions.span(part))),
        });
    }

    /// Refuses what stands in this range of the text that is an argument.
    pub(super) fn refuse_inside(&mut self, argument: &'static str, text: &str, range: Range<usize>, what: &str) {
        let before = text.get(..range.start).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        match self.origin {
            Origin::Code(_) => self.refuse(format_args!("{what} (line {line}, column {column} of the text)")),
            Origin::File(_) => self.refuse_at(Part::Inside(argument, range.start, range.end), what),
        }
    }
}

/// Refuses routes of one method and path, if there are several, at the last one that stands in a file.
pub(super) fn refuse_several(method: &str, path: &str, all: &[Declared]) -> Option<Mistake> {
    if all.len() < 2 {
        return None;
    }
    let places: Vec<_> = all.iter().map(Declared::place).collect();
    let text = format!("{method} {path} is declared {} times, {}: change the paths", all.len(), places.join(" and "));
    let at = all.iter().rev().find_map(|declared| match &declared.origin {
        Origin::File(positions) => Some(positions.span(Part::Argument("path"))),
        Origin::Code(_) => None,
    });
    Some(Mistake::new(text, at))
}

impl Declared {
    pub(super) fn method(&self) -> Method {
        match &self.what {
            What::Query(_, options) => options.method,
            What::QueryRoute(route) => route.method,
            _ => Method::Post,
        }
    }

    /// The path without the prefix of the service.
    pub(super) fn path(&self) -> &str {
        match &self.what {
            What::Insert(_, options) => &options.path,
            What::Update(_, options) => &options.path,
            What::Delete(_, options) => &options.path,
            What::Compute(_, options) => &options.path,
            What::Query(_, options) => &options.path,
            What::Decorated(route) => route.path,
            What::QueryRoute(route) => route.path,
        }
    }

    /// What it does, for messages.
    fn word(&self) -> String {
        match &self.what {
            What::Insert(table, _) => format!("insert into `{}`", table.0),
            What::Update(table, _) => format!("update of `{}`", table.0),
            What::Delete(table, _) => format!("delete from `{}`", table.0),
            What::Compute(table, _) => format!("compute over `{}`", table.0),
            What::Query(name, _) => format!("query {name}"),
            What::Decorated(route) => format!("`{}`", route.name),
            What::QueryRoute(route) => format!("`{}`", route.query.name),
        }
    }

    /// The route, as what stands before its mistakes.
    fn label(&self) -> String {
        let (method, path, what) = (self.method(), self.path(), self.word());
        match &self.origin {
            Origin::Code(at) => format!("{method} {path} ({what}, {at})"),
            Origin::File(_) => format!("{method} {path} ({what})"),
        }
    }

    /// Where it stands, for the message about several of one path.
    fn place(&self) -> String {
        match &self.origin {
            Origin::Code(at) => format!("as {} at {at}", self.word()),
            Origin::File(positions) => format!("as {} at {}", self.word(), positions.span(Part::Argument("path"))),
        }
    }
}
