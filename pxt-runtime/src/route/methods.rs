//! Endpoints as axum serves them, by path and method, and what is answered to other methods and paths.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use axum::handler::Handler;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use axum::routing::MethodRouter;

use super::endpoint::{Endpoint, answer};
use super::options::Method;
use super::request::drain;
use super::{RequestId, problem};
use crate::error::Error;

/// The endpoints of one path. OPTIONS says which methods there are; others are refused.
pub(crate) fn methods(endpoints: Vec<Endpoint>) -> MethodRouter {
    let (mut methods, mut allow) = (MethodRouter::new(), Vec::new());
    for endpoint in endpoints {
        let method = endpoint.method;
        let endpoint = Arc::new(endpoint);
        let handler = move |request: Request| answer(endpoint.clone(), request);
        // axum answers HEAD by the handler of GET.
        (methods, _) = match method {
            Method::Get => (methods.get(handler), allow.extend(["GET", "HEAD"])),
            Method::Post => (methods.post(handler), allow.push("POST")),
        };
    }
    allow.push("OPTIONS");
    methods.options(options_of(&allow.join(","))).fallback(wrong_method)
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
    let answer = problem(&error, &RequestId::of(request.headers()));
    drain(request).await;
    answer
}

/// 404 for a path that nothing serves; a near one is named.
pub(crate) async fn not_found(known: &BTreeSet<String>, request: Request) -> Response {
    let path = request.uri().path();
    let near = crate::schema::nearest(path, known.iter().map(String::as_str));
    let detail = match near {
        Some(near) => format!("nothing is served under this path; did you mean `{near}`?"),
        None => "nothing is served under this path".to_owned(),
    };
    let answer = problem(&Error::new(404, "not_found", detail), &RequestId::of(request.headers()));
    drain(request).await;
    answer
}
