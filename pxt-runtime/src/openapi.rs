//! What a service says of itself: the OpenAPI 3.1 document, written from the routes as they are served, and the page on which
//! people try them.
//!
//! A description can only be as true as what it is made of, so nothing here is declared a second time: fields, kinds of
//! answers and functions are those of the endpoints, and `failures` lists the codes that the code can give.

mod components;
#[cfg(feature = "docs")]
mod docs;
mod document;
mod example;
mod failures;
mod jobs;
mod operation;
mod request;
mod response;
mod schema;
mod serve;

#[cfg(feature = "docs")]
pub(crate) use docs::serve_docs;
pub(crate) use document::{Service, document};
pub(crate) use serve::{PATH, serve_document};

/// The page at `/docs` is not built in: nothing is served. The feature `docs` has it.
#[cfg(not(feature = "docs"))]
pub(crate) fn serve_docs() -> Vec<crate::route::Served> {
    Vec::new()
}

#[cfg(test)]
mod tests;
