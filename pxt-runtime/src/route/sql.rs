//! A query as SQL text with named parameters, as a route's declaration has it.

use std::sync::Arc;

use crate::app::Bind;
use crate::query::RowField;
use crate::schema::{ColumnType, Shape};
use crate::store::{Described, DescribedColumn, Mistake};
use crate::table::Handles;
use crate::value::Value;

/// The rows of an SQL text. Made by [`sql`].
#[derive(Debug, Clone)]
pub struct SqlQuery {
    pub(super) text: Arc<str>,
    /// Names are kept for as long as the program runs: so are those of columns and of functions' parameters.
    pub(super) parameters: Vec<(&'static str, SqlParameter)>,
    pub(super) columns: Vec<(String, Shape)>,
    /// What the database said of it.
    pub(super) described: Option<Result<Arc<Described>, Vec<Mistake>>>,
}

/// A parameter of an SQL text: its type, whether it may be null, and what stands in when a request leaves it out.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct SqlParameter {
    /// What it takes. No media.
    pub ty: ColumnType,
    /// Whether a request may leave it out, or say null: it is null then.
    pub nullable: bool,
    /// The value of a parameter that is left out.
    pub default: Option<Value>,
}

/// A query in the database's SQL, with its parameters as `:name`, for
/// [`Routes::add_query_route`](super::Routes::add_query_route).
///
/// ```
/// use pxt_runtime::schema::ColumnType;
/// use pxt_runtime::route::{Method, Query, SqlParameter, sql};
///
/// let best = sql(r#"SELECT title, score FROM "films.posters" WHERE score > :least ORDER BY score DESC, id"#)
///     .parameter("least", SqlParameter::of(ColumnType::Float).default(0.5));
/// let route = Query::at("/best").method(Method::Get);
/// # let _ = (best, route);
/// ```
///
/// A table's name in the database is its full name in quotes. Values are bound, and never part of the text. The text is one
/// statement that begins with `SELECT`, `WITH` or `VALUES`; it is run where nothing can be written. Where PostgreSQL has an
/// operator `?`, write `??`.
///
/// The start asks the database what the columns are ([`Routes::prepare`](super::Routes::prepare)). One that is a column of a declared table is answered as
/// that column is, a file by its URL. Others are what the database says; SQLite says nothing of expressions, so each of their
/// values is answered as what it is, unless [`column`](SqlQuery::column) declares more.
///
/// Long answers come in pages, as those of other queries, and a page begins behind a number of rows: give the text an `ORDER BY`
/// that leaves no two rows equal, or they may change places between pages. Rows that others write meanwhile shift those that follow.
pub fn sql(text: impl Into<String>) -> SqlQuery {
    SqlQuery { text: text.into().into(), parameters: Vec::new(), columns: Vec::new(), described: None }
}

impl SqlQuery {
    /// Declares the parameter `:name`: a [`ColumnType`] that every request has to bring, or a [`SqlParameter`].
    #[must_use]
    pub fn parameter(mut self, name: impl Into<String>, parameter: impl Into<SqlParameter>) -> Self {
        self.parameters.push((name.into().leak(), parameter.into()));
        self
    }

    /// Declares what a column holds, where the database does not say, or says otherwise: a [`ColumnType`] that is never null, or a
    /// [`Shape`], as `Shape::of(ColumnType::Float).optional()`. A row that holds something else is an error of the service.
    #[must_use]
    pub fn column(mut self, name: impl Into<String>, shape: impl Into<Shape>) -> Self {
        self.columns.push((name.into(), shape.into()));
        self
    }
}

impl SqlParameter {
    /// A parameter that every request has to bring.
    pub const fn of(ty: ColumnType) -> Self {
        Self { ty, nullable: false, default: None }
    }

    /// The same that may be null, and is when it is left out and has no default.
    #[must_use]
    pub fn optional(mut self) -> Self {
        self.nullable = true;
        self
    }

    /// The same with a value for requests that leave it out.
    #[must_use]
    pub fn default(mut self, value: impl Bind) -> Self {
        self.default = Some(value.into_bound());
        self
    }
}

impl From<ColumnType> for SqlParameter {
    fn from(ty: ColumnType) -> Self {
        Self::of(ty)
    }
}

impl From<ColumnType> for Shape {
    fn from(ty: ColumnType) -> Self {
        Self::of(ty)
    }
}

/// The columns of a described text as the fields of a row.
pub(super) fn row_fields(described: &Described, tables: &Handles) -> Vec<RowField> {
    let field = |column: &DescribedColumn| {
        let origin = column.origin.filter(|(table, position)| column.ty == Some(table.columns[*position].ty));
        let code =
            origin.and_then(|(table, position)| Some(tables.get(table.name)?.code.columns[position].json_schema));
        RowField {
            name: column.name.clone().into(),
            shape: Shape { ty: column.ty, nullable: column.nullable, any_media: false },
            doc: origin.map_or("", |(table, position)| table.columns[position].doc),
            json_schema: code.unwrap_or(|_| None),
        }
    };
    described.columns.iter().map(field).collect()
}
