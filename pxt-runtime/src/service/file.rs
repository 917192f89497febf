//! Services that a file declares: what stands in `pxt.toml`, `Cargo.toml` and `--config`, read, judged and merged.
//!
//! A file becomes [`node`]s, each with its place; [`shape`] says which keys there are and of which type, as data, by which files
//! are checked, and described for editors; what passes becomes settings and declarations of routes, which the builder's own
//! judge judges.

mod check;
mod declare;
mod environment;
mod exports;
mod keys;
mod node;
mod parse;
mod program;
mod quantity;
mod schema;
mod section;
mod service;
mod services;
mod settings;
mod shape;
mod sources;
mod syntax;
mod tables;

pub(crate) use node::{Data, Entry, Node, Text};
pub(crate) use schema::{example, json_schema};
pub use service::Service;
pub(crate) use services::{Overrides, ServiceFile, Wanted, Written};
pub(crate) use settings::{Provenance, Shown};
pub(crate) use tables::Program;
