//! Compute routes.

use pxt::testing::{Form, TestService};
use pxt::{Compute, Routes};
use serde_json::json;

use crate::routes::CAPITALS;
use crate::{files, ok, picture, prompt, refused, schema, service};

/// behaviour 6: a compute route is an insert that stores nothing
/// behaviour 13: computing never stores, as it did where `compute` was an alias of insert
#[tokio::test]
async fn nothing_is_stored() {
    let service = service().await;
    assert_eq!(ok(&service.post("/prompts/compute", &json!({"prompt": "a"})).await), json!({"result": "A"}));
    assert_eq!(ok(&service.post("/preview", &json!({"prompt": "b"})).await), json!("B"));
    assert_eq!(prompt(&service, json!({"prompt": "first"})).await, 1);
}

/// behaviour 6: only the outputs, and what they depend on, are computed and asked for
#[tokio::test]
async fn only_what_the_outputs_need() {
    let service = service().await;
    let unique = "only what the outputs need";
    ok(&service.post("/prompts/compute", &json!({"prompt": unique})).await);
    let ran = CAPITALS.lock().expect("no holder panics").iter().filter(|prompt| *prompt == unique).count();
    assert_eq!(ran, 1);
    // `score` is not among the outputs: its function would wait for ever.
    ok(&service.post("/prompts/compute", &json!({"prompt": "held"})).await);
    refused(&service.post("/prompts/compute", &json!({})).await, "prompt", "missing");
    refused(&service.post("/prompts/compute", &json!({"prompt": "a", "weight": 1})).await, "weight", "unknown_field");
}

/// behaviour 6: a computed file is answered as a file, and no row names it
#[tokio::test]
async fn a_computed_file() {
    let service = service().await;
    let form = Form::new().file("image", "a.png", &picture(64, 64, [1; 3])).text("width", "5").text("height", "6");
    let answer = service.upload("/pictures/compute", form).await;
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "image/png"), "{}", answer.text());
    let computed = image::load_from_memory(&answer.body).expect("a picture");
    assert_eq!((computed.width(), computed.height()), (5, 6));
    service.app.sweep_media(std::time::Duration::ZERO).await.expect("sweeps");
    assert_eq!(files(&service), 0, "files without a row are swept");
}

/// behaviour 6: the request is judged as an insert's is
#[tokio::test]
async fn the_same_rules_as_for_inserts() {
    let service = service().await;
    refused(&service.post("/preview", &json!({"prompt": 5})).await, "prompt", "wrong_type");
    refused(&service.post("/preview", &json!({"prompt": null})).await, "prompt", "null");
    let text = Form::new().text("image", "x");
    refused(&service.upload("/pictures/compute", text).await, "image", "wrong_type");
}

/// behaviour 6: what the database numbers is no output of a computation, since it is known only of rows that are stored
#[tokio::test]
async fn numbers_of_the_database() {
    let declare = |routes: Routes| crate::declare(routes).add_compute_route("studio.prompts", Compute::at("/all"));
    let service = TestService::of(&schema::SCHEMA, |config| config, declare).await.expect("starts");
    let wanted = json!({"prompt": "a", "tag": null, "weight": 1, "result": "A", "score": 0.5});
    assert_eq!(ok(&service.post("/all", &json!({"prompt": "a"})).await), wanted);
}
