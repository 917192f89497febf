//! Query routes: which query is meant, which of its parameters are asked for, and what its rows allow.

use std::sync::Arc;

use schemars::{Schema as JsonSchema, SchemaGenerator};

use super::ground::{self, Ground, table};
use super::judge::Judge;
use super::row::name_of;
use crate::app::QueryDef;
use crate::query::{RowField, RowShape};
use crate::route::action::{Action, Asked, QueryAction, RetrievalAction};
use crate::route::declaration::QueryRoute;
use crate::route::declared::Part;
use crate::route::endpoint::{About, Endpoint};
use crate::route::fields::{Field, Fields};
use crate::route::kind::is_matchable;
use crate::route::names::{Named, QueryName, Retrieval};
use crate::route::options::{Method, Query};
use crate::route::request::CURSOR;
use crate::route::sql::SqlQuery;
use crate::schema::{At, TableDef, did_you_mean_of, nearest};
use crate::table::{Handle, Keys, UPLOADS};

/// The argument by which a retrieval finds rows.
const MATCH: &str = "match_columns";
/// The argument that asks for a file.
const FILE: Part<'static> = Part::Argument("return_fileresponse");

/// The endpoint of a `#[query_route]`.
pub(super) fn attribute(
    ground: &Ground<'_>,
    route: &'static QueryRoute,
    judge: &mut Judge<'_>,
) -> Option<Endpoint<()>> {
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let options = Query {
        path: route.path.to_owned(),
        inputs: route.inputs.map(owned),
        uploadfile_inputs: owned(route.uploads),
        one_row: route.one_row,
        return_fileresponse: route.return_fileresponse,
        background: route.background.is_some(),
        concurrency: route.background.and_then(|background| background.concurrency),
        method: route.method,
        ..Query::default()
    };
    query(ground, QueryName(Named::Function(route.query)), options, Some(route.at), judge)
}

pub(super) fn query(
    ground: &Ground<'_>,
    name: QueryName,
    options: Query,
    at: Option<At>,
    judge: &mut Judge<'_>,
) -> Option<Endpoint<()>> {
    let background = ground::background(options.background, options.concurrency, options.return_fileresponse, judge);
    if options.max_rows == Some(0) {
        judge.refuse_at(
            Part::Argument("max_rows"),
            "`max_rows` is 0, so that no row would be answered: write a larger number",
        );
    }
    let one_row = options.one_row || options.return_fileresponse;
    let mut found = match name.0 {
        Named::Function(def) => Found::function(ground, def),
        Named::Path(path) => Found::function(ground, named(&path, judge)?),
        Named::Retrieval(retrieval) => Found::retrieval(ground, &retrieval, judge)?,
        Named::Sql(sql) => Found::sql(ground, &sql, judge),
    };
    let fields = found.fields(&options, judge);
    if !one_row && let Some(field) = fields.iter().find(|field| field.name == CURSOR) {
        let part = match &found.asked {
            Asked::Function(_) | Asked::Sql(_) => Part::Whole,
            Asked::Retrieval(_) => Part::Entry(MATCH, field.name),
        };
        judge.refuse_at(
            part,
            format_args!("the parameter `{}` says where a page of rows begins: rename it", field.name),
        );
    }
    if options.return_fileresponse {
        found.refuse_file(judge);
    }
    let action = QueryAction {
        scalar: found.row.is_scalar(),
        asked: found.asked,
        row: found.row,
        tables: found.tables,
        one_row,
        file: options.return_fileresponse,
        most: options.max_rows.unwrap_or(ground.settings.max_rows),
        files: Arc::default(),
    };
    let about = match &action.asked {
        Asked::Function(def) => {
            let name = if at.is_some() { def.name.into() } else { name_of(&options.path) };
            About { name, doc: def.doc, at: Some(at.unwrap_or(def.at)) }
        }
        Asked::Retrieval(_) | Asked::Sql(_) => About { name: name_of(&options.path), doc: "", at: None },
    };
    let fields = Fields { list: fields, owner: UPLOADS };
    Some(Endpoint {
        app: (),
        method: options.method,
        path: options.path,
        fields,
        action: Action::Query(action),
        background,
        about,
    })
}

/// The argument that names the query.
const QUERY: Part<'static> = Part::Argument("query");

/// The query whose path ends in this one; parts may be joined by `::`, `.` or `:`.
fn named(path: &str, judge: &mut Judge<'_>) -> Option<&'static QueryDef> {
    let wanted = path.replace("::", ".").replace(':', ".");
    let all: Vec<_> = inventory::iter::<&'static QueryDef>.into_iter().map(|def| (def.path(), *def)).collect();
    let is_meant =
        |full: &str| full.strip_suffix(&*wanted).is_some_and(|before| before.is_empty() || before.ends_with('.'));
    let found: Vec<_> = all.iter().filter(|(full, _)| is_meant(full)).collect();
    match found.as_slice() {
        [(_, def)] => Some(def),
        [] if all.is_empty() => {
            judge.refuse_at(
                QUERY,
                format_args!("there is no query `{path}`, nor any other: put `#[pxt::query]` on a function of the program, or ask for rows of a \
                     table by columns"),
            );
            None
        }
        [] => {
            // As many parts of each path as were written.
            let parts = wanted.split('.').count();
            let end = |full: &'_ str| full.rmatch_indices('.').nth(parts - 1).map_or(0, |(dot, _)| dot + 1);
            let near = nearest(&wanted, all.iter().map(|(full, _)| &full[end(full)..]));
            let hint = match near {
                Some(near) => format!("; did you mean `{near}`?"),
                None => did_you_mean_of(&wanted, "there are", all.iter().map(|(full, _)| full.as_str())),
            };
            judge.refuse_at(QUERY, format_args!("there is no query `{path}`{hint}"));
            None
        }
        several => {
            let list: Vec<_> = several.iter().map(|(full, _)| format!("`{full}`")).collect();
            judge.refuse_at(QUERY, format_args!("`{path}` may be {}: write the whole path", list.join(" or ")));
            None
        }
    }
}

impl QueryDef {
    /// `crate.module.name`
    fn path(&self) -> String {
        format!("{}.{}", self.module.replace("::", "."), self.name)
    }
}

/// A query that was found.
struct Found {
    asked: Asked,
    row: RowShape,
    tables: Vec<&'static TableDef>,
    /// All parameters.
    parameters: Vec<Field>,
}

impl Found {
    fn function(ground: &Ground<'_>, def: &'static QueryDef) -> Self {
        let field = |(target, param)| Field::of_param(target, param, ground.settings.max_text);
        let parameters = def.params.iter().enumerate().filter_map(field).collect();
        Self { asked: Asked::Function(def), row: (def.row)(), tables: (def.tables)(), parameters }
    }

    fn sql(ground: &Ground<'_>, sql: &SqlQuery, judge: &mut Judge<'_>) -> Self {
        let (asked, row, tables) = super::sql::text(ground, sql, judge);
        Self { asked, row, tables, parameters: super::sql::parameters(sql, ground.settings.max_text) }
    }

    fn retrieval(ground: &Ground<'_>, retrieval: &Retrieval, judge: &mut Judge<'_>) -> Option<Self> {
        let table = table(ground, &retrieval.table, judge)?;
        let by = super::columns::named(&table, MATCH, &retrieval.by, judge);
        if retrieval.by.is_empty() {
            judge.refuse_at(
                Part::Argument(MATCH),
                "a retrieval without columns would answer with every row: name a column to find rows by",
            );
        }
        for def in by.iter().map(|column| &table.def.columns[*column]).filter(|def| !is_matchable(def.ty)) {
            judge.refuse_at(
                Part::Entry(MATCH, def.name),
                format_args!("column `{}` is {}, by which rows are not found: name another", def.name, def.ty.word()),
            );
        }
        let columns = table.def.columns;
        let keys = Keys::new(columns.iter().map(|column| column.name));
        let tables = vec![table.def];
        let row = RowShape::Object(row_fields(&table));
        let field = |(target, column): (usize, &usize)| {
            let mut field = Field::of_column(&table, *column);
            (field.target, field.required, field.default) = (target, true, None);
            field
        };
        let parameters = by.iter().enumerate().map(field).collect();
        Some(Self { asked: Asked::Retrieval(RetrievalAction { table, by, keys }), row, tables, parameters })
    }

    /// The parameters that the route asks for.
    fn fields(&mut self, options: &Query, judge: &mut Judge<'_>) -> Vec<Field> {
        let all = std::mem::take(&mut self.parameters);
        for (argument, names) in [
            ("inputs", options.inputs.as_deref().unwrap_or_default()),
            ("uploadfile_inputs", &options.uploadfile_inputs),
        ] {
            for (position, name) in names.iter().enumerate() {
                if !all.iter().any(|field| field.name == name) {
                    let hint = did_you_mean_of(name, "there are", all.iter().map(|field| field.name));
                    judge.refuse_at(
                        Part::Entry(argument, name),
                        format_args!("`{argument}` names `{name}`, which is no parameter of the query{hint}"),
                    );
                } else if names[..position].contains(name) {
                    judge.refuse_at(
                        Part::Entry(argument, name),
                        format_args!("`{argument}` names `{name}` twice: remove one"),
                    );
                }
            }
        }
        if options.method == Method::Get && !options.uploadfile_inputs.is_empty() {
            judge.refuse_at(
                Part::Argument("uploadfile_inputs"),
                "a GET request carries no files: use the method POST, or remove `uploadfile_inputs`",
            );
        }
        let listed: Vec<&String> = options.inputs.iter().flatten().chain(&options.uploadfile_inputs).collect();
        // What is missing may be what was misspelt.
        let is_meant = |name: &str| listed.iter().any(|written| nearest(written, std::iter::once(name)).is_some());
        let chosen = |mut field: Field| {
            let name = field.name.to_owned();
            field.upload = options.uploadfile_inputs.contains(&name);
            let listed = options.inputs.as_ref().is_none_or(|inputs| inputs.contains(&name));
            if field.upload && options.inputs.as_ref().is_some_and(|inputs| inputs.contains(&name)) {
                judge.refuse_at(
                    Part::Entry("uploadfile_inputs", &name),
                    format_args!("`{name}` is in `inputs` and in `uploadfile_inputs`: remove it from one of them"),
                );
            }
            if field.upload && !field.ty.is_media() {
                judge.refuse_at(
                    Part::Entry("uploadfile_inputs", &name),
                    format_args!(
                        "parameter `{name}` is {}, and only media is uploaded: list it in `inputs`",
                        field.ty.word()
                    ),
                );
            }
            if !is_meant(&name) && !listed && !field.upload && field.required {
                judge.refuse_at(
                    Part::Argument("inputs"),
                    format_args!("parameter `{name}` has no default: add it to `inputs`, or give it one"),
                );
            }
            (listed || field.upload).then_some(field)
        };
        all.into_iter().filter_map(chosen).collect()
    }

    /// A file is answered of rows that tell their one media column.
    fn refuse_file(&self, judge: &mut Judge<'_>) {
        let media = match &self.row {
            RowShape::Object(fields) => Some(fields.iter().filter(|field| is_media(field)).count()),
            RowShape::Scalar(field) => Some(usize::from(is_media(field))),
            RowShape::Open | RowShape::Schema(_) => None,
        };
        let how = match &self.asked {
            // Its columns are not known.
            Asked::Sql(sql) if sql.described.is_none() => return,
            Asked::Sql(_) => "select one",
            Asked::Retrieval(_) => "select one by a query of your own",
            Asked::Function(_) => "select one, as by `.only(Poster::thumbnail)`",
        };
        match media {
            Some(1) => {}
            Some(count) => judge.refuse_at(FILE, format_args!(
                "`return_fileresponse` answers with the one media column of the row, and there are {count}: {how}"
            )),
            None => judge.refuse_at(FILE,
                "`return_fileresponse` needs rows that tell their media column: return a `pxt::Select` of one, as by `.only(Poster::thumbnail)`",
            ),
        }
    }
}

fn is_media(field: &RowField) -> bool {
    field.shape.ty.is_some_and(|ty| ty.is_media())
}

/// The columns of a table as the fields of a row.
fn row_fields(table: &Arc<Handle>) -> Vec<RowField> {
    let field = |(def, code): (&'static crate::schema::ColumnDef, &crate::compute::ColumnCode)| RowField {
        name: def.name.into(),
        shape: crate::schema::Shape { ty: Some(def.ty), nullable: def.nullable, any_media: false },
        doc: def.doc,
        json_schema: code.json_schema,
    };
    table.def.columns.iter().zip(table.code.columns).map(field).collect()
}

impl RowShape {
    /// Whether a row is one value, so that the answer is a plain list.
    fn is_scalar(&self) -> bool {
        match self {
            Self::Object(_) | Self::Open => false,
            Self::Scalar(_) => true,
            Self::Schema(write) => {
                let mut generator = SchemaGenerator::default();
                let schema = write(&mut generator);
                is_scalar(&schema, &generator)
            }
        }
    }
}

/// Whether a schema is of text, numbers or truth values, null aside.
fn is_scalar(schema: &JsonSchema, generator: &SchemaGenerator) -> bool {
    if let Some(name) = schema.get("$ref").and_then(|target| target.as_str()?.rsplit('/').next()) {
        let target = generator.definitions().get(name).and_then(|value| <&JsonSchema>::try_from(value).ok());
        return target.is_some_and(|target| is_scalar(target, generator));
    }
    let plain =
        |ty: &serde_json::Value| matches!(ty.as_str(), Some("string" | "integer" | "number" | "boolean" | "null"));
    match schema.get("type") {
        Some(serde_json::Value::Array(types)) => types.iter().all(plain),
        Some(ty) => plain(ty),
        None => false,
    }
}
