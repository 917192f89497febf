//! What HTTP refuses of a request's head and hyper lets through: it is judged where the connection is, and its version known.

use std::convert::Infallible;

use axum::Router;
use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Version, header};
use axum::response::Response;
use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Either};
use tower::ServiceExt;
use tower::util::Oneshot;

use super::problem::problem;
use super::request_id::RequestId;
use crate::error::Error;
use crate::route::{Host, drain};

/// Answers a request as it came from a connection.
pub(crate) fn take<B>(
    router: Router,
    request: axum::http::Request<B>,
) -> Either<BoxFuture<'static, Result<Response, Infallible>>, Oneshot<Router, Request>>
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<axum::BoxError>,
{
    let request = request.map(Body::new);
    match judge(request.version(), request.headers()) {
        Ok(()) => Either::Right(router.oneshot(request)),
        Err(error) => Either::Left(refused(error, request).boxed()),
    }
}

/// Where such a request ends, and another begins, is a matter of opinion: its connection is closed behind the answer.
async fn refused(error: Error, mut request: Request) -> Result<Response, Infallible> {
    drain(&mut request).await;
    let mut response = problem(&error, &RequestId::of(request.headers()));
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    Ok(response)
}

fn judge(version: Version, headers: &HeaderMap) -> Result<(), Error> {
    let mut hosts = headers.get_all(header::HOST).iter();
    // RFC 9112, section 3.2.
    match (hosts.next(), hosts.next()) {
        (None, _) if version < Version::HTTP_11 => {}
        (None, _) => return Err(bad_host("the request has no `Host`: send one")),
        (Some(_), Some(_)) => return Err(bad_host("the request has several `Host` headers: send one")),
        (Some(host), None) if host.to_str().is_ok_and(|host| Host::parse(host).is_some()) => {}
        (Some(_), None) => return Err(bad_host("`Host` is not a host: send a name or an address, and its port")),
    }
    // RFC 9112, section 6.1. What remains of the body would be taken for the body.
    let mut codings = headers.get_all(header::TRANSFER_ENCODING).iter();
    match (codings.next(), codings.next()) {
        (None, _) => Ok(()),
        (Some(coding), None) if coding.as_bytes().eq_ignore_ascii_case(b"chunked") => Ok(()),
        _ => Err(Error::new(501, "unknown_coding", "of all transfer codings the service takes `chunked` alone")),
    }
}

fn bad_host(detail: &'static str) -> Error {
    Error::new(400, "bad_host", detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The status that a head with these headers is refused with.
    fn status(version: Version, lines: &[(&'static str, &'static str)]) -> Option<u16> {
        let lines = lines.iter().map(|(name, value)| (name.parse().expect("a name"), HeaderValue::from_static(value)));
        judge(version, &HeaderMap::from_iter(lines)).err().map(|error| error.status())
    }

    #[test]
    fn one_host_that_is_one() {
        for host in ["localhost", "127.0.0.1:8000", "[::1]:8000", "films.example.com:"] {
            assert_eq!(status(Version::HTTP_11, &[("host", host)]), None, "{host}");
        }
        for host in ["", " ", "a b", "a/b", "user@a", "a:b", "a:99999", "a, b"] {
            assert_eq!(status(Version::HTTP_11, &[("host", host)]), Some(400), "{host}");
        }
        assert_eq!(status(Version::HTTP_11, &[]), Some(400));
        assert_eq!(status(Version::HTTP_10, &[]), None);
        for version in [Version::HTTP_10, Version::HTTP_11] {
            assert_eq!(status(version, &[("host", "a"), ("host", "a")]), Some(400));
        }
    }

    #[test]
    fn one_coding_that_is_known() {
        let coded = |coding| status(Version::HTTP_11, &[("host", "a"), ("transfer-encoding", coding)]);
        assert_eq!((coded("chunked"), coded("Chunked")), (None, None));
        for coding in ["gzip, chunked", "identity, chunked", "chunked, chunked", "gzip"] {
            assert_eq!(coded(coding), Some(501), "{coding}");
        }
        let several = [("host", "a"), ("transfer-encoding", "gzip"), ("transfer-encoding", "chunked")];
        assert_eq!(status(Version::HTTP_11, &several), Some(501));
    }
}
