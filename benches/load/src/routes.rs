//! The routes of the services on pxt that are declared in code.

use pxt::{App, Insert, Query, Routes, Table, Uuid, retrieval};

use crate::schema::{Note, Picture};

#[pxt::query_route]
fn page(from: Uuid) -> pxt::Select<Note> {
    Note::select().filter(Note::id.ge(from)).order_by(Note::id.asc()).limit(10)
}

/// What a note is stored with, at this path.
pub(crate) fn insert(path: &str) -> Insert {
    Insert::at(path).inputs(["title", "body", "stars"]).outputs(["id", "title", "slug", "stars"])
}

/// All routes, `insert` among them.
pub(crate) fn routes(app: &App, insert_note: Insert) -> Routes {
    let upload = Insert::at("/upload").uploadfile_inputs(["picture"]).outputs(["id", "picture"]);
    app.routes()
        .add_insert_route(Note::DEF, insert_note)
        .add_insert_route(Note::DEF, insert("/later").background(true))
        .add_insert_route(Picture::DEF, upload)
        .add_query_route(retrieval(Note::DEF, ["id"]), Query::at("/lookup").one_row(true))
}
