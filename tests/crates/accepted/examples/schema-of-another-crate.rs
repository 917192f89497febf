use tables::schema;

#[pxt::insert_route(table = "films")]
fn created(title: String, slug: String) -> String {
    format!("{title}{slug}")
}

#[pxt::update_route(table = "films", schema = tables::schema)]
fn updated(year: Option<i64>) -> Option<i64> {
    year
}

fn main() {
    assert_eq!(schema::SCHEMA.tables.len(), 1);
}
