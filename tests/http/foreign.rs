//! Requests that browsers send for pages of others, and requests for hosts of others.

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use pxt::testing::{Answer, TestService};
use pxt::{Config, Delete, Method, Query, Routes, retrieval};
use tower::ServiceExt;

use crate::problem;
use crate::schema::SCHEMA;

/// A delete, a lookup by GET, and one that begins a job.
fn routes(routes: Routes) -> Routes {
    routes
        .add_delete_route("pairs", Delete::at("/delete"))
        .add_query_route(retrieval("pairs", ["value"]), Query::at("/find").method(Method::Get))
        .add_query_route(retrieval("pairs", ["value"]), Query::at("/begin").method(Method::Get).background(true))
}

async fn service(configure: impl FnOnce(Config) -> Config) -> TestService {
    TestService::of(&SCHEMA, configure, routes).await.expect("the service starts")
}

const HOST: &str = "films.example.com:8000";
const OURS: (&str, &str) = ("origin", "http://films.example.com:8000");
const THEIRS: (&str, &str) = ("origin", "https://evil.example");

fn request(method: &str, path: &str, headers: &[(&str, &str)]) -> Request<Body> {
    let request = Request::builder().method(method).uri(path);
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    request.body(Body::from("{\"left\": \"nobody\", \"right\": 1}")).expect("a request")
}

async fn send(service: &TestService, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
    let host = ("host", HOST);
    let named = headers.iter().any(|(name, _)| *name == "host");
    let headers: Vec<_> = headers.iter().copied().chain((!named).then_some(host)).collect();
    service.send(request(method, path, &headers)).await
}

#[tokio::test]
async fn pages_of_others_do_not_write() {
    let service = service(|config| config).await;
    let refused: [&[(&str, &str)]; 9] = [
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
        &[("sec-fetch-site", "cross-site"), OURS],
        &[THEIRS],
        &[("sec-fetch-site", "same-origin"), THEIRS],
        &[("origin", "null")],
        &[("origin", "http://films.example.com")],
        &[("origin", "http://films.example.com:8001")],
        &[("origin", "")],
    ];
    for headers in refused {
        for path in ["/delete", "/openapi.json", "/jobs/x", "/%64elete", "/nowhere"] {
            let refusal = problem(&send(&service, "POST", path, headers).await, 403, "cross_origin");
            assert!(
                refusal["detail"].as_str().is_some_and(|text| text.contains("`Config::allowed_origins`")),
                "{refusal}"
            );
        }
        problem(&send(&service, "DELETE", "/jobs/x", headers).await, 403, "cross_origin");
        problem(&send(&service, "GET", "/begin?value=1", headers).await, 403, "cross_origin");
        for method in ["GET", "HEAD", "OPTIONS"] {
            let answer = send(&service, method, "/find?value=1", headers).await;
            assert!(answer.status.is_success(), "{method} {headers:?}: {}", answer.text());
        }
    }
}

#[tokio::test]
async fn pages_of_ours_and_those_who_are_no_browser_write() {
    let service = service(|config| config).await;
    let taken: [&[(&str, &str)]; 7] = [
        &[],
        &[("sec-fetch-site", "same-origin"), OURS],
        &[("sec-fetch-site", "same-origin")],
        &[("sec-fetch-site", "none")],
        &[OURS],
        // A proxy before the service ends TLS.
        &[("origin", "https://films.example.com"), ("host", "films.example.com")],
        &[("origin", "https://FILMS.example.com"), ("host", "films.example.com:443")],
    ];
    for headers in taken {
        let answer = send(&service, "POST", "/delete", headers).await;
        assert_eq!((answer.status.as_u16(), answer.text()), (200, "{\"num_rows\":0}".to_owned()), "{headers:?}");
        assert_eq!(send(&service, "GET", "/begin?value=1", headers).await.status, 202, "{headers:?}");
    }
}

#[tokio::test]
async fn origins_that_are_listed_write() {
    let configure = |config: Config| {
        let config = config.allowed_hosts([HOST]).public_url("https://films.example.com/api");
        config.allowed_origins(["https://app.example.com", "tauri://localhost"])
    };
    let service = service(configure).await;
    for origin in ["https://app.example.com", "tauri://localhost", "https://films.example.com"] {
        for site in ["cross-site", "same-site"] {
            let answer = send(&service, "POST", "/delete", &[("origin", origin), ("sec-fetch-site", site)]).await;
            assert_eq!(answer.status, 200, "{origin}: {}", answer.text());
        }
    }
    for origin in
        ["http://app.example.com", "https://app.example.com:8443", "https://app.example.com.evil.example", "null"]
    {
        problem(&send(&service, "POST", "/delete", &[("origin", origin)]).await, 403, "cross_origin");
    }
    // Without an origin nobody knows which page it is.
    problem(&send(&service, "POST", "/delete", &[("sec-fetch-site", "cross-site")]).await, 403, "cross_origin");
}

#[tokio::test]
async fn other_hosts_are_refused_where_hosts_are_known() {
    let service =
        service(|config| config.allowed_hosts(["api.example.com"]).public_url("https://films.example.com")).await;
    for host in ["api.example.com:9000", HOST, "localhost:8000", "a.localhost", "127.0.0.1", "[::1]:8000"] {
        assert_eq!(send(&service, "GET", "/find?value=1", &[("host", host)]).await.status, 200, "{host}");
    }
    assert_eq!(service.get("/find?value=1").await.status, 200, "without a host, as a test asks");
    for host in ["rebind.evil.example:8000", "192.0.2.7", "localhost.evil.example", "localhost@evil.example", ""] {
        for (method, path) in [("GET", "/find?value=1"), ("OPTIONS", "/find"), ("POST", "/delete"), ("GET", "/jobs")] {
            let refusal = problem(&send(&service, method, path, &[("host", host)]).await, 421, "misdirected");
            assert!(
                refusal["detail"].as_str().is_some_and(|text| text.contains("`Config::allowed_hosts`")),
                "{refusal}"
            );
        }
        for path in ["/docs", "/openapi.json", "/media/pairs/x", "/nowhere"] {
            problem(&send(&service, "GET", path, &[("host", host)]).await, 421, "misdirected");
        }
    }
    problem(&send(&service, "GET", "http://evil.example/find?value=1", &[]).await, 421, "misdirected");
}

#[tokio::test]
async fn any_host_is_taken_where_none_is_known() {
    let service = service(|config| config).await;
    for host in [HOST, "evil.example", "192.0.2.7"] {
        assert_eq!(send(&service, "GET", "/find?value=1", &[("host", host)]).await.status, 200, "{host}");
    }
}

#[tokio::test]
async fn a_router_in_another_keeps_its_own_routes_alone() {
    let service = service(|config| config.allowed_hosts(["api.example.com"])).await;
    let pxt = routes(service.app.routes()).router().expect("the routes are right");
    let router: Router = Router::new().route("/own", axum::routing::post(|| async { "own" })).merge(pxt);
    let status = async |path: &str, headers: &[(&str, &str)]| {
        router.clone().oneshot(request("POST", path, headers)).await.expect("it answers").status().as_u16()
    };
    assert_eq!(status("/delete", &[THEIRS]).await, 403);
    assert_eq!(status("/delete", &[("host", "evil.example")]).await, 421);
    for headers in [THEIRS, ("host", "evil.example")] {
        assert_eq!((status("/own", &[headers]).await, status("/nowhere", &[headers]).await), (200, 404));
    }
}

#[tokio::test]
async fn what_is_no_origin_is_refused_at_the_start() {
    for wrong in ["app.example.com", "https://app.example.com/", "null", "*", "https://*.example.com/x"] {
        let started = TestService::of(&SCHEMA, |config| config.allowed_origins([wrong]), routes).await;
        let Err(error) = started else { panic!("it starts with {wrong}") };
        let text = format!(
            "`allowed_origins` names `{wrong}`: write scheme and host alone, such as `https://app.example.com`"
        );
        assert_eq!(error.to_string(), text);
    }
}
