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

fn main() {}
