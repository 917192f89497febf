//! The routes over one row of a table, and those that delete rows.

use std::borrow::Cow;
use std::sync::Arc;

use super::columns::{self, Listed};
use super::export::{Exported, Exports};
use super::ground;
use super::judge::Judge;
use super::response;
use crate::route::action::{Action, RowAction};
use crate::route::declaration::AttributeRoute;
use crate::route::declared::Part;
use crate::route::endpoint::{About, Endpoint};
use crate::route::fields::{Field, Fields};
use crate::route::kind::is_matchable;
use crate::route::options::{Compute, Delete, Insert, Method, Update};
use crate::route::row::{Decorated, RowAnswer};
use crate::schema::check::Kind;
use crate::table::{Columns, Handle};

type Route = Option<&'static AttributeRoute>;

pub(super) fn insert(
    table: &Arc<Handle>,
    options: Insert,
    route: Route,
    exports: Exports<'_>,
    judge: &mut Judge<'_>,
) -> Option<Endpoint<()>> {
    let Insert { path, inputs, uploadfile_inputs, outputs, return_fileresponse, export_sql, background, concurrency } =
        options;
    let background = ground::background(background, concurrency, return_fileresponse, judge);
    let listed = Listed { kind: Kind::Insert, inputs: inputs.as_deref(), uploads: &uploadfile_inputs };
    let fields = listed.fields(table, judge);
    columns::cover(table, &fields, |column| !listed.means(table, column), judge);
    columns::refuse_lacking(table, |_| true, judge);
    let answer = answer(table, outputs.as_deref(), return_fileresponse, route, judge);
    let exported = Exported { table, answer: answer.as_ref(), lists_outputs: outputs.is_some() && route.is_none() };
    let export = exports.export(export_sql, &exported, return_fileresponse, judge);
    let answer = answer?;
    Some(Endpoint {
        background,
        ..endpoint(path, fields, route, table, |table| Action::Insert(RowAction { table, answer, export }))
    })
}

pub(super) fn update(
    table: &Arc<Handle>,
    options: Update,
    route: Route,
    exports: Exports<'_>,
    judge: &mut Judge<'_>,
) -> Option<Endpoint<()>> {
    let Update { path, inputs, outputs, return_fileresponse, export_sql, background, concurrency } = options;
    let background = ground::background(background, concurrency, return_fileresponse, judge);
    if table.key.is_empty() {
        judge.refuse_at(
            Part::Argument("table"),
            format_args!(
                "table `{}` has no primary key to find the row by: mark a column with `{}`",
                table.def.name,
                table.def.key_mark()
            ),
        );
    }
    let fields = Listed { kind: Kind::Update, inputs: inputs.as_deref(), uploads: &[] }.fields(table, judge);
    columns::refuse_lacking(table, |read| fields.iter().any(|field| !field.key && field.target == read), judge);
    if inputs.is_none() && fields.iter().all(|field| field.key) {
        judge.refuse_at(
            Part::Argument("table"),
            format_args!("table `{}` has no column that an update can change", table.def.name),
        );
    }
    let answer = answer(table, outputs.as_deref(), return_fileresponse, route, judge);
    let exported = Exported { table, answer: answer.as_ref(), lists_outputs: outputs.is_some() && route.is_none() };
    let export = exports.export(export_sql, &exported, return_fileresponse, judge);
    let answer = answer?;
    Some(Endpoint {
        background,
        ..endpoint(path, fields, route, table, |table| Action::Update(RowAction { table, answer, export }))
    })
}

pub(super) fn compute(
    table: &Arc<Handle>,
    options: Compute,
    route: Route,
    judge: &mut Judge<'_>,
) -> Option<Endpoint<()>> {
    let Compute { path, inputs, uploadfile_inputs, outputs, return_fileresponse, background, concurrency } = options;
    let background = ground::background(background, concurrency, return_fileresponse, judge);
    let listed = Listed { kind: Kind::Compute, inputs: inputs.as_deref(), uploads: &uploadfile_inputs };
    let fields = listed.fields(table, judge);
    // What the database numbers is known only of rows that are stored.
    let computable = || {
        let auto = table.auto.map(|auto| table.def.columns[auto].name)?;
        let names = table.def.columns.iter().map(|def| def.name).filter(|name| *name != auto);
        Some(names.map(str::to_owned).collect())
    };
    columns::refuse_lacking(table, |_| true, judge);
    let outputs: Option<Vec<String>> = outputs.or_else(computable);
    let answer = answer(table, outputs.as_deref(), return_fileresponse, route, judge)?;
    let outputs = answer.outputs();
    for def in outputs.iter().map(|column| &table.def.columns[*column]).filter(|def| def.auto) {
        judge.refuse_at(Part::Entry("outputs", def.name), format_args!(
            "column `{}` is numbered by the database when a row is stored, and a computation stores none: remove it from `outputs`",
            def.name
        ));
    }
    let steps = table.plan.needed(outputs);
    let needed = |column| outputs.contains(&column) || steps.iter().any(|step| step.reads.contains(&column));
    columns::cover(table, &fields, |column| needed(column) && !listed.means(table, column), judge);
    Some(Endpoint {
        background,
        ..endpoint(path, fields, route, table, |table| Action::Compute(RowAction { table, answer, export: None }))
    })
}

pub(super) fn delete(table: &Arc<Handle>, options: &Delete, judge: &mut Judge<'_>) -> Option<Endpoint<()>> {
    let background = ground::background(options.background, options.concurrency, false, judge);
    let matched = match options.match_columns.as_deref() {
        Some([]) => {
            judge.refuse_at(Part::Argument("match_columns"), "`match_columns` is empty, which would delete every row: list a column, or leave it out for the primary key");
            return None;
        }
        Some(names) => columns::named(table, "match_columns", names, judge),
        None if table.key.is_empty() => {
            judge
                .refuse(format_args!("table `{}` has no primary key: list columns in `match_columns`", table.def.name));
            return None;
        }
        None => table.key.clone(),
    };
    for def in matched.iter().map(|column| &table.def.columns[*column]) {
        if !is_matchable(def.ty) {
            judge.refuse_at(
                Part::Entry("match_columns", def.name),
                format_args!(
                    "column `{}` is {}, by which rows are not matched: remove it from `match_columns`",
                    def.name,
                    def.ty.word()
                ),
            );
        }
    }
    let field = |column| {
        let mut field = Field::of_column(table, column);
        // Also a nullable one: what is left out is not taken for null.
        (field.required, field.default) = (true, None);
        field
    };
    let fields = matched.into_iter().map(field).collect();
    Some(Endpoint { background, ..endpoint(options.path.clone(), fields, None, table, Action::Delete) })
}

/// What is answered of the row.
fn answer(
    table: &Arc<Handle>,
    outputs: Option<&[String]>,
    file: bool,
    route: Route,
    judge: &mut Judge<'_>,
) -> Option<RowAnswer> {
    let positions = match outputs {
        Some(names) => columns::named(table, "outputs", names, judge),
        None => (0..table.def.columns.len()).collect(),
    };
    if let Some(route) = route {
        if response::holds_result(route.response_schema) {
            judge.refuse(format_args!(
                "the value of `{}` has a `Result` in it, whose error would be answered as a value: return one `Result` around the \
                 whole value",
                route.name
            ));
        }
        return Some(RowAnswer::Function(Decorated {
            outputs: positions,
            handler: route.call,
            schema: route.response_schema,
            name: route.name,
            at: route.at,
        }));
    }
    if outputs.is_some_and(<[String]>::is_empty) {
        judge.refuse_at(Part::Argument("outputs"), "`outputs` is empty: list a column, or leave it out for all");
        return None;
    }
    if !file {
        let columns = table.def.columns;
        return Some(RowAnswer::Columns(Columns::new(positions, |position| columns[position].name)));
    }
    let media: Vec<_> = positions.iter().copied().filter(|column| table.def.columns[*column].ty.is_media()).collect();
    match media.as_slice() {
        [one] => Some(RowAnswer::File(*one)),
        several => {
            judge.refuse_at(Part::Argument("return_fileresponse"), format_args!("`return_fileresponse` answers with the one media column among the outputs, and there are {}: list one in `outputs`", several.len()));
            None
        }
    }
}

fn endpoint(
    path: String,
    fields: Vec<Field>,
    route: Route,
    table: &Arc<Handle>,
    action: impl FnOnce(Arc<Handle>) -> Action,
) -> Endpoint<()> {
    let about = match route {
        Some(route) => About { name: route.name.into(), doc: route.doc, at: Some(route.at) },
        None => About { name: name_of(&path), doc: "", at: None },
    };
    let fields = Fields { list: fields, owner: table.def.name };
    let background = None;
    Endpoint { app: (), method: Method::Post, path, fields, action: action(table.clone()), background, about }
}

/// A name made of a path: `posters_update` of `/posters/update`.
pub(super) fn name_of(path: &str) -> Cow<'static, str> {
    let words = path.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("_").into()
}
