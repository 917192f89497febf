//! Routes: what was declared, what a request must look like, what it answers. One error shape for all of it.

mod action;
mod answer;
mod declaration;
mod declared;
mod endpoint;
mod exchange;
mod fields;
mod host;
mod job;
mod jobs;
mod kind;
mod media;
mod names;
mod options;
mod request;
mod resolve;
mod routes;
mod row;
mod served;

pub(crate) use action::{Action, Asked, QueryAction};
pub use declaration::{AttributeRoute, Background, Handler, QueryRoute, Response};
pub(crate) use declared::{Declarations, Origin, Part, Positions, What};
pub(crate) use endpoint::Endpoint;
pub(crate) use exchange::serve_endpoints;
pub(crate) use fields::Field;
pub(crate) use host::{Host, ReachedAt, is_host};
pub(crate) use jobs::{JOBS, serve_jobs};
pub(crate) use media::serve_media;
pub use names::{QueryName, Retrieval, TableName, retrieval};
pub use options::{Compute, Delete, ExportMethod, Insert, Method, Query, SqlExport, Update};
pub(crate) use request::{CURSOR, drain};
pub(crate) use resolve::{Ground, Resolved};
pub use routes::Routes;
pub(crate) use row::RowAnswer;
pub(crate) use served::{Responder, Runs, Served, Work, responder};
