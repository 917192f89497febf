//! What is answered to other methods and paths than those that are served.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use axum::handler::Handler;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::request::refuse;
use crate::error::{Error, Result};

/// What a request is judged by before it is read.
pub(crate) type Check = Arc<dyn Fn(&Request) -> Result<()> + Send + Sync>;

/// A handler behind the check.
pub(super) fn checked<T, H: Handler<T, ()>>(
    check: &Check,
    handler: H,
) -> impl Fn(Request) -> BoxFuture<'static, Response> + Clone + use<T, H> {
    let check = check.clone();
    move |request| match check(&request) {
        Ok(()) => handler.clone().call(request, ()).boxed(),
        Err(error) => async move { refuse(&error, request).await }.boxed(),
    }
}

/// Answers OPTIONS.
pub(crate) fn options_of(allow: &str) -> impl Handler<((),), ()> + use<> {
    let allow = HeaderValue::from_str(allow).expect("names of methods are a header's value");
    move || {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NO_CONTENT;
        response.headers_mut().insert(header::ALLOW, allow.clone());
        std::future::ready(response)
    }
}

/// 405 for a path that is served by other methods; axum adds `Allow`.
pub(crate) async fn wrong_method(request: Request) -> Response {
    let error = Error::new(405, "method_not_allowed", format!("this path does not take {}", request.method()));
    refuse(&error, request).await
}

/// 405 with the methods that are there, where axum would name others.
pub(super) fn others_than(allow: &str) -> impl Fn(Request) -> BoxFuture<'static, Response> + Clone + use<> {
    let allow = HeaderValue::from_str(allow).expect("names of methods are a header's value");
    move |request| {
        let allow = allow.clone();
        let answer = async move {
            let mut response = wrong_method(request).await;
            response.headers_mut().insert(header::ALLOW, allow);
            response
        };
        answer.boxed()
    }
}

/// 404 for a path that nothing serves; a near one is named.
pub(crate) async fn not_found(known: &BTreeSet<String>, request: Request) -> Response {
    let path = request.uri().path();
    let near = crate::schema::nearest(path, known.iter().map(String::as_str));
    let detail = match near {
        Some(near) => format!("nothing is served under this path; did you mean `{near}`?"),
        None => "nothing is served under this path".to_owned(),
    };
    refuse(&Error::new(404, "not_found", detail), request).await
}
