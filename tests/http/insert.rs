use serde_json::json;

use crate::{fields, problem, service};

#[tokio::test]
async fn every_type_comes_back_as_it_went_in() {
    let service = service().await;
    let sent = json!({
        "truth": true, "int": -7, "float": 0.5, "text": "naïve \u{1F3AC}", "time": "2026-01-31T12:00:00.25Z",
        "day": "2026-01-31", "uuid": "0190b3a4-5c5e-7000-8000-0000000000ff", "tree": {"a": [1, null]},
        "tag": {"name": "x", "weight": 3}, "bytes": "aGk=", "vector": [1.0, -2.5, 0.0],
        "maybe": 9_223_372_036_854_775_807_i64, "maybe_text": "", "maybe_tree": {},
    });
    let answer = service.post("/kinds", &sent).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let mut wanted = sent.clone();
    wanted["id"] = 1.into();
    assert_eq!(answer.json(), wanted);

    let mut sent = sent;
    for name in ["maybe", "maybe_text", "maybe_tree"] {
        sent.as_object_mut().expect("is an object").remove(name);
    }
    sent["time"] = "2026-01-31T14:00:00+02:00".into();
    sent["int"] = json!(5.0);
    let answer = service.post("/kinds", &sent).await.json();
    assert_eq!(answer["id"], 2);
    assert_eq!(answer["time"], "2026-01-31T12:00:00Z");
    assert_eq!(answer["int"], 5);
    assert_eq!((&answer["maybe"], &answer["maybe_text"]), (&json!(null), &json!(null)));
}

#[tokio::test]
async fn a_second_row_of_one_key_is_refused() {
    let service = service().await;
    let pair = json!({"left": "a", "right": 1, "value": 10});
    assert_eq!(service.post("/pair", &pair).await.json(), json!(["a", 1, 11]));
    let body = problem(&service.post("/pair", &pair).await, 409, "duplicate_key");
    assert_eq!(fields(&body, &["left", "right"]), ["duplicate", "duplicate"]);
    assert_eq!(service.post("/pair", &json!({"left": "a", "right": 2, "value": 10})).await.status, 200);
}

#[tokio::test]
async fn defaults_stand_in_and_can_be_overridden() {
    let service = service().await;
    let image = service.upload("/posters", crate::uploads::form("A")).await.json()["image"].clone();
    let id = "0190b3a4-5c5e-7000-8000-0000000000ff";
    let answer = service.post("/posters/json", &json!({"title": "B", "image": image, "id": id, "stars": 5})).await;
    assert_eq!(answer.json(), json!([id, image, 5]), "{}", answer.text());
    let answer = service.post("/posters/json", &json!({"title": "B", "image": image})).await.json();
    assert_ne!(answer[0], id);
    assert_eq!(answer[2], 3);
}

#[tokio::test]
async fn all_mistakes_are_named_at_once() {
    let service = service().await;
    let sent = json!({"left": 5, "right": "x", "vlaue": 1});
    let body = problem(&service.post("/pair", &sent).await, 422, "invalid_input");
    fields(&body, &["left", "right", "vlaue", "value"]);
    let text = body.to_string();
    assert!(text.contains("did you mean `value`?"), "{text}");
}

#[tokio::test]
async fn a_computed_column_cannot_be_forged() {
    let service = service().await;
    let body = problem(
        &service.post("/pair", &json!({"left": "a", "right": 1, "value": 1, "next": 99})).await,
        422,
        "invalid_input",
    );
    assert_eq!(fields(&body, &["next"]), ["unknown_field"]);
}

#[tokio::test]
async fn one_bad_row_in_a_group_fails_alone() {
    let service = service().await;
    assert_eq!(service.post("/pair", &json!({"left": "taken", "right": 0, "value": 0})).await.status, 200);
    let requests = (0..64).map(|n| {
        let left = if n % 8 == 0 { "taken".to_owned() } else { format!("free {n}") };
        let body = json!({"left": left, "right": 0, "value": n});
        let service = &service;
        async move { (n, service.post("/pair", &body).await) }
    });
    for (n, answer) in futures_util::future::join_all(requests).await {
        if n % 8 == 0 {
            problem(&answer, 409, "duplicate_key");
        } else {
            assert_eq!(answer.json()[2], n + 1, "{}", answer.text());
        }
    }
}

#[tokio::test]
async fn an_answer_carries_the_requests_id() {
    let service = service().await;
    let request = axum::http::Request::post("/pair")
        .header("content-type", "application/json")
        .header("x-request-id", "mine-1")
        .body(axum::body::Body::from(r#"{"left":"a","right":1,"value":1}"#))
        .expect("a request");
    let answer = service.send(request).await;
    assert_eq!((answer.status.as_u16(), answer.header("x-request-id")), (200, "mine-1"));
}
