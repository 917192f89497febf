use pxt::__private::{Method, QueryDef, QueryRoute};
use pxt::{App, Image};

#[path = "../../../ui/schema.rs"]
mod tables;
use tables::schema;

#[derive(serde::Serialize, pxt::schemars::JsonSchema)]
struct Hit {
    title: String,
}

#[pxt::query_route]
fn all() -> Vec<Hit> {
    Vec::new()
}

#[pxt::query_route(path = "/search", method = "get", inputs = ["text"], one_row = true)]
async fn search(app: &App, text: String, #[default(10)] most: i64, language: Option<String>) -> pxt::Result<Vec<Hit>> {
    let _ = (app, most, language);
    Ok(vec![Hit { title: text }])
}

#[pxt::query_route(
    path = "/like",
    method = "post",
    uploadfile_inputs = ["image"],
    one_row = false,
    return_fileresponse,
    schema = crate::tables::schema,
    crate = pxt,
)]
fn like(image: Image, still: Option<Image>) -> Vec<Option<Image>> {
    vec![Some(image), still]
}

// A file by URL, and a file that a request never brings.
#[pxt::query_route(method = "get", inputs = ["image"])]
fn by_url(image: Image, still: Option<Image>) -> Vec<Option<Image>> {
    vec![Some(image), still]
}

#[pxt::query_route(path = "/above")]
#[pxt::query]
fn above(#[default(1)] number: i64) -> Vec<i64> {
    vec![number]
}

#[pxt::query]
#[pxt::query_route(path = "/below")]
fn below(#[default(1)] number: i64) -> Vec<i64> {
    vec![number]
}

#[pxt::query_route(path = "/both", method = "get")]
/// Answers both.
#[pxt::query_route(path = "/both", inputs = [])]
fn both(#[default(1)] number: i64) -> Vec<i64> {
    vec![number]
}

fn main() {
    // Another crate, which these tests link, has routes over a schema of its own.
    let routes = pxt::__private::inventory::iter::<QueryRoute>.into_iter();
    let mut routes: Vec<_> = routes.filter(|route| std::ptr::eq(route.schema, &schema::SCHEMA)).collect();
    routes.sort_by_key(|route| (route.path, route.method == Method::Post));
    let paths: Vec<_> = routes.iter().map(|route| (route.path, route.query.name)).collect();
    let wanted = [
        ("/above", "above"),
        ("/all", "all"),
        ("/below", "below"),
        ("/both", "both"),
        ("/both", "both"),
        ("/by_url", "by_url"),
        ("/like", "like"),
        ("/search", "search"),
    ];
    assert_eq!(paths, wanted);

    let [_, all, _, get, post, _, like, search] = routes[..] else { panic!("eight routes") };
    assert_eq!((all.method, all.inputs, all.one_row, all.return_fileresponse), (Method::Post, None, false, false));
    assert_eq!((search.method, search.one_row, search.return_fileresponse), (Method::Get, true, false));
    assert_eq!((search.inputs, search.uploads), (Some(["text"].as_slice()), [].as_slice()));
    assert_eq!((like.one_row, like.return_fileresponse, like.uploads), (false, true, ["image"].as_slice()));
    assert_eq!((get.method, get.inputs), (Method::Get, None));
    assert_eq!((post.method, post.inputs), (Method::Post, Some([].as_slice())));
    assert!(std::ptr::eq(get.query, post.query), "one query with two routes");
    assert_eq!(post.query.doc, "Answers both.");

    let queries = pxt::__private::inventory::iter::<&'static QueryDef>.into_iter();
    let queries = queries.filter(|query| query.module == module_path!()).count();
    assert_eq!(queries, 7, "no query is made twice");
}
