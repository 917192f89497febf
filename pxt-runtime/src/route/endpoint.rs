//! An endpoint: a declaration with its names resolved, and the straight line from request to response.

use std::borrow::Cow;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::Request;
use axum::http::{HeaderMap, header};
use axum::response::Response;
use futures_util::FutureExt;

use super::answer::Conditions;
use super::compression::compressed;
use super::declaration::Background;
use super::fields::Fields;
use super::job;
use super::jobs::{self, Address};
use super::kind::{self, QueryAction};
use super::options::Method;
use super::request::{self, Received, Wire, refuse};
use super::row::RowAnswer;
use super::{Check, RequestId, problem, request_id};
use crate::app::App;
use crate::compute::Caller;
use crate::error::{Error, Result};
use crate::schema::At;
use crate::table::Handle;

/// What serves a route.
pub(crate) struct Endpoint {
    pub(crate) app: App,
    pub(crate) method: Method,
    pub(crate) path: String,
    /// The fields of the request, in the order of the table or of the query.
    pub(crate) fields: Fields,
    pub(crate) action: Action,
    /// Whether it answers with a job, which does the work later.
    pub(crate) background: Option<Background>,
    pub(crate) about: About,
}

/// What an endpoint does between request and response.
pub(crate) enum Action {
    Insert(RowAction),
    Update(RowAction),
    Compute(RowAction),
    Delete(Arc<Handle>),
    Query(QueryAction),
}

/// What is done with one row of a table, and what is answered of it.
pub(crate) struct RowAction {
    pub(crate) table: Arc<Handle>,
    pub(crate) answer: RowAnswer,
}

/// What people are told of an endpoint.
pub(crate) struct About {
    /// The function's name, or one made of the path.
    pub(crate) name: Cow<'static, str>,
    /// The function's doc comment, if there is a function.
    pub(crate) doc: &'static str,
    /// Where the function stands, if there is one.
    pub(crate) at: Option<At>,
}

impl Endpoint {
    /// The tables that the endpoint is about. None for a query that does not say.
    pub(crate) fn tables(&self) -> Vec<&'static str> {
        match &self.action {
            Action::Insert(row) | Action::Update(row) | Action::Compute(row) => vec![row.table.def.name],
            Action::Delete(table) => vec![table.def.name],
            Action::Query(query) => query.tables.iter().map(|table| table.name).collect(),
        }
    }

    /// The word for what it does.
    pub(crate) fn kind(&self) -> &'static str {
        match &self.action {
            Action::Insert(_) => "insert",
            Action::Update(_) => "update",
            Action::Compute(_) => "compute",
            Action::Delete(_) => "delete",
            Action::Query(_) => "query",
        }
    }

    /// Whether GET makes a job of it, which HEAD would do as well, and a mere link.
    pub(crate) fn begins_by_get(&self) -> bool {
        self.method == Method::Get && self.background.is_some()
    }

    /// Whether it changes one row, and only in the version that the client names, if it names one.
    pub(crate) fn takes_version(&self) -> bool {
        match &self.action {
            Action::Update(_) => true,
            Action::Delete(table) => kind::is_by_key(&self.fields, table),
            _ => false,
        }
    }

    /// What a request says of how it wants a file, where the answer is one.
    fn conditions(&self, request: &Request) -> HeaderMap {
        let is_file = matches!(&self.action, Action::Query(query) if query.file);
        if is_file { request.headers().clone() } else { HeaderMap::new() }
    }

    /// An error whose fields are named as the request names them.
    pub(super) fn named(&self, error: Error, wire: Wire) -> Error {
        match wire {
            Wire::Text => error.of_form(|name| self.fields.position(name).is_some()),
            Wire::Json => error,
        }
    }

    /// Whether its answer is a list of rows, which may go on in another answer.
    pub(crate) fn pages(&self) -> bool {
        matches!(&self.action, Action::Query(query) if !query.one_row)
    }
}

/// Answers a request that passes the check.
pub(super) async fn answer(endpoint: Arc<Endpoint>, check: Check, request: Request) -> Response {
    if let Err(error) = check(&request) {
        return refuse(&error, request).await;
    }
    let id = RequestId::of(request.headers());
    let encodings = request.headers().get(header::ACCEPT_ENCODING).cloned();
    let address = endpoint.background.map(|_| Address::new(endpoint.app.settings(), &request));
    let conditions = Conditions { method: request.method().clone(), headers: endpoint.conditions(&request) };
    let work = async {
        let received = request::read(&endpoint, request).await?;
        let wire = received.wire;
        let result = match address {
            Some(address) => submit(&endpoint, received, address).await,
            None => perform(&endpoint, received, conditions).await,
        };
        result.map_err(|error| endpoint.named(error, wire))
    };
    let result = AssertUnwindSafe(work).catch_unwind().await.unwrap_or_else(|_| Err(ended()));
    let response = match result {
        Ok(mut response) => {
            response.headers_mut().insert(request_id::HEADER, id.into_header());
            response
        }
        Err(error) => problem(&error, &id),
    };
    match encodings {
        Some(encodings) => compressed(response, encodings).await,
        None => response,
    }
}

/// Does what the route is for. A write runs in a task of its own: a client that hangs up cannot stop it between two awaits. Only
/// images are not looked at for a client that has gone, and nothing is computed that nobody stores.
async fn perform(endpoint: &Arc<Endpoint>, received: Received, conditions: Conditions) -> Result<Response> {
    let limit = endpoint.app.settings().request_timeout;
    let own = endpoint.clone();
    // In a box: it is large, and would be copied at each step from here.
    let work = Box::pin(async move {
        let done = kind::run(&own, received, None).await?;
        done.shape(own.app.tables()).await?.respond(&own.app, &conditions).await
    });
    let done = if let Action::Query(_) = endpoint.action {
        tokio::time::timeout(limit, work).await
    } else {
        let caller = endpoint.action.minds_its_caller().then(Caller::default);
        let task = match &caller {
            Some(caller) => tokio::spawn(caller.serve(work)),
            None => tokio::spawn(work),
        };
        tokio::time::timeout(limit, task).await.map(|result| result.unwrap_or_else(|_| Err(ended())))
    };
    done.unwrap_or_else(|_| Err(late(limit, endpoint.action.goes_on())))
}

/// Makes a job of what the route is for, and answers with its address. In a task of its own: a job that was stored is not left
/// with files that are not kept.
async fn submit(endpoint: &Arc<Endpoint>, received: Received, address: Address) -> Result<Response> {
    let limit = endpoint.app.settings().request_timeout;
    let task = tokio::spawn(job::submit(endpoint.clone(), received));
    let done = tokio::time::timeout(limit, task).await.map(|result| result.unwrap_or_else(|_| Err(ended())));
    let id = done.unwrap_or_else(|_| Err(late(limit, "; its job may still be submitted")))?;
    Ok(jobs::submitted(id, &address))
}

/// A task that panicked.
pub(super) fn ended() -> Error {
    Error::new(500, "internal", "the server could not handle the request")
        .with_source("a task panicked; the log has it above")
}

pub(super) fn late(limit: Duration, goes_on: &str) -> Error {
    Error::new(504, "request_timeout", format!("the request took longer than {} s{goes_on}", limit.as_secs()))
}

impl Action {
    /// Whether a part of it ends with the client that asked: looking at images, and computing what nobody stores.
    fn minds_its_caller(&self) -> bool {
        match self {
            Self::Insert(row) | Self::Update(row) => row.table.def.columns.iter().any(|column| column.ty.is_media()),
            Self::Compute(_) => true,
            Self::Delete(_) | Self::Query(_) => false,
        }
    }

    /// What is said of work that a request no longer waits for.
    fn goes_on(&self) -> &'static str {
        match self {
            Self::Insert(_) | Self::Update(_) | Self::Delete(_) => "; what it started goes on, and may still be stored",
            Self::Compute(_) | Self::Query(_) => "",
        }
    }
}
