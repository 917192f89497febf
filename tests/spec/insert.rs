//! Insert routes.

use pxt::Table;
use pxt::testing::Form;
use serde_json::{Value, json};

use crate::routes::HELD;
use crate::schema::{NewPrompt, Prompt};
use crate::{ok, picture, problem, prompt, refused, service};

/// router: add_insert_route, "inserts a single row into t and returns the resulting row"
/// guide: quickstart, `{"prompt": …}` is answered with `{"prompt": …, "result": …}`
/// guide: insert routes, "Insert a single row into a table and return the resulting column values"
/// behaviour 5: 200 and not 201, with the output columns
#[tokio::test]
async fn the_quickstart() {
    let service = service().await;
    let answer = service.post("/prompts/short", &json!({"prompt": "a sunset over the ocean"})).await;
    assert_eq!(ok(&answer), json!({"prompt": "a sunset over the ocean", "result": "A SUNSET OVER THE OCEAN"}));
    assert_eq!(answer.text(), r#"{"prompt":"a sunset over the ocean","result":"A SUNSET OVER THE OCEAN"}"#, "in order");
}

/// router: add_insert_route, outputs "Defaults to all columns (including inputs)"
/// behaviour 1: the columns of requests and responses are in the order of the table, or of the list given
#[tokio::test]
async fn outputs_default_to_all_columns() {
    let service = service().await;
    let answer = service.post("/prompts", &json!({"tag": "t", "prompt": "ab", "weight": 3})).await;
    assert_eq!(answer.text(), r#"{"id":1,"prompt":"ab","tag":"t","weight":3,"result":"AB","score":3.0}"#);
}

/// router: add_insert_route, inputs "Defaults to all non-computed columns"
/// behaviour 1: a computed column can never be an input
/// behaviour 5: `inputs` defaults to all non-computed columns
#[tokio::test]
async fn inputs_default_to_all_that_can_be_given() {
    let service = service().await;
    let row = ok(&service.post("/prompts", &json!({"prompt": "a"})).await);
    assert_eq!((&row["tag"], &row["weight"]), (&Value::Null, &json!(1)), "null, and the column's default");
    for computed in ["result", "score"] {
        refused(&service.post("/prompts", &json!({"prompt": "a", computed: "x"})).await, computed, "unknown_field");
    }
}

/// behaviour 5: one row a request
#[tokio::test]
async fn one_row_a_request() {
    let service = service().await;
    problem(&service.post("/prompts", &json!([{"prompt": "a"}, {"prompt": "b"}])).await, 422, "invalid_input");
    assert_eq!(prompt(&service, json!({"prompt": "a"})).await, 1, "none was stored");
}

/// behaviour 2: an insert's answer equals the row that a query reads
#[tokio::test]
async fn the_echo_is_the_row() {
    let service = service().await;
    let row = ok(&service.post("/prompts", &json!({"prompt": "naïve", "tag": ""})).await);
    assert_eq!(ok(&service.post("/prompts/lookup", &json!({"id": row["id"]})).await), row);
    let form = Form::new().file("image", "a.png", &picture(8, 8, [1; 3]));
    assert_eq!(ok(&service.upload("/pictures", form).await)["tag"], Value::Null);
}

/// router: add_insert_route, "saves the resized image": `return_fileresponse` answers with the file
/// guide: insert routes, `return_fileresponse` is "the single media-typed output as a raw file download"
/// behaviour 5: exactly one media output, as the raw file
#[tokio::test]
async fn a_file_as_the_answer() {
    let service = service().await;
    let form =
        Form::new().file("image", "photo.png", &picture(64, 48, [5; 3])).text("width", "20").text("height", "10");
    let answer = service.upload("/resize", form).await;
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "image/png"), "{}", answer.text());
    let resized = image::load_from_memory(&answer.body).expect("a picture");
    assert_eq!((resized.width(), resized.height()), (20, 10));
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
}

/// behaviour 5: a file that is null is 404 and no 500, and says that the row is stored
#[tokio::test]
async fn a_null_file() {
    let service = service().await;
    let answer = service.upload("/still", Form::new().file("image", "photo.png", &picture(4, 4, [5; 3]))).await;
    let body = problem(&answer, 404, "no_file");
    assert_eq!(body["stored"], true);
    let id = body["key"]["id"].clone();
    assert_eq!(ok(&service.post("/pictures/delete", &json!({"id": id})).await), json!({"num_rows": 1}));
}

/// guide: reading back computed columns after insert; here an insert by hand returns the whole row
/// migration: eliminating insert-then-query
#[tokio::test]
async fn a_typed_insert_returns_computed_columns() {
    let service = service().await;
    let new = NewPrompt { prompt: "ab".to_owned(), tag: None, weight: Some(3) };
    let row = Prompt::insert(&service.app, new).await.expect("inserts");
    assert_eq!((row.id, row.result.as_str(), row.score), (1, "AB", 3.0));
}

/// behaviour 0: writers of a table do not wait for one another's functions
/// behaviour 16: a slow function stops no other write
/// behaviour 20.7: no table lock during user code
#[tokio::test]
async fn a_slow_function_stops_nobody() {
    let service = service().await;
    let held = async { service.post("/prompts", &json!({"prompt": "held"})).await };
    let others = async {
        for n in 0..20 {
            let id = prompt(&service, json!({"prompt": format!("free {n}")})).await;
            ok(&service.post("/prompts/update", &json!({"id": id, "tag": "later"})).await);
            ok(&service.post("/prompts/delete", &json!({"id": id})).await);
        }
        // The function of the first request ends only now, when all others have been answered.
        HELD.add_permits(1);
    };
    let (held, ()) = futures_util::future::join(held, others).await;
    assert_eq!(ok(&held)["result"], "HELD");
}
