//! Exports to real databases.
