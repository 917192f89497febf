//! `/media/{table}/{file}`: the files of the tables that some route serves, and of no other.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Router;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::response::Response;
use axum::routing::get;

use super::{RequestId, options_of, problem, wrong_method};
use crate::app::App;
use crate::error::{Error, Result};
use crate::media::{MediaStore, ServeError};

struct Served {
    app: App,
    tables: BTreeSet<&'static str>,
}

/// The route of the files of these tables.
pub(crate) fn media_router(app: &App, tables: BTreeSet<&'static str>) -> Router {
    let served = Arc::new(Served { app: app.clone(), tables });
    // axum answers HEAD by the handler of GET.
    let methods = get(serve).with_state(served).options(options_of("GET,HEAD,OPTIONS")).fallback(wrong_method);
    Router::new().route("/media/{*key}", methods)
}

async fn serve(
    State(served): State<Arc<Served>>,
    path: Result<Path<String>, PathRejection>,
    request: Request,
) -> Response {
    // A path that is not UTF-8 once decoded has no extractor's error of axum's, which is plain text.
    let key = path.map(|Path(key)| key).unwrap_or_default();
    let reachable = key.split_once('/').is_some_and(|(table, _)| served.tables.contains(table));
    let result = match reachable {
        true => found(served.app.tables().media(), &key, request.method(), request.headers()).await,
        false => Err(ServeError::NotFound),
    };
    result.unwrap_or_else(|error| refused(error, &RequestId::of(request.headers())))
}

async fn found(
    media: &MediaStore,
    key: &str,
    method: &Method,
    headers: &HeaderMap,
) -> std::result::Result<Response, ServeError> {
    match media.redirect(key, method, headers).await? {
        Some(elsewhere) => Ok(elsewhere),
        None => media.serve(key, method, headers).await,
    }
}

fn refused(error: ServeError, id: &RequestId) -> Response {
    let outside = if let ServeError::Range { size } = &error { Some(format!("bytes */{size}")) } else { None };
    let mut response = problem(&of_file(error), id);
    if let Some(Ok(value)) = outside.map(|text| HeaderValue::from_str(&text)) {
        response.headers_mut().insert(header::CONTENT_RANGE, value);
    }
    response
}

/// A stored file as a route's answer.
pub(super) async fn file(media: &MediaStore, key: &str, method: &Method, headers: &HeaderMap) -> Result<Response> {
    media.serve(key, method, headers).await.map_err(of_file)
}

fn of_file(error: ServeError) -> Error {
    match error {
        ServeError::Range { .. } => Error::new(416, "range_not_satisfiable", error.to_string()),
        ServeError::NotFound | ServeError::Method => Error::new(404, "not_found", "there is no such file"),
        ServeError::Unavailable(_) => {
            Error::new(503, "media_unavailable", error.to_string()).with_retry_after(5).with_source(error)
        }
        error => Error::internal(error),
    }
}
