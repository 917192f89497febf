use axum::body::Body;
use axum::http::Request;
use pxt::testing::{Form, TestService};
use pxt::{Compute, Routes};
use serde_json::json;

use crate::uploads::form;
use crate::{files, picture, problem, service};

#[tokio::test]
async fn only_what_the_outputs_need_is_computed_and_nothing_stored() {
    let service = service().await;
    let answer = service.post("/posters/line", &json!({"title": "Alien", "stars": 4})).await;
    assert_eq!((answer.status.as_u16(), answer.json()), (200, json!("ALIEN 4")), "no image was needed");
    let answer = service.post("/posters/line", &json!({"title": "Alien"})).await;
    assert_eq!(answer.json(), "ALIEN 3", "the default stands in");
    assert_eq!(files(&service), 0);
}

#[tokio::test]
async fn a_computed_picture_is_answered_and_swept_later() {
    let service = service().await;
    let form = Form::new().file("image", "x.png", &picture(64, 16, [1, 2, 3]));
    let url = service.upload("/posters/thumbnail", form).await.json();
    let picture = service.get(url.as_str().expect("a URL")).await;
    assert_eq!((picture.status.as_u16(), picture.header("content-type")), (200, "image/png"));

    let kept = service.upload("/posters", self::form("kept")).await.json();
    assert_eq!(
        service.app.sweep_media(std::time::Duration::from_secs(3600)).await.expect("sweeps"),
        0,
        "all are young"
    );
    assert!(service.app.sweep_media(std::time::Duration::ZERO).await.expect("sweeps") >= 1);
    problem(&service.get(url.as_str().expect("a URL")).await, 404, "not_found");
    assert_eq!(service.get(kept["image"].as_str().expect("a URL")).await.status, 200, "a row names it");
}

#[tokio::test]
async fn a_picture_that_a_job_computed_is_kept_with_the_job() {
    let later = |routes: Routes| {
        let thumbnail = Compute::at("/posters/thumbnail/later").uploadfile_inputs(["image"]).inputs::<[&str; 0]>([]);
        routes.add_compute_route("films.posters", thumbnail.outputs(["thumbnail"]).background(true))
    };
    let service = TestService::of(&crate::schema::SCHEMA, |config| config, later).await.expect("the route is right");
    let form = Form::new().file("image", "x.png", &picture(64, 16, [1, 2, 3]));
    let accepted = service.upload("/posters/thumbnail/later", form).await.json();
    let request =
        Request::get(format!("/jobs/{}", accepted["id"].as_str().expect("a UUID"))).header("prefer", "wait=30");
    let job = service.send(request.body(Body::empty()).expect("a request")).await.json();
    let url = job["result"]["thumbnail"].as_str().unwrap_or_else(|| panic!("{job}"));
    service.app.sweep_media(std::time::Duration::ZERO).await.expect("sweeps");
    assert_eq!(service.get(url).await.status, 200, "the job's result names it");
    assert_eq!(files(&service), 2, "what was uploaded, and what was made of it");
}
