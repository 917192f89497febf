//! Files that no row names leave the bucket, and files that some row names never do, whichever node looks.

use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use pxt::testing::{Form, TestService};
use pxt::{Table, Uuid};
use serde_json::json;

use crate::schema::{NewPoster, Poster, PosterChanges, SCHEMA};
use crate::server::Server;
use crate::uploads::form;
use crate::{picture, problem, with};

const NOW: Duration = Duration::ZERO;
const HOUR: Duration = Duration::from_secs(3600);

/// What a request has answered as the URL of its file.
fn url(answer: &pxt::testing::Answer, field: &str) -> String {
    answer.json()[field].as_str().unwrap_or_else(|| panic!("no URL: {}", answer.text())).to_owned()
}

/// Another node: the same database and bucket.
async fn second(first: &TestService, server: &Server) -> TestService {
    let database = first.folder().join("pxt.db").to_string_lossy().into_owned();
    let configure = |config: pxt::Config| server.configure(config).database(database);
    TestService::with(&SCHEMA, configure).await.expect("starts")
}

#[tokio::test]
async fn what_no_row_names_goes_in_two_steps() {
    let (service, server) = with(|config| config).await;
    let posted = service.upload("/posters", form("x")).await;
    let (image, id) = (url(&posted, "image"), posted.json()["id"].clone());
    assert_eq!(server.files(), 2, "the image and its thumbnail");
    assert_eq!(service.app.sweep_media(NOW).await.expect("sweeps"), 0, "a row names them");

    let id: Uuid = id.as_str().and_then(|id| id.parse().ok()).expect("a UUID");
    let new = pxt::Image::from_bytes(picture(40, 30, [0, 0, 200]));
    let changes = PosterChanges { image: Some(new), ..PosterChanges::default() };
    let row = Poster::update(&service.app, id, changes).await.expect("updates").expect("is there");
    let replacement = row.image.url().expect("is stored");
    // Whoever holds a row keeps its files.
    drop(row);
    assert_ne!(replacement, image);
    assert_eq!((server.files(), service.get(&image).await.status.as_u16()), (4, 200), "the old ones are swept later");
    assert_eq!(service.app.sweep_media(HOUR).await.expect("sweeps"), 0, "all are young");
    assert_eq!(service.app.sweep_media(NOW).await.expect("sweeps"), 2);
    assert_eq!((server.files(), service.get(&replacement).await.status.as_u16()), (2, 200));

    assert!(Poster::delete(&service.app, id).await.expect("deletes"));
    assert_eq!(service.app.sweep_media(NOW).await.expect("sweeps"), 2);
    assert_eq!((server.files(), server.aside()), (0, 2), "what was aside before is gone");
    assert_eq!(service.app.sweep_media(NOW).await.expect("sweeps"), 0);
    assert_eq!(server.aside(), 0);
    problem(&service.get(&replacement).await, 404, "not_found");
    problem(&service.get(&image).await, 404, "not_found");
}

#[tokio::test]
async fn a_row_that_is_refused_leaves_nothing_after_the_sweep() {
    let (service, server) = with(|config| config).await;
    let whole = picture(64, 48, [1, 2, 3]);
    let cut = Form::new().text("title", "x").file("image", "a.png", &whole[..whole.len() / 2]);
    problem(&service.upload("/posters", cut).await, 422, "function_failed");
    assert_eq!((server.files(), server.aside()), (0, 1));
    // Younger than the age.
    service.app.sweep_media(HOUR).await.expect("sweeps");
    assert_eq!(server.aside(), 1);
    service.app.sweep_media(NOW).await.expect("sweeps");
    assert_eq!((server.files(), server.aside()), (0, 0));
}

#[tokio::test]
async fn two_nodes_share_a_bucket() {
    let (first, server) = with(|config| config).await;
    let second = second(&first, &server).await;
    let image = url(&first.upload("/posters", form("x")).await, "image");
    let fetched = second.get(&image).await;
    assert_eq!((fetched.status.as_u16(), &fetched.body[..]), (200, &picture(64, 48, [200, 30, 30])[..]));
    assert_eq!(url(&second.upload("/posters", form("y")).await, "image"), image, "the same content is the same file");
    assert_eq!(server.files(), 2);
    assert_eq!(second.app.sweep_media(NOW).await.expect("sweeps"), 0);
    assert_eq!(first.get(&image).await.status, 200);
}

/// One node has found the file in the bucket and will name it; another one, which cannot know that, moves it aside.
#[tokio::test]
async fn a_file_swept_between_upload_and_commit_is_kept() {
    let (first, server) = with(|config| config).await;
    let second = second(&first, &server).await;
    let image = url(&first.upload("/posters", form("x")).await, "image");
    let content = first.get(&image).await.body;
    // What the other node does when its own row with the same file fails: its name goes, its content is aside.
    let aside = server.path_of(&image).parent().expect("a folder").join("../.trash/films.posters");
    let name = image.rsplit_once('/').expect("has a table").1;
    std::fs::create_dir_all(aside.join(name)).expect("can be made");
    std::fs::rename(server.path_of(&image), aside.join(name).join("one")).expect("is there");

    for node in [&first, &second] {
        let got = node.get(&image).await;
        assert_eq!((got.status.as_u16(), &got.body), (200, &content), "read aside");
        let part = Request::get(&image).header("range", "bytes=1-3").body(Body::empty()).expect("a request");
        assert_eq!(node.send(part).await.body, content[1..4]);
    }
    // The later step finds the row.
    second.app.sweep_media(NOW).await.expect("sweeps");
    assert!(server.path_of(&image).exists() && server.aside() == 0);
    assert_eq!(first.get(&image).await.body, content);
}

/// A request that names a file which is aside brings it back.
#[tokio::test]
async fn a_file_that_is_named_again_comes_back() {
    let (service, server) = with(|config| config).await;
    let image = url(&service.upload("/posters", form("x")).await, "image");
    let name = image.rsplit_once('/').expect("has a table").1;
    let aside = server.path_of(&image).parent().expect("a folder").join("../.trash/films.posters").join(name);
    std::fs::create_dir_all(&aside).expect("can be made");
    std::fs::rename(server.path_of(&image), aside.join("one")).expect("is there");
    let again = service.post("/posters/json", &json!({"title": "y", "image": image})).await;
    assert_eq!((again.status.as_u16(), &again.json()[1]), (200, &json!(image)), "{}", again.text());
    assert!(server.path_of(&image).exists());
}

/// Rows of two nodes with the same few pictures at the same time; every other one is refused once its files are stored,
/// and gives them up. What is committed can be read, at once and when all that was given up is gone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refusals_of_one_node_take_nothing_from_another() {
    let (first, server) = with(|config| config).await;
    let second = second(&first, &server).await;
    let taken = Uuid::now_v7();
    insert(&first, Some(taken), 200).await.expect("inserts");
    let one = async |round: usize| {
        let node = if round.is_multiple_of(2) { &first } else { &second };
        let refused = (round / 2).is_multiple_of(2);
        match insert(node, refused.then_some(taken), (round / 12) as u8).await {
            Ok(image) => Some(image),
            Err(error) => {
                assert!(refused && error.code() == "duplicate_key", "{error:?}");
                None
            }
        }
    };
    let kept: Vec<String> = futures_util::future::join_all((0..48).map(one)).await.into_iter().flatten().collect();
    assert_eq!(kept.len(), 24);
    for sweep in [HOUR, NOW, NOW] {
        for node in [&first, &second] {
            node.app.sweep_media(sweep).await.expect("sweeps");
            for image in &kept {
                assert_eq!(node.get(image).await.status, 200, "{image}");
            }
        }
    }
    // Five pictures and their thumbnails, each under its name again.
    assert_eq!((server.files(), server.aside()), (10, 0));
}

/// Inserts a poster of one colour and says where its image is.
async fn insert(node: &TestService, id: Option<Uuid>, red: u8) -> pxt::Result<String> {
    let image = pxt::Image::from_bytes(picture(64, 48, [red, 0, 0]));
    let new = NewPoster { id, title: "x".into(), note: None, stars: None, image, still: None };
    Ok(Poster::insert(&node.app, new).await?.image.url().expect("is stored"))
}
