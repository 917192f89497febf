#[path = "../../../ui/schema.rs"]
mod tables;
use tables::schema;

pub mod routes {
    pub mod films {
        #[pxt::insert_route(table = "films.posters", path = "/films")]
        pub fn respond(title: String) -> String {
            title
        }
    }

    mod log {
        #[pxt::insert_route(table = "log", path = "/log")]
        pub(super) fn respond(text: String) -> super::Logged {
            super::Logged { text }
        }
    }

    #[derive(serde::Serialize, pxt::schemars::JsonSchema)]
    struct Logged {
        text: String,
    }
}

// Two routes on one table, side by side.
#[pxt::insert_route(table = "films.posters", path = "/a")]
fn first(title: String) -> String {
    title
}

#[pxt::insert_route(table = "films.posters", path = "/b")]
fn second(title: String) -> String {
    title
}

fn main() {}
