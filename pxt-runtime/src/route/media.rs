//! `/media/{table}/{file}`: the files of the tables that some route serves, and of no other.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::RequestExt as _;
use axum::extract::{Path, Request};
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::response::Response;

use super::served::{Served, responder};
use crate::app::App;
use crate::error::{Error, Result};
use crate::media::{MediaStore, ServeError};

/// The files of these tables.
pub(crate) fn serve_media(app: &App, tables: BTreeSet<&'static str>) -> Served {
    let (app, tables) = (app.clone(), Arc::new(tables));
    Served::get("/media/{*key}", responder(move |request| serve(app.clone(), tables.clone(), request)))
}

async fn serve(app: App, tables: Arc<BTreeSet<&'static str>>, mut request: Request) -> Result<Response> {
    // A path that is not UTF-8 once decoded has no extractor's error of axum's, which is plain text.
    let key = request.extract_parts::<Path<String>>().await.map(|Path(key)| key).unwrap_or_default();
    let reachable = key.split_once('/').is_some_and(|(table, _)| tables.contains(table));
    let found = match reachable {
        true => found(app.tables().media(), &key, request.method(), request.headers()).await,
        false => Err(ServeError::NotFound),
    };
    found.map_err(refused)
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

/// A stored file as a route's answer.
pub(super) async fn file(media: &MediaStore, key: &str, method: &Method, headers: &HeaderMap) -> Result<Response> {
    media.serve(key, method, headers).await.map_err(refused)
}

fn refused(error: ServeError) -> Error {
    match error {
        ServeError::Range { size } => {
            let refused = Error::new(416, "range_not_satisfiable", error.to_string());
            // RFC 9110, section 15.5.17.
            match HeaderValue::try_from(format!("bytes */{size}")) {
                Ok(range) => refused.with_header(header::CONTENT_RANGE, range),
                Err(_) => refused,
            }
        }
        ServeError::NotFound | ServeError::Method => Error::new(404, "not_found", "there is no such file"),
        ServeError::Unavailable(_) => {
            Error::new(503, "media_unavailable", error.to_string()).with_retry_after(5).with_source(error)
        }
        error => Error::internal(error),
    }
}
