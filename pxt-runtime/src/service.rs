//! The service: configuration, opening an application, its router, start and stop.

mod accept;
mod activity;
mod client;
mod config;
mod connections;
mod descriptors;
#[cfg(feature = "log")]
mod log;
mod memory;
mod open;
mod router;
mod serve;
mod signals;
#[cfg(test)]
mod tests;

pub use config::Config;
pub(crate) use config::refused;
#[cfg(feature = "log")]
pub use log::LogLimit;
pub(crate) use serve::bind;
pub use serve::serve;
