//! Multipart forms: files, text fields, and everything that can be wrong with them.

use pxt::testing::Form;
use serde_json::{Value, json};

use crate::{files, ok, picture, problem, refused, service};

fn form() -> Form {
    Form::new().file("image", "photo.png", &picture(32, 16, [200, 30, 30]))
}

/// router: add_insert_route, "These are sent as multipart form data; all other inputs become Form fields"
/// guide: insert routes, the request uses `multipart/form-data` when `uploadfile_inputs` is set
#[tokio::test]
async fn files_and_fields() {
    let service = service().await;
    let form = form().text("width", "4").text("height", "2").text("tag", "x & y=ü");
    let row = ok(&service.upload("/pictures", form.file("still", "s.png", &picture(2, 2, [0; 3]))).await);
    assert_eq!((&row["width"], &row["height"], &row["tag"]), (&json!(4), &json!(2), &json!("x & y=ü")));
    let size = async |name: &str| {
        let file = service.get(row[name].as_str().expect("a URL")).await;
        let picture = image::load_from_memory(&file.body).expect("a picture");
        (picture.width(), picture.height())
    };
    assert_eq!(size("image").await, (32, 16));
    assert_eq!(size("still").await, (2, 2));
    assert_eq!(size("resized").await, (4, 2));
    assert_eq!(size("thumbnail").await, (8, 4));
}

/// router: add_insert_route, "Defaults to all non-computed columns"; the upload columns move from the inputs to the files
/// behaviour 5: when `inputs` is defaulted, the upload columns simply move
#[tokio::test]
async fn uploads_leave_the_other_inputs() {
    let service = service().await;
    let id = "0190b3a4-5c5e-7000-8000-0000000000ff";
    let row = ok(&service.upload("/pictures", form().text("id", id)).await);
    assert_eq!((&row["id"], &row["width"], &row["still"]), (&json!(id), &json!(16), &Value::Null));
}

/// behaviour 3: text where a file is expected, and a file where text is, are 422 at the field
#[tokio::test]
async fn parts_of_the_wrong_kind() {
    let service = service().await;
    refused(&service.upload("/pictures", Form::new().text("image", "photo.png")).await, "image", "wrong_type");
    refused(&service.upload("/pictures", form().file("tag", "tag.txt", b"x")).await, "tag", "wrong_type");
    refused(&service.upload("/pictures", form().text("width", "4.0")).await, "width", "wrong_type");
    refused(&service.upload("/pictures", form().text("width", "")).await, "width", "wrong_type");
    refused(&service.upload("/pictures", form().text("wdith", "4")).await, "wdith", "unknown_field");
    refused(&service.upload("/pictures", form().text("resized", "x")).await, "resized", "unknown_field");
    assert_eq!(files(&service), 0);
}

/// behaviour 3: a missing file part of a nullable column is null and no 500; of another column it is 422
/// behaviour 20.1: a missing file part is no 5xx
#[tokio::test]
async fn missing_files() {
    let service = service().await;
    let row = ok(&service.upload("/papers", Form::new().text("name", "a")).await);
    assert_eq!(row, json!({"name": "a", "shelf": null, "file": null}));
    let unchosen = Form::new().text("name", "b").file("file", "", b"");
    assert_eq!(ok(&service.upload("/papers", unchosen).await)["file"], Value::Null, "as a browser sends it");
    refused(&service.upload("/pictures", Form::new().text("width", "4")).await, "image", "missing");
}

/// behaviour 3: two parts of one name are 422; the last does not win
#[tokio::test]
async fn repeated_parts() {
    let service = service().await;
    refused(
        &service.upload("/pictures", form().file("image", "b.png", &picture(1, 1, [0; 3]))).await,
        "image",
        "repeated",
    );
    refused(&service.upload("/pictures", form().text("tag", "a").text("tag", "b")).await, "tag", "repeated");
    assert_eq!(files(&service), 0);
}

/// behaviour 3: JSON sent to a multipart route is 415; no boundary, a cut body and a nameless part are 400
#[tokio::test]
async fn broken_forms() {
    let service = service().await;
    problem(&service.post("/pictures", &json!({"width": 4})).await, 415, "unsupported_media_type");
    let urlencoded = service.post_bytes("/pictures", "application/x-www-form-urlencoded", "width=4").await;
    problem(&urlencoded, 415, "unsupported_media_type");
    problem(&service.post_bytes("/pictures", "multipart/form-data", "--x--").await, 400, "malformed_body");
    for body in ["", "--x", "--x\r\ncut", "--x\r\n\r\nnameless\r\n--x--", "no parts at all"] {
        problem(&service.post_bytes("/pictures", "multipart/form-data; boundary=x", body).await, 400, "malformed_body");
    }
    let mut cut = b"--x\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a.png\"\r\n\r\n".to_vec();
    cut.extend(picture(8, 8, [1; 3]));
    problem(&service.post_bytes("/pictures", "multipart/form-data; boundary=x", cut).await, 400, "malformed_body");
    assert_eq!(files(&service), 0, "nothing is left of the file that was under way");
}

/// behaviour 3: the client's file name is used for nothing: a path in it is harmless, and the bytes say what the file is
#[tokio::test]
async fn file_names() {
    let service = service().await;
    for name in ["../../../pxt.db", "/etc/passwd", "C:\\\\x.exe", "a.html", "näme.png"] {
        let row = ok(&service.upload("/pictures", Form::new().file("image", name, &picture(4, 4, [9; 3]))).await);
        let url = row["image"].as_str().expect("a URL");
        assert!(url.starts_with("/media/studio.pictures/") && url.ends_with(".png"), "{name}: {url}");
        assert_eq!(service.get(url).await.header("content-type"), "image/png");
    }
}

/// behaviour 3: a form has at most 1000 parts and 1 MiB in a text field
/// behaviour 20.10: limits of forms
#[tokio::test]
async fn form_limits() {
    let service = service().await;
    let parts = (0..1001).fold(Form::new(), |form, n| form.text(&format!("f{n}"), "x"));
    problem(&service.upload("/pictures", parts).await, 413, "body_too_large");
    refused(&service.upload("/pictures", form().text("tag", &"x".repeat((1 << 20) + 1))).await, "tag", "too_long");
    assert_eq!(files(&service), 0);
}

/// behaviour 5: uploads are deleted when the insert fails
#[tokio::test]
async fn failed_inserts_keep_no_file() {
    let service = service().await;
    ok(&service.upload("/papers", Form::new().text("name", "a").file("file", "a.txt", b"first")).await);
    let kept = files(&service);
    let again = Form::new().text("name", "a").file("file", "b.txt", b"second");
    problem(&service.upload("/papers", again).await, 409, "duplicate_key");
    refused(
        &service.upload("/pictures", Form::new().file("image", "a.png", b"no picture")).await,
        "image",
        "bad_media",
    );
    let whole = picture(64, 64, [3; 3]);
    let cut = Form::new().file("image", "a.png", &whole[..whole.len() - 20]);
    problem(&service.upload("/pictures", cut).await, 422, "function_failed");
    assert_eq!(files(&service), kept);
}

/// guide: media columns, Image, Video, Audio and Document are all uploads, and all URL strings
#[tokio::test]
async fn all_media_types() {
    let service = service().await;
    let wav = [&b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x44\xac\0\0\x88\x58\x01\0\x02\0\x10\0data"[..], &[0; 4]]
        .concat();
    let mp4 = [&b"\0\0\0\x18ftypisom\0\0\x02\0isommp42"[..], &[0; 64]].concat();
    let form = Form::new()
        .file("video", "v", &mp4)
        .file("audio", "a", &wav)
        .file("image", "i", &picture(2, 2, [0; 3]))
        .file("document", "d", b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n");
    let row = ok(&service.upload("/clips", form).await);
    for (name, ty) in
        [("video", "video/mp4"), ("audio", "audio/wav"), ("image", "image/png"), ("document", "application/pdf")]
    {
        let url = row[name].as_str().expect("a URL");
        let file = service.get(url).await;
        assert_eq!((file.status.as_u16(), file.header("content-type")), (200, ty), "{name}");
    }
    let wrong = Form::new().file("video", "v.mp4", &picture(2, 2, [0; 3]));
    refused(&service.upload("/clips", wrong).await, "video", "bad_media");
    refused(&service.upload("/clips", Form::new().file("audio", "a.mp3", b"text")).await, "audio", "bad_media");
}
