//! The service: configuration, opening an application, its router, start and stop.

mod config;
mod memory;
mod open;
mod router;
mod serve;

pub use config::Config;
pub(crate) use config::refused;
pub(crate) use serve::bind;
pub use serve::serve;
