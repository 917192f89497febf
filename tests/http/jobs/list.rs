//! The list of jobs.

use serde_json::{Value, json};

use super::{accepted, ended, gate, service};
use crate::{fields, problem};

#[tokio::test]
async fn the_latest_are_first_page_by_page() {
    let service = service().await;
    let mut paths = Vec::new();
    for number in 0..5 {
        let path = accepted(&service.post("/films", &json!({"title": format!("film {number}")})).await);
        ended(&service, &path).await;
        paths.push(path);
    }
    paths.reverse();
    let (mut found, mut query) = (Vec::new(), "?limit=2&route=%2Ffilms".to_owned());
    loop {
        let answer = service.get(&format!("/jobs{query}")).await;
        let jobs = answer.json()["jobs"].as_array().cloned().expect("a list");
        assert!(jobs.len() <= 2 && jobs.iter().all(|job| job.get("result").is_none()), "{jobs:?}");
        found.extend(jobs.iter().map(|job| format!("/jobs/{}", job["id"].as_str().expect("a UUID"))));
        let link = answer.header("link");
        let Some(next) = link.strip_prefix('<').and_then(|link| link.strip_suffix(">; rel=\"next\"")) else { break };
        query = next.to_owned();
    }
    assert_eq!(found, paths);
}

#[tokio::test]
async fn by_state_and_by_route() {
    let service = service().await;
    let running = accepted(&service.get("/words?text=gate+listed").await);
    gate("gate listed").reached().await;
    let failed = accepted(&service.post("/films", &json!({"title": "embargo"})).await);
    ended(&service, &failed).await;
    let ids = async |query: &str| -> Vec<String> {
        let body: Value = service.get(&format!("/jobs?{query}")).await.json();
        let jobs = body["jobs"].as_array().cloned().unwrap_or_else(|| panic!("{body}"));
        jobs.iter().map(|job| format!("/jobs/{}", job["id"].as_str().expect("a UUID"))).collect()
    };
    assert_eq!(ids("state=running").await, std::slice::from_ref(&running));
    assert_eq!(ids("state=error").await, std::slice::from_ref(&failed));
    assert_eq!(ids("route=GET+/words").await, std::slice::from_ref(&running));
    assert_eq!(ids("route=/films&state=running").await, [""; 0]);
    assert_eq!(ids("route=").await, [failed, running]);
    gate("gate listed").open();
}

#[tokio::test]
async fn wrong_parameters_are_named() {
    let service = service().await;
    let refused = async |query: &str| problem(&service.get(&format!("/jobs?{query}")).await, 422, "invalid_input");
    let all = refused("stat=done&state=ended&limit=0&route=a&route=b").await;
    fields(&all, &["limit", "route", "stat", "state"]);
    assert!(all.to_string().contains("did you mean `state`?"), "{all}");
    assert!(all.to_string().contains("must be one of `pending`, `running`, `done`, `error`, `cancelled`"), "{all}");
    fields(&refused("limit=1001").await, &["limit"]);
    let nil = "00000000-0000-0000-0000-000000000000";
    for cursor in ["abc", nil, "1.2", &format!("-62135596800000001.{nil}"), &format!("9223372036854775807.{nil}")] {
        for state in ["", "&state=done", "&state=running"] {
            assert_eq!(fields(&refused(&format!("cursor={cursor}{state}")).await, &["cursor"]), ["bad_cursor"]);
        }
    }
    fields(&refused("route=a%00b").await, &["route"]);
    problem(&service.get("/jobs?state=%ff").await, 400, "malformed_request");
}
