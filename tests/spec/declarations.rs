//! What a declaration may say. Every mistake of every route stops the start, and is told with what to write.

use pxt::testing::{Form, TestService};
use pxt::{Compute, Delete, Insert, Method, Query, Routes, SqlExport, Table, Update, retrieval};
use serde_json::json;

use crate::schema::{Picture, SCHEMA};
use crate::{ok, picture};

const NONE: [&str; 0] = [];

/// The text that refuses these routes.
async fn refusal(declare: impl FnOnce(Routes) -> Routes) -> String {
    let declare = |routes: Routes| declare(routes.without_attribute_routes());
    TestService::of(&SCHEMA, |config| config, declare).await.err().expect("is refused").to_string()
}

/// Asserts that a declaration is refused in these words, and for nothing else.
async fn refuses(declare: impl FnOnce(Routes) -> Routes, wanted: &str) {
    let text = refusal(declare).await;
    let mistakes: Vec<_> = text.lines().skip(1).collect();
    assert!(mistakes.len() == 1 && mistakes[0].contains(wanted), "{wanted}\nis not alone in\n{text}");
}

async fn serves(declare: impl FnOnce(Routes) -> Routes) -> TestService {
    let declare = |routes: Routes| declare(routes.without_attribute_routes());
    TestService::of(&SCHEMA, |config| config, declare).await.expect("is right")
}

/// guide: insert routes, a table path takes "." or "/"
/// behaviour 13: table paths may use "." or "/"
#[tokio::test]
async fn table_names() {
    let service = serves(|routes| {
        routes
            .add_insert_route("studio.prompts", Insert::at("/a").inputs(["prompt"]))
            .add_insert_route("studio/prompts", Insert::at("/b").inputs(["prompt"]))
            .add_compute_route(Picture::DEF, Compute::at("/c").uploadfile_inputs(["image"]))
    })
    .await;
    for path in ["/a", "/b"] {
        ok(&service.post(path, &json!({"prompt": "x"})).await);
    }
    refuses(
        |routes| routes.add_insert_route("studio.prompt", Insert::at("/a")),
        "there is no table `studio.prompt`; did you mean `studio.prompts`?",
    )
    .await;
}

/// guide: query routes, a query is named by its dotted path
/// behaviour 0: a query is named `a.b.query` and `a.b:query`
#[tokio::test]
async fn query_names() {
    for name in ["numbers", "routes.numbers", "routes:numbers", "spec::routes::numbers", "spec.routes.numbers"] {
        let service = serves(|routes| routes.add_query_route(name, Query::at("/n"))).await;
        assert_eq!(ok(&service.post("/n", &json!({"from": 1})).await), json!([1, 2, 3]), "{name}");
    }
    refuses(|routes| routes.add_query_route("number", Query::at("/n")), "there is no query `number`").await;
}

/// behaviour 8: a path without a leading slash is refused
/// behaviour 10: no path parameters
#[tokio::test]
async fn paths() {
    let at = |path: &'static str| move |routes: Routes| routes.add_insert_route("pairs", Insert::at(path));
    refuses(at("pairs"), "a path starts with `/`: write \"/pairs\"").await;
    refuses(at(""), "a path starts with `/`: write \"/\"").await;
    refuses(at("/pairs/{left}"), "a route has no path parameters").await;
    refuses(at("/a b"), "a path is written without a space").await;
    refuses(at("/a?b"), "a path is written without `?`").await;
    refuses(at("/media/x"), "`/media` is the service's own").await;
    refuses(at("/docs"), "`/docs` is the service's own").await;
}

/// behaviour 0: two routes of one method and path are refused, and none shadows the other
#[tokio::test]
async fn duplicates() {
    refuses(
        |routes| routes.add_insert_route("pairs", Insert::at("/x")).add_delete_route("pairs", Delete::at("/x")),
        "POST /x is declared 2 times, as insert into `pairs` at tests/spec/declarations.rs:",
    )
    .await;
    let service = serves(|routes| {
        routes
            .add_query_route("numbers", Query::at("/x").method(Method::Get))
            .add_insert_route("pairs", Insert::at("/x"))
    })
    .await;
    ok(&service.get("/x?from=1").await);
    ok(&service.post("/x", &json!({"left": "a", "right": 1, "value": 1})).await);
}

/// behaviour 5: inputs: unknown, computed and repeated columns are refused, and required ones may not be left out
/// behaviour 8: the same column twice in `inputs` or `outputs`, and `outputs=[]`, are refused
#[tokio::test]
async fn columns_of_inserts() {
    let prompts = |insert: Insert| move |routes: Routes| routes.add_insert_route("studio.prompts", insert);
    let at = || Insert::at("/x");
    refuses(
        prompts(at().inputs(["prompt", "tga"])),
        "`inputs` names `tga`, which is no column of `studio.prompts`; did you mean `tag`?",
    )
    .await;
    refuses(prompts(at().inputs(["prompt", "result"])), "column `result` is computed: remove it from `inputs`").await;
    refuses(prompts(at().inputs(["prompt", "id"])), "column `id` is numbered by the database: remove it from `inputs`")
        .await;
    refuses(prompts(at().inputs(["prompt", "prompt"])), "`inputs` names `prompt` twice: remove one").await;
    refuses(prompts(at().inputs(["tag"])), "column `prompt` is needed: add it to `inputs`").await;
    refuses(prompts(at().outputs(["results"])), "`outputs` names `results`, which is no column").await;
    refuses(prompts(at().outputs(["tag", "tag"])), "`outputs` names `tag` twice: remove one").await;
    refuses(prompts(at().outputs(NONE)), "`outputs` is empty: list a column, or leave it out for all").await;
}

/// router: add_insert_route, uploadfile_inputs "must be media-typed"
/// behaviour 5: `uploadfile_inputs` names media columns not also in `inputs`
#[tokio::test]
async fn uploads_of_inserts() {
    let pictures = |insert: Insert| move |routes: Routes| routes.add_insert_route("studio.pictures", insert);
    let at = || Insert::at("/x").inputs(["tag"]);
    refuses(
        pictures(at().uploadfile_inputs(["image", "width"])),
        "column `width` is int, and only media columns are uploaded",
    )
    .await;
    refuses(
        pictures(Insert::at("/x").inputs(["still"]).uploadfile_inputs(["image", "still"])),
        "`still` is in `inputs` and in `uploadfile_inputs`: remove it from one of them",
    )
    .await;
    refuses(pictures(at().uploadfile_inputs(["image", "image"])), "`uploadfile_inputs` names `image` twice").await;
    refuses(
        pictures(at().uploadfile_inputs(["image", "thumbnail"])),
        "column `thumbnail` is computed: remove it from `uploadfile_inputs`",
    )
    .await;
    refuses(
        pictures(at().uploadfile_inputs(["still"])),
        "column `image` is needed: add it to `uploadfile_inputs` or `inputs`",
    )
    .await;
}

/// router: add_insert_route, return_fileresponse "Requires exactly one media-typed output column"
/// router: add_insert_route, background and export_sql are "Mutually exclusive with return_fileresponse"
/// behaviour 5: `return_fileresponse` excludes `background` and `export_sql`
#[tokio::test]
async fn files_of_inserts() {
    let pictures = |insert: Insert| move |routes: Routes| routes.add_insert_route("studio.pictures", insert);
    let at = || Insert::at("/x").uploadfile_inputs(["image"]).return_fileresponse(true);
    refuses(pictures(at()), "answers with the one media column among the outputs, and there are 4").await;
    refuses(pictures(at().outputs(["id"])), "answers with the one media column among the outputs, and there are 0")
        .await;
    let one = || at().outputs(["id", "image"]);
    refuses(pictures(one().background(true)), "`background` and `return_fileresponse` exclude each other").await;
    let export = SqlExport::to("postgresql://host/db", "t");
    refuses(pictures(one().export_sql(export)), "`export_sql` and `return_fileresponse` exclude each other").await;
}

/// router: add_update_route, `inputs` exclude "primary key and media-typed columns (which cannot be updated)"
/// router: update_route, "media-typed columns and primary key columns cannot be used as inputs"
/// behaviour 7: naming a key, a computed or a media column is refused; so is a table without a key
/// behaviour 8: an update route with `inputs=[]` is refused
#[tokio::test]
async fn updates() {
    let pictures = |update: Update| move |routes: Routes| routes.add_update_route("studio.pictures", update);
    let at = || Update::at("/x");
    refuses(
        pictures(at().inputs(["tag", "id"])),
        "column `id` is the primary key, which every request of an update carries",
    )
    .await;
    refuses(pictures(at().inputs(["tag", "still"])), "column `still` is media, which an update cannot change").await;
    refuses(pictures(at().inputs(["tag", "resized"])), "column `resized` is computed").await;
    refuses(pictures(at().inputs(NONE)), "an update changes at least one column").await;
    refuses(pictures(at().return_fileresponse(true)), "there are 4").await;
    refuses(pictures(at().outputs(["resized"]).return_fileresponse(true).background(true)), "exclude each other").await;
    refuses(
        |routes| routes.add_update_route("readings", at()),
        "table `readings` has no primary key to find the row by",
    )
    .await;
}

/// router: add_delete_route, match_columns "Must be non-empty"
/// behaviour 8: `match_columns=[]`, an unknown column and a table without a key are refused
#[tokio::test]
async fn deletes() {
    let prompts = |delete: Delete| move |routes: Routes| routes.add_delete_route("studio.prompts", delete);
    let at = || Delete::at("/x");
    refuses(prompts(at().match_columns(NONE)), "`match_columns` is empty, which would delete every row").await;
    refuses(
        prompts(at().match_columns(["tags"])),
        "`match_columns` names `tags`, which is no column of `studio.prompts`; did you mean `tag`?",
    )
    .await;
    refuses(prompts(at().match_columns(["tag", "tag"])), "`match_columns` names `tag` twice").await;
    refuses(
        |routes| routes.add_delete_route("readings", at()),
        "table `readings` has no primary key: list columns in `match_columns`",
    )
    .await;
    refuses(
        |routes| routes.add_delete_route("studio.pictures", at().match_columns(["image"])),
        "column `image` is image, by which rows are not matched",
    )
    .await;
    refuses(|routes| routes.add_delete_route("kinds", at().match_columns(["tree"])), "by which rows are not matched")
        .await;
}

/// behaviour 6: a computation's inputs have to cover what its outputs need
#[tokio::test]
async fn computations() {
    let pictures = |compute: Compute| move |routes: Routes| routes.add_compute_route("studio.pictures", compute);
    let at = || Compute::at("/x").inputs(["width"]);
    refuses(pictures(at().outputs(["resized"])), "column `image` is needed").await;
    refuses(pictures(at().outputs(["thumbnails"])), "`outputs` names `thumbnails`").await;
    refuses(pictures(at().uploadfile_inputs(["image"]).return_fileresponse(true)), "there are 4").await;
    serves(pictures(at().outputs(["width"]))).await;
    refuses(
        |routes| routes.add_compute_route("studio.prompts", Compute::at("/x").outputs(["id", "result"])),
        "column `id` is numbered by the database when a row is stored, and a computation stores none",
    )
    .await;
}

/// router: add_query_route, inputs are parameters of the query, uploads are media, and GET has none
/// guide: query routes, uploads are "not supported with `method = "get"`"
/// behaviour 10: a parameter that is left out and has no default is refused at the start, not at a request
/// behaviour 10: GET with `uploadfile_inputs`, and a file without a media column, are refused
#[tokio::test]
async fn queries() {
    let numbers = |query: Query| move |routes: Routes| routes.add_query_route("numbers", query);
    let at = || Query::at("/x");
    refuses(
        numbers(at().inputs(["form", "from"])),
        "`inputs` names `form`, which is no parameter of the query; did you mean `from`?",
    )
    .await;
    refuses(numbers(at().inputs(["from", "from"])), "`inputs` names `from` twice").await;
    refuses(numbers(at().inputs(["count"])), "parameter `from` has no default: add it to `inputs`, or give it one")
        .await;
    refuses(
        numbers(at().inputs(["from"]).uploadfile_inputs(["count"])),
        "parameter `count` is int, and only media is uploaded",
    )
    .await;
    refuses(numbers(at().max_rows(0)), "`max_rows` is 0").await;
    refuses(numbers(at().return_fileresponse(true)), "`return_fileresponse` needs rows that tell their media column")
        .await;
    refuses(
        |routes| {
            routes.add_query_route("size", at().method(Method::Get).inputs(["label"]).uploadfile_inputs(["image"]))
        },
        "a GET request carries no files",
    )
    .await;
    let by = |columns: &'static [&'static str]| {
        move |routes: Routes| {
            routes.add_query_route(retrieval("studio.pictures", columns.iter().copied()), Query::at("/x"))
        }
    };
    refuses(by(&[]), "a retrieval without columns would answer with every row").await;
    refuses(by(&["tga"]), "`match_columns` names `tga`").await;
    refuses(by(&["image"]), "column `image` is image, by which rows are not found").await;
    refuses(
        |routes| routes.add_query_route(retrieval("studio.pictures", ["id"]), at().return_fileresponse(true)),
        "answers with the one media column of the row, and there are 4",
    )
    .await;
    refuses(
        |routes| {
            routes
                .add_query_route(retrieval("studio.papers", ["name"]), at().return_fileresponse(true).background(true))
        },
        "`background` and `return_fileresponse` exclude each other",
    )
    .await;
}

/// behaviour 13: all mistakes of all routes are told at once, each with its route
#[tokio::test]
async fn all_at_once() {
    let text = refusal(|routes| {
        routes
            .add_insert_route("pairs", Insert::at("a").inputs(["left", "x"]))
            .add_delete_route("nowhere", Delete::at("/b"))
            .add_update_route("readings", Update::at("/c"))
    })
    .await;
    let lines: Vec<_> = text.lines().skip(1).map(|line| line.trim().split(" (").next().unwrap_or_default()).collect();
    assert_eq!(lines, ["POST a", "POST a", "POST a", "POST a", "POST /b", "POST /c"], "{text}");
}

/// guide: full example, an image service of every kind of route
/// migration: step by step, one `add_*_route` for each endpoint
#[tokio::test]
async fn the_full_example() {
    let service = serves(|routes| {
        let images = "studio/pictures";
        routes
            .add_insert_route(
                images,
                Insert::at("/process").inputs(["tag"]).uploadfile_inputs(["image"]).outputs(["id", "thumbnail"]),
            )
            .add_update_route(images, Update::at("/images/update").inputs(["tag"]).outputs(["id", "tag", "thumbnail"]))
            .add_delete_route(images, Delete::at("/images/delete"))
            .add_delete_route(images, Delete::at("/images/delete-by-tag").match_columns(["tag"]))
            .add_query_route(retrieval(images, ["tag"]), Query::at("/search"))
            .add_query_route(retrieval(images, ["id"]), Query::at("/lookup").one_row(true).method(Method::Get))
    })
    .await;
    let form = Form::new().file("image", "photo.jpg", &picture(64, 64, [7; 3])).text("tag", "old");
    let processed = ok(&service.upload("/process", form).await);
    let id = &processed["id"];
    let updated = ok(&service.post("/images/update", &json!({"id": id, "tag": "new"})).await);
    assert_eq!(updated, json!({"id": id, "tag": "new", "thumbnail": processed["thumbnail"]}));
    let row = ok(&service.get(&format!("/lookup?id={}", id.as_str().expect("a UUID"))).await);
    assert_eq!(ok(&service.post("/search", &json!({"tag": "new"})).await), json!({"rows": [row]}));
    assert_eq!(ok(&service.post("/images/delete-by-tag", &json!({"tag": "old"})).await), json!({"num_rows": 0}));
    assert_eq!(ok(&service.post("/images/delete", &json!({"id": id})).await), json!({"num_rows": 1}));
}
