pub mod reexport {
    pub extern crate pxt as framework;
}

use reexport::framework;

pub mod schema {
    use crate::reexport::framework;

    #[framework::udf(crate = crate::reexport::framework)]
    fn upper(text: String) -> String {
        text.to_uppercase()
    }

    #[derive(framework::Table)]
    #[table(crate = crate::reexport::framework)]
    pub struct Film {
        pub title: String,
        #[column(computed = upper(title))]
        pub upper: String,
    }

    framework::schema![crate = framework; Film];
}

#[framework::insert_route(table = "film", crate = framework)]
fn respond(upper: String) -> String {
    upper
}

#[framework::query(crate = framework)]
fn all() -> Vec<i64> {
    Vec::new()
}

#[framework::query_route(method = "get", crate = framework)]
#[framework::query_route(path = "/some", crate = crate::reexport::framework)]
fn some(app: &framework::App, #[default(1)] one: i64) -> Vec<i64> {
    let _ = app;
    vec![one]
}

#[derive(framework::Record)]
#[record(crate = framework)]
pub struct Hit {
    pub title: String,
}

pub fn titles() -> framework::Select<schema::Film, Hit> {
    use framework::Table;
    schema::Film::select().columns((schema::Film::title,)).into::<Hit>()
}

fn main() {}
