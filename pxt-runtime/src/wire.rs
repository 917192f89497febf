//! What stands around every route, and what of a request is judged before any route sees it.

mod around;
#[cfg_attr(not(feature = "_compression"), path = "wire/compression/absent.rs")]
mod compression;
mod guard;
mod head;
mod origin;
mod problem;
mod request_id;

pub(crate) use around::Around;
pub(crate) use head::take;
pub(crate) use origin::Origin;
