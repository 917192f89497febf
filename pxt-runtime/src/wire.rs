//! What stands around every route: what of a request is judged before any route sees it.

mod guard;
mod head;
mod origin;

pub(crate) use guard::Guard;
pub(crate) use head::take;
pub(crate) use origin::Origin;
