//! The service: configuration, opening an application, its router, start and stop.

mod config;
mod log;
mod memory;
mod open;
mod router;
mod serve;

pub use config::Config;
pub(crate) use config::refused;
pub use log::LogLimit;
pub(crate) use serve::bind;
pub use serve::serve;
