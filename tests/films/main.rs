//! The example `examples/films/pxt.toml`: three services of one file, each a process of its own, over one database and one media
//! folder, without any Rust.

mod service;

use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use service::{Films, Service};

const ROCKET: &[u8] = include_bytes!("../../examples/posters/photos/rocket.jpg");

fn poster(title: &str) -> Form {
    let image = Part::bytes(ROCKET).file_name("rocket.jpg").mime_str("image/jpeg").expect("is a type");
    Form::new().text("title", title.to_owned()).part("image", image)
}

/// Stores a poster; answers it whole.
async fn stored(studio: &Service, title: &str, genre: &str) -> Value {
    let answer = studio.upload("/posters", poster(title).text("genre", genre.to_owned())).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

#[tokio::test]
async fn forty_routes_are_served_by_three_services() {
    let films = Films::new().await;
    let mut count = 0;
    for name in ["studio", "site", "desk"] {
        let service = films.start(name).await;
        count += service.started["routes"].as_u64().expect("a number");
        let document = service.get("/openapi.json").await.json();
        assert_eq!(document["openapi"], "3.1.0");
        let page = service.get("/docs").await;
        assert!(page.status == 200 && page.text().contains("openapi.json"), "{}", page.text());
    }
    assert_eq!(count, 40);
}

#[tokio::test]
async fn posters_are_uploaded_computed_changed_and_deleted() {
    let films = Films::new().await;
    let (studio, site) = (films.start("studio").await, films.start("site").await);
    let row = stored(&studio, "Œuvre d'Art", "space").await;
    assert_eq!((row["slug"].as_str(), row["genre"].as_str()), (Some("oeuvre-d-art"), Some("space")));
    assert!(row["placeholder"].as_str().is_some_and(|text| text.len() > 10), "{row}");
    let id = row["id"].as_str().expect("a UUID");

    // Each service serves the files of the tables that it answers with.
    let thumbnail = row["thumbnail"].as_str().expect("a URL");
    for service in [&studio, &site] {
        let file = service.get(thumbnail).await;
        assert_eq!((file.status, file.content_type.as_str()), (200, "image/jpeg"));
    }
    let file = site.get(&format!("/api/poster/image?id={id}")).await;
    assert_eq!((file.status, file.body.as_ref()), (200, ROCKET));
    let small = studio.upload("/posters/thumbnail", poster("Small")).await;
    assert_eq!(small.content_type, "image/jpeg");
    assert!(small.body.len() < ROCKET.len() / 4, "{} bytes", small.body.len());

    let renamed = studio.post("/posters/rename", &json!({"id": id, "title": "New Name"})).await;
    assert_eq!(renamed.json(), json!({"id": id, "title": "New Name", "slug": "new-name"}));
    assert_eq!(site.get(&format!("/api/poster?id={id}")).await.json()["slug"], "new-name");
    assert_eq!(studio.post("/posters/delete", &json!({"id": id})).await.json(), json!({"num_rows": 1}));
    assert_eq!(site.get(&format!("/api/poster?id={id}")).await.status, 404);
}

#[tokio::test]
async fn sql_answers_in_pages_with_types_of_the_columns() {
    let films = Films::new().await;
    let (studio, site, desk) = (films.start("studio").await, films.start("site").await, films.start("desk").await);
    let mut ids = Vec::new();
    for number in 0..25 {
        let row = stored(&studio, &format!("Film {number:02}"), if number % 5 == 0 { "space" } else { "drama" }).await;
        ids.push(row["id"].as_str().expect("a UUID").to_owned());
    }
    let mut seen = Vec::new();
    let mut next = Some("/api/posters".to_owned());
    let mut pages = 0;
    while let Some(path) = next {
        let page = site.get(&path).await;
        let rows = page.json()["rows"].as_array().expect("rows").clone();
        assert!(rows.len() <= 20, "{} rows", rows.len());
        for row in &rows {
            assert!(row["thumbnail"].as_str().is_some_and(|url| url.starts_with("/media/films.posters/")), "{row}");
            assert!(row["added"].as_str().is_some_and(|time| time.ends_with('Z')), "{row}");
            seen.push(row["id"].as_str().expect("a UUID").to_owned());
        }
        pages += 1;
        next = page.next.map(|query| format!("/api/posters{query}"));
    }
    // The newest first.
    ids.reverse();
    assert_eq!((pages, seen), (2, ids.clone()));

    let genres = site.get("/api/genres").await.json();
    assert_eq!(genres, json!({"rows": [{"genre": "drama", "posters": 20}, {"genre": "space", "posters": 5}]}));
    let found = site.get("/api/posters?genre=space").await.json();
    assert_eq!(found["rows"].as_array().map(Vec::len), Some(5));
    let newest = site.get("/api/posters/newest?most=1").await.json();
    assert_eq!((newest["rows"].as_array().map(Vec::len), &newest["rows"][0]["id"]), (Some(1), &json!(ids[0])));
    let hostile = site.get("/api/posters/search?text=%27%20OR%201%3D1%20--").await.json();
    assert_eq!(hostile, json!({"rows": []}));

    let review = json!({"poster": ids[0], "author": "Ada", "text": "a very fine film", "stars": 5});
    assert_eq!(studio.post("/reviews", &review).await.json()["words"], 4);
    let best = site.get("/api/reviews/best").await.json();
    assert_eq!(best, json!({"rows": [{"id": ids[0], "title": "Film 24", "stars": 5.0, "reviews": 1}]}));
    assert_eq!(desk.get("/counts").await.json(), json!({"posters": 25, "reviews": 1}));
    let wrong = desk.get("/between?from=soon").await;
    assert_eq!((wrong.status, wrong.json()["errors"][0]["parameter"].as_str()), (422, Some("from")));
}

#[tokio::test]
async fn jobs_run_in_the_background() {
    let films = Films::new().await;
    let desk = films.start("desk").await;
    let answer = desk.upload("/later/posters", poster("Later")).await;
    assert_eq!(answer.status, 202, "{}", answer.text());
    let done = desk.done(&answer.json()).await;
    assert!(done["result"]["thumbnail"].as_str().is_some_and(|url| url.starts_with("/media/")), "{done}");
    let counted = desk.post("/later/reviews/count", &json!({"text": "three more words"})).await.json();
    assert_eq!(desk.done(&counted).await["result"], json!({"words": 3}));
    let poster = done["result"]["id"].clone();
    let review = desk.post("/later/reviews", &json!({"poster": poster, "author": "Ada", "text": "fine"})).await.json();
    assert_eq!(desk.done(&review).await["result"]["author"], "Ada");
    let words = desk.post("/later/words", &json!({})).await.json();
    assert_eq!(desk.done(&words).await["result"], json!({"rows": [{"author": "Ada", "words": 1}]}));
}

/// Each file that the documentation shows is valid as it stands.
#[tokio::test]
async fn the_files_of_the_documentation_are_valid() {
    let documents = [include_str!("../../README.md"), include_str!("../../docs/services.md")];
    let blocks = documents.iter().flat_map(|document| document.split("```toml\n").skip(1));
    let files: Vec<_> =
        blocks.filter_map(|block| block.split("```").next()).filter(|file| file.contains("[[service]]")).collect();
    assert_eq!(files.len(), 2);
    for file in files {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("pxt.toml"), file).expect("is written");
        let done = service::pxt(folder.path(), &["serve", "films", "--dry-run"]).output().expect("runs");
        assert!(done.status.success(), "{file}\n{}", String::from_utf8_lossy(&done.stderr));
        assert_eq!(
            std::fs::read_dir(folder.path()).expect("is a folder").count(),
            1,
            "a dry run leaves nothing behind"
        );
    }
}
