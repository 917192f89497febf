//! An endpoint: a declaration with its names resolved, and the straight line from request to response.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use axum::routing::{MethodRouter, post};
use futures_util::FutureExt;

use super::declaration::{AttributeRoute, Handler};
use super::request_id;
use super::{RequestId, body, kind, problem};
use crate::error::{Error, Result};
use crate::schema::At;
use crate::schema::check::Kind;
use crate::table::{App, Handle};
use crate::value::Value;

/// What serves a route.
pub(crate) struct Endpoint {
    pub(crate) app: App,
    pub(crate) table: Arc<Handle>,
    pub(crate) kind: Kind,
    /// The fields of the request, in the order of the table.
    pub(crate) fields: Vec<Field>,
    /// Positions of the columns that the function takes.
    pub(crate) outputs: Vec<usize>,
    pub(crate) handler: Handler,
    pub(crate) name: &'static str,
    pub(crate) at: At,
}

/// A field of the request.
pub(crate) struct Field {
    /// The column's position in the table.
    pub(crate) column: usize,
    pub(crate) name: &'static str,
    /// Whether it arrives as a file.
    pub(crate) upload: bool,
    /// Whether a request without it is refused.
    pub(crate) required: bool,
    /// Whether it names the row.
    pub(crate) key: bool,
}

/// The values of a request, one entry a field; none where the request had no such field.
pub(crate) type Input = Vec<Option<Value>>;

/// The registered routes that were checked against this application's schema, in the order of their paths.
pub(crate) fn declared(app: &App) -> Vec<&'static AttributeRoute> {
    let mut routes: Vec<_> = inventory::iter::<AttributeRoute>
        .into_iter()
        .filter(|route| std::ptr::eq(route.schema, app.schema()))
        .collect();
    // The linker decides the order of registration; it differs from build to build.
    routes.sort_by_key(|route| (route.path, route.at.file, route.at.line));
    routes
}

impl Endpoint {
    /// Resolves a declaration. The compiler has judged it already, so names that do not resolve are our own mistake.
    pub(crate) fn new(app: &App, route: &AttributeRoute) -> Result<Self> {
        let table = app.table(route.table)?.clone();
        let position = |name: &str| {
            table.def.position(name).ok_or_else(|| Error::internal(format!("no column `{name}` in `{}`", route.table)))
        };
        let outputs = route.outputs.iter().map(|name| position(name)).collect::<Result<_>>()?;
        let fields = fields(&table, route);
        Ok(Self {
            app: app.clone(),
            table,
            kind: route.kind,
            fields,
            outputs,
            handler: route.call,
            name: route.name,
            at: route.at,
        })
    }

    pub(crate) fn takes_files(&self) -> bool {
        self.fields.iter().any(|field| field.upload)
    }

    /// The field of this name.
    pub(crate) fn field(&self, name: &str) -> Option<usize> {
        self.fields.iter().position(|field| field.name == name)
    }
}

/// The fields of a request: the key for updates, and the inputs, which default to all that a caller may supply.
fn fields(table: &Handle, route: &AttributeRoute) -> Vec<Field> {
    let update = route.kind == Kind::Update;
    let wanted = |(column, def): (usize, &'static crate::schema::ColumnDef)| {
        let upload = route.uploads.contains(&def.name);
        let key = update && def.primary_key;
        let supplied = def.computed.is_none() && !def.auto && !(update && (def.primary_key || def.ty.is_media()));
        let listed = upload || route.inputs.map_or(supplied, |inputs| inputs.contains(&def.name));
        let required = key || (!update && def.required());
        (key || listed).then_some(Field { column, name: def.name, upload, required, key })
    };
    table.def.columns.iter().enumerate().filter_map(wanted).collect()
}

/// The endpoint as axum serves it.
pub(crate) fn serve(endpoint: Endpoint) -> MethodRouter {
    let endpoint = Arc::new(endpoint);
    post(move |request: Request| answer(endpoint.clone(), request)).fallback(super::wrong_method)
}

async fn answer(endpoint: Arc<Endpoint>, request: Request) -> Response {
    let id = RequestId::of(request.headers());
    let work = async {
        let input = body::read(&endpoint, request).await?;
        perform(&endpoint, input).await.map_err(|error| {
            if endpoint.takes_files() { error.of_form(|name| endpoint.field(name).is_some()) } else { error }
        })
    };
    let result = AssertUnwindSafe(work).catch_unwind().await.unwrap_or_else(|_| Err(ended()));
    match result {
        Ok(body) => {
            let mut response = Response::new(Body::from(body));
            let headers = response.headers_mut();
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
            headers.insert(request_id::HEADER, id.into_header());
            response
        }
        Err(error) => problem(&error, &id),
    }
}

/// Does what the route is for, in a task of its own: a client that hangs up cannot stop it between two awaits.
async fn perform(endpoint: &Arc<Endpoint>, input: Input) -> Result<Vec<u8>> {
    let limit = endpoint.app.settings().request_timeout;
    let task = tokio::spawn(kind::run(endpoint.clone(), input));
    match tokio::time::timeout(limit, task).await {
        Ok(result) => result.unwrap_or_else(|_| Err(ended())),
        Err(_) => Err(late(limit)),
    }
}

/// Calls the function with the outputs of a row.
pub(super) async fn respond(endpoint: &Endpoint, outputs: Vec<Value>) -> Result<Vec<u8>> {
    let arguments = crate::compute::Arguments::new(outputs);
    let call = async {
        match endpoint.handler {
            Handler::Sync(call) => call(arguments),
            Handler::Async(call) => call(arguments).await,
        }
    };
    let result = AssertUnwindSafe(call).catch_unwind().await.unwrap_or_else(|_| Err(ended()));
    result.map_err(|error| if error.is_public() { error } else { unanswered(endpoint, &error) })
}

/// The decorated function failed, with a text that is not for clients.
fn unanswered(endpoint: &Endpoint, error: &Error) -> Error {
    let detail = "the response could not be made";
    Error::new(500, "response_failed", detail).with_source(format!(
        "the function `{}` ({}) failed: {}",
        endpoint.name,
        endpoint.at,
        error.chain()
    ))
}

fn ended() -> Error {
    Error::new(500, "internal", "the server could not handle the request")
        .with_source("a task panicked; the log has it above")
}

fn late(limit: Duration) -> Error {
    let detail =
        format!("the request took longer than {} s; what it started goes on, and may still be stored", limit.as_secs());
    Error::new(504, "request_timeout", detail)
}
