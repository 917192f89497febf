//! Routes that answer with a job, and the jobs themselves under `/jobs`.

mod address;
mod events;
mod list;
mod schema;

use axum::body::Body;
use axum::http::Request;
use pxt::testing::{Answer, Form, TestService};
use pxt::{Compute, Delete, Insert, Query, Routes, Update, retrieval};
use serde_json::{Value, json};

use crate::{fields, files, picture, problem};
use schema::{SCHEMA, gate};

/// A background route of each kind, and the same inserts in the foreground.
fn routes(routes: Routes) -> Routes {
    let films = "jobs.films";
    routes
        .add_insert_route(films, Insert::at("/films").inputs(["title"]).background(true))
        .add_insert_route(films, Insert::at("/films/now").inputs(["title"]))
        .add_insert_route(
            films,
            Insert::at("/films/form").inputs(["title"]).uploadfile_inputs(["poster"]).background(true),
        )
        .add_update_route(films, Update::at("/films/update").inputs(["title"]).background(true))
        .add_delete_route(films, Delete::at("/films/delete").background(true).concurrency(1))
        .add_compute_route(films, Compute::at("/films/shout").outputs(["shout"]).background(true))
        .add_query_route(retrieval(films, ["id"]), Query::at("/films/find").one_row(true).background(true))
        .add_query_route(retrieval(films, ["title"]), Query::at("/films/titled").max_rows(1).background(true))
        .serve_media_of(films)
}

async fn service() -> TestService {
    TestService::of(&SCHEMA, |config| config, routes).await.expect("the routes are right")
}

/// The path of the job that a request was accepted as.
#[track_caller]
fn accepted(answer: &Answer) -> String {
    assert_eq!(answer.status, 202, "{}", answer.text());
    assert_eq!(answer.header("content-type"), "application/json");
    assert!(!answer.header("x-request-id").is_empty());
    let body = answer.json();
    let (id, url) = (body["id"].as_str().expect("a UUID"), body["job_url"].as_str().expect("an address"));
    assert_eq!(answer.header("location"), url);
    assert!(url.ends_with(&format!("/jobs/{id}")), "{url}");
    format!("/jobs/{id}")
}

async fn send(service: &TestService, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
    let request = Request::builder().method(method).uri(path);
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    service.send(request.body(Body::empty()).expect("a request")).await
}

/// The job once it has ended.
async fn ended(service: &TestService, path: &str) -> Value {
    loop {
        let answer = send(service, "GET", path, &[("prefer", "wait=30")]).await;
        assert_eq!((answer.status.as_u16(), answer.header("preference-applied")), (200, "wait"), "{}", answer.text());
        let job = answer.json();
        if job["status"] != "pending" {
            return job;
        }
    }
}

/// The result of a request's job, which ends well.
async fn result(service: &TestService, answer: &Answer) -> Value {
    let job = ended(service, &accepted(answer)).await;
    assert_eq!((&job["status"], &job["state"]), (&json!("done"), &json!("done")), "{job}");
    assert!(job.get("error").is_none() && job.get("problem").is_none(), "{job}");
    job["result"].clone()
}

#[tokio::test]
async fn a_job_is_shown_as_it_goes_on() {
    let service = service().await;
    let path = accepted(&service.post("/films", &json!({"title": "gate shown"})).await);
    gate("gate shown").reached().await;

    let answer = service.get(&path).await;
    let job = answer.json();
    assert_eq!(answer.status, 200, "{job}");
    assert_eq!((answer.header("retry-after"), answer.header("cache-control")), ("1", "no-store"));
    assert_eq!(
        (&job["status"], &job["state"], &job["route"]),
        (&json!("pending"), &json!("running"), &json!("/films"))
    );
    assert_eq!(job["progress"], json!({"done": 1, "total": 3, "stage": "listening"}));
    assert!(job["created_at"].is_string() && job["started_at"].is_string() && job["finished_at"].is_null(), "{job}");
    assert_eq!(job["attempts"], 1);
    assert!(job.get("result").is_none() && job.get("error").is_none(), "{job}");

    gate("gate shown").open();
    let job = ended(&service, &path).await;
    assert_eq!(job["result"], json!({"id": 1, "title": "gate shown", "poster": null, "shout": "GATE SHOWN"}));
    assert_eq!((&job["status"], job["finished_at"].is_string()), (&json!("done"), true), "{job}");
    let answer = service.get(&path).await;
    assert_eq!((answer.json()["status"].as_str(), answer.header("retry-after")), (Some("done"), ""));
}

#[tokio::test]
async fn every_kind_of_route_does_its_work_later() {
    let service = service().await;
    let post = async |path: &str, body: Value| result(&service, &service.post(path, &body).await).await;
    let film = post("/films", json!({"title": "Alien"})).await;
    assert_eq!(film, json!({"id": 1, "title": "Alien", "poster": null, "shout": "ALIEN"}));
    let decorated = post("/films/decorated", json!({"title": "Heat"})).await;
    assert_eq!(decorated, json!({"id": 2, "address": "/film/HEAT"}));
    let changed = post("/films/update", json!({"id": 2, "title": "Ran"})).await;
    assert_eq!(changed, json!({"id": 2, "title": "Ran", "poster": null, "shout": "RAN"}));
    assert_eq!(post("/films/find", json!({"id": 2})).await, changed);
    assert_eq!(post("/films/titled", json!({"title": "Ran"})).await, json!({"rows": [changed]}));
    assert_eq!(post("/films/shout", json!({"title": "Up"})).await, json!({"shout": "UP"}));
    assert_eq!(post("/films/delete", json!({"id": 1})).await, json!({"num_rows": 1}));
    let words = result(&service, &service.get("/words?text=one+two").await).await;
    assert_eq!(words, json!(["one", "two"]));
    let again = service.post("/films/now", &json!({"title": "Heat"})).await;
    assert_eq!(again.json()["id"], 3, "each insert happened once");
}

#[tokio::test]
async fn what_is_wrong_with_a_request_is_told_at_once() {
    let service = service().await;
    let post = async |path: &str, body: Value| service.post(path, &body).await;
    fields(&problem(&post("/films", json!({"titel": "a"})).await, 422, "invalid_input"), &["titel", "title"]);
    fields(&problem(&post("/films", json!({"title": 5})).await, 422, "invalid_input"), &["title"]);
    problem(&service.post_bytes("/films", "application/json", "{").await, 400, "malformed_body");
    problem(&service.post_bytes("/films", "text/plain", "x").await, 415, "unsupported_media_type");
    let nothing = problem(&post("/films/update", json!({"id": 1})).await, 422, "invalid_input");
    fields(&nothing, &["#"]);
    fields(&problem(&service.get("/words").await, 422, "invalid_input"), &["text"]);
    let form = Form::new().text("title", "a").file("poster", "a.png", b"no picture");
    fields(&problem(&service.upload("/films/form", form).await, 422, "invalid_input"), &["poster"]);
    assert_eq!(service.get("/jobs").await.json(), json!({"jobs": []}), "nothing was accepted");
    assert_eq!(files(&service), 0);
}

#[tokio::test]
async fn a_job_that_fails_says_why() {
    let service = service().await;
    let failed = async |path: &str, body: Value| {
        let job = ended(&service, &accepted(&service.post(path, &body).await)).await;
        assert_eq!((&job["status"], &job["state"]), (&json!("error"), &json!("error")), "{job}");
        assert!(job.get("result").is_none() && job["finished_at"].is_string(), "{job}");
        assert_eq!(job["attempts"], 1, "what cannot pass is not tried again");
        job
    };
    let embargo = failed("/films", json!({"title": "embargo"})).await;
    assert!(embargo["error"].as_str().is_some_and(|text| text.contains("under embargo")), "{embargo}");
    assert_eq!((&embargo["problem"]["status"], &embargo["problem"]["type"]), (&json!(403), &json!("function_failed")));

    let secret = failed("/films", json!({"title": "secret"})).await;
    assert_eq!((&secret["problem"]["status"], &secret["problem"]["type"]), (&json!(422), &json!("function_failed")));
    assert!(!secret.to_string().contains("hunter2"), "texts of errors stay in the log: {secret}");

    let late = failed("/films/decorated", json!({"title": "late"})).await;
    assert_eq!((&late["problem"]["status"], &late["problem"]["stored"]), (&json!(418), &json!(true)), "{late}");
    assert_eq!(late["problem"]["key"], json!({"id": 1}));
    assert_eq!(late["error"], "short and stout");

    let missing = failed("/films/find", json!({"id": 99})).await;
    assert_eq!((&missing["problem"]["status"], &missing["problem"]["type"]), (&json!(404), &json!("row_not_found")));
}

#[tokio::test]
async fn what_was_committed_before_a_stop_is_answered_after_it() {
    let soon = |mut config: pxt::Config| {
        config.stop_timeout = std::time::Duration::from_millis(50);
        config
    };
    let service = TestService::of(&SCHEMA, soon, routes).await.expect("the routes are right");
    let path = accepted(&service.post("/films/decorated", &json!({"title": "then gate committed"})).await);
    gate("gate committed").reached().await;
    service.app.close().await;

    let app = pxt::App::open(service.database().config(), &SCHEMA).await.expect("the database is there");
    let _router = routes(app.routes()).router().expect("the routes are right");
    gate("gate committed").reached().await;
    gate("gate committed").open();
    let id = path.trim_start_matches("/jobs/").parse().expect("a UUID");
    let job = app.jobs().wait(id, std::time::Duration::from_secs(60)).await.expect("reads").expect("is there");
    assert_eq!((job.state, job.attempts), (pxt::JobState::Done, 1), "{job:?}");
    let result: Value = serde_json::from_str(job.result.expect("a result").get()).expect("is JSON");
    assert_eq!(result, json!({"id": 1, "address": "/film/THEN GATE COMMITTED"}));
    let ids = app.sql("SELECT id FROM \"jobs.films\"").fetch_scalars::<i64>().await.expect("reads");
    assert_eq!(ids, [1], "the row was written once");
    app.close().await;
}

#[tokio::test]
async fn files_are_kept_for_the_job() {
    let service = service().await;
    let form = Form::new().text("title", "gate form").file("poster", "a.png", &picture(8, 8, [1, 2, 3]));
    let path = accepted(&service.upload("/films/form", form).await);
    gate("gate form").reached().await;
    service.app.sweep_media(std::time::Duration::ZERO).await.expect("sweeps");
    assert_eq!(files(&service), 1, "the sweep leaves what a job needs");
    gate("gate form").open();
    let film = ended(&service, &path).await["result"].clone();
    let poster = service.get(film["poster"].as_str().expect("an address")).await;
    assert_eq!((poster.status.as_u16(), &*poster.body), (200, &*picture(8, 8, [1, 2, 3])));
}

#[tokio::test]
async fn a_job_is_cancelled() {
    let service = service().await;
    // One place: the second waits for the first.
    let first = accepted(&service.get("/words?text=gate+first").await);
    gate("gate first").reached().await;
    let second = accepted(&service.get("/words?text=gate+second").await);
    assert_eq!(service.get(&second).await.json()["state"], "pending");

    let answer = send(&service, "DELETE", &second, &[]).await;
    let job = answer.json();
    assert_eq!((answer.status.as_u16(), &job["status"], &job["state"]), (200, &json!("error"), &json!("cancelled")));
    assert_eq!((&job["error"], job.get("problem")), (&json!("the job was cancelled"), None));
    assert_eq!(send(&service, "DELETE", &second, &[]).await.status, 200, "it is cancelled still");

    let answer = send(&service, "DELETE", &first, &[]).await;
    assert!(matches!(answer.status.as_u16(), 200 | 202), "{}", answer.text());
    let job = ended(&service, &first).await;
    assert_eq!((&job["status"], &job["state"]), (&json!("error"), &json!("cancelled")), "{job}");

    // The place is free again, and the second never started.
    let third = service.get("/words?text=third").await;
    assert_eq!(result(&service, &third).await, json!(["third"]));
    assert_eq!(gate("gate second").come.available_permits(), 0);
    let done = accepted(&third);
    problem(&send(&service, "DELETE", &done, &[]).await, 409, "job_finished");
}

#[tokio::test]
async fn what_a_cancelled_job_would_store_is_not_stored() {
    let service = service().await;
    let path = accepted(&service.post("/films", &json!({"title": "gate cancelled"})).await);
    gate("gate cancelled").reached().await;
    send(&service, "DELETE", &path, &[]).await;
    gate("gate cancelled").open();
    assert_eq!(ended(&service, &path).await["state"], "cancelled");
    let found = service.post("/films/titled", &json!({"title": "gate cancelled"})).await;
    assert_eq!(result(&service, &found).await, json!({"rows": []}));
}

#[tokio::test]
async fn jobs_behave_as_the_rest_of_the_service_does() {
    let service = service().await;
    let path = accepted(&service.post("/films", &json!({"title": "Alien"})).await);
    ended(&service, &path).await;
    for unknown in ["/jobs/00000000-0000-7000-8000-000000000000", "/jobs/abc", "/jobs/%ff"] {
        for (method, path) in
            [("GET", unknown.to_owned()), ("DELETE", unknown.to_owned()), ("GET", format!("{unknown}/events"))]
        {
            let answer = send(&service, method, &path, &[]).await;
            problem(&answer, 404, "job_not_found");
            assert_eq!(answer.header("cache-control"), "no-store");
        }
    }
    problem(&service.get(&format!("{path}/")).await, 404, "not_found");
    let near = problem(&service.get("/job").await, 404, "not_found");
    assert!(near["detail"].as_str().is_some_and(|text| text.contains("`/jobs`")), "{near}");
    for (path, allow) in [
        ("/jobs", "GET,HEAD,OPTIONS"),
        (path.as_str(), "GET,HEAD,DELETE,OPTIONS"),
        (&format!("{path}/events"), "GET,HEAD,OPTIONS"),
    ] {
        problem(&send(&service, "PUT", path, &[]).await, 405, "method_not_allowed");
        let options = send(&service, "OPTIONS", path, &[]).await;
        assert_eq!((options.status.as_u16(), options.header("allow")), (204, allow));
        let head = send(&service, "HEAD", path, &[]).await;
        assert_eq!((head.status.as_u16(), head.body.len()), (200, 0), "{path}");
    }
}

#[tokio::test]
async fn head_begins_no_job() {
    let service = service().await;
    let head = send(&service, "HEAD", "/words?text=a", &[]).await;
    assert_eq!((head.status.as_u16(), head.header("allow")), (405, "GET,OPTIONS"));
    let put = send(&service, "PUT", "/words?text=a", &[]).await;
    assert_eq!((put.status.as_u16(), put.header("allow")), (405, "GET,OPTIONS"));
    assert_eq!(send(&service, "OPTIONS", "/words", &[]).await.header("allow"), "GET,OPTIONS");
    assert_eq!(service.get("/jobs").await.json(), json!({"jobs": []}));
}

#[tokio::test]
async fn a_full_queue_refuses_further_jobs() {
    let few = |config: pxt::Config| config.jobs(pxt::JobsConfig::default().concurrency(1).queue(1));
    let service = TestService::of(&SCHEMA, few, routes).await.expect("the routes are right");
    let running = accepted(&service.post("/films", &json!({"title": "gate full"})).await);
    gate("gate full").reached().await;
    let waiting = accepted(&service.post("/films", &json!({"title": "waits"})).await);
    let form = Form::new().text("title", "refused").file("poster", "a.png", &picture(8, 8, [9, 9, 9]));
    let refused = service.upload("/films/form", form).await;
    problem(&refused, 503, "queue_full");
    assert!(refused.header("retry-after").parse::<u32>().is_ok(), "{:?}", refused.headers);
    assert_eq!(files(&service), 0, "what it brought is not kept");
    gate("gate full").open();
    for path in [running, waiting] {
        assert_eq!(ended(&service, &path).await["status"], "done");
    }
}

#[tokio::test]
async fn a_later_update_is_refused_in_the_job_by_its_version() {
    let service = service().await;
    let film = service.post("/films/now", &json!({"title": "one"})).await;
    let tag = film.header("etag").to_owned();
    let update = |title: &str| {
        let request =
            Request::post("/films/update").header("content-type", "application/json").header("if-match", &tag);
        let body = json!({"id": 1, "title": title}).to_string();
        service.send(request.body(body.into()).expect("a request"))
    };
    assert_eq!(result(&service, &update("two").await).await["title"], "two");
    let job = ended(&service, &accepted(&update("three").await)).await;
    assert_eq!((&job["problem"]["status"], &job["problem"]["type"]), (&json!(412), &json!("row_changed")), "{job}");
}
