//! Endpoints as axum serves them, by path and method, and what is answered to other methods and paths.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use axum::handler::Handler;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use axum::routing::MethodRouter;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::endpoint::{Endpoint, answer};
use super::options::Method;
use super::request::drain;
use super::{RequestId, problem};
use crate::error::Error;

/// The endpoints of one path. OPTIONS says which methods there are; others are refused.
pub(crate) fn methods(endpoints: Vec<Arc<Endpoint>>) -> MethodRouter {
    let (mut methods, mut allow) = (MethodRouter::new(), Vec::new());
    let without_head = endpoints.iter().any(|endpoint| endpoint.begins_by_get());
    for endpoint in endpoints {
        let method = endpoint.method;
        let handler = move |request: Request| answer(endpoint.clone(), request);
        // axum answers HEAD by the handler of GET.
        (methods, _) = match method {
            Method::Get if without_head => (methods.get(handler), allow.push("GET")),
            Method::Get => (methods.get(handler), allow.extend(["GET", "HEAD"])),
            Method::Post => (methods.post(handler), allow.push("POST")),
        };
    }
    allow.push("OPTIONS");
    let allow = allow.join(",");
    methods = methods.options(options_of(&allow));
    if without_head {
        // GET begins a job, which HEAD would begin too, and nobody would learn of it.
        return methods.head(others_than(&allow)).fallback(others_than(&allow));
    }
    methods.fallback(wrong_method)
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

/// 405 with the methods that are there, where axum would name others.
fn others_than(allow: &str) -> impl Fn(Request) -> BoxFuture<'static, Response> + Clone + use<> {
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
    let answer = problem(&Error::new(404, "not_found", detail), &RequestId::of(request.headers()));
    drain(request).await;
    answer
}
