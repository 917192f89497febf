//! What a route is about, as its declaration names it: a table, a query, or the rows of a table by columns.

use std::fmt;

use super::sql::SqlQuery;
use crate::app::{QueryDef, QueryFunction};
use crate::schema::TableDef;

/// A table, by its name (`films.posters` or `films/posters`) or by its definition (`Poster::DEF`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableName(pub(super) String);

/// A query: a function under `#[pxt::query]`, as `search {}` or by its path (`"queries.search"`), a [`retrieval`],
/// or [`sql`](super::sql()).
#[derive(Clone)]
pub struct QueryName(pub(super) Named);

#[derive(Clone)]
pub(super) enum Named {
    Path(String),
    Function(&'static QueryDef),
    Retrieval(Retrieval),
    Sql(SqlQuery),
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
pub fn retrieval(table: impl Into<TableName>, match_columns: impl IntoIterator<Item: Into<String>>) -> Retrieval {
    Retrieval { table: table.into(), by: match_columns.into_iter().map(Into::into).collect() }
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

impl From<SqlQuery> for QueryName {
    fn from(sql: SqlQuery) -> Self {
        Self(Named::Sql(sql))
    }
}

impl<Q: QueryFunction> From<Q> for QueryName {
    fn from(_: Q) -> Self {
        Self(Named::Function(Q::DEF))
    }
}

impl fmt::Display for QueryName {
    /// As messages name it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Named::Path(path) => write!(f, "`{path}`"),
            Named::Function(def) => write!(f, "`{}`", def.name),
            Named::Retrieval(retrieval) => write!(f, "of `{}` by `{}`", retrieval.table.0, retrieval.by.join("`, `")),
            Named::Sql(_) => f.write_str("by SQL"),
        }
    }
}
