//! The guide's reference: each block of routes as a file of its own, served as it stands, and the request below it.

use serde_json::json;

use crate::client::{Client, PHOTO};
use crate::folder;
use crate::process::{Folder, Service};
use crate::tables::{MEDIA, MY_TABLE, VIDEO};

const INSERT: &str = r#"
[[service.routes]]
type = "insert"
table = "my_dir/my_table"
path = "/generate"
inputs = ["prompt"]
outputs = ["prompt", "result"]
"#;

const UPLOAD: &str = r#"
[[service.routes]]
type = "insert"
table = "my_dir/images"
path = "/resize"
inputs = ["width", "height"]
uploadfile_inputs = ["image"]
outputs = ["resized"]
return_fileresponse = true
"#;

const UPDATE: &str = r#"
[[service.routes]]
type = "update"
table = "my_dir/my_table"
path = "/update"
inputs = ["prompt"]
outputs = ["id", "prompt", "result"]
"#;

const DELETE: &str = r#"
[[service.routes]]
type = "delete"
table = "my_dir/my_table"
path = "/delete"
"#;

const DELETE_BY_TAG: &str = r#"
[[service.routes]]
type = "delete"
table = "my_dir/my_table"
path = "/delete-by-tag"
match_columns = ["tag"]
"#;

/// Tables and a file with these blocks, served.
fn serve(tables: &str, blocks: &[&str]) -> (Folder, Service) {
    let folder = folder(tables).with("service.toml", &blocks.concat());
    let service = folder.serve("pxt serve --config service.toml");
    (folder, service)
}

/// The lines of a start of a service without a name.
fn said(routes: &[&str]) -> String {
    let begin = "  Bound to 127.0.0.1:8000
  Listening on http://127.0.0.1:8000
  API docs at http://127.0.0.1:8000/docs
";
    let lines: String = routes.iter().map(|route| format!("    POST {route}\n")).collect();
    format!("{begin}  Routes: {}\n{lines}", routes.len())
}

#[test]
fn insert_routes() {
    let (_folder, service) = serve(MY_TABLE, &[INSERT]);
    assert_eq!(service.said, said(&["/generate"]));
    let answer = Client::of(&service).post("/generate", r#"{"prompt": "a sunset over the ocean"}"#);
    assert_eq!(answer.json(200), json!({"prompt": "a sunset over the ocean", "result": "A SUNSET OVER THE OCEAN"}));
    // The order of the outputs too.
    assert!(answer.body.starts_with(br#"{"prompt":"#));
}

#[test]
fn file_uploads() {
    let (_folder, service) = serve(MEDIA, &[UPLOAD]);
    assert_eq!(service.said, said(&["/resize"]));
    let answer = Client::of(&service).form("/resize", ("image", PHOTO), &[("width", "640"), ("height", "480")]);
    assert_eq!((answer.status, answer.header("content-type")), (200, "image/jpeg"));
    let resized = image::load_from_memory(&answer.body).expect("is a picture");
    assert_eq!((resized.width(), resized.height()), (640, 480));
}

#[test]
fn update_routes() {
    let (_folder, service) = serve(MY_TABLE, &[INSERT, UPDATE]);
    assert_eq!(service.said, said(&["/generate", "/update"]));
    let client = Client::of(&service);
    for _ in 0..42 {
        client.post("/generate", r#"{"prompt": "a text"}"#).json(200);
    }
    let answer = client.post("/update", r#"{"id": 42, "prompt": "updated text"}"#);
    assert_eq!(answer.json(200), json!({"id": 42, "prompt": "updated text", "result": "UPDATED TEXT"}));
    let answer = client.post("/update", r#"{"id": 43, "prompt": "updated text"}"#);
    assert_eq!(answer.json(404)["type"], "row_not_found");
}

#[test]
fn delete_routes() {
    // With the column that the second one deletes by among the inputs.
    let insert = INSERT.replace(r#"["prompt"]"#, r#"["prompt", "tag"]"#);
    let (_folder, service) = serve(MY_TABLE, &[&insert, DELETE, DELETE_BY_TAG]);
    assert_eq!(service.said, said(&["/delete", "/delete-by-tag", "/generate"]));
    let client = Client::of(&service);
    for number in 1..=42 {
        let body = json!({"prompt": "a text", "tag": if number % 2 == 0 { "even" } else { "odd" }});
        client.post("/generate", &body.to_string()).json(200);
    }
    let delete = |path, body| client.post(path, body).json(200);
    assert_eq!(delete("/delete", r#"{"id": 42}"#), json!({"num_rows": 1}));
    assert_eq!(delete("/delete", r#"{"id": 42}"#), json!({"num_rows": 0}));
    assert_eq!(delete("/delete-by-tag", r#"{"tag": "even"}"#), json!({"num_rows": 20}));
}

#[test]
fn background_routes() {
    let block = INSERT.replace("path =", "background = true\npath =");
    let (_folder, service) = serve(MY_TABLE, &[&block]);
    let client = Client::of(&service);
    let answer = client.post("/generate", r#"{"prompt": "a sunset"}"#).json(202);
    let (id, url) = (answer["id"].as_str().expect("a UUID"), answer["job_url"].as_str().expect("an address"));
    assert_eq!(url, format!("{}/jobs/{id}", service.url));
    let job = client.get(url).json(200);
    assert_eq!(
        (&job["status"], &job["result"]),
        (&json!("done"), &json!({"prompt": "a sunset", "result": "A SUNSET"}))
    );
}

#[test]
fn jobs_end_in_error() {
    let tables = MEDIA.replace("image.resize(image, width, height)", "image.resize(image, height, width)");
    let block = UPLOAD.replace("return_fileresponse", "background");
    let (_folder, service) = serve(&tables, &[&block]);
    let client = Client::of(&service);
    let answer = client.form("/resize", ("image", PHOTO), &[("width", "640"), ("height", "-1")]).json(202);
    let job = client.get(answer["job_url"].as_str().expect("an address")).json(200);
    assert_eq!(job["status"], "error");
    let text = job["error"].as_str().expect("a sentence");
    assert!(text.contains("resized"), "{job}");
}

#[test]
fn videos_are_kept_as_they_are() {
    let block =
        "[[service.routes]]\ntype = \"insert\"\ntable = \"my_dir/videos\"\npath = \"/ingest\"\nbackground = true\n";
    let (_folder, service) = serve(MEDIA, &[block]);
    let client = Client::of(&service);
    let answer = client.post("/ingest", &json!({"video": VIDEO}).to_string()).json(202);
    let job = client.get(answer["job_url"].as_str().expect("an address")).json(200);
    let video = job["result"]["video"].as_str().expect("an address");
    // Media are URLs; the page shows them as paths.
    assert!(video.starts_with("/media/"), "{video}");
    assert_eq!(client.get(video).header("content-type"), "video/mp4");
}
