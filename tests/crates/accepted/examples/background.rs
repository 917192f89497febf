use pxt::__private::{AttributeRoute, Background, QueryRoute};

#[path = "../../../ui/schema.rs"]
mod tables;
use tables::schema;

#[pxt::insert_route(table = "films.posters", path = "/insert", background = true, concurrency = 4)]
fn inserted(title: String) -> String {
    title
}

#[pxt::update_route(table = "films.posters", path = "/update", background)]
fn updated(title: String) -> String {
    title
}

#[pxt::compute_route(table = "films.posters", path = "/compute", background = false)]
fn computed(title: String) -> String {
    title
}

#[pxt::query_route(path = "/query", one_row, background)]
fn words(text: String) -> Vec<String> {
    vec![text]
}

fn main() {
    let rows = pxt::__private::inventory::iter::<AttributeRoute>.into_iter();
    let rows = rows.filter(|route| std::ptr::eq(route.schema, &schema::SCHEMA));
    let queries = pxt::__private::inventory::iter::<QueryRoute>.into_iter();
    let queries = queries.filter(|route| std::ptr::eq(route.schema, &schema::SCHEMA));
    let rows = rows.map(|route| (route.path, route.background));
    let mut all: Vec<_> = rows.chain(queries.map(|route| (route.path, route.background))).collect();
    all.sort_by_key(|(path, _)| *path);
    let wanted = [
        ("/compute", None),
        ("/insert", Some(Background { concurrency: Some(4) })),
        ("/query", Some(Background { concurrency: None })),
        ("/update", Some(Background { concurrency: None })),
    ];
    assert_eq!(all, wanted);
}
