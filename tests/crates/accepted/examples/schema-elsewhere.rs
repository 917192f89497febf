#[path = "../../../ui/schema.rs"]
mod tables;

mod database {
    pub(crate) use super::tables;
}

#[pxt::insert_route(table = "films.posters", schema = database::tables::schema)]
fn respond(title: String) -> String {
    title
}

mod inner {
    use crate::database::tables::schema as films;

    #[pxt::insert_route(table = "log", schema = films)]
    fn logged(text: String) -> String {
        text
    }
}

fn main() {}
