//! The document: an operation for each endpoint, and the components that they share. The same routes make the same text.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json, json};

use super::components::{ANY_JSON, Components, any_json};
use super::failures::{self, Responses};
use super::jobs;
use super::operation::{self, QUERIES};
use super::response::header_components;
use super::schema::Writer;
use crate::error::{Error, Result};
use crate::route::Endpoint;
use crate::schema::TableDef;

/// What a document says of the service as a whole.
pub(crate) struct Service<'s> {
    pub(crate) title: &'s str,
    pub(crate) version: &'s str,
    pub(crate) public_url: Option<&'s str>,
    /// The tables whose files are served.
    pub(crate) media: Vec<&'static TableDef>,
}

/// The OpenAPI 3.1 document of endpoints.
///
/// # Errors
/// When two types, or two operations, have one name: the text has all such names and what to write.
pub(crate) fn document(service: &Service<'_>, endpoints: &[Endpoint]) -> Result<Json> {
    let (mut components, mut failed) = (Components::default(), Responses::new());
    let ids = operation::ids(endpoints).map_err(|texts| refused(&texts))?;
    let mut paths: BTreeMap<String, Json> = BTreeMap::new();
    for (endpoint, id) in endpoints.iter().zip(&ids) {
        let mut writer = Writer { components: &mut components, route: endpoint.line(), public_url: service.public_url };
        let operation = operation::operation(endpoint, id, &mut writer, &mut failed);
        let item = paths.entry(endpoint.path.clone()).or_insert_with(|| json!({}));
        item[endpoint.method.name().to_lowercase()] = operation;
    }
    let mut media: Vec<_> = service.media.iter().map(|table| table.name).collect();
    media.sort_unstable();
    if !media.is_empty() {
        paths.insert("/media/{table}/{file}".to_owned(), operation::files(&media, &mut failed));
    }
    if jobs::are_served(endpoints) {
        paths.extend(jobs::paths(&mut failed));
    }
    let mut document = json!({
        "openapi": "3.1.0",
        "info": {"title": service.title, "version": service.version},
        "tags": tags(endpoints, &media),
        "paths": paths,
        "components": {"headers": header_components(), "responses": failed},
    });
    if jobs::are_served(endpoints) {
        document["components"]["headers"]["JobLocation"] = jobs::location();
    }
    // The host is the one that the document came from, whatever name the client reached it by.
    if let Some(prefix) = service.public_url.and_then(prefix) {
        document["servers"] = json!([{"url": prefix}]);
    }
    let mut own = Map::from_iter([("Problem".to_owned(), failures::problem())]);
    if jobs::are_served(endpoints) {
        own.extend(jobs::schemas());
    }
    let schemas = components.finish(&mut document, own).map_err(|texts| refused(&texts))?;
    document["components"]["schemas"] = Json::Object(schemas);
    if document.to_string().contains(ANY_JSON) {
        document["components"]["schemas"]["JsonValue"] = any_json();
    }
    Ok(document)
}

/// The path of an address, without a slash at its end: what a proxy serves the service under.
fn prefix(url: &str) -> Option<String> {
    let path = url::Url::parse(url).ok()?.path().trim_end_matches('/').to_owned();
    (!path.is_empty()).then_some(path)
}

/// The tables that the endpoints are about, with what is said of them.
fn tags(endpoints: &[Endpoint], media: &[&str]) -> Vec<Json> {
    let names: BTreeSet<&str> = endpoints.iter().flat_map(operation::tags).collect();
    let doc = |name: &str| {
        let schema = endpoints.first()?.app.schema();
        Some(schema.table(name)?.doc.trim()).filter(|doc| !doc.is_empty())
    };
    let mut tags: Vec<_> = names
        .into_iter()
        .map(|name| match doc(name) {
            Some(doc) => json!({"name": name, "description": doc}),
            None if name == QUERIES => json!({"name": name, "description": "Questions over several tables, or none."}),
            None => json!({"name": name}),
        })
        .collect();
    if !media.is_empty() {
        tags.push(json!({"name": "media", "description": "The files of rows."}));
    }
    if jobs::are_served(endpoints) {
        tags.push(json!({"name": jobs::TAG, "description": "Work that goes on in the background."}));
    }
    tags
}

fn refused(texts: &[String]) -> Error {
    let text = format!(
        "the routes cannot be described (`Routes::without_docs` serves them all the same):\n  {}",
        texts.join("\n  ")
    );
    Error::new(500, "not_started", text)
}
