use pxt::__private::AttributeRoute;

#[path = "../../../ui/schema.rs"]
mod tables;
use tables::schema;

#[pxt::insert_route(
    table = "films.posters",
    path = "/insert",
    export_sql(db_connect = "${ANALYTICS:-sqlite://analytics.db}", table = "titles")
)]
fn inserted(title: String) -> String {
    title
}

#[pxt::update_route(
    table = "films.posters",
    path = "/update",
    background,
    export_sql(
        db_connect = "mysql://films@db.example/analytics",
        table = "titles",
        db_schema = "public",
        method = "merge",
        delivery = "outbox",
    )
)]
fn updated(title: String) -> String {
    title
}

#[pxt::insert_route(table = "films.posters", path = "/other")]
fn other(title: String) -> String {
    title
}

fn main() {
    let rows = pxt::__private::inventory::iter::<AttributeRoute>.into_iter();
    let rows = rows.filter(|route| std::ptr::eq(route.schema, &schema::SCHEMA));
    let export = |route: &'static AttributeRoute| {
        route.export.map(|to| (to.db_connect, to.table, to.db_schema, to.method, to.delivery))
    };
    let mut all: Vec<_> = rows.map(|route| (route.path, export(route))).collect();
    all.sort_by_key(|(path, _)| *path);
    use pxt::{Delivery, ExportMethod};
    let inserted = ("${ANALYTICS:-sqlite://analytics.db}", "titles", None, ExportMethod::Insert, Delivery::Request);
    let database = "mysql://films@db.example/analytics";
    let updated = (database, "titles", Some("public"), ExportMethod::Merge, Delivery::Outbox);
    assert_eq!(all, [("/insert", Some(inserted)), ("/other", None), ("/update", Some(updated))]);
}
