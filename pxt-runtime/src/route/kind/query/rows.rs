//! The rows of a query as an answer: a page of a list, a page of a select, or the only row.

use super::{Asking, one};
use crate::error::Result;
use crate::route::answer::{Answer, Json, RowWriter, brackets};
use crate::route::request::CURSOR;
use crate::store::{Page, Select, StoreError, store_error};
use crate::value::Value;

/// A page of rows that are JSON text already. The function makes all of them for each page; where one begins is told by its
/// number.
pub(super) fn of_list(asking: &Asking<'_>, rows: &[Vec<u8>]) -> Result<Json> {
    let action = asking.action;
    let passed = match asking.cursor.as_deref().map(str::parse::<usize>) {
        None => 0,
        Some(Ok(passed)) if passed <= rows.len() => passed,
        Some(_) => return Err(store_error(StoreError::BadCursor)),
    };
    let end = passed + fitting(&rows[passed..], action.most, asking.endpoint.app.settings().max_page);
    let (open, close) = brackets(action.scalar);
    let next = (end < rows.len()).then(|| next(asking, &end.to_string()));
    Ok(Json::new([open, &rows[passed..end].join(&b','), close].concat()).with_next(next))
}

/// How many of the first rows make a page.
fn fitting(rows: &[Vec<u8>], most: u64, max_page: u64) -> usize {
    let mut bytes = 0;
    let fits = |row: &&Vec<u8>| {
        let fits = bytes <= max_page;
        bytes += row.len() as u64;
        fits
    };
    rows.iter().take(usize::try_from(most).unwrap_or(usize::MAX)).take_while(fits).count()
}

/// The one row of a select.
pub(super) async fn one_of(asking: &Asking<'_>, select: &Select) -> Result<Answer> {
    let (tables, action) = (asking.endpoint.app.tables(), asking.action);
    let page = Page { after: None, most: 2, bytes: None };
    let mut rows = tables.store().select(select, page).await.map_err(store_error)?;
    let mut found = Vec::with_capacity(2);
    while let Some(row) = rows.next().await.map_err(store_error)? {
        found.push(row);
    }
    let row = one(found.into_iter())?;
    if action.file {
        let file = row.into_iter().find(|value| matches!(value, Value::Media(_)));
        return Ok(Answer::File(file.unwrap_or(Value::Null)));
    }
    let mut body = Vec::with_capacity(256);
    RowWriter::new(tables, select, action.scalar).write(row, &mut body)?;
    Ok(Answer::Json(Json::new(body)))
}

/// A page of rows, with the address of the next one.
pub(super) async fn page(asking: &Asking<'_>, select: &Select) -> Result<Answer> {
    let (app, action) = (&asking.endpoint.app, asking.action);
    let bytes = Some(app.settings().max_page);
    let page = Page { after: asking.cursor.clone(), most: action.most, bytes };
    let rows = app.tables().store().select(select, page).await.map_err(store_error)?;
    let next = rows.further().map(|cursor| next(asking, cursor));
    Answer::of_rows(rows, RowWriter::new(app.tables(), select, action.scalar), next).await
}

/// The address of the rows that follow. Without a public address it is told by its query alone, which holds below any prefix.
pub(super) fn next(asking: &Asking<'_>, cursor: &str) -> String {
    let settings = asking.endpoint.app.settings();
    let base = settings.public_url.as_ref().map(|url| format!("{url}{}", asking.endpoint.path)).unwrap_or_default();
    let query = &asking.query;
    let and = if query.is_empty() { "" } else { "&" };
    format!("{base}?{query}{and}{CURSOR}={cursor}")
}
