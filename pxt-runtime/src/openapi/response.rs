//! What a route answers a request with that it could serve.

use serde_json::{Map, Value as Json, json};

use super::components::Way;
use super::schema::{Column, Place, Writer, media_type, object};
use crate::query::RowShape;
use crate::route::{Action, Endpoint, Method, QueryAction, RowAnswer};
use crate::schema::ColumnType;
use crate::table::Handle;

impl Writer<'_> {
    /// The answers of success, by status.
    pub(super) fn responses(&mut self, endpoint: &Endpoint) -> Map<String, Json> {
        let mut headers = headers(&[("x-request-id", "RequestId")]);
        match &endpoint.action {
            Action::Insert(row) | Action::Update(row) => {
                headers.extend(self::headers(&[("ETag", "ETag")]));
                let text = if let Action::Insert(_) = endpoint.action { "The new row." } else { "The changed row." };
                one(text, &headers, &self.row_answer(&row.table, &row.answer))
            }
            Action::Compute(row) => one("The computed row.", &headers, &self.row_answer(&row.table, &row.answer)),
            Action::Delete(_) => {
                let count = json!({"type": "integer", "format": "int64", "minimum": 0});
                let schema = json!({"type": "object", "properties": {"num_rows": count}, "required": ["num_rows"]});
                one("How many rows were deleted.", &headers, &json_content(&schema))
            }
            Action::Query(query) => self.query(endpoint, query, headers),
        }
    }

    fn row_answer(&mut self, table: &Handle, answer: &RowAnswer) -> Map<String, Json> {
        match answer {
            RowAnswer::File(column) => file_content(Some(table.def.columns[*column].ty)),
            RowAnswer::Function(function) => {
                let schema =
                    self.components.schema(Way::Answer, &self.route, |generator| Some((function.schema)(generator)));
                json_content(&schema.unwrap_or_default())
            }
            RowAnswer::Columns(columns) => {
                let column = |position: &usize| {
                    let def = &table.def.columns[*position];
                    Column::of_column(def, table.code.columns[*position].json_schema, table.def.name)
                };
                let list: Vec<_> = columns.positions().iter().map(column).collect();
                json_content(&self.row(&list))
            }
        }
    }

    fn query(&mut self, endpoint: &Endpoint, query: &QueryAction, mut headers: Map<String, Json>) -> Map<String, Json> {
        if query.file {
            return parts(endpoint.method, query, headers);
        }
        if query.is_lookup() {
            headers.extend(self::headers(&[("ETag", "ETag")]));
        }
        let owner = query.tables.first().map_or("files", |table| table.name);
        let row = match &query.row {
            RowShape::Object(fields) => {
                let list: Vec<_> = fields.iter().map(|field| Column::of_row_field(field, owner)).collect();
                self.row(&list)
            }
            RowShape::Open => json!({"type": "object"}),
            RowShape::Scalar(field) => self.column(&Column::of_row_field(field, owner), Place::Answer),
            RowShape::Schema(write) => {
                let schema = self.components.schema(Way::Answer, &self.route, |generator| Some(write(generator)));
                schema.unwrap_or_default()
            }
        };
        if query.one_row {
            return one("The row.", &headers, &json_content(&row));
        }
        headers.extend(self::headers(&[("Link", "Link")]));
        let list = json!({"type": "array", "items": row});
        let (what, schema) = match query.scalar {
            true => ("values", list),
            false => ("rows", json!({"type": "object", "properties": {"rows": list}, "required": ["rows"]})),
        };
        let text = format!("The {what}. When there are more than {}, `Link` leads to the others.", query.most);
        one(&text, &headers, &json_content(&schema))
    }

    /// An object of columns, all of them there.
    fn row(&mut self, columns: &[Column<'_>]) -> Json {
        let properties: Map<_, _> =
            columns.iter().map(|column| (column.name.to_owned(), self.column(column, Place::Answer))).collect();
        let names: Vec<_> = columns.iter().map(|column| column.name).collect();
        json!({"type": "object", "properties": properties, "required": names})
    }
}

/// A file as an answer: in parts to those who ask by GET.
fn parts(method: Method, query: &QueryAction, mut headers: Map<String, Json>) -> Map<String, Json> {
    let is_media = |ty: &ColumnType| ty.is_media();
    let ty = match &query.row {
        RowShape::Object(fields) => fields.iter().filter_map(|field| field.shape.ty).find(is_media),
        RowShape::Scalar(field) => field.shape.ty.filter(is_media),
        RowShape::Open | RowShape::Schema(_) => None,
    };
    headers.extend(self::headers(&[("ETag", "ETag")]));
    let mut all = one("The file.", &headers, &file_content(ty));
    if method == Method::Get {
        all.extend(of_parts(&headers, ty));
    }
    all
}

/// A part of a file, and nothing for those who have it.
fn of_parts(headers: &Map<String, Json>, ty: Option<ColumnType>) -> Map<String, Json> {
    object(json!({
        "206": {"description": "The part of the file that `Range` asks for.", "headers": headers, "content": file_content(ty)},
        "304": {"description": "The client has the file: `If-None-Match` names it.", "headers": headers},
    }))
}

/// The answers of the route of files.
pub(super) fn of_files() -> Map<String, Json> {
    let headers = headers(&[("ETag", "ETag")]);
    let mut all = one("The file.", &headers, &file_content(None));
    all.extend(of_parts(&headers, None));
    all
}

fn one(description: &str, headers: &Map<String, Json>, content: &Map<String, Json>) -> Map<String, Json> {
    object(json!({"200": {"description": description, "headers": headers, "content": content}}))
}

/// References to headers, by name and component.
fn headers(list: &[(&str, &str)]) -> Map<String, Json> {
    let reference = |(name, component): &(&str, &str)| {
        ((*name).to_owned(), json!({"$ref": format!("#/components/headers/{component}")}))
    };
    list.iter().map(reference).collect()
}

fn json_content(schema: &Json) -> Map<String, Json> {
    object(json!({"application/json": {"schema": schema}}))
}

/// The bytes of a file. A container may hold picture and sound, whichever its column is for.
fn file_content(ty: Option<ColumnType>) -> Map<String, Json> {
    let types = match ty {
        Some(ColumnType::Video | ColumnType::Audio) => vec!["audio/*", "video/*"],
        Some(ty) => vec![media_type(ty)],
        None => vec!["*/*"],
    };
    let body = || json!({"schema": {"type": "string", "format": "binary"}});
    types.into_iter().map(|ty| (ty.to_owned(), body())).collect()
}

/// The headers that answers refer to.
pub(super) fn header_components() -> Json {
    json!({
        "ETag": {
            "description": "The version of the row, or of the file.",
            "schema": {"type": "string"},
        },
        "Link": {
            "description": "The address of the rows that follow, as `<…>; rel=\"next\"` (RFC 8288). Absent when there are none.",
            "schema": {"type": "string"},
        },
        "RequestId": {
            "description": "What the service's log calls the request: the client's own `x-request-id`, or a new one.",
            "schema": {"type": "string"},
        },
        "RetryAfter": {
            "description": "After how many seconds another attempt may succeed.",
            "schema": {"type": "integer", "minimum": 0},
        },
    })
}
