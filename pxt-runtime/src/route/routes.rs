//! The routes of a service: those of attributes, and those declared here, one method a kind.

use super::declaration::{AttributeRoute, QueryRoute};
use super::options::{Compute, Delete, Insert, Query, Update};
use crate::app::{App, QueryDef, QueryFunction};
use crate::schema::TableDef;

/// The routes of a service, under declaration. [`App::routes`] begins with those of attributes.
///
/// Nothing is checked before [`router`](Self::router), which names the mistakes of all routes at once.
#[derive(Clone)]
#[must_use = "routes are served by the router that `router()` makes of them"]
pub struct Routes {
    pub(super) app: App,
    pub(super) declared: Vec<Declared>,
    pub(super) attributes: bool,
    pub(super) media: Vec<TableName>,
    /// What the service is called, and its version, in the OpenAPI document.
    pub(crate) title: String,
    pub(crate) version: String,
    /// Whether the document and the page that shows it are served.
    pub(crate) docs: bool,
}

/// A route as it was declared.
#[derive(Clone)]
pub(super) enum Declared {
    Insert(TableName, Insert),
    Update(TableName, Update),
    Delete(TableName, Delete),
    Compute(TableName, Compute),
    Query(QueryName, Query),
    /// A function over a row.
    Decorated(&'static AttributeRoute),
    /// A query under its attribute.
    QueryRoute(&'static QueryRoute),
}

/// A table, by its name (`films.posters` or `films/posters`) or by its definition (`Poster::DEF`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableName(pub(super) String);

/// A query: a function under `#[pxt::query]`, as `search {}` or by its path (`"queries.search"`), or a [`retrieval`].
#[derive(Clone)]
pub struct QueryName(pub(super) Named);

#[derive(Clone)]
pub(super) enum Named {
    Path(String),
    Function(&'static QueryDef),
    Retrieval(Retrieval),
}

/// The rows of a table by the values of columns. Made by [`retrieval`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retrieval {
    pub(super) table: TableName,
    pub(super) by: Vec<String>,
}

/// A query of the whole rows of a table by the values of some columns, which are its parameters.
///
/// ```
/// use pxt_runtime::route::{Query, retrieval};
///
/// let lookup = retrieval("films.posters", ["id"]);
/// let route = Query::at("/posters/lookup").one_row(true);
/// # let _ = (lookup, route);
/// ```
pub fn retrieval(table: impl Into<TableName>, by: impl IntoIterator<Item: Into<String>>) -> Retrieval {
    Retrieval { table: table.into(), by: by.into_iter().map(Into::into).collect() }
}

impl From<&str> for TableName {
    fn from(name: &str) -> Self {
        Self(name.replace('/', "."))
    }
}

impl From<String> for TableName {
    fn from(name: String) -> Self {
        name.as_str().into()
    }
}

impl From<&'static TableDef> for TableName {
    fn from(def: &'static TableDef) -> Self {
        Self(def.name.to_owned())
    }
}

impl From<&str> for QueryName {
    fn from(path: &str) -> Self {
        Self(Named::Path(path.to_owned()))
    }
}

impl From<String> for QueryName {
    fn from(path: String) -> Self {
        Self(Named::Path(path))
    }
}

impl From<Retrieval> for QueryName {
    fn from(retrieval: Retrieval) -> Self {
        Self(Named::Retrieval(retrieval))
    }
}

impl<Q: QueryFunction> From<Q> for QueryName {
    fn from(_: Q) -> Self {
        Self(Named::Function(Q::DEF))
    }
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
            declared: Vec::new(),
            attributes: true,
            media: Vec::new(),
            title: "pxt".to_owned(),
            version: "1.0.0".to_owned(),
            docs: true,
        }
    }

    /// Adds a POST route that inserts a row and answers with it.
    pub fn add_insert_route(mut self, table: impl Into<TableName>, options: Insert) -> Self {
        self.declared.push(Declared::Insert(table.into(), options));
        self
    }

    /// Adds a POST route that updates a row, found by its primary key, and answers with it.
    pub fn add_update_route(mut self, table: impl Into<TableName>, options: Update) -> Self {
        self.declared.push(Declared::Update(table.into(), options));
        self
    }

    /// Adds a POST route that deletes the rows whose columns have the request's values, and answers with their number.
    pub fn add_delete_route(mut self, table: impl Into<TableName>, options: Delete) -> Self {
        self.declared.push(Declared::Delete(table.into(), options));
        self
    }

    /// Adds a POST route that computes a row, stores nothing, and answers with it.
    pub fn add_compute_route(mut self, table: impl Into<TableName>, options: Compute) -> Self {
        self.declared.push(Declared::Compute(table.into(), options));
        self
    }

    /// Adds a route that answers with the rows of a query.
    pub fn add_query_route(mut self, query: impl Into<QueryName>, options: Query) -> Self {
        self.declared.push(Declared::Query(query.into(), options));
        self
    }

    /// Leaves out the routes that attributes declare.
    pub fn without_attribute_routes(mut self) -> Self {
        self.attributes = false;
        self
    }

    /// Serves the files of a table that no route names. The files of tables that routes do name are served anyway; a query
    /// that returns a `Select` names its tables, one that returns a `Vec` names none.
    pub fn serve_media_of(mut self, table: impl Into<TableName>) -> Self {
        self.media.push(table.into());
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

    /// Whether there is any route.
    pub(crate) fn is_empty(&self) -> bool {
        self.all().is_empty()
    }

    /// The declarations, attributes first.
    pub(super) fn all(&self) -> Vec<Declared> {
        let mut all = if self.attributes { self.registered() } else { Vec::new() };
        all.extend(self.declared.iter().cloned());
        all
    }

    /// The registered routes that were checked against this application's schema. The linker decides their order, which
    /// differs from build to build; theirs is that of the source.
    fn registered(&self) -> Vec<Declared> {
        let rows = inventory::iter::<AttributeRoute>.into_iter();
        let queries = inventory::iter::<QueryRoute>.into_iter();
        let rows = rows.filter(|route| std::ptr::eq(route.schema, self.app.schema()));
        let queries = queries.filter(|route| std::ptr::eq(route.schema, self.app.schema()));
        let mut all: Vec<_> = rows
            .map(|route| ((route.at.file, route.at.line), Declared::Decorated(route)))
            .chain(queries.map(|route| ((route.at.file, route.at.line), Declared::QueryRoute(route))))
            .collect();
        all.sort_by_key(|(at, _)| *at);
        all.into_iter().map(|(_, declared)| declared).collect()
    }
}
