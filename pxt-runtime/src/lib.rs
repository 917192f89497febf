//! What runs behind the macros of pxt. Depend on the crate `pxt`, which re-exports the public part.

pub mod media;
pub mod schema;
pub mod store;
pub mod value;
