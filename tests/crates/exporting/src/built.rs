//! Routes by the builder: those of the attributes, whose answers are the rows as they are, and one that exports nothing.

use pxt::{Delivery, ExportMethod, Insert, Routes, SqlExport, Update};

const TARGET: &str = "${PXT_EXPORT_TARGET}";

/// Adds the routes.
pub(crate) fn declare(routes: Routes) -> Routes {
    let mut routes = routes.add_insert_route("notes", Insert::at("/notes"));
    for delivery in [Delivery::Request, Delivery::Outbox] {
        let word = if delivery == Delivery::Request { "request" } else { "outbox" };
        let to = |table: &str| SqlExport::to(TARGET, table).delivery(delivery);
        for (mode, background) in [("foreground", false), ("background", true)] {
            for method in [ExportMethod::Insert, ExportMethod::Update, ExportMethod::Merge] {
                let path = |kind: &str| format!("/builder/{kind}/{}/{word}/{mode}", method.word());
                let export = to("answers").method(method);
                let insert = Insert::at(path("insert")).background(background).export_sql(export.clone());
                let update = Update::at(path("update")).background(background).export_sql(export);
                routes = routes.add_insert_route("notes", insert).add_update_route("notes", update);
            }
            let path = format!("/builder/entries/{word}/{mode}");
            let entries = Insert::at(path).background(background).export_sql(to("entries"));
            routes = routes.add_insert_route("entries", entries);
        }
        let path = format!("/builder/pictures/{word}");
        let pictures = Insert::at(path).uploadfile_inputs(["image"]).export_sql(to("pictures"));
        routes = routes.add_insert_route("pictures", pictures);
    }
    let late = SqlExport::to("${PXT_EXPORT_LATE}", "late").delivery(Delivery::Outbox);
    let history = SqlExport::to(TARGET, "history").delivery(Delivery::Outbox);
    routes
        .add_insert_route(
            "notes",
            Insert::at("/builder/marked").background(true).export_sql(SqlExport::to(TARGET, "marked")),
        )
        .add_insert_route("notes", Insert::at("/builder/alone").export_sql(SqlExport::to(TARGET, "builder_alone")))
        .add_insert_route("notes", Insert::at("/builder/late").outputs(["id", "title"]).export_sql(late))
        .add_update_route("notes", Update::at("/builder/history").export_sql(history))
}
