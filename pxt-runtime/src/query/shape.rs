//! What the rows of a query are for those who read them: the form of an answer, and its description.

use std::borrow::Cow;

use schemars::{Schema as JsonSchemaValue, SchemaGenerator};

use crate::schema::Shape;

/// What a row is, for the description of a route and for the form of its answer.
pub enum RowShape {
    /// A JSON object with these fields.
    Object(Vec<RowField>),
    /// A JSON object whose fields the type does not tell.
    Open,
    /// One value; the answer is a list of values then.
    Scalar(RowField),
    /// What the type's own JSON schema says.
    Schema(fn(&mut SchemaGenerator) -> JsonSchemaValue),
}

/// A field of a row.
pub struct RowField {
    /// The name; empty for a scalar.
    pub name: Cow<'static, str>,
    /// What it holds.
    pub shape: Shape,
    /// What it means.
    pub doc: &'static str,
    /// The JSON schema that values keep to, for structured JSON.
    pub json_schema: fn(&mut SchemaGenerator) -> Option<JsonSchemaValue>,
}
