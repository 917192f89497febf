//! Functions for computed columns that most applications want.
//!
//! Ordinary functions: callable from Rust as well, and examples of how to write others. They are not async; those that
//! read a file block their thread meanwhile, so an async caller runs them by `spawn_blocking`.
//!
//! The [`registry`] has all of them by name, for tables that are declared without Rust.

#[cfg(feature = "cli")]
pub(crate) mod declare;
#[cfg(feature = "images")]
pub mod image;
pub mod media;
pub mod registry;
pub mod string;
pub mod text;
