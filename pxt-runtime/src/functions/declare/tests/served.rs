//! A table that is declared as data, from its declaration to rows over HTTP.

use std::io::Cursor;

use serde_json::json;

use super::*;
use crate::route::{Insert, Query, Routes, Update, retrieval};
use crate::schema::Schema;
use crate::testing::{Form, TestService};

fn picture(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let image = image::RgbImage::from_pixel(width, height, image::Rgb([200, 30, 7]));
    image::DynamicImage::from(image).write_to(&mut bytes, image::ImageFormat::Png).expect("a PNG can be written");
    bytes.into_inner()
}

fn schema() -> &'static Schema {
    let posters = table(
        "films.posters",
        &[
            with_default(ColumnDeclaration { primary_key: true, ..column("id", "uuid") }, text("uuid7")),
            column("title", "string"),
            column("image", "image"),
            with_default(column("stars", "int"), Literal::Int(3)),
            with_default(column("added", "timestamp"), text("now")),
            computed("thumbnail", "image.thumbnail(image, 16)"),
            computed("upper", "string.upper(title)"),
            computed("letters", "text.split(upper, ' ')"),
            ColumnDeclaration { on_error: Some("ignore".to_owned()), ..computed("small", "image.resize(image, 0, 1)") },
            column("vector", "array<f64, 2>?"),
        ],
    );
    declare_schema(&[], &[posters]).expect("is right")
}

#[tokio::test]
async fn rows_of_a_declared_table() {
    let declare = |routes: Routes| {
        routes
            .without_attribute_routes()
            .add_insert_route("films.posters", Insert::at("/posters").uploadfile_inputs(["image"]))
            .add_update_route("films.posters", Update::at("/posters/update"))
            .add_query_route(retrieval("films.posters", ["id"]), Query::at("/poster").one_row(true))
    };
    let service = TestService::of(schema(), |config| config, declare).await.expect("the service starts");
    let form = Form::new().text("title", "The Straße").text("vector", "[1, 2.5]");
    let answer = service.upload("/posters", form.file("image", "poster.png", &picture(64, 32))).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let row = answer.json();
    assert_eq!((&row["upper"], &row["letters"]), (&json!("THE STRASSE"), &json!(["THE", "STRASSE"])));
    assert_eq!((&row["stars"], &row["small"], &row["vector"]), (&json!(3), &json!(null), &json!([1.0, 2.5])));
    assert!(row["added"].as_str().is_some_and(|added| added.ends_with('Z')), "{row}");
    let thumbnail = service.get(row["thumbnail"].as_str().expect("a URL")).await;
    let thumbnail = image::load_from_memory(&thumbnail.body).expect("is an image");
    assert_eq!((thumbnail.width(), thumbnail.height()), (16, 8));

    let changed = service.post("/posters/update", &json!({"id": row["id"], "title": "Alien"})).await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    let found = service.post("/poster", &json!({"id": row["id"]})).await.json();
    assert_eq!((&found["upper"], &found["image"]), (&json!("ALIEN"), &row["image"]));

    let missing = service.upload("/posters", Form::new().text("title", "x")).await;
    assert_eq!(missing.status, 422, "{}", missing.text());
}

/// The catalog knows the table again, however its call was written.
#[tokio::test]
async fn a_table_is_the_same_at_the_next_start() {
    let declare = |call: &str| declare_schema(&[], &[poster(&[computed("words", call)])]).expect("is right");
    let plain = |routes: Routes| routes.without_attribute_routes().add_insert_route("poster", Insert::at("/posters"));
    let service = TestService::of(declare("text.split(title, ' ')"), |config| config, plain).await.expect("it starts");
    let mut config = service.database().config();
    config.auto_migrate = false;
    crate::App::open(config.clone(), declare(" text::split( title,\" \", )")).await.expect("nothing has changed");
    let error = crate::App::open(config, declare("text.split(title, ',')")).await.map(drop).expect_err("has changed");
    assert!(error.chain().to_string().contains("words"), "{}", error.chain());
}
