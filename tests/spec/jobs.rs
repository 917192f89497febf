//! Background jobs.

use axum::body::Body;
use axum::http::Request;
use pxt::testing::{Answer, TestService};
use pxt::{App, Compute, Config, Delete, Insert, JobState, JobsConfig, Query, Routes, Update, retrieval};
use serde_json::{Value, json};

use crate::{ok, problem, prompt, refused, schema};

/// Answers nobody.
#[pxt::query]
async fn for_ever() -> Vec<i64> {
    std::future::pending().await
}

/// The other routes, and a background route of each kind.
fn declare(routes: Routes) -> Routes {
    let prompts = "studio.prompts";
    crate::declare(routes)
        .add_insert_route(prompts, Insert::at("/later").background(true))
        .add_update_route(prompts, Update::at("/later/update").background(true))
        .add_delete_route(prompts, Delete::at("/later/delete").background(true))
        .add_compute_route(prompts, Compute::at("/later/compute").outputs(["result"]).background(true))
        .add_query_route(for_ever {}, Query::at("/later/for-ever").background(true))
        .add_query_route(retrieval(prompts, ["id"]), Query::at("/later/find").background(true))
}

async fn service() -> TestService {
    with(|config| config).await
}

async fn with(configure: impl FnOnce(Config) -> Config) -> TestService {
    TestService::of(&schema::SCHEMA, configure, declare).await.expect("the service starts")
}

/// The address of the job that a request was accepted as, after its handle is looked at.
#[track_caller]
fn handle(answer: &Answer) -> String {
    assert_eq!(answer.status, 202, "{}", answer.text());
    let handle = answer.json();
    let members: Vec<_> = handle.as_object().expect("an object").keys().cloned().collect();
    assert_eq!(members, ["id", "job_url"], "{handle}");
    let (id, url) = (handle["id"].as_str().expect("is text"), handle["job_url"].as_str().expect("is text"));
    assert_eq!(url, format!("/jobs/{id}"), "the request named no host");
    url.to_owned()
}

/// Polls a job until it has ended, as a client of the pages does.
async fn polled(service: &TestService, url: &str) -> Value {
    loop {
        let job = ok(&service.get(url).await);
        match job["status"].as_str() {
            Some("pending") => assert!(job.get("result").is_none() && job.get("error").is_none(), "{job}"),
            Some("done" | "error") => return job,
            _ => panic!("{job}"),
        }
        tokio::task::yield_now().await;
    }
}

async fn result(service: &TestService, path: &str, body: Value) -> Value {
    let job = polled(service, &handle(&service.post(path, &body).await)).await;
    assert_eq!(job["status"], "done", "{job}");
    job["result"].clone()
}

/// guide: background jobs, the handle, then `{"status": "pending"}`, then `{"status": "done", "result": {…}}`
/// guide: background jobs, any route can set it
/// router: add_insert_route, background: "Poll job_url for the result"
/// router: add_update_route, background: "run the update in a background thread"
/// router: add_delete_route, background
/// router: add_query_route, background: "run the query in a background thread"
/// behaviour 11: the poll path is `/jobs/{id}`, below the router's prefix
#[tokio::test]
async fn each_kind_is_polled() {
    let service = service().await;
    let row = json!({"id": 1, "prompt": "a", "tag": null, "weight": 1, "result": "A", "score": 0.5});
    assert_eq!(result(&service, "/later", json!({"prompt": "a"})).await, row);
    let changed = result(&service, "/later/update", json!({"id": 1, "prompt": "b"})).await;
    assert_eq!((&changed["prompt"], &changed["result"]), (&json!("b"), &json!("B")));
    assert_eq!(result(&service, "/later/find", json!({"id": 1})).await, json!({"rows": [changed]}));
    assert_eq!(result(&service, "/later/compute", json!({"prompt": "c"})).await, json!({"result": "C"}));
    assert_eq!(result(&service, "/later/delete", json!({"id": 1})).await, json!({"num_rows": 1}));
}

/// guide: background jobs, `{"status": "error", "error": "…"}`
/// behaviour 11: an error is a text for people, and what is structured stands beside it
#[tokio::test]
async fn an_error_is_polled() {
    let service = service().await;
    let job = polled(&service, &handle(&service.post("/later/update", &json!({"id": 9, "prompt": "b"})).await)).await;
    assert_eq!((&job["status"], &job["error"]), (&json!("error"), &json!("there is no row with this key")));
    assert_eq!((&job["problem"]["status"], &job["problem"]["type"]), (&json!(404), &json!("row_not_found")));
}

/// behaviour 11: validation errors are synchronous
#[tokio::test]
async fn wrong_requests_are_refused_at_once() {
    let service = service().await;
    refused(&service.post("/later", &json!({"prompt": 5})).await, "prompt", "wrong_type");
    refused(&service.post("/later/find", &json!({})).await, "id", "missing");
    assert_eq!(ok(&service.get("/jobs").await), json!({"jobs": []}));
}

/// behaviour 11: 404 for an unknown id
#[tokio::test]
async fn unknown_jobs() {
    let service = service().await;
    for id in ["abc123", "00000000-0000-7000-8000-000000000000"] {
        problem(&service.get(&format!("/jobs/{id}")).await, 404, "job_not_found");
    }
}

/// behaviour 11: after a restart the result is still there
#[tokio::test]
async fn results_outlive_the_process() {
    let service = service().await;
    let url = handle(&service.post("/later", &json!({"prompt": "a"})).await);
    let before = polled(&service, &url).await;
    service.app.close().await;
    let app = App::open(service.database().config(), &schema::SCHEMA).await.expect("opens again");
    let id = before["id"].as_str().and_then(|id| id.parse().ok()).expect("a UUID");
    let job = app.jobs().get(id).await.expect("reads").expect("is there");
    assert_eq!(job.state, JobState::Done);
    let result: Value = serde_json::from_str(job.result.expect("has one").get()).expect("is JSON");
    assert_eq!(result, before["result"]);
}

/// behaviour 11: the queue is bounded, 503 with `Retry-After` beyond
/// behaviour 17.7: the queue is bounded
/// behaviour 20.6: cancel, list
#[tokio::test]
async fn a_bounded_queue() {
    let service = with(|config| config.jobs(JobsConfig::default().concurrency(1).queue(1))).await;
    let running = handle(&service.post("/later/for-ever", &json!({})).await);
    let waiting = handle(&service.post("/later", &json!({"prompt": "b"})).await);
    let full = service.post("/later", &json!({"prompt": "c"})).await;
    problem(&full, 503, "queue_full");
    assert!(full.header("retry-after").parse::<u32>().is_ok());
    let listed = ok(&service.get("/jobs?state=pending").await);
    assert_eq!(listed["jobs"].as_array().map(Vec::len), Some(1));
    for url in [waiting, running] {
        let cancelled = service.send(Request::delete(&url).body(Body::empty()).expect("a request")).await;
        assert!(cancelled.status.is_success(), "{}", cancelled.text());
        assert_eq!(polled(&service, &url).await["error"], "the job was cancelled");
    }
    assert_eq!(prompt(&service, json!({"prompt": "not in the background"})).await, 1);
}
