//! Functions for computed columns that most applications want.
//!
//! Ordinary functions: callable from Rust as well, and examples of how to write others. They are not async; those that
//! read a file block their thread meanwhile, so an async caller runs them by `spawn_blocking`.

#[cfg(feature = "images")]
pub mod image;
pub mod media;
pub mod string;
pub mod text;
