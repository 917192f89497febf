//! Routes: what was declared, what a request must look like, what it answers. One error shape for all of it.

mod action;
mod answer;
#[cfg_attr(not(feature = "_compression"), path = "route/compression/absent.rs")]
mod compression;
mod declaration;
mod endpoint;
mod fields;
mod host;
mod job;
mod jobs;
mod kind;
mod media;
mod methods;
mod options;
mod problem;
mod request;
mod request_id;
mod resolve;
mod routes;
mod row;
mod serve;

pub(crate) use action::{Action, Asked, QueryAction};
pub use declaration::{AttributeRoute, Background, Handler, QueryRoute, Response};
pub(crate) use endpoint::Endpoint;
pub(crate) use fields::Field;
pub(crate) use host::{Host, ReachedAt, is_host};
pub(crate) use jobs::{JOBS, jobs_router};
pub(crate) use media::media_router;
pub(crate) use methods::{Check, not_found, options_of, wrong_method};
pub use options::{Compute, Delete, ExportMethod, Insert, Method, Query, SqlExport, Update};
pub(crate) use problem::problem;
pub(crate) use request::{CURSOR, refuse};
pub(crate) use request_id::RequestId;
pub(crate) use resolve::Resolved;
pub use routes::{QueryName, Retrieval, Routes, TableName, retrieval};
pub(crate) use row::RowAnswer;
pub(crate) use serve::methods;
