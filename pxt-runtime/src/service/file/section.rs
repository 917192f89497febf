//! Reading a table of a file whose types have been checked: what is of another type is as if it were not there.

use super::node::Node;
use super::shape::{Given, Of};
use crate::error::Span;

/// A table of a file.
#[derive(Clone, Copy)]
pub(super) struct Section<'n>(pub(super) &'n Node);

impl<'n> Section<'n> {
    fn read(self, key: &str, of: Of) -> Option<Given> {
        of.read(key, &self.0.get(key)?.node).ok()
    }

    pub(super) fn text(self, key: &str) -> Option<String> {
        match self.read(key, Of::Text)? {
            Given::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A text and where it stands.
    pub(super) fn named(self, key: &str) -> Option<(String, &'n Node)> {
        Some((self.text(key)?, &self.0.get(key)?.node))
    }

    pub(super) fn flag(self, key: &str) -> Option<bool> {
        match self.read(key, Of::Flag)? {
            Given::Flag(flag) => Some(flag),
            _ => None,
        }
    }

    pub(super) fn integer(self, key: &str) -> Option<i64> {
        match self.read(key, Of::Integer(i64::MIN, i64::MAX))? {
            Given::Integer(number) => Some(number),
            _ => None,
        }
    }

    pub(super) fn size(self, key: &str) -> Option<u64> {
        match self.read(key, Of::Size)? {
            Given::Size(bytes) => Some(bytes),
            _ => None,
        }
    }

    pub(super) fn names(self, key: &str) -> Option<Vec<String>> {
        match self.read(key, Of::Names)? {
            Given::Names(names) => Some(names),
            _ => None,
        }
    }

    pub(super) fn table(self, key: &str) -> Option<Section<'n>> {
        self.0.get(key).map(|entry| Self(&entry.node))
    }

    /// The place of a value.
    pub(super) fn at(self, key: &str) -> Option<Span> {
        self.0.get(key).map(|entry| entry.node.at.clone())
    }
}
