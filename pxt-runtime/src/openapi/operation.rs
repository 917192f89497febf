//! How a route is called, and what is said of it in words.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use super::failures::{self, Responses};
use super::jobs;
use super::schema::Writer;
use crate::route::{Action, Asked, Endpoint, RowAnswer};

/// The tag of queries that do not say which table they read.
pub(super) const QUERIES: &str = "queries";

/// The operation that an endpoint is.
pub(super) fn operation(endpoint: &Endpoint, id: &str, writer: &mut Writer<'_>, failed: &mut Responses) -> Json {
    let (summary, description) = words(endpoint);
    let mut responses = writer.responses(endpoint);
    if endpoint.background.is_some() {
        responses = jobs::submitted(&responses);
    }
    responses.extend(failures::of(endpoint, failed));
    let mut operation = json!({
        "operationId": id,
        "summary": summary,
        "tags": tags(endpoint),
        "responses": responses,
    });
    if let Some(description) = description {
        operation["description"] = description.into();
    }
    let parameters = writer.parameters(endpoint);
    if !parameters.is_empty() {
        operation["parameters"] = parameters.into();
    }
    if let Some(body) = writer.body(endpoint) {
        operation["requestBody"] = body;
    }
    operation
}

/// The tables that the endpoint is about.
pub(super) fn tags(endpoint: &Endpoint) -> Vec<&'static str> {
    let mut tables = endpoint.tables();
    tables.sort_unstable();
    tables.dedup();
    if tables.is_empty() { vec![QUERIES] } else { tables }
}

/// A line on what the endpoint does, and what more there is to say: the function's doc comment, if there is one.
fn words(endpoint: &Endpoint) -> (String, Option<String>) {
    let doc = endpoint.about.doc.trim();
    if doc.is_empty() {
        return (summary(endpoint), None);
    }
    let (first, rest) = doc.split_once('\n').unwrap_or((doc, ""));
    let rest = rest.trim();
    (first.trim().to_owned(), (!rest.is_empty()).then(|| rest.to_owned()))
}

fn summary(endpoint: &Endpoint) -> String {
    let file = |answer: &RowAnswer| if let RowAnswer::File(_) = answer { ", answered as a file" } else { "" };
    match &endpoint.action {
        Action::Insert(row) => format!("Insert a row into {}{}", row.table.def.name, file(&row.answer)),
        Action::Update(row) => format!("Update a row of {}{}", row.table.def.name, file(&row.answer)),
        Action::Compute(row) => {
            format!("Compute a row of {}, and store nothing{}", row.table.def.name, file(&row.answer))
        }
        Action::Delete(table) => format!("Delete rows of {} by {}", table.def.name, by(endpoint)),
        Action::Query(query) => match &query.asked {
            Asked::Function(def) => def.name.trim_start_matches("r#").replace('_', " "),
            Asked::Sql(_) => {
                let what = match (query.file, query.one_row) {
                    (true, _) => "The file of the row",
                    (false, true) => "The row",
                    (false, false) => "Rows",
                };
                let part = |word: &str, list: String| if list.is_empty() { list } else { format!(" {word} {list}") };
                let (tables, by) = (endpoint.tables().join(", "), by(endpoint));
                format!("{what}{}{}", part("of", tables), part("by", by))
            }
            Asked::Retrieval(_) => {
                let (tables, by) = (endpoint.tables().join(", "), by(endpoint));
                let what = match (query.file, query.one_row) {
                    (true, _) => "The file of the row",
                    (false, true) => "The row",
                    (false, false) => "Rows",
                };
                format!("{what} of {tables} by {by}")
            }
        },
    }
}

/// The fields that rows are found by.
fn by(endpoint: &Endpoint) -> String {
    endpoint.fields.names().collect::<Vec<_>>().join(" and ")
}

/// A name for each endpoint, no two alike.
///
/// # Errors
/// A sentence for each name that stays ambiguous.
pub(super) fn ids(endpoints: &[Endpoint]) -> Result<Vec<String>, Vec<String>> {
    let plain: Vec<String> = endpoints.iter().map(name).collect();
    let clashes = |name: &String| plain.iter().filter(|other| *other == name).count() > 1;
    let qualified = |(endpoint, name): (&Endpoint, &String)| match clashes(name) {
        true => format!("{name}_{}_{}", endpoint.kind(), endpoint.method.name().to_lowercase()),
        false => name.clone(),
    };
    let ids: Vec<String> = endpoints.iter().zip(&plain).map(qualified).collect();
    let mut places: BTreeMap<&String, Vec<String>> = BTreeMap::new();
    for (id, endpoint) in ids.iter().zip(endpoints) {
        places.entry(id).or_default().push(endpoint.line());
    }
    let several = places.into_iter().filter(|(_, places)| places.len() > 1);
    let texts: Vec<_> = several
        .map(|(id, places)| {
            format!(
                "{} are all called `{id}`: give their functions different names, or change a path",
                places.join(" and ")
            )
        })
        .collect();
    if texts.is_empty() { Ok(ids) } else { Err(texts) }
}

fn name(endpoint: &Endpoint) -> String {
    let name = endpoint.about.name.trim_start_matches("r#");
    if name.is_empty() { endpoint.kind().to_owned() } else { name.to_owned() }
}

/// The route of files.
pub(super) fn files(tables: &[&str], failed: &mut Responses) -> Json {
    let mut responses = super::response::of_files();
    responses.extend(failures::of_files(failed));
    json!({"get": {
        "operationId": "media_file",
        "summary": "A file of a row",
        "description": "Columns of files are answered as addresses of this route.",
        "tags": ["media"],
        "parameters": [
            {
                "name": "table",
                "in": "path",
                "required": true,
                "description": "The table that the row is of.",
                "schema": {"type": "string", "enum": tables},
            },
            {
                "name": "file",
                "in": "path",
                "required": true,
                "description": "The hash of the content, and what it is.",
                "schema": {"type": "string", "pattern": "^[0-9a-f]{64}\\.[0-9a-z]{1,8}$"},
            },
            {
                "name": "Range",
                "in": "header",
                "description": "Asks for a part of the file.",
                "schema": {"type": "string", "examples": ["bytes=0-1023"]},
            },
        ],
        "responses": Json::Object(Map::from_iter(responses)),
    }})
}
