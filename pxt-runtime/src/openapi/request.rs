//! What a route is asked with: the body, in each content type that it takes, and the parameters.

use serde_json::{Map, Value as Json, json};

use super::example;
use super::schema::{Column, Place, Writer, part_types};
use crate::route::{Action, CURSOR, Endpoint, Field, Method};
use crate::schema::ColumnType;

/// The name of the one example that a body has.
const EXAMPLE: &str = "example";

impl Writer<'_> {
    /// The parameters beside the body. None for a route without.
    pub(super) fn parameters(&mut self, endpoint: &Endpoint) -> Vec<Json> {
        let mut parameters = Vec::new();
        if endpoint.method == Method::Get {
            parameters.extend(endpoint.fields.list.iter().map(|field| self.parameter(endpoint, field)));
        }
        if endpoint.pages() {
            parameters.push(json!({
                "name": CURSOR,
                "in": "query",
                "description": "Where a page of rows begins. Follow the `Link` of the answer before.",
                "schema": {"type": "string"},
            }));
        }
        if endpoint.takes_version() {
            let does = if let Action::Delete(_) = endpoint.action { "Deletes" } else { "Changes" };
            let text = format!("{does} the row only in this version, the `ETag` of the answer that it was read from.");
            parameters.push(json!({
                "name": "If-Match",
                "in": "header",
                "description": text,
                "schema": {"type": "string", "pattern": r#"^(\*|"[0-9]+"( *, *"[0-9]+")*)$"#, "examples": ["\"1\""]},
            }));
        }
        parameters
    }

    fn parameter(&mut self, endpoint: &Endpoint, field: &Field) -> Json {
        let mut column = Column::of_field(field, endpoint.fields.owner);
        // In a query string, null is what is left out.
        column.nullable &= !is_tree(field);
        let mut parameter = json!({"name": field.name, "in": "query", "required": field.required});
        let mut schema = self.field(field, &column, if is_tree(field) { Place::Json } else { Place::Text });
        if let Some(description) = schema.as_object_mut().and_then(|schema| schema.remove("description")) {
            parameter["description"] = description;
        }
        if is_tree(field) {
            // As JSON text, which is another thing than a list of parameters.
            parameter["content"] = json!({"application/json": {"schema": schema}});
        } else {
            parameter["schema"] = schema;
        }
        parameter
    }

    /// The body. None for a route that is asked without.
    pub(super) fn body(&mut self, endpoint: &Endpoint) -> Option<Json> {
        if endpoint.method == Method::Get {
            return None;
        }
        let fields = &endpoint.fields;
        if fields.has_uploads() {
            return Some(json!({"required": true, "content": {"multipart/form-data": self.multipart(endpoint)}}));
        }
        let example = self.example(endpoint);
        let mut content = Map::new();
        content.insert("application/json".to_owned(), self.object(endpoint, Place::Json, example.as_ref()));
        // A form has no agreed way to write lists and trees.
        if !fields.list.iter().any(is_tree) {
            let form = self.object(endpoint, Place::Text, example.as_ref());
            content.insert("application/x-www-form-urlencoded".to_owned(), form);
        }
        let required = fields.list.iter().any(|field| field.required);
        Some(json!({"required": required, "content": content}))
    }

    /// A form with files. It has no example, since text is no file.
    fn multipart(&mut self, endpoint: &Endpoint) -> Json {
        let mut form = self.object(endpoint, Place::Text, None);
        let uploads = endpoint.fields.list.iter().filter(|field| field.upload);
        let encoding: Map<String, Json> =
            uploads.map(|field| (field.name.to_owned(), json!({"contentType": part_types(field.ty)}))).collect();
        form["encoding"] = Json::Object(encoding);
        form
    }

    /// The fields as an object, which has no others.
    fn object(&mut self, endpoint: &Endpoint, place: Place, example: Option<&Json>) -> Json {
        let fields = &endpoint.fields;
        let mut properties = Map::new();
        for field in &fields.list {
            let column = Column::of_field(field, fields.owner);
            properties.insert(field.name.to_owned(), self.field(field, &column, place));
        }
        let required: Vec<_> = fields.list.iter().filter(|field| field.required).map(|field| field.name).collect();
        let mut schema = json!({"type": "object", "properties": properties, "additionalProperties": false});
        if !required.is_empty() {
            schema["required"] = json!(required);
        }
        if let Action::Update(_) = endpoint.action {
            // The key, and something to change.
            schema["minProperties"] = json!(required.len() + 1);
        }
        let mut content = json!({"schema": schema});
        if let Some(example) = example {
            content["examples"] = json!({EXAMPLE: {"value": example}});
        }
        content
    }

    fn field(&mut self, field: &Field, column: &Column<'_>, place: Place) -> Json {
        if field.upload {
            return upload(field);
        }
        let mut schema = self.column(column, place);
        if let Some(default) = stable_default(field) {
            schema["default"] = default;
        }
        schema
    }

    /// A body that the route takes, so far as a made-up one can be.
    fn example(&mut self, endpoint: &Endpoint) -> Option<Json> {
        let mut members = Map::new();
        for field in &endpoint.fields.list {
            let column = Column::of_field(field, endpoint.fields.owner);
            match example::of_column(self, &column, Place::Json).filter(|value| is_taken(field, value)) {
                Some(value) => drop(members.insert(field.name.to_owned(), value)),
                None if field.required => return None,
                None => {}
            }
        }
        // One field to change is enough, but there has to be one.
        let changes = |field: &Field| !field.key && members.contains_key(field.name);
        let complete = !matches!(endpoint.action, Action::Update(_)) || endpoint.fields.list.iter().any(changes);
        complete.then_some(Json::Object(members))
    }
}

/// A file in a form. `binary` is what makes tools send a file.
fn upload(field: &Field) -> Json {
    let mut schema = json!({"type": "string", "format": "binary", "minLength": 1});
    schema["contentMediaType"] = super::schema::media_type(field.ty).into();
    if !field.doc.is_empty() {
        schema["description"] = field.doc.into();
    }
    schema
}

/// Whether values are lists or trees in JSON.
fn is_tree(field: &Field) -> bool {
    matches!(field.ty, ColumnType::Json | ColumnType::Array(..))
}

/// Whether JSON has the structure that the field asks for.
fn is_taken(field: &Field, value: &Json) -> bool {
    field.ty != ColumnType::Json || field.accepted(crate::value::Value::Json(value.clone())).is_ok()
}

/// The default, if it is the same for every request. What depends on the time may only seem so.
fn stable_default(field: &Field) -> Option<Json> {
    if matches!(field.ty, ColumnType::Timestamp | ColumnType::Date) {
        return None;
    }
    let default = field.default?;
    let value = default.make();
    (value == default.make() && !value.is_null()).then(|| serde_json::to_value(value).ok())?
}
