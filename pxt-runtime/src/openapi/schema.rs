//! The JSON schema of a column's values: the table of types, in a request's JSON, in text, and in an answer.
//!
//! What a request may say is described as narrowly as it is read: the server accepts what the schema accepts, and refuses
//! what it refuses, as far as a schema can tell. An answer's schema is as plain as it can be.

use schemars::{Schema as JsonSchema, SchemaGenerator};
use serde_json::{Map, Value as Json, json};

use super::components::{ANY_JSON, Components, Way};
use super::example;
use crate::media::extensions;
use crate::query::RowField;
use crate::route::Field;
use crate::schema::{ColumnDef, ColumnType, Element};
use crate::table::UPLOADS;

/// Text without NUL characters, which no database holds.
pub(super) const WITHOUT_NUL: &str = r"^[^\u0000]*$";

/// The rest of a timestamp after its year, without the offset.
macro_rules! in_year {
    ($days:literal) => {
        concat!("-", $days, "[Tt][0-2][0-9]:[0-5][0-9]:[0-6][0-9](\\.[0-9]{1,9})?")
    };
}

/// RFC 3339 with up to nine digits of a second, in the years 1 to 9999 (UTC), out of which an offset must not lead. The last two
/// days are left out: jiff's timestamps end with 9999-12-30T22:00:00Z.
const TIMESTAMP: &str = concat!(
    "^((000[2-9]|00[1-9][0-9]|0[1-9][0-9]{2}|[1-8][0-9]{3}|9[0-8][0-9]{2}|99[0-8][0-9]|999[0-8])",
    in_year!("[01][0-9]-[0-3][0-9]"),
    "([Zz]|[+-][0-2][0-9]:[0-5][0-9])|0001",
    in_year!("[01][0-9]-[0-3][0-9]"),
    "([Zz]|-[0-2][0-9]:[0-5][0-9])|9999",
    in_year!("((0[0-9]|1[01])-[0-3][0-9]|12-[0-2][0-9])"),
    "([Zz]|[+][0-2][0-9]:[0-5][0-9]))$"
);

/// A date in the years 1 to 9999. That there are no more days than the month has is for the format to say.
const DATE: &str = "^(000[1-9]|00[1-9][0-9]|0[1-9][0-9]{2}|[1-9][0-9]{3})-[01][0-9]-[0-3][0-9]$";

const UUID: &str = "^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$";

/// Base64 in the standard alphabet, padded, the unused bits of its last digit zero.
const BASE64: &str = "^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?$";

/// 2^128 - 2^103: half a step beyond the largest `f32`, the first number that is not rounded to it.
const BEYOND_F32: f64 = 3.402_823_567_797_336_6e38;

/// Where a value stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// In the JSON body of a request.
    Json,
    /// In a form or a query string, as text.
    Text,
    /// In an answer.
    Answer,
}

/// A column, a parameter, or a field of a row.
pub(super) struct Column<'c> {
    pub(super) name: &'c str,
    /// None where the type is not known.
    pub(super) ty: Option<ColumnType>,
    pub(super) nullable: bool,
    /// The most bytes of a value, where the column says so.
    pub(super) max_bytes: Option<usize>,
    pub(super) doc: &'c str,
    /// The schema of structured JSON.
    pub(super) structure: fn(&mut SchemaGenerator) -> Option<JsonSchema>,
    /// The table, or what stands for one, that files belong to.
    pub(super) owner: &'c str,
}

/// Who writes schemas, and for which route.
pub(super) struct Writer<'w> {
    pub(super) components: &'w mut Components,
    /// The route, for messages.
    pub(super) route: String,
    pub(super) public_url: Option<&'w str>,
}

impl<'c> Column<'c> {
    pub(super) fn of_field(field: &'c Field, owner: &'c str) -> Self {
        let Field { name, ty, nullable, max_bytes, doc, json_schema, .. } = field;
        let (nullable, max_bytes) = (*nullable, *max_bytes);
        Self { name, ty: Some(*ty), nullable, max_bytes, doc, structure: *json_schema, owner }
    }

    pub(super) fn of_column(
        def: &'c ColumnDef,
        structure: fn(&mut SchemaGenerator) -> Option<JsonSchema>,
        owner: &'c str,
    ) -> Self {
        let ColumnDef { name, ty, nullable, max_bytes, doc, .. } = def;
        Self { name, ty: Some(*ty), nullable: *nullable, max_bytes: *max_bytes, doc, structure, owner }
    }

    pub(super) fn of_row_field(field: &'c RowField, owner: &'c str) -> Self {
        let RowField { name, shape, doc, json_schema } = field;
        Self { name, ty: shape.ty, nullable: shape.nullable, max_bytes: None, doc, structure: *json_schema, owner }
    }
}

impl Writer<'_> {
    /// The schema of a column's values, with its description and an example.
    pub(super) fn column(&mut self, column: &Column<'_>, place: Place) -> Json {
        let example = example::of_column(self, column, place);
        let mut schema = self.plain(column, place);
        if let (Some(object), false) = (schema.as_object_mut(), column.doc.is_empty()) {
            object.insert("description".to_owned(), column.doc.into());
        }
        if let (Some(object), Some(example)) = (schema.as_object_mut(), example.filter(example::is_short)) {
            object.insert("examples".to_owned(), json!([example]));
        }
        schema
    }

    fn plain(&mut self, column: &Column<'_>, place: Place) -> Json {
        let Some(ty) = column.ty else { return json!({}) };
        match ty {
            ColumnType::Json => {
                // Also in an answer: a row keeps a tree as it was sent, without the defaults of members left out.
                let structure = self.components.schema(Way::Request, &self.route, column.structure);
                structured(structure, column.nullable, place)
            }
            ColumnType::Array(..) if place == Place::Text => as_text(&Json::Object(values(ty, Place::Json))),
            ty if ty.is_media() => nullable(self.media(ty, column.owner, place), column.nullable, place),
            // An empty field is an empty text, and none at all a null.
            ColumnType::String if place == Place::Text => Json::Object(bounded(column, values(ty, place), place)),
            ty => nullable(bounded(column, values(ty, place), place), column.nullable, place),
        }
    }

    /// A file's address. A request may also carry the file in it.
    fn media(&self, ty: ColumnType, owner: &str, place: Place) -> Map<String, Json> {
        if place == Place::Answer {
            // A path is no URI, but a reference to one.
            let format = if self.public_url.is_some() { "uri" } else { "uri-reference" };
            return object(json!({"type": "string", "format": format, "contentMediaType": media_type(ty)}));
        }
        let public = self.public_url.map(|url| format!("({})?", escaped(url))).unwrap_or_default();
        let extension = extensions(ty).map_or("[0-9a-z]{1,8}".to_owned(), |list| format!("({})", list.join("|")));
        // A query takes the files of all tables that clients see.
        let table = if owner == UPLOADS { "[A-Za-z0-9_.-]+".to_owned() } else { escaped(owner) };
        let own = format!(r"{public}/media/{table}/[0-9a-f]{{64}}\.{extension}");
        object(json!({"type": "string", "pattern": format!(r"^({own}|data:[^,\u0000]*,[^\u0000]+)$")}))
    }
}

/// The values of a type that is neither JSON nor media.
pub(super) fn values(ty: ColumnType, place: Place) -> Map<String, Json> {
    let mut schema = object(match ty {
        ColumnType::Bool => json!({"type": "boolean"}),
        ColumnType::Int => json!({"type": "integer", "format": "int64"}),
        ColumnType::Float => json!({"type": "number", "format": "double"}),
        ColumnType::Timestamp => json!({"type": "string", "format": "date-time"}),
        ColumnType::Date => json!({"type": "string", "format": "date"}),
        ColumnType::Uuid => json!({"type": "string", "format": "uuid"}),
        // In a form, an encoding would be that of the part.
        ColumnType::Binary if place != Place::Text => json!({"type": "string", "contentEncoding": "base64"}),
        ColumnType::Array(element, len) => {
            let items = values(element_type(element), place);
            json!({"type": "array", "items": items, "minItems": len, "maxItems": len})
        }
        _ => json!({"type": "string"}),
    });
    if place == Place::Answer {
        return schema;
    }
    let pattern = match ty {
        ColumnType::String => WITHOUT_NUL,
        ColumnType::Timestamp => TIMESTAMP,
        ColumnType::Date => DATE,
        ColumnType::Uuid => UUID,
        ColumnType::Binary => BASE64,
        ColumnType::Int => {
            bound(&mut schema, i64::MIN.into(), i64::MAX.into());
            return schema;
        }
        ColumnType::Float => {
            bound(&mut schema, f64::MIN.into(), f64::MAX.into());
            return schema;
        }
        ColumnType::Array(Element::F32, _) => {
            let narrow = json!({
                "type": "number", "format": "float", "exclusiveMinimum": -BEYOND_F32, "exclusiveMaximum": BEYOND_F32,
            });
            schema.insert("items".to_owned(), narrow);
            return schema;
        }
        _ => return schema,
    };
    schema.insert("pattern".to_owned(), pattern.into());
    schema
}

/// With the length that a request's value may have, where the column says it: a text has no more letters than bytes. The bound
/// of all texts is left out, which nobody meets by chance.
fn bounded(column: &Column<'_>, mut schema: Map<String, Json>, place: Place) -> Map<String, Json> {
    if let (Some(most), true) = (column.max_bytes, place != Place::Answer) {
        let letters = match column.ty {
            // Four letters for three bytes.
            Some(ColumnType::Binary) => most.div_ceil(3).saturating_mul(4),
            _ => most,
        };
        schema.insert("maxLength".to_owned(), letters.into());
    }
    schema
}

fn element_type(element: Element) -> ColumnType {
    match element {
        Element::F32 | Element::F64 => ColumnType::Float,
        Element::I64 => ColumnType::Int,
        Element::Bool => ColumnType::Bool,
    }
}

fn bound(schema: &mut Map<String, Json>, least: Json, most: Json) {
    schema.insert("minimum".to_owned(), least);
    schema.insert("maximum".to_owned(), most);
}

/// A value of JSON: what its structure says, or anything.
fn structured(structure: Option<Json>, nullable: bool, place: Place) -> Json {
    let schema = match (structure, place) {
        (None, Place::Answer) => return json!({}),
        (None, _) => json!({"$ref": ANY_JSON}),
        (Some(structure), _) if nullable && place != Place::Text => json!({"anyOf": [structure, {"type": "null"}]}),
        (Some(structure), _) => structure,
    };
    if place == Place::Text { as_text(&schema) } else { schema }
}

/// JSON that a form's field holds as text. OpenAPI sends a field that is a list as one field an item.
fn as_text(schema: &Json) -> Json {
    json!({"type": "string", "contentMediaType": "application/json", "contentSchema": schema})
}

/// The same or null. Text has no null; an empty field stands for it.
fn nullable(mut schema: Map<String, Json>, nullable: bool, place: Place) -> Json {
    if !nullable {
        return Json::Object(schema);
    }
    if place == Place::Text {
        return json!({"anyOf": [schema, {"const": ""}]});
    }
    let ty = schema.remove("type").unwrap_or_default();
    schema.insert("type".to_owned(), json!([ty, "null"]));
    Json::Object(schema)
}

/// What the bytes of such files are.
pub(super) fn media_type(ty: ColumnType) -> &'static str {
    match ty {
        ColumnType::Image => "image/*",
        ColumnType::Video => "video/*",
        ColumnType::Audio => "audio/*",
        _ => "*/*",
    }
}

/// The usual types of such files, for the parts of a form.
pub(super) fn part_types(ty: ColumnType) -> &'static str {
    match ty {
        ColumnType::Image => "image/png, image/jpeg, image/gif, image/webp, image/bmp",
        ColumnType::Video => "video/mp4, video/webm, video/quicktime, video/x-matroska",
        ColumnType::Audio => "audio/mpeg, audio/wav, audio/flac, audio/ogg, audio/mp4",
        _ => "application/pdf, text/plain, application/octet-stream",
    }
}

/// Text that a pattern takes literally.
pub(super) fn escaped(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if r"^$\.*+?()[]{}|".contains(c) {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern
}

/// The members of a literal object.
pub(super) fn object(value: Json) -> Map<String, Json> {
    if let Json::Object(map) = value { map } else { Map::new() }
}
