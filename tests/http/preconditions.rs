//! `If-Match` on routes that delete: the row goes only as its client has read it.

use axum::http::Request;
use futures_util::future::join_all;
use pxt::testing::{Answer, TestService};
use pxt::{Delete, Method, Query, Routes, retrieval};
use serde_json::{Value, json};

use crate::problem;
use crate::schema::SCHEMA;

fn routes(routes: Routes) -> Routes {
    routes
        .add_query_route(retrieval("pairs", ["left", "right"]), Query::at("/row").method(Method::Get).one_row(true))
        .add_delete_route("pairs", Delete::at("/delete"))
        .add_delete_route("pairs", Delete::at("/delete/later").background(true))
        .add_delete_route("pairs", Delete::at("/delete/noted").match_columns(["note", "right", "left"]))
        .add_delete_route("pairs", Delete::at("/delete/all").match_columns(["left"]))
        .add_delete_route("pairs", Delete::at("/delete/all/later").match_columns(["left"]).background(true))
}

/// A service with a pair in its second version.
async fn service() -> TestService {
    let service = TestService::of(&SCHEMA, |config| config, routes).await.expect("the service starts");
    let stored = service.post("/pair", &json!({"left": "a", "right": 1, "value": 1, "note": "x"})).await;
    assert_eq!((stored.status.as_u16(), stored.header("etag")), (200, "\"1\""), "{}", stored.text());
    let changed = service.post("/pair/update", &json!({"left": "a", "right": 1, "value": 2})).await;
    assert_eq!((changed.status.as_u16(), changed.header("etag")), (200, "\"2\""), "{}", changed.text());
    service
}

async fn ask(service: &TestService, path: &str, body: &Value, tags: &[&str]) -> Answer {
    let request = Request::post(path).header("content-type", "application/json");
    let request = tags.iter().fold(request, |request, tag| request.header("if-match", *tag));
    service.send(request.body(body.to_string().into()).expect("a request")).await
}

fn pair() -> Value {
    json!({"left": "a", "right": 1})
}

async fn is_there(service: &TestService) -> bool {
    let found = service.get("/row?left=a&right=1").await.status.as_u16();
    assert!(found == 200 || found == 404, "{found}");
    found == 200
}

/// The job that a request was accepted as, once it has ended.
async fn ended(service: &TestService, accepted: &Answer) -> Value {
    assert_eq!(accepted.status, 202, "{}", accepted.text());
    let path = format!("/jobs/{}", accepted.json()["id"].as_str().expect("a UUID"));
    loop {
        let request = Request::get(&path).header("prefer", "wait=20");
        let job = service.send(request.body(axum::body::Body::empty()).expect("a request")).await.json();
        if job["status"] != "pending" {
            return job;
        }
    }
}

#[tokio::test]
async fn a_row_goes_only_in_a_version_that_is_named() {
    let service = service().await;
    for tags in [&["\"1\""][..], &["W/\"2\""], &["\"x\""], &["2"], &[""], &["\"1\", \"3\""], &["*", "\"1\""]] {
        for path in ["/delete", "/delete/noted"] {
            let body = json!({"left": "a", "right": 1, "note": "x"});
            let body = if path == "/delete" { pair() } else { body };
            problem(&ask(&service, path, &body, tags).await, 412, "row_changed");
        }
        assert!(is_there(&service).await, "{tags:?}");
    }
    // The other columns count too.
    let other = json!({"left": "a", "right": 1, "note": "y"});
    problem(&ask(&service, "/delete/noted", &other, &["\"2\""]).await, 412, "row_changed");
    let gone = ask(&service, "/delete", &pair(), &["\"2\""]).await;
    assert_eq!((gone.status.as_u16(), gone.json()), (200, json!({"num_rows": 1})));
    assert!(!is_there(&service).await);
    // What is not there is in no version; any version may be missing, as without the header.
    problem(&ask(&service, "/delete", &pair(), &["\"2\""]).await, 412, "row_changed");
    for tags in [&["*"][..], &[]] {
        assert_eq!(ask(&service, "/delete", &pair(), tags).await.json(), json!({"num_rows": 0}));
    }
}

#[tokio::test]
async fn one_of_several_versions_is_enough() {
    for tags in [&["\"1\", \"2\""][..], &["\"7\"", "\"2\""], &["*"]] {
        let service = service().await;
        assert_eq!(ask(&service, "/delete", &pair(), tags).await.json(), json!({"num_rows": 1}), "{tags:?}");
        assert!(!is_there(&service).await);
    }
    let service = service().await;
    let many = (0..5_000).map(|version| format!("\"{version}\"")).collect::<Vec<_>>().join(",");
    let body = json!({"left": "a", "right": 1, "note": "x"});
    assert_eq!(ask(&service, "/delete/noted", &body, &[&many]).await.json(), json!({"num_rows": 1}));
}

#[tokio::test]
async fn a_job_deletes_in_a_version_too() {
    let service = service().await;
    let job = ended(&service, &ask(&service, "/delete/later", &pair(), &["\"1\""]).await).await;
    assert_eq!((&job["problem"]["status"], &job["problem"]["type"]), (&json!(412), &json!("row_changed")), "{job}");
    assert!(is_there(&service).await);
    let job = ended(&service, &ask(&service, "/delete/later", &pair(), &["\"2\""]).await).await;
    assert_eq!((&job["status"], &job["result"]), (&json!("done"), &json!({"num_rows": 1})), "{job}");
    assert!(!is_there(&service).await);
}

#[tokio::test]
async fn a_version_is_refused_where_several_rows_may_go() {
    let service = service().await;
    for path in ["/delete/all", "/delete/all/later"] {
        let body = problem(&ask(&service, path, &json!({"left": "a"}), &["\"2\""]).await, 400, "no_single_row");
        assert!(body["detail"].as_str().is_some_and(|text| text.contains("`If-Match`")), "{body}");
    }
    assert!(is_there(&service).await);
    assert_eq!(ask(&service, "/delete/all", &json!({"left": "a"}), &["*"]).await.json(), json!({"num_rows": 1}));
}

/// Of writes at once that all name the same version, one is done.
#[tokio::test]
async fn one_of_many_at_once_has_its_version() {
    let service = service().await;
    let update = json!({"left": "a", "right": 1, "value": 9});
    let ask = |number: usize| {
        let (service, update) = (&service, &update);
        async move {
            match number % 2 {
                0 => ask(service, "/delete", &pair(), &["\"2\""]).await,
                _ => ask(service, "/pair/update", update, &["\"2\""]).await,
            }
        }
    };
    let answers = join_all((0..32).map(ask)).await;
    let done = answers.iter().filter(|answer| answer.status == 200).count();
    let deletes = answers.iter().step_by(2).filter(|answer| answer.status == 200).count();
    assert_eq!(done, 1, "{answers:?}");
    for answer in answers.iter().filter(|answer| answer.status != 200) {
        // An update looks for the row first.
        let is_gone = answer.status == 404 && deletes == 1;
        assert!(answer.status == 412 || is_gone, "{}", answer.text());
    }
    assert_eq!(is_there(&service).await, deletes == 0);
}

/// A row that changes all the time goes when a client takes any of its versions, once.
#[tokio::test]
async fn one_of_many_deletes_at_once_finds_the_row() {
    let service = service().await;
    let tags = (1..200).map(|version| format!("\"{version}\"")).collect::<Vec<_>>().join(",");
    let ask = |number: usize| {
        let (service, tags) = (&service, tags.as_str());
        let update = json!({"left": "a", "right": 1, "value": number});
        async move {
            match number % 2 {
                0 => ask(service, "/pair/update", &update, &[]).await,
                _ => ask(service, "/delete", &pair(), &[tags]).await,
            }
        }
    };
    let answers = join_all((0..32).map(ask)).await;
    let deleted = answers.iter().skip(1).step_by(2).filter(|answer| answer.status == 200).count();
    assert_eq!(deleted, 1, "{answers:?}");
    let expected = |answer: &Answer| matches!(answer.status.as_u16(), 200 | 404 | 412);
    assert!(answers.iter().all(expected), "{answers:?}");
    assert!(!is_there(&service).await);
}
