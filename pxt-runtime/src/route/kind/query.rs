//! Query: the rows of a function, or of a retrieval by columns, as a list, as one row, or as a file.

mod rows;
mod sql;

use super::by_target;
use crate::app::{App, QueryDef, Rows};
use crate::compute::Arguments;
use crate::error::{Error, FieldError, Result};
use crate::route::action::{Asked, QueryAction, RetrievalAction};
use crate::route::answer::{Answer, Json};
use crate::route::endpoint::Endpoint;
use crate::route::fields::Input;
use crate::route::request::Received;
use crate::schema::ColumnType;
use crate::store::{Comparison, Condition, Place, SOUGHT, Select, StoreError};
use crate::table::{UPLOADS, media_error};
use crate::value::{Make, Media, Value, size};

impl QueryAction {
    /// The file of a parameter: one that a row has, or one that is stored for as long as the query runs.
    pub(crate) async fn settle(&self, app: &App, name: &str, ty: ColumnType, file: Media) -> Result<Media> {
        let seen = |table: &str| self.files.contains(table);
        let tables = app.tables();
        match tables.media().named(&file, ty, app.settings().public_url.as_deref(), seen).await {
            Ok(Some(found)) => Ok(found),
            Ok(None) => tables.settle_file(UPLOADS, name, ty, file).await,
            Err(error) => Err(media_error(name, error)),
        }
    }
}

/// A request of a query route, its fields read.
struct Asking<'e> {
    endpoint: &'e Endpoint,
    action: &'e QueryAction,
    /// The query string without the cursor.
    query: String,
    cursor: Option<String>,
}

pub(super) async fn run(endpoint: &Endpoint, action: &QueryAction, received: Received) -> Result<Answer> {
    let app = &endpoint.app;
    let Received { input, cursor, query, .. } = received;
    let asking = Asking { endpoint, action, query, cursor };
    match &action.asked {
        Asked::Retrieval(retrieval) if action.is_lookup() => retrieval.lookup(app, input).await,
        Asked::Retrieval(retrieval) => asking.answer(Rows::Select(Box::new(retrieval.select(input)))).await,
        Asked::Sql(sql) => asking.sql(sql, input).await,
        Asked::Function(query) => {
            let arguments = arguments(endpoint, action, query, input).await?;
            let sought = sought(query, &arguments);
            let is_upload = |value: &Value| if let Value::Media(file) = value { Some(file.clone()) } else { None };
            let uploads: Vec<_> = arguments.iter().filter_map(is_upload).collect();
            let result = match (query.call)(app.clone(), Arguments::new(arguments)).await {
                Ok(rows) => asking.answer(rows).await,
                Err(error) => Err(failed(query, error)),
            };
            app.tables().discard_uploads(uploads).await;
            result.map_err(|error| located(error, &sought))
        }
    }
}

impl Asking<'_> {
    async fn answer(&self, rows: Rows) -> Result<Answer> {
        let Self { action, .. } = self;
        match rows {
            Rows::Made(list) if action.one_row => one(list.into_iter()).map(|row| Answer::Json(Json::new(row))),
            Rows::Made(list) => rows::of_list(self, &list).map(Answer::Json),
            Rows::Select(select) if action.one_row => rows::one_of(self, &select).await,
            Rows::Select(select) => rows::page(self, &select).await,
        }
    }
}

/// One value a parameter: what the request says, else the default, else null.
async fn arguments(endpoint: &Endpoint, action: &QueryAction, query: &QueryDef, input: Input) -> Result<Vec<Value>> {
    let app = &endpoint.app;
    let given = by_target(query.params.len(), &endpoint.fields, input);
    let mut values = Vec::with_capacity(given.len());
    for (param, value) in query.params.iter().zip(given) {
        let value = value.unwrap_or_else(|| param.default.map_or(Value::Null, Make::make));
        values.push(match (value, param.shape.ty) {
            (Value::Media(file), Some(ty)) => Value::Media(action.settle(app, param.name, ty, file).await?),
            (value, _) => value,
        });
    }
    Ok(values)
}

/// A query's own error, without its text unless that is meant for clients.
fn failed(query: &QueryDef, error: Error) -> Error {
    if error.status() < 500 || error.is_public() || error.code() != "internal" {
        return error;
    }
    let text = format!("the query `{}` ({}) failed: {}", query.name, query.at, error.chain());
    Error::new(500, "query_failed", "the rows could not be read").with_source(text)
}

/// The parameters whose texts are too long to be looked for in others.
fn sought(query: &QueryDef, arguments: &[Value]) -> Vec<&'static str> {
    let is_long = |value: &Value| matches!(value, Value::String(text) if text.len() > SOUGHT);
    let long = query.params.iter().zip(arguments).filter(|(_, value)| is_long(value));
    long.map(|(param, _)| param.name).collect()
}

/// Names the parameters that a query looked for in other texts, where it was refused for their length.
fn located(error: Error, sought: &[&'static str]) -> Error {
    let refused = error.source().and_then(|source| source.downcast_ref::<StoreError>());
    if sought.is_empty() || !matches!(refused, Some(StoreError::LongText)) {
        return error;
    }
    let detail = format!("is longer than {}: other texts are not searched for more", size(SOUGHT));
    Error::invalid(sought.iter().map(|name| FieldError::pointer(name, "too_long", detail.clone())).collect())
}

/// The one of some rows; 404 for none, 409 for several.
fn one<T>(mut rows: impl Iterator<Item = T>) -> Result<T> {
    match (rows.next(), rows.next()) {
        (Some(row), None) => Ok(row),
        (None, _) => Err(no_row()),
        (Some(_), Some(_)) => {
            Err(Error::new(409, "several_rows", "there is more than one row, and this route answers with one"))
        }
    }
}

fn no_row() -> Error {
    Error::new(404, "row_not_found", "there is no such row")
}

impl RetrievalAction {
    /// The row with this key, by the statement that reads it quickest.
    async fn lookup(&self, app: &App, input: Input) -> Result<Answer> {
        let key = input.into_iter().flatten().collect();
        let Some((row, version)) = app.tables().get_version(&self.table, key).await? else { return Err(no_row()) };
        let mut body = Vec::with_capacity(256);
        self.keys.write(row.into_iter().map(|value| app.tables().outside(value)), &mut body)?;
        Ok(Answer::Json(Json::new(body).with_version(version)))
    }

    fn select(&self, input: Input) -> Select {
        let table = self.table.def;
        let equal = |(&column, value): (&usize, Value)| {
            let place = Place { table, column };
            match value {
                Value::Null => Condition::Null(place),
                value => Condition::Compare(place, Comparison::Equal, value),
            }
        };
        let mut select = Select::all(table);
        select.filter = Some(Condition::And(self.by.iter().zip(input.into_iter().flatten()).map(equal).collect()));
        select
    }
}

/// Whether rows are found by values of this type.
pub(crate) fn is_matchable(ty: ColumnType) -> bool {
    !ty.is_media() && ty != ColumnType::Json
}
