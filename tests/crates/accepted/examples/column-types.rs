pub mod schema {
    use pxt::jiff::{Timestamp, civil::Date};
    use pxt::schemars::JsonSchema;
    use pxt::{Array, Audio, Binary, Document, Image, Json, Table, Uuid, Video};
    use serde::{Deserialize, Serialize};

    #[derive(Serialize, Deserialize, JsonSchema)]
    pub struct Credits {
        pub director: String,
        pub cast: Vec<String>,
    }

    #[derive(Table)]
    pub struct Everything {
        #[column(primary_key, default = Uuid::now_v7)]
        pub uuid: Uuid,
        #[column(default = true)]
        pub bool: bool,
        #[column(default = -1)]
        pub int: i64,
        #[column(default = -0.5)]
        pub float: f64,
        #[column(default = "none")]
        pub text: String,
        #[column(default = Timestamp::now)]
        pub timestamp: Timestamp,
        pub date: Date,
        pub json: pxt::serde_json::Value,
        pub credits: Json<Credits>,
        pub list: Json<Vec<String>>,
        pub binary: Binary,
        pub embedding: Array<f32, 4>,
        pub doubles: Array<f64, 4>,
        pub integers: Array<i64, 4>,
        pub flags: Array<bool, 4>,
        pub image: Image,
        pub video: Video,
        pub audio: Audio,
        pub document: Document,
        pub maybe_bool: Option<bool>,
        pub maybe_date: Option<Date>,
        pub maybe_json: Option<Json<Credits>>,
        pub maybe_array: Option<Array<f32, 4>>,
        pub maybe_document: Option<Document>,
    }

    pxt::schema![Everything];
}

use pxt::jiff::{Timestamp, civil::Date};
use pxt::{Array, Binary, Json, Uuid};
use schema::Credits;

#[pxt::insert_route(table = "everything")]
fn numbers(
    bool: bool,
    int: i64,
    float: f64,
    embedding: Array<f32, 4>,
    doubles: Array<f64, 4>,
    integers: Array<i64, 4>,
    flags: Array<bool, 4>,
) -> usize {
    drop((bool, int, float, embedding, doubles, integers, flags));
    7
}

#[pxt::insert_route(table = "everything")]
fn texts(
    uuid: Uuid,
    text: String,
    timestamp: Timestamp,
    date: Date,
    json: pxt::serde_json::Value,
    credits: Json<Credits>,
    list: Json<Vec<String>>,
    binary: Binary,
) -> usize {
    drop((uuid, text, timestamp, date, json, credits, list, binary));
    8
}

#[pxt::insert_route(table = "everything", uploadfile_inputs = ["image", "video", "audio", "document"])]
fn files(image: String, video: String, audio: String, document: String) -> Vec<String> {
    vec![image, video, audio, document]
}

#[pxt::insert_route(table = "everything")]
fn maybe(
    maybe_bool: Option<bool>,
    maybe_date: Option<Date>,
    maybe_json: Option<Json<Credits>>,
    maybe_array: Option<Array<f32, 4>>,
    maybe_document: Option<String>,
) -> usize {
    drop((maybe_bool, maybe_date, maybe_json, maybe_array, maybe_document));
    5
}

fn main() {}
