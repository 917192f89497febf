//! Routes: what was declared, what a request must look like, what it answers. One error shape for all of it.

mod body;
mod declaration;
mod endpoint;
mod json;
mod kind;
mod media;
mod mistakes;
mod multipart;
mod problem;
mod request_id;

pub use declaration::{AttributeRoute, Handler, Response};
pub(crate) use endpoint::{Endpoint, declared, serve};
pub(crate) use media::media_router;
pub(crate) use problem::{not_found, problem, wrong_method};
pub(crate) use request_id::RequestId;
