//! Where a job is asked for, by which name the client reached the service.

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use pxt::testing::TestService;
use serde_json::Value;
use tower::ServiceExt;

use super::{Delete, SCHEMA, routes, send, service};

/// The address of a job, as a client that names this host is told it.
async fn address(service: &TestService, host: &str) -> String {
    let body: Value = send(service, "GET", "/words?text=a", &[("host", host)]).await.json();
    let (id, url) = (body["id"].as_str().expect("a UUID"), body["job_url"].as_str().expect("an address"));
    url.replace(id, "{id}")
}

#[tokio::test]
async fn a_host_that_is_ours_comes_back() {
    let allow = |config: pxt::Config| config.allowed_hosts(["api.example.com", "files.example.com:8443"]);
    let service = TestService::of(&SCHEMA, allow, routes).await.expect("the routes are right");
    for host in ["localhost:8000", "127.0.0.1:9", "[::1]:8000", "api.example.com", "files.example.com:8443"] {
        assert_eq!(address(&service, host).await, format!("http://{host}/jobs/{{id}}"));
    }
}

#[tokio::test]
async fn a_host_that_is_not_ours_does_not_come_back() {
    let service = service().await;
    for host in ["evil.example", "localhost.evil.example", "0.0.0.0:8000", "localhost@evil.example", "a b"] {
        assert_eq!(address(&service, host).await, "/jobs/{id}", "{host}");
    }
}

#[tokio::test]
async fn the_public_address_goes_before_all() {
    let public = |config: pxt::Config| config.public_url("https://films.example.com/api/");
    let service = TestService::of(&SCHEMA, public, routes).await.expect("the routes are right");
    for host in ["localhost", "films.example.com"] {
        assert_eq!(address(&service, host).await, "https://films.example.com/api/jobs/{id}");
    }
}

#[tokio::test]
async fn a_router_below_another_names_its_prefix() {
    let service = service().await;
    let router = Router::<()>::new().nest("/api", routes(service.app.routes()).router().expect("the routes are right"));
    let ask = async |method: &str, path: &str| {
        let request = Request::builder().method(method).uri(path).header("host", "localhost:8000");
        let response = router.clone().oneshot(request.body(Body::empty()).expect("a request")).await;
        response.unwrap_or_else(|never| match never {})
    };
    let accepted = ask("GET", "/api/words?text=a").await;
    let location = accepted.headers()["location"].to_str().expect("is text").to_owned();
    let path = location.strip_prefix("http://localhost:8000").expect("the host that was asked");
    assert!(path.starts_with("/api/jobs/"), "{path}");
    assert_eq!(ask("GET", path).await.status(), 200);
}

#[tokio::test]
async fn a_host_that_is_none_is_refused_at_the_start() {
    let wrong = |config: pxt::Config| config.allowed_hosts(["https://api.example.com"]);
    let Err(error) = TestService::of(&SCHEMA, wrong, routes).await else { panic!("it starts") };
    let text = "`allowed_hosts` names `https://api.example.com`: write a host alone, such as `api.example.com`";
    assert_eq!(error.to_string(), text);
}

#[tokio::test]
async fn two_routers_do_not_mix_up_their_jobs() {
    let service = service().await;
    let again = routes(service.app.routes()).router();
    assert!(again.is_ok(), "the same routes once more");
    let delete = service.app.routes().add_delete_route("jobs.films", Delete::at("/films").background(true));
    let text = delete.router().expect_err("another kind of route has the path").to_string();
    assert!(text.contains("a background route `/films` that does something else"), "{text}");
}
