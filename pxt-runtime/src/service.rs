//! The service: configuration, opening an application, its router, start and stop.

mod accept;
mod activity;
#[cfg(feature = "cli")]
mod check;
mod client;
mod config;
mod connections;
mod descriptors;
#[cfg(feature = "cli")]
pub(crate) mod file;
mod home;
#[cfg(feature = "log")]
mod log;
mod memory;
mod open;
mod router;
mod serve;
mod signals;
#[cfg(test)]
mod tests;

#[cfg(feature = "cli")]
pub(crate) use check::{existing_tables, pending};
pub use config::Config;
pub(crate) use config::refused;
#[cfg(feature = "cli")]
pub use file::Service;
#[cfg(feature = "log")]
pub use log::LogLimit;
pub use serve::serve;
#[cfg(feature = "cli")]
pub(crate) use serve::{Announced, Ended, bind, serve_announced};
