//! The guide's full example, word for word: eight routes of one service.

use serde_json::{Value, json};

use crate::client::{Client, PHOTO};
use crate::{fill, folder};

const FILE: &str = r#"
[[service]]
name = "image-processing-service"
port = 8080

modules = ["myapp.queries"]

# Insert an image and get back processed outputs
[[service.routes]]
type = "insert"
table = "myapp/images"
path = "/process"
inputs = ["width", "height"]
uploadfile_inputs = ["image"]
outputs = ["thumbnail", "embedding"]

# Insert with background processing for slow pipelines
[[service.routes]]
type = "insert"
table = "myapp/videos"
path = "/ingest"
background = true

# Update a row by primary key (returns the updated columns incl. computed ones)
[[service.routes]]
type = "update"
table = "myapp/images"
path = "/images/update"
inputs = ["tag"]
outputs = ["id", "tag", "thumbnail"]

# Delete by primary key
[[service.routes]]
type = "delete"
table = "myapp/images"
path = "/images/delete"

# Delete by a non-PK column
[[service.routes]]
type = "delete"
table = "myapp/images"
path = "/images/delete-by-tag"
match_columns = ["tag"]

# Search via a @pxt.query function
[[service.routes]]
type = "query"
path = "/search"
query = "myapp.queries.search_images"

# Single-row lookup via GET
[[service.routes]]
type = "query"
path = "/lookup"
query = "myapp.queries.lookup_by_id"
one_row = true
method = "get"

# Return a raw image file from a query
[[service.routes]]
type = "query"
path = "/thumbnail"
query = "myapp.queries.get_thumbnail"
return_fileresponse = true
"#;

const LINE: &str = "pxt serve image-processing-service --config service.toml";

#[test]
fn what_would_be_served() {
    let folder = folder().with("service.toml", FILE);
    fill(&folder, "docs", &[]);
    let wanted = "Service:  image-processing-service
  Host:   0.0.0.0
  Port:   8080
Routes (8):
  [delete] /images/delete
  [delete] /images/delete-by-tag
  [update] /images/update
  [insert] /ingest
  [query] /lookup
  [insert] /process
  [query] /search
  [query] /thumbnail
";
    assert_eq!(folder.run(&format!("{LINE} --dry-run")).printed(), wanted);
}

#[test]
fn every_route() {
    let folder = folder().with("service.toml", FILE);
    fill(&folder, "people", &[r#"{"id": 42, "name": "Alice", "email": "alice@example.com"}"#]);
    let service = folder.serve(LINE);
    assert!(service.said.starts_with("Starting pxt service: image-processing-service\n"), "{}", service.said);
    let client = Client::of(&service);
    let size = |picture: &[u8]| {
        let picture = image::load_from_memory(picture).expect("is a picture");
        (picture.width(), picture.height())
    };

    let sizes = [("width", "640"), ("height", "480")];
    let processed = client.form("/process", ("image", PHOTO), &sizes).json(200);
    assert_eq!(processed["embedding"], json!([1.0, 0.75]));
    let thumbnail = processed["thumbnail"].as_str().expect("an address");
    assert_eq!(size(&client.get(thumbnail).body), (640, 480));
    client.form("/process", ("image", PHOTO), &[("width", "60"), ("height", "40")]).json(200);

    let updated = client.post("/images/update", r#"{"id": 1, "tag": "rocket"}"#).json(200);
    assert_eq!(updated, json!({"id": 1, "tag": "rocket", "thumbnail": thumbnail}));
    let found = client.post("/search", r#"{"tag": "rocket"}"#).json(200);
    assert_eq!(found, json!({"rows": [{"id": 1, "tag": "rocket", "thumbnail": thumbnail}]}));
    let alice = json!({"id": 42, "name": "Alice", "email": "alice@example.com"});
    assert_eq!(client.get("/lookup?id=42").json(200), alice);
    let file = client.post("/thumbnail", r#"{"id": 2}"#);
    assert_eq!((file.status, file.header("content-type"), size(&file.body)), (200, "image/jpeg", (60, 40)));

    let video = json!({"video": "data:video/mp4;base64,AAAAGGZ0eXBpc29tAAACAGlzb21tcDQy"});
    let accepted = client.post("/ingest", &video.to_string()).json(202);
    let job: Value = client.get(accepted["job_url"].as_str().expect("an address")).json(200);
    assert_eq!(job["status"], "done", "{job}");

    assert_eq!(client.post("/images/delete-by-tag", r#"{"tag": "rocket"}"#).json(200), json!({"num_rows": 1}));
    assert_eq!(client.post("/images/delete", r#"{"id": 2}"#).json(200), json!({"num_rows": 1}));
}
