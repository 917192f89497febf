//! Routes that are declared by the builder.

use pxt::testing::TestService;
use pxt::{Compute, Delete, Insert, Method, Query, Routes, SqlExport, Table, Update, retrieval};
use serde_json::json;

use crate::schema::{Poster, SCHEMA};
use crate::uploads::form;
use crate::{picture, problem};

/// A route of each kind.
async fn service() -> TestService {
    let declare = |routes: Routes| {
        routes
            .without_attribute_routes()
            .add_insert_route(
                Poster::DEF,
                Insert::at("/insert").inputs(["title", "note", "stars"]).uploadfile_inputs(["image", "still"]),
            )
            .add_insert_route(
                "films/posters",
                Insert::at("/file")
                    .inputs(["title"])
                    .uploadfile_inputs(["image"])
                    .outputs(["thumbnail"])
                    .return_fileresponse(true),
            )
            .add_insert_route("pairs", Insert::at("/pairs"))
            .add_update_route("pairs", Update::at("/pairs/update").outputs(["value", "next"]))
            .add_delete_route("pairs", Delete::at("/pairs/delete"))
            .add_delete_route("pairs", Delete::at("/pairs/delete-by-note").match_columns(["note"]))
            .add_compute_route("pairs", Compute::at("/pairs/next").inputs(["value"]).outputs(["next"]))
            .add_query_route(retrieval("pairs", ["left", "right"]), Query::at("/pair").one_row(true))
            .add_query_route(retrieval("films.posters", ["id"]), Query::at("/poster").method(Method::Get).one_row(true))
    };
    TestService::of(&SCHEMA, |config| config, declare).await.expect("the routes are right")
}

#[tokio::test]
async fn an_insert_answers_with_every_column_in_order() {
    let service = service().await;
    let answer = service.upload("/insert", form("Alien")).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let body = answer.json();
    let names: Vec<_> = body.as_object().expect("an object").keys().cloned().collect();
    let text = answer.text();
    let places: Vec<_> = Poster::DEF.columns.iter().map(|def| text.find(&format!("\"{}\":", def.name))).collect();
    assert_eq!(names.len(), Poster::DEF.columns.len());
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{text}");
    assert_eq!((body["shout"].as_str(), body["stars"].as_i64()), (Some("ALIEN"), Some(3)));
    assert_eq!(answer.header("etag"), "\"1\"");

    let id = body["id"].as_str().expect("a UUID");
    let found = service.get(&format!("/poster?id={id}")).await;
    assert_eq!(found.json(), body, "the row as it was answered");
}

#[tokio::test]
async fn a_file_is_answered_as_a_file() {
    let service = service().await;
    let form = pxt::testing::Form::new().text("title", "x").file("image", "x.png", &picture(64, 16, [1, 2, 3]));
    let answer = service.upload("/file", form).await;
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "image/png"), "{}", answer.text());
    assert_eq!(image::load_from_memory(&answer.body).expect("a picture").width(), 32);
}

#[tokio::test]
async fn rows_are_updated_by_version_if_the_client_wants() {
    let service = service().await;
    let row = json!({"left": "a", "right": 1, "value": 1, "note": "old"});
    let stored = service.post("/pairs", &row).await;
    assert_eq!(stored.json(), json!({"left": "a", "right": 1, "value": 1, "note": "old", "next": 2}));
    let update = |tag: &'static str, value: i64| {
        let body = json!({"left": "a", "right": 1, "value": value}).to_string();
        let request = axum::http::Request::post("/pairs/update").header("content-type", "application/json");
        service.send(request.header("if-match", tag).body(body.into()).expect("a request"))
    };
    let first = update("\"1\"", 5).await;
    assert_eq!((first.json(), first.header("etag")), (json!({"value": 5, "next": 6}), "\"2\""));
    problem(&update("\"1\"", 6).await, 412, "row_changed");
    problem(&update("W/\"2\"", 6).await, 412, "row_changed");
    assert_eq!(update("*", 7).await.json()["value"], 7);
    let after = service.post("/pair", &json!({"left": "a", "right": 1})).await;
    assert_eq!(after.json(), json!({"left": "a", "right": 1, "value": 7, "note": "old", "next": 8}));
    problem(&service.post("/pair", &json!({"left": "b", "right": 1})).await, 404, "row_not_found");
}

#[tokio::test]
async fn rows_are_deleted_by_equal_columns() {
    let service = service().await;
    for (right, note) in [(1, Some("x")), (2, Some("x")), (3, None), (4, None), (5, Some("y"))] {
        service.post("/pairs", &json!({"left": "a", "right": right, "value": 1, "note": note})).await;
    }
    let delete = async |path: &str, body| service.post(path, &body).await.json();
    assert_eq!(delete("/pairs/delete", json!({"left": "a", "right": 5})).await, json!({"num_rows": 1}));
    assert_eq!(delete("/pairs/delete", json!({"left": "a", "right": 5})).await, json!({"num_rows": 0}));
    assert_eq!(delete("/pairs/delete-by-note", json!({"note": "x"})).await, json!({"num_rows": 2}));
    problem(&service.post("/pairs/delete-by-note", &json!({})).await, 422, "invalid_input");
    assert_eq!(delete("/pairs/delete-by-note", json!({"note": null})).await, json!({"num_rows": 2}));
}

#[tokio::test]
async fn a_computation_takes_what_its_outputs_need() {
    let service = service().await;
    assert_eq!(service.post("/pairs/next", &json!({"value": 4})).await.json(), json!({"next": 5}));
}

#[tokio::test]
async fn every_mistake_of_every_route_is_told_at_once() {
    let export = SqlExport::to("postgresql://host/db", "t");
    let declare = |routes: Routes| {
        routes
            .without_attribute_routes()
            .add_insert_route("film.posters", Insert::at("/a"))
            .add_insert_route("films.posters", Insert::at("b"))
            .add_insert_route("films.posters", Insert::at("/c").inputs(["titel", "width", "image", "image"]))
            .add_insert_route("films.posters", Insert::at("/d").inputs(["image"]).uploadfile_inputs(["image", "title"]))
            .add_insert_route("films.posters", Insert::at("/e").return_fileresponse(true))
            .add_insert_route("films.posters", Insert::at("/f").return_fileresponse(true).outputs(["title"]))
            .add_insert_route("films.posters", Insert::at("/g").outputs(Vec::<String>::new()))
            .add_insert_route(
                "films.posters",
                Insert::at("/h").return_fileresponse(true).outputs(["image"]).background(true).export_sql(export),
            )
            .add_insert_route("pairs", Insert::at("/dup"))
            .add_delete_route("pairs", Delete::at("/dup"))
            .add_update_route("films.posters", Update::at("/i").inputs(["id", "image", "shout"]))
            .add_delete_route("pairs", Delete::at("/j").match_columns(Vec::<String>::new()))
            .add_delete_route("films.posters", Delete::at("/k").match_columns(["image"]))
            .add_query_route("nothing.like.this", Query::at("/l"))
            .add_query_route(retrieval("pairs", ["left"]), Query::at("/m").inputs(["right"]))
            .add_query_route(
                retrieval("pairs", ["left"]),
                Query::at("/n").method(Method::Get).uploadfile_inputs(["left"]).return_fileresponse(true),
            )
            .add_compute_route("films.posters", Compute::at("/o").inputs(["title"]).outputs(["thumbnail"]))
            .add_insert_route("pairs", Insert::at("/media/x"))
    };
    let error = TestService::of(&SCHEMA, |config| config, declare).await.err().expect("is refused").to_string();
    for wanted in [
        "POST /a (insert into `film.posters`, tests/http/builder.rs:114): there is no table `film.posters`; did you mean `films.posters`?",
        "POST b (insert into `films.posters`, tests/http/builder.rs:115): a path starts with `/`: write \"/b\"",
        "`inputs` names `titel`, which is no column of `films.posters`; did you mean `title`?",
        "column `width` is computed: remove it from `inputs`",
        "`inputs` names `image` twice: remove one",
        "`image` is in `inputs` and in `uploadfile_inputs`: remove it from one of them",
        "column `title` is text, and only media columns are uploaded: list it in `inputs`",
        "POST /e (insert into `films.posters`, tests/http/builder.rs:118): `return_fileresponse` answers with the one media column among the outputs, and there are 3",
        "POST /f (insert into `films.posters`, tests/http/builder.rs:119): `return_fileresponse` answers with the one media column among the outputs, and there are 0",
        "`outputs` is empty: list a column, or leave it out for all",
        "`background` and `return_fileresponse` exclude each other: remove one",
        "`export_sql` and `return_fileresponse` exclude each other: remove one",
        "POST /dup is declared 2 times, as insert into `pairs` at tests/http/builder.rs:",
        "column `id` is the primary key, which every request of an update carries: remove it from `inputs`",
        "column `image` is media, which an update cannot change: remove it from `inputs`",
        "`match_columns` is empty, which would delete every row",
        "column `image` is image, by which rows are not matched",
        "there is no query `nothing.like.this`",
        "`inputs` names `right`, which is no parameter of the query",
        "parameter `left` has no default: add it to `inputs`, or give it one",
        "a GET request carries no files: use the method POST, or remove `uploadfile_inputs`",
        "`return_fileresponse` answers with the one media column of the row, and there are 0",
        "POST /o (compute over `films.posters`, tests/http/builder.rs:136): column `image` is needed: add it to `uploadfile_inputs` or `inputs`",
        "`/media` is the service's own: choose another path",
    ] {
        assert!(error.contains(wanted), "{wanted}\nis not in\n{error}");
    }
}
