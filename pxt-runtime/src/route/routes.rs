//! The routes of a service: those of attributes, and those declared here, one method a kind.

use std::panic::Location;

use super::declared::{Declarations, Origin, What};
use super::names::{QueryName, TableName};
use super::options::{Compute, Delete, Insert, Query, Update};
use crate::app::App;
use crate::schema::At;

/// The routes of a service, under declaration. [`App::routes`] begins with those of attributes.
///
/// Nothing is checked before [`router`](Self::router), which names the mistakes of all routes at once.
#[derive(Clone)]
#[must_use = "routes are served by the router that `router()` makes of them"]
pub struct Routes {
    pub(super) app: App,
    pub(super) declarations: Declarations,
    /// What the service is called, and its version, in the OpenAPI document.
    pub(crate) title: String,
    pub(crate) version: String,
    /// Whether the document and the page that shows it are served.
    pub(crate) docs: bool,
    /// Whether all has to be known that answers are made by.
    pub(super) are_served: bool,
}

impl From<App> for Routes {
    fn from(app: App) -> Self {
        app.routes()
    }
}

impl Routes {
    pub(crate) fn new(app: App) -> Self {
        Self {
            app,
            declarations: Declarations::default(),
            title: "pxt".to_owned(),
            version: "1.0.0".to_owned(),
            docs: true,
            are_served: true,
        }
    }

    /// Adds a POST route that inserts a row and answers with it.
    #[track_caller]
    pub fn add_insert_route(self, table: impl Into<TableName>, options: Insert) -> Self {
        self.add(What::Insert(table.into(), options))
    }

    /// Adds a POST route that updates a row, found by its primary key, and answers with it.
    #[track_caller]
    pub fn add_update_route(self, table: impl Into<TableName>, options: Update) -> Self {
        self.add(What::Update(table.into(), options))
    }

    /// Adds a POST route that deletes the rows whose columns have the request's values, and answers with their number.
    #[track_caller]
    pub fn add_delete_route(self, table: impl Into<TableName>, options: Delete) -> Self {
        self.add(What::Delete(table.into(), options))
    }

    /// Adds a POST route that computes a row, stores nothing, and answers with it.
    #[track_caller]
    pub fn add_compute_route(self, table: impl Into<TableName>, options: Compute) -> Self {
        self.add(What::Compute(table.into(), options))
    }

    /// Adds a route that answers with the rows of a query.
    #[track_caller]
    pub fn add_query_route(self, query: impl Into<QueryName>, options: Query) -> Self {
        self.add(What::Query(query.into(), options))
    }

    #[track_caller]
    fn add(mut self, what: What) -> Self {
        let caller = Location::caller();
        self.declarations.add(what, Origin::Code(At { file: caller.file(), line: caller.line() }));
        self
    }

    /// Adds what was declared elsewhere.
    pub(crate) fn declare(mut self, declarations: Declarations) -> Self {
        self.declarations.extend(declarations);
        self
    }

    /// Serves every route below a path: `/api` makes `/api/posters` of `/posters`. The service's own paths, such as `/docs` and
    /// `/media`, stay where they are.
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.declarations.set_prefix(prefix.into(), None);
        self
    }

    /// Leaves out the routes that attributes declare.
    pub fn without_attribute_routes(mut self) -> Self {
        self.declarations.leave_out_attributes();
        self
    }

    /// Serves the files of a table that no route names. The files of tables that routes do name are served anyway; a query
    /// that returns a `Select` names its tables, one that returns a `Vec` names none.
    #[track_caller]
    pub fn serve_media_of(mut self, table: impl Into<TableName>) -> Self {
        let caller = Location::caller();
        let origin = Origin::Code(At { file: caller.file(), line: caller.line() });
        self.declarations.serve_media_of(table.into(), origin);
        self
    }

    /// Calls the service so in its OpenAPI document. Default: `pxt`.
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.title = title.into();
        self
    }

    /// Names this version of the service in its OpenAPI document. Default: `1.0.0`.
    pub fn version(mut self, version: impl Into<String>) -> Self {
        self.version = version.into();
        self
    }

    /// Serves neither `/openapi.json` nor `/docs`. [`openapi`](Self::openapi) makes the document all the same.
    pub fn without_docs(mut self) -> Self {
        self.docs = false;
        self
    }

    /// The application.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// Whether there is no route.
    pub(crate) fn is_empty(&self) -> bool {
        self.declarations.is_empty(self.app.schema())
    }
}
