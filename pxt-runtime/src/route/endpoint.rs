//! An endpoint: a declaration with its names resolved.

use std::borrow::Cow;
use std::sync::Arc;

use super::action::Action;
use super::declaration::Background;
use super::fields::Fields;
use super::options::Method;
use crate::app::App;
use crate::export::RowExport;
use crate::schema::At;

/// What serves a route: of an application, once the declaration is judged.
pub(crate) struct Endpoint<A = App> {
    pub(crate) app: A,
    pub(crate) method: Method,
    pub(crate) path: String,
    /// The fields of the request, in the order of the table or of the query.
    pub(crate) fields: Fields,
    pub(crate) action: Action,
    /// Whether it answers with a job, which does the work later.
    pub(crate) background: Option<Background>,
    pub(crate) about: About,
}

/// What people are told of an endpoint.
pub(crate) struct About {
    /// The function's name, or one made of the path.
    pub(crate) name: Cow<'static, str>,
    /// The function's doc comment, if there is a function.
    pub(crate) doc: &'static str,
    /// Where the function stands, if there is one.
    pub(crate) at: Option<At>,
}

impl Endpoint<()> {
    /// The same route of an application.
    pub(super) fn bind(self, app: App) -> Endpoint {
        let Self { app: (), method, path, fields, action, background, about } = self;
        Endpoint { app, method, path, fields, action, background, about }
    }
}

impl<A> Endpoint<A> {
    /// The tables that the endpoint is about. None for a query that does not say.
    pub(crate) fn tables(&self) -> Vec<&'static str> {
        match &self.action {
            Action::Insert(row) | Action::Update(row) | Action::Compute(row) => vec![row.table.def.name],
            Action::Delete(table) => vec![table.def.name],
            Action::Query(query) => query.tables.iter().map(|table| table.name).collect(),
        }
    }

    /// Where its answers are written besides.
    pub(crate) fn export(&self) -> Option<&Arc<RowExport>> {
        match &self.action {
            Action::Insert(row) | Action::Update(row) | Action::Compute(row) => row.export.as_ref(),
            Action::Delete(_) | Action::Query(_) => None,
        }
    }

    /// The word for what it does.
    pub(crate) fn kind(&self) -> &'static str {
        match &self.action {
            Action::Insert(_) => "insert",
            Action::Update(_) => "update",
            Action::Compute(_) => "compute",
            Action::Delete(_) => "delete",
            Action::Query(_) => "query",
        }
    }

    /// Whether GET makes a job of it, which HEAD would do as well, and a mere link.
    pub(crate) fn begins_by_get(&self) -> bool {
        self.method == Method::Get && self.background.is_some()
    }

    /// Whether it changes one row, and only in the version that the client names, if it names one.
    pub(crate) fn takes_version(&self) -> bool {
        match &self.action {
            Action::Update(_) => true,
            Action::Delete(table) => self.fields.are_key_of(table),
            _ => false,
        }
    }

    /// Whether its answer is a list of rows, which may go on in another answer.
    pub(crate) fn pages(&self) -> bool {
        matches!(&self.action, Action::Query(query) if !query.one_row)
    }

    /// The endpoint in a line: `POST /posters`.
    pub(crate) fn line(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}
