//! One endpoint by flags alone: the commands of both pages, and what their `curl` commands answer.

use serde_json::{Value, json};

use crate::client::{Client, PHOTO};
use crate::folder;
use crate::process::Folder;
use crate::tables::{MEDIA, MY_TABLE, VIDEO};

const INSERT: &str = r"pxt serve insert --table my_dir.my_table --path /generate \
  --inputs prompt --outputs prompt result --port 8000";

/// A folder whose table has rows up to this id.
fn filled(rows: usize) -> Folder {
    let folder = folder(MY_TABLE);
    let service = folder.serve(INSERT);
    let client = Client::of(&service);
    for _ in 0..rows {
        client.post("/generate", r#"{"prompt": "a text"}"#).json(200);
    }
    assert_eq!(service.end("TERM").code, Some(0));
    folder
}

#[test]
fn insert() {
    let folder = folder(MY_TABLE);
    let service = folder.serve(INSERT);
    assert_eq!(
        service.said,
        "  Bound to 127.0.0.1:8000
  Listening on http://127.0.0.1:8000
  API docs at http://127.0.0.1:8000/docs
  Routes: 1
    POST /generate
"
    );
    let client = Client::of(&service);
    let answer = client.post("/generate", r#"{"prompt": "a sunset over the ocean"}"#).json(200);
    assert_eq!(answer, json!({"prompt": "a sunset over the ocean", "result": "A SUNSET OVER THE OCEAN"}));
    assert!(String::from_utf8_lossy(&client.get("/docs").body).contains("<html"));
    assert_eq!(client.get("/openapi.json").json(200)["info"]["title"], "pxt");
}

#[test]
fn insert_answers_all_columns_unless_told() {
    let service = folder(MY_TABLE).serve("pxt serve insert --table my_dir.my_table --path /gen --inputs prompt");
    let answer = Client::of(&service).post("/gen", r#"{"prompt": "a"}"#).json(200);
    assert_eq!(answer, json!({"id": 1, "prompt": "a", "tag": null, "result": "A"}));
}

#[test]
fn update() {
    let folder = filled(42);
    let line = r"pxt serve update --table my_dir.my_table --path /update \
  --inputs prompt --outputs id prompt result";
    let answer = Client::of(&folder.serve(line)).post("/update", r#"{"id": 42, "prompt": "updated text"}"#).json(200);
    assert_eq!(answer, json!({"id": 42, "prompt": "updated text", "result": "UPDATED TEXT"}));
}

#[test]
fn delete() {
    let folder = filled(1);
    let service = folder.serve("pxt serve delete --table my_dir.my_table --path /delete");
    assert_eq!(Client::of(&service).post("/delete", r#"{"id": 1}"#).json(200), json!({"num_rows": 1}));
}

#[test]
fn delete_by_other_columns_in_the_background() {
    let folder = filled(3);
    let line = "pxt serve delete --table my_dir.my_table --path /delete --match-columns prompt result --background";
    let service = folder.serve(line);
    let client = Client::of(&service);
    let answer = client.post("/delete", r#"{"prompt": "a text", "result": "A TEXT"}"#).json(202);
    let job = client.get(answer["job_url"].as_str().expect("an address")).json(200);
    assert_eq!(job["result"], json!({"num_rows": 3}));
}

#[test]
fn query() {
    let folder = filled(2);
    let line = r"pxt serve query --table my_dir.my_table --match-columns id --path /lookup \
  --one-row --method get";
    let service = folder.serve(line);
    assert!(service.said.ends_with("  Routes: 1\n    GET /lookup\n"), "{}", service.said);
    let client = Client::of(&service);
    let row = json!({"id": 2, "prompt": "a text", "tag": null, "result": "A TEXT"});
    assert_eq!(client.get("/lookup?id=2").json(200), row);
    assert_eq!(client.get("/lookup?id=3").json(404)["status"], 404);
}

#[test]
fn queries_of_rust_are_not_in_pxt() {
    let folder = folder(MY_TABLE);
    let ended = folder.run("pxt serve query --query myapp.queries.search_docs --path /search");
    let text = ended.refused(1);
    assert!(text.starts_with("error: there is no query `myapp.queries.search_docs`"), "{text}");
    assert!(text.contains("\n1 | serve query --query myapp.queries.search_docs --path /search\n"), "{text}");
}

#[test]
fn compute() {
    let folder = folder(MY_TABLE);
    let line = "pxt serve compute --table my_dir.my_table --path /preview --inputs prompt --outputs result";
    let answer = Client::of(&folder.serve(line)).post("/preview", r#"{"prompt": "a"}"#).json(200);
    assert_eq!(answer, json!({"result": "A"}));
}

#[test]
fn file_upload() {
    let folder = folder(MEDIA);
    let line = r"pxt serve insert --table my_dir.images --path /resize \
  --inputs width height --uploadfile-inputs image \
  --outputs resized --return-fileresponse";
    let service = folder.serve(line);
    let answer = Client::of(&service).form("/resize", ("image", PHOTO), &[("width", "640"), ("height", "480")]);
    assert_eq!((answer.status, answer.header("content-type")), (200, "image/jpeg"));
    let resized = image::load_from_memory(&answer.body).expect("is a picture");
    assert_eq!((resized.width(), resized.height()), (640, 480));
}

#[test]
fn background() {
    let folder = folder(MEDIA);
    let service = folder.serve("pxt serve insert --table my_dir.videos --path /ingest --background");
    let client = Client::of(&service);
    let accepted = client.post("/ingest", &json!({"video": VIDEO}).to_string());
    let answer = accepted.json(202);
    let keys: Vec<&String> = answer.as_object().expect("an object").keys().collect();
    assert_eq!(keys, ["id", "job_url"]);
    let job = client.get(answer["job_url"].as_str().expect("an address")).json(200);
    assert_eq!(job["status"], "done");
    assert!(job["result"]["video"].is_string() && job.get("error").is_none_or(Value::is_null), "{job}");
}
