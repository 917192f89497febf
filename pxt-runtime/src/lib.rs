//! What runs behind the macros of pxt. Depend on the crate `pxt`, which re-exports the public part.

// docs.rs shows which item needs which feature.
#![cfg_attr(docsrs, feature(doc_cfg))]
// From a route down to the database is one future, whose layout is a question as deep as that.
#![recursion_limit = "256"]
#![cfg_attr(
    not(feature = "full"),
    allow(dead_code, unused_imports, reason = "what serves one feature alone is not marked everywhere")
)]

pub mod app;
#[cfg(feature = "cli")]
pub mod cli;
pub mod compute;
mod error;
pub mod functions;
pub mod jobs;
pub mod media;
mod openapi;
pub mod query;
pub mod route;
pub mod schema;
pub mod service;
pub mod store;
pub mod table;
#[cfg(feature = "testing")]
pub mod testing;
pub mod value;
mod wire;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;

pub use app::App;
pub use compute::{Progress, cancelled, progress};
pub use error::{Error, FieldError, Place, Result};
pub use service::Config;
