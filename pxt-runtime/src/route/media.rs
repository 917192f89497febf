//! `/media/{table}/{file}`: the files of the tables that some route serves, and of no other.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Router;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderValue, header};
use axum::response::Response;
use axum::routing::get;

use super::{RequestId, problem, wrong_method};
use crate::error::Error;
use crate::media::ServeError;
use crate::table::App;

struct Served {
    app: App,
    tables: BTreeSet<&'static str>,
}

/// The route of the files of these tables.
pub(crate) fn media_router(app: &App, tables: BTreeSet<&'static str>) -> Router {
    let served = Arc::new(Served { app: app.clone(), tables });
    // axum answers HEAD by the handler of GET.
    Router::new().route("/media/{*key}", get(serve).fallback(wrong_method).with_state(served))
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
        true => served.app.media().serve(&key, request.method(), request.headers()).await,
        false => Err(ServeError::NotFound),
    };
    result.unwrap_or_else(|error| refused(error, &RequestId::of(request.headers())))
}

fn refused(error: ServeError, id: &RequestId) -> Response {
    match error {
        ServeError::Range { size } => {
            let mut response = problem(&Error::new(416, "range_not_satisfiable", error.to_string()), id);
            if let Ok(value) = HeaderValue::from_str(&format!("bytes */{size}")) {
                response.headers_mut().insert(header::CONTENT_RANGE, value);
            }
            response
        }
        ServeError::NotFound | ServeError::Method => {
            problem(&Error::new(404, "not_found", "there is no such file"), id)
        }
        error => problem(&Error::internal(error), id),
    }
}
