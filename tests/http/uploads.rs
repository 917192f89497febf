use pxt::testing::Form;

use crate::{fields, files, picture, problem, service};

/// A poster's form, whole.
pub fn form(title: &str) -> Form {
    Form::new().text("title", title).file("image", "poster.png", &picture(64, 48, [200, 30, 30]))
}

#[tokio::test]
async fn an_upload_is_stored_computed_and_served() {
    let service = service().await;
    let still = picture(8, 8, [0, 0, 0]);
    let answer = service.upload("/posters", form("Alien").file("still", "../../still.gif", &still)).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let card = answer.json();
    assert_eq!((&card["title"], &card["width"], &card["line"]), (&"Alien".into(), &32.into(), &"ALIEN 3".into()));
    let fetched = service.get(card["still"].as_str().expect("a URL")).await;
    assert_eq!(
        (fetched.status.as_u16(), fetched.header("content-type")),
        (200, "image/png"),
        "by its bytes, not its name"
    );
    assert_eq!(fetched.body, still);
    let thumbnail = service.get(card["thumbnail"].as_str().expect("a URL")).await;
    let size = image::load_from_memory(&thumbnail.body).expect("is an image");
    assert_eq!((size.width(), size.height()), (32, 24));
}

#[tokio::test]
async fn what_is_not_an_image_leaves_nothing_behind() {
    let service = service().await;
    let answer = service
        .upload("/posters", Form::new().text("title", "x").file("image", "a.png", b"%PDF-1.4 not an image"))
        .await;
    let body = problem(&answer, 422, "invalid_input");
    assert_eq!(fields(&body, &["image"]), ["bad_media"]);
    // One good file beside one bad, and one beside a bad field.
    let mixed = form("x").file("still", "s.png", b"GIF is not this");
    fields(&problem(&service.upload("/posters", mixed).await, 422, "invalid_input"), &["still"]);
    let mixed = form("x").text("stars", "many");
    fields(&problem(&service.upload("/posters", mixed).await, 422, "invalid_input"), &["stars"]);
    fields(
        &problem(
            &service.upload("/posters", form("x").file("image", "b.png", &picture(1, 1, [0; 3]))).await,
            422,
            "invalid_input",
        ),
        &["image"],
    );
    assert_eq!(files(&service), 0);
}

#[tokio::test]
async fn large_parts_in_the_wrong_place_are_named_too() {
    let service = service().await;
    let large = vec![b'x'; 3 << 20];
    let text = std::str::from_utf8(&large).expect("is text");
    for (wrong, name, code) in [
        (Form::new().text("title", "x").file("image", "a.png", &large), "image", "bad_media"),
        (form("x").file("note", "a.txt", &large), "note", "wrong_type"),
        (form("x").text("still", text), "still", "wrong_type"),
        (form("x").file("image", "again.png", &large), "image", "repeated"),
    ] {
        let body = problem(&service.upload("/posters", wrong.text("stars", "3")).await, 422, "invalid_input");
        assert_eq!(fields(&body, &[name]), [code], "{body}");
    }
    assert_eq!(files(&service), 0);
}

#[tokio::test]
async fn parts_of_the_wrong_kind_are_named() {
    let service = service().await;
    let cases = [
        (Form::new().text("title", "x"), "image", "missing"),
        (Form::new().text("title", "x").text("image", "text"), "image", "wrong_type"),
        (Form::new().text("title", "x").file("image", "", b""), "image", "missing"),
        (Form::new().text("title", "x").file("image", "empty.png", b""), "image", "bad_media"),
        (form("x").file("note", "n.txt", b"a file"), "note", "wrong_type"),
        (form("x").text("title", "y"), "title", "repeated"),
        (form("x").text("thumbnail", "y"), "thumbnail", "unknown_field"),
        (form("x\0y"), "title", "nul_character"),
        (form("x").text("stars", ""), "stars", "wrong_type"),
        (form("x").text("stars", "9223372036854775808"), "stars", "out_of_range"),
    ];
    for (form, field, code) in cases {
        let body = problem(&service.upload("/posters", form).await, 422, "invalid_input");
        assert_eq!(fields(&body, &[field]), [code]);
        assert_eq!(body["errors"][0]["parameter"], field);
    }
    assert_eq!(files(&service), 0);
}

#[tokio::test]
async fn a_truncated_image_is_the_clients_mistake() {
    let service = service().await;
    let whole = picture(64, 48, [1, 2, 3]);
    let form = Form::new().text("title", "x").file("image", "a.png", &whole[..whole.len() / 2]);
    let body = problem(&service.upload("/posters", form).await, 422, "function_failed");
    fields(&body, &["thumbnail"]);
    assert_eq!(files(&service), 0, "nothing is left behind");
}

#[tokio::test]
async fn broken_forms_are_400_and_other_types_415() {
    let service = service().await;
    problem(&service.post_bytes("/posters", "multipart/form-data", "x").await, 400, "malformed_body");
    problem(
        &service.post_bytes("/posters", "multipart/form-data; boundary=x", "no parts").await,
        400,
        "malformed_body",
    );
    problem(
        &service.post_bytes("/posters", "multipart/form-data; boundary=x", "--x\r\ncut").await,
        400,
        "malformed_body",
    );
    problem(
        &service.post_bytes("/posters", "multipart/form-data; boundary=x", "--x\r\n\r\nnameless\r\n--x--").await,
        400,
        "malformed_body",
    );
    let long = "x".repeat(10 << 20);
    let header = format!("--x\r\nContent-Disposition: form-data; name=\"title\"\r\nX-Long: {long}\r\n\r\nt\r\n--x--");
    problem(&service.post_bytes("/posters", "multipart/form-data; boundary=x", header).await, 400, "malformed_body");
    problem(&service.post_bytes("/posters", "multipart/form-data; boundary=x", long).await, 400, "malformed_body");
    problem(&service.post_bytes("/posters", "application/json", "{}").await, 415, "unsupported_media_type");
}
