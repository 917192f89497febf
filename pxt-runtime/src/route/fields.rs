//! The fields of a route's request: columns of a table, or parameters of a query.

use schemars::{Schema as JsonSchema, SchemaGenerator};

use super::sql::SqlParameter;
use crate::app::QueryParam;
use crate::schema::{ColumnDef, ColumnType};
use crate::table::Handle;
use crate::value::{Make, Refusal, Value, refuse_longer};

/// What a request may say, and how it is read.
pub(crate) struct Fields {
    pub(crate) list: Vec<Field>,
    /// The table, or what stands for one, whose media uploads become.
    pub(crate) owner: &'static str,
}

/// A field of the request.
pub(crate) struct Field {
    pub(crate) name: &'static str,
    /// The position of the column in its table, or of the parameter in its query.
    pub(crate) target: usize,
    pub(crate) ty: ColumnType,
    pub(crate) nullable: bool,
    /// The most bytes of its text, JSON or bytes.
    pub(crate) most: usize,
    /// The same, where the column says so.
    pub(crate) max_bytes: Option<usize>,
    /// Whether it arrives as a file.
    pub(crate) upload: bool,
    /// Whether a request without it is refused.
    pub(crate) required: bool,
    /// Whether it names the row of an update.
    pub(crate) key: bool,
    /// Makes the value of a field that is left out.
    pub(crate) default: Option<Make>,
    pub(crate) doc: &'static str,
    pub(crate) json_schema: fn(&mut SchemaGenerator) -> Option<JsonSchema>,
    refuse_json: fn(&serde_json::Value) -> Option<String>,
}

/// The values of a request, one entry a field; none where the request had no such field.
pub(crate) type Input = Vec<Option<Value>>;

impl Fields {
    /// The field of this name.
    pub(crate) fn position(&self, name: &str) -> Option<usize> {
        self.list.iter().position(|field| field.name == name)
    }

    /// Whether the rows of a table that have their values are one at most: its whole key is among them.
    pub(crate) fn are_key_of(&self, table: &Handle) -> bool {
        let is_matched = |column: &usize| self.list.iter().any(|field| field.target == *column);
        !table.key.is_empty() && table.key.iter().all(is_matched)
    }

    pub(crate) fn has_uploads(&self) -> bool {
        self.list.iter().any(|field| field.upload)
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.list.iter().map(|field| field.name)
    }
}

impl Field {
    /// A column as a field.
    pub(crate) fn of_column(table: &Handle, column: usize) -> Self {
        let (def, code): (&'static ColumnDef, _) = (&table.def.columns[column], &table.code.columns[column]);
        Self {
            name: def.name,
            target: column,
            ty: def.ty,
            nullable: def.nullable,
            most: table.most(column),
            max_bytes: def.max_bytes,
            upload: false,
            required: def.required(),
            key: false,
            default: code.default,
            doc: def.doc,
            json_schema: code.json_schema,
            refuse_json: code.refuse_json,
        }
    }

    /// A parameter as a field; `max_text` is the most bytes of a text. None for one whose type is no column's, which the
    /// macro has refused.
    pub(crate) fn of_param(target: usize, param: &'static QueryParam, max_text: usize) -> Option<Self> {
        let ty = param.shape.ty?;
        Some(Self {
            name: param.name,
            target,
            ty,
            nullable: param.shape.nullable,
            most: if ty == ColumnType::Binary { usize::MAX } else { max_text },
            max_bytes: None,
            upload: false,
            required: param.default.is_none() && !param.shape.nullable,
            key: false,
            default: param.default,
            doc: "",
            json_schema: param.json_schema,
            refuse_json: param.refuse_json,
        })
    }

    /// A parameter of an SQL text as a field; `max_text` is the most bytes of a text.
    pub(crate) fn of_sql(target: usize, name: &'static str, parameter: &SqlParameter, max_text: usize) -> Self {
        let SqlParameter { ty, nullable, default } = parameter;
        Self {
            name,
            target,
            ty: *ty,
            nullable: *nullable,
            most: if *ty == ColumnType::Binary { usize::MAX } else { max_text },
            max_bytes: None,
            upload: false,
            required: default.is_none() && !nullable,
            key: false,
            // Kept for as long as the program runs, as the parameter's name is.
            default: default.clone().map(|value| Make::Value(Box::leak(Box::new(value)))),
            doc: "",
            json_schema: |_| None,
            refuse_json: |_| None,
        }
    }

    /// A value that was read, if it is not too long and has the structure that the field asks of JSON.
    pub(crate) fn accepted(&self, value: Value) -> Result<Value, Refusal> {
        refuse_longer(&value, self.most)?;
        self.structured(value)
    }

    /// A value that was accepted, maybe under another bound, if it has the structure that the field asks of JSON.
    pub(crate) fn structured(&self, value: Value) -> Result<Value, Refusal> {
        if let Value::Json(tree) = &value
            && let Some(text) = (self.refuse_json)(tree)
        {
            return Err(Refusal::new("bad_structure", format!("does not have the structure asked for: {text}")));
        }
        Ok(value)
    }
}
