//! Server-sent events of a job.

use axum::body::Body;
use axum::http::Request;
use futures_util::StreamExt;
use pxt::testing::TestService;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::{SCHEMA, accepted, ended, gate, routes, send, service};

/// An event: its name, its id, its data.
#[derive(Debug)]
struct Event {
    name: String,
    id: String,
    data: Value,
}

fn events(text: &str) -> Vec<Event> {
    let event = |block: &str| {
        let field = |name: &str| {
            let prefix = format!("{name}: ");
            block.lines().find_map(|line| line.strip_prefix(&prefix)).unwrap_or_default().to_owned()
        };
        let data = serde_json::from_str(&field("data")).unwrap_or_default();
        Event { name: field("event"), id: field("id"), data }
    };
    text.split("\n\n").filter(|block| block.contains("event: ")).map(event).collect()
}

/// The body of a job's events, as it arrives.
async fn watch(service: &TestService, path: &str) -> axum::body::BodyDataStream {
    let router = routes(service.app.routes()).router().expect("the routes are right");
    let request = Request::get(format!("{path}/events")).header("accept-encoding", "gzip").body(Body::empty());
    let response = router.oneshot(request.expect("a request")).await.unwrap_or_else(|never| match never {});
    let header = |name: &str| response.headers().get(name).map(|value| value.to_str().expect("is text").to_owned());
    assert_eq!(header("content-type").as_deref(), Some("text/event-stream"));
    assert_eq!((header("cache-control").as_deref(), header("content-encoding")), (Some("no-store"), None));
    assert_eq!(header("x-accel-buffering").as_deref(), Some("no"));
    response.into_body().into_data_stream()
}

#[tokio::test]
async fn states_and_progress_are_told_as_they_come() {
    let service = service().await;
    let path = accepted(&service.post("/films", &json!({"title": "gate told"})).await);
    gate("gate told").reached().await;
    let mut body = watch(&service, &path).await;
    let mut text = String::new();
    while !text.contains("listening") {
        let part = body.next().await.expect("the job has not ended").expect("is read");
        text.push_str(std::str::from_utf8(&part).expect("is text"));
    }
    gate("gate told").open();
    while let Some(part) = body.next().await {
        text.push_str(std::str::from_utf8(&part.expect("is read")).expect("is text"));
    }
    let events = events(&text);
    let (first, last) = (&events[0], events.last().expect("there are events"));
    assert_eq!((first.name.as_str(), &first.data["state"]), ("state", &json!("running")), "{text}");
    assert!(text.starts_with("event: ") || text.starts_with("retry: ") || text.starts_with("id: "), "{text}");
    assert_eq!((last.name.as_str(), &last.data["state"]), ("state", &json!("done")), "{text}");
    assert_eq!(last.data["result"]["shout"], "GATE TOLD");
    let told = events.iter().filter(|event| event.name == "progress");
    assert!(told.clone().all(|event| event.data["total"] == 3 && !event.id.is_empty()), "{text}");

    // Who has seen the end is told that there is no more; who has not sees the job as it ended.
    let again = send(&service, "GET", &format!("{path}/events"), &[("last-event-id", &last.id)]).await;
    assert_eq!((again.status.as_u16(), again.body.len()), (204, 0));
    let other = send(&service, "GET", &format!("{path}/events"), &[("last-event-id", &first.id)]).await;
    let seen = self::events(&other.text());
    assert_eq!((seen.len(), &seen[0].data), (1, &last.data), "{}", other.text());
}

#[tokio::test]
async fn events_end_when_the_node_stops() {
    let at_once = |mut config: pxt::Config| {
        config.stop_timeout = std::time::Duration::ZERO;
        config
    };
    let service = TestService::of(&SCHEMA, at_once, routes).await.expect("the routes are right");
    let path = accepted(&service.get("/words?text=gate+stopped").await);
    gate("gate stopped").reached().await;
    let body = watch(&service, &path).await;
    let parts = body.map(|part| part.expect("is read")).collect::<Vec<_>>();
    let (parts, ()) = tokio::join!(parts, service.app.close());
    let events = events(std::str::from_utf8(&parts.concat()).expect("is text"));
    let states: Vec<_> = events.iter().filter(|event| event.name == "state").collect();
    assert!(!states.is_empty() && states.iter().all(|event| event.data["status"] == "pending"), "{events:?}");
}

#[tokio::test]
async fn the_events_of_a_cancelled_job_end() {
    let service = service().await;
    let path = accepted(&service.get("/words?text=gate+watched").await);
    gate("gate watched").reached().await;
    let body = watch(&service, &path).await;
    send(&service, "DELETE", &path, &[]).await;
    let parts: Vec<_> = body.map(|part| part.expect("is read")).collect().await;
    let text = String::from_utf8(parts.concat()).expect("is text");
    let last = events(&text).pop().expect("there are events");
    assert_eq!((&last.data["state"], &last.data["error"]), (&json!("cancelled"), &json!("the job was cancelled")));
    assert_eq!(ended(&service, &path).await, last.data);
}
