//! `/openapi.json`: what a service of every kind of route says of itself, held against a committed document and against what
//! the service does.

mod schema;

use axum::body::Body;
use axum::http::Request;
use pxt::testing::{Form, TestService};
use pxt::{Compute, Delete, Insert, Method, Query, Routes, Update, retrieval};
use serde_json::{Value, json};

use crate::{picture, problem};
use schema::{SCHEMA, search, years};

/// A route of each kind, by attribute and by builder.
fn routes(routes: Routes) -> Routes {
    routes
        .title("Films")
        .version("2.1.0")
        .add_insert_route("openapi.films", Insert::at("/films/json"))
        .add_insert_route("openapi.clips", Insert::at("/clips").outputs(["name", "sound"]))
        .add_insert_route("openapi.kinds", Insert::at("/kinds"))
        .add_update_route("openapi.films", Update::at("/films/update").inputs(["title", "year"]).outputs(["slug"]))
        .add_compute_route("openapi.films", Compute::at("/films/slug").inputs(["title"]).outputs(["slug"]))
        .add_compute_route(
            "openapi.films",
            Compute::at("/films/thumbnail")
                .inputs(["title"])
                .uploadfile_inputs(["poster"])
                .outputs(["thumbnail"])
                .return_fileresponse(true),
        )
        .add_delete_route("openapi.films", Delete::at("/films/delete"))
        .add_delete_route("openapi.films", Delete::at("/films/delete-by-year").match_columns(["year"]))
        .add_query_route(retrieval("openapi.films", ["id"]), Query::at("/films/lookup").one_row(true))
        .add_query_route(
            retrieval("openapi.films", ["id"]),
            Query::at("/films/lookup").method(Method::Get).one_row(true),
        )
        .add_query_route(retrieval("openapi.films", ["year"]), Query::at("/films").method(Method::Get).max_rows(100))
        .add_query_route(
            retrieval("openapi.clips", ["name"]),
            Query::at("/clips/file").method(Method::Get).return_fileresponse(true),
        )
        .add_insert_route("openapi.films", Insert::at("/films/later").uploadfile_inputs(["poster"]).background(true))
        .add_query_route(years {}, Query::at("/years/later").background(true).concurrency(1))
        .add_query_route(search {}, Query::at("/search").method(Method::Get))
        .add_query_route(search {}, Query::at("/search"))
        .add_query_route(years {}, Query::at("/years"))
        .add_query_route("openapi.schema.shown", Query::at("/shown").method(Method::Get))
}

async fn service() -> TestService {
    TestService::of(&SCHEMA, |config| config, routes).await.expect("the routes are right")
}

async fn document(service: &TestService) -> Value {
    let answer = service.get("/openapi.json").await;
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "application/json"));
    answer.json()
}

/// A schema of the document, which may refer to others.
fn validator(document: &Value, schema: &Value) -> jsonschema::Validator {
    let root = json!({"allOf": [schema], "components": document["components"]});
    jsonschema::options().should_validate_formats(true).build(&root).expect("is a schema")
}

/// Each operation of the document: path, method, operation.
fn operations(document: &Value) -> Vec<(&str, &str, &Value)> {
    let paths = document["paths"].as_object().expect("there are paths");
    paths
        .iter()
        .flat_map(|(path, item)| {
            let item = item.as_object().expect("an object");
            item.iter().map(move |(method, operation)| (path.as_str(), method.as_str(), operation))
        })
        .collect()
}

#[tokio::test]
async fn the_document_is_the_committed_one() {
    let found = document(&service().await).await;
    let again = document(&service().await).await;
    assert_eq!(found.to_string(), again.to_string(), "the same routes make the same text");
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/http/openapi/document.json");
    if std::env::var_os("UPDATE_OPENAPI").is_some() {
        let text = serde_json::to_string_pretty(&found).expect("is JSON") + "\n";
        std::fs::write(path, text).expect("the document can be written");
    }
    let text = std::fs::read_to_string(path).expect("the document is committed");
    let known: Value = serde_json::from_str(&text).expect("is JSON");
    assert!(found == known, "the document differs: run with UPDATE_OPENAPI=1 and look at the difference");
}

/// Calls for each schema with examples, wherever it stands.
fn each_example(value: &Value, call: &mut impl FnMut(&Value, &Value)) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| each_example(item, call)),
        Value::Object(fields) => {
            // Beside a body, examples are an object.
            for example in fields.get("examples").and_then(Value::as_array).into_iter().flatten() {
                call(value, example);
            }
            fields.values().for_each(|field| each_example(field, call));
        }
        _ => {}
    }
}

#[tokio::test]
async fn examples_keep_to_their_schemas() {
    let document = document(&service().await).await;
    let mut count = 0;
    each_example(&document["paths"], &mut |schema, example| {
        count += 1;
        assert!(validator(&document, schema).is_valid(example), "{example} of {schema}");
    });
    assert!(count > 50, "{count} examples");
}

#[tokio::test]
async fn examples_of_bodies_are_taken() {
    let service = service().await;
    let document = document(&service).await;
    let mut count = 0;
    for (path, _, operation) in operations(&document) {
        for (content_type, content) in operation["requestBody"]["content"].as_object().into_iter().flatten() {
            let Some(example) = content.pointer("/examples/example/value") else {
                assert_eq!(content_type, "multipart/form-data", "{path} has no example");
                continue;
            };
            if content_type == "application/json" {
                assert!(validator(&document, &content["schema"]).is_valid(example), "{path}: {example}");
                let answer = service.post(path, example).await;
                // Whether there is such a row is another question.
                assert!([200, 202, 404].contains(&answer.status.as_u16()), "{path}: {}", answer.text());
                assert_described(&document, operation, &answer);
                count += 1;
            }
        }
    }
    assert_eq!(count, 11);
}

/// Asserts that an answer has a status of its operation, and the body that is described for it.
#[track_caller]
fn assert_described(document: &Value, operation: &Value, answer: &pxt::testing::Answer) {
    let described = &operation["responses"][answer.status.as_str()];
    let described = match described["$ref"].as_str() {
        Some(target) => document.pointer(&target[1..]).expect("the reference leads somewhere"),
        None => described,
    };
    assert!(described.is_object(), "{} of {operation}", answer.status);
    let content_type = answer.header("content-type");
    if content_type.contains("json") {
        let schema = &described["content"][content_type]["schema"];
        assert!(schema.is_object(), "{content_type} of {described}");
        assert!(validator(document, schema).is_valid(&answer.json()), "{}: {schema}", answer.text());
    }
}

#[tokio::test]
async fn jobs_are_described() {
    let service = service().await;
    let document = document(&service).await;
    let operation = |path: &str, method: &str| document["paths"][path][method].clone();
    let begins = operation("/years/later", "post");
    let submitted = service.post("/years/later", &json!({})).await;
    assert_eq!(submitted.status, 202, "{}", submitted.text());
    assert_described(&document, &begins, &submitted);
    let links = begins["responses"]["202"]["links"].as_object().expect("there are links");
    let ids: Vec<_> = operations(&document).into_iter().map(|(_, _, operation)| &operation["operationId"]).collect();
    assert!(links.values().all(|link| ids.contains(&&link["operationId"])), "{links:?}");

    let path = format!("/jobs/{}", submitted.json()["id"].as_str().expect("a UUID"));
    let request = Request::get(&path).header("prefer", "wait=30").body(Body::empty()).expect("a request");
    let job = service.send(request).await;
    assert_described(&document, &operation("/jobs/{id}", "get"), &job);
    let result = &begins["responses"]["202"]["x-job-result"];
    assert!(validator(&document, result).is_valid(&job.json()["result"]), "{} of {result}", job.text());
    let finished = service.send(Request::delete(&path).body(Body::empty()).expect("a request")).await;
    assert_eq!(finished.status, 409);
    assert_described(&document, &operation("/jobs/{id}", "delete"), &finished);
    assert_described(&document, &operation("/jobs", "get"), &service.get("/jobs").await);
    assert_described(&document, &operation("/jobs/{id}/events", "get"), &service.get(&format!("{path}/events")).await);
    let unknown = service.get("/jobs/x").await;
    assert_described(&document, &operation("/jobs/{id}", "get"), &unknown);
}

#[tokio::test]
async fn refusals_are_described() {
    let service = service().await;
    let document = document(&service).await;
    let mut count = 0;
    for (path, method, operation) in operations(&document).into_iter().filter(|(path, ..)| !path.contains('{')) {
        let mut answers = vec![
            service.get(&format!("{path}?{}=1", "x".repeat(9))).await,
            service.get(&format!("{path}?a=%ff")).await,
        ];
        if method == "post" {
            answers = vec![
                service.post_bytes(path, "application/json", "{").await,
                service.post(path, &json!({"nope": 1})).await,
                service.post_bytes(path, "text/plain", "x").await,
                service.upload(path, Form::new().text("nope", "1")).await,
                service.post_bytes(path, "application/json", vec![b' '; 17 << 20]).await,
            ];
        }
        for answer in answers {
            assert!(answer.status.is_client_error(), "{path} {}", answer.status);
            assert_described(&document, operation, &answer);
            count += 1;
        }
    }
    assert!(count > 60, "{count} refusals");
}

#[tokio::test]
async fn answers_are_described() {
    let service = service().await;
    let document = document(&service).await;
    let operation = |path: &str, method: &str| document["paths"][path][method].clone();
    let form = Form::new()
        .text("title", "Alien")
        .text("year", "")
        .text("making", r#"{"director": "Scott", "kind": "colour", "crew": [{"name": "Weaver"}]}"#)
        .file("poster", "alien.png", &picture(40, 20, [9, 9, 9]));
    let added = service.upload("/films/new", form).await;
    assert_eq!(added.status, 200, "{}", added.text());
    assert_described(&document, &operation("/films/new", "post"), &added);
    let id = added.json()["id"].as_str().expect("a UUID").to_owned();

    let found = service.get(&format!("/films/lookup?id={id}")).await;
    assert_eq!((found.status.as_u16(), &found.json()["making"]["director"]), (200, &json!("Scott")));
    assert_described(&document, &operation("/films/lookup", "get"), &found);
    let searched = service.get("/search?text=x&near=%5B1,2%5D&seen=").await;
    assert_eq!(searched.json(), json!({"rows": [{"title": "x", "distance": 0.5}]}));
    assert_described(&document, &operation("/search", "get"), &searched);
    let years = service.post("/years", &json!({})).await;
    assert_eq!(years.json(), json!([null]));
    assert_described(&document, &operation("/years", "post"), &years);

    let file = found.json()["thumbnail"].as_str().expect("an address").to_owned();
    let parts: Vec<_> = file.trim_start_matches("/media/").split('/').collect();
    let files = &document["paths"]["/media/{table}/{file}"]["get"];
    for (part, parameter) in parts.iter().zip(files["parameters"].as_array().expect("a list")) {
        assert!(validator(&document, &parameter["schema"]).is_valid(&json!(part)), "{part} {parameter}");
    }
    assert_described(&document, files, &service.get(&file).await);
    assert_described(&document, files, &service.get("/media/openapi.films/x").await);
}

#[tokio::test]
async fn defaults_are_shown_where_they_stay_the_same() {
    let document = document(&service().await).await;
    let schema = &document["paths"]["/films/json"]["post"]["requestBody"]["content"]["application/json"]["schema"];
    assert_eq!(schema["required"], json!(["title", "poster"]));
    assert_eq!(schema["properties"]["stars"]["default"], 3);
    for name in ["id", "added"] {
        assert!(schema["properties"][name].get("default").is_none(), "{name}");
    }
    let search = document["paths"]["/search"]["get"]["parameters"].as_array().cloned().unwrap_or_default();
    let limit = search.iter().find(|parameter| parameter["name"] == "limit").expect("is a parameter");
    assert_eq!((&limit["required"], &limit["schema"]["default"]), (&json!(false), &json!(10)));
}

#[tokio::test]
async fn the_document_is_asked_for_again_by_its_tag() {
    let service = service().await;
    let first = service.get("/openapi.json").await;
    assert_eq!(first.header("cache-control"), "no-cache");
    let ask = |method: &str, tag: &str| {
        let request = Request::builder().method(method).uri("/openapi.json").header("if-none-match", tag);
        service.send(request.body(Body::empty()).expect("a request"))
    };
    let again = ask("GET", first.header("etag")).await;
    assert_eq!((again.status.as_u16(), again.body.len()), (304, 0));
    assert_eq!(again.header("etag"), first.header("etag"));
    let head = ask("HEAD", "\"other\"").await;
    assert_eq!((head.status.as_u16(), head.body.len()), (200, 0));
    assert_eq!(ask("OPTIONS", "").await.header("allow"), "GET,HEAD,OPTIONS");
    problem(&ask("POST", "").await, 405, "method_not_allowed");
    assert!(first.json()["paths"].get("/openapi.json").is_none(), "it does not list itself");
}

#[tokio::test]
async fn a_service_may_keep_its_document_to_itself() {
    let mut text = None;
    let declare = |declared: Routes| {
        let declared = routes(declared).without_docs();
        text = declared.openapi().ok();
        declared
    };
    let quiet = TestService::of(&SCHEMA, |config| config, declare).await.expect("the routes are right");
    problem(&quiet.get("/openapi.json").await, 404, "not_found");
    assert_eq!(text, Some(document(&service().await).await));
}

#[tokio::test]
async fn addresses_are_absolute_where_clients_reach_the_service_elsewhere() {
    let service = TestService::of(&SCHEMA, |config| config.public_url("https://films.example.com/api"), routes).await;
    let document = document(&service.expect("the routes are right")).await;
    assert_eq!(document["servers"], json!([{"url": "/api"}]));
    let lookup =
        &document["paths"]["/films/lookup"]["get"]["responses"]["200"]["content"]["application/json"]["schema"];
    assert_eq!(lookup["properties"]["poster"]["format"], "uri");
    let insert = &document["paths"]["/films/json"]["post"]["requestBody"]["content"]["application/json"]["schema"];
    let poster = validator(&document, &insert["properties"]["poster"]);
    for base in ["", "https://films.example.com/api"] {
        let address = format!("{base}/media/openapi.films/{}.png", "0".repeat(64));
        assert!(poster.is_valid(&json!(address)), "{address}");
    }
    assert!(
        !poster.is_valid(&json!(format!("https://films-example.com/api/media/openapi.films/{}.png", "0".repeat(64))))
    );
}

#[tokio::test]
async fn operations_of_one_name_are_refused() {
    let declare = |declared: Routes| {
        let declared = declared.without_attribute_routes();
        declared
            .add_delete_route("openapi.films", Delete::at("/films/delete"))
            .add_delete_route("openapi.films", Delete::at("/films-delete"))
    };
    let error = TestService::of(&SCHEMA, |config| config, declare).await.err().expect("two of one name");
    let text = error.to_string();
    let expected = "POST /films-delete and POST /films/delete are all called `films_delete_delete_post`: give their functions different names, or change a path";
    assert!(text.contains(expected), "{text}");
    let quiet = TestService::of(&SCHEMA, |config| config, |routes| declare(routes).without_docs()).await;
    assert!(quiet.is_ok(), "they can be served");
}
