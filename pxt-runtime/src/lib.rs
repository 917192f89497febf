//! What runs behind the macros of pxt. Depend on the crate `pxt`, which re-exports the public part.
//!
//! The rooms of the house, from the ground up. A room uses only those that stand before it in this list; `tests/order.rs` holds it.
//!
//! | room | what lives there |
//! |---|---|
//! | `error` | the one error type, and where in a request a mistake is |
//! | `schema` | tables and columns as plain static data, and the judges that macros and the start call |
//! | `value` | values and rows; their conversion from and to Rust, JSON and text |
//! | `store` | rows in a database: statements, the catalog, migrations, groups of writes |
//! | `media` | files: storage, URLs, formats, pixels |
//! | `compute` | computed columns: the functions behind them, and running them with limits |
//! | `functions` | functions that come with the crate, their registry, and tables declared over them without Rust |
//! | `table` | the operations on tables, each a short pipeline that ends in a commit |
//! | `query` | the typed query language |
//! | `jobs` | durable background work |
//! | `export` | answers that are written to another database too |
//! | `app` | an application: tables, jobs, settings; typed calls |
//! | `route` | routes: declarations, what a request must look like, what it answers |
//! | `wire` | what stands around every route: guard, request id, barrier against panics, time limit, problem document, compression |
//! | `openapi` | the description of the routes, and the page that shows it |
//! | `service` | configuration, opening an application, its router, start and stop |
//! | `cli` | the command line |
//! | `testing` | what tests of an application need |

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
pub mod export;
pub mod functions;
pub mod jobs;
pub mod media;
mod openapi;
pub mod query;
pub mod route;
pub mod schema;
pub mod service;
pub mod store;
mod table;
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
#[cfg(feature = "cli")]
pub use service::Service;
