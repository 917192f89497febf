//! Query routes by an SQL text: what the database said of it, and what its parameters may be.

use super::ground::Ground;
use super::judge::Judge;
use crate::query::RowShape;
use crate::route::action::{Asked, SqlAction};
use crate::route::declared::Part;
use crate::route::fields::Field;
use crate::route::sql::{SqlParameter, SqlQuery, row_fields};
use crate::schema::TableDef;
use crate::store::{Mistake, judge_named};
use crate::value::{Refusal, Value, from_json};

/// The argument that is the text.
const SQL: &str = "sql";
/// The argument that declares the parameters.
const PARAMETERS: &str = "parameters";

/// What is known of a text: who answers, its rows and the tables that it reads.
pub(super) fn text(
    ground: &Ground<'_>,
    sql: &SqlQuery,
    judge: &mut Judge<'_>,
) -> (Asked, RowShape, Vec<&'static TableDef>) {
    for (name, parameter) in &sql.parameters {
        if parameter.ty.is_media() {
            judge.refuse_at(
                Part::Entry(PARAMETERS, name),
                format_args!(
                    "the parameter `{name}` is {}, and rows are not found by files: take the row's key",
                    parameter.ty.word()
                ),
            );
        } else if let Some(default) = &parameter.default
            && let Some(problem) = refuse_default(name, sql, default)
        {
            judge.refuse_at(Part::Entry(PARAMETERS, name), problem);
        }
    }
    let described = match &sql.described {
        Some(Ok(described)) => Some(described.clone()),
        Some(Err(mistakes)) => {
            refuse(sql, mistakes, judge);
            None
        }
        None => {
            let names: Vec<&str> = sql.parameters.iter().map(|(name, _)| *name).collect();
            refuse(sql, &judge_named(&sql.text, &names), judge);
            None
        }
    };
    let row = described.as_ref().map_or(RowShape::Open, |text| RowShape::Object(row_fields(text, ground.tables)));
    let tables = described.as_ref().map_or_else(Vec::new, |text| text.tables.clone());
    let default = |(_, parameter): &(_, SqlParameter)| parameter.default.clone().unwrap_or(Value::Null);
    let defaults = sql.parameters.iter().map(default).collect();
    (Asked::Sql(SqlAction { described, defaults }), row, tables)
}

/// The parameters of a text.
pub(super) fn parameters(sql: &SqlQuery, max_text: usize) -> Vec<Field> {
    let field =
        |(target, (name, parameter)): (usize, &(&'static str, _))| Field::of_sql(target, name, parameter, max_text);
    sql.parameters.iter().enumerate().map(field).collect()
}

/// Tells each mistake where it stands in the text.
fn refuse(sql: &SqlQuery, mistakes: &[Mistake], judge: &mut Judge<'_>) {
    for mistake in mistakes {
        match &mistake.at {
            Some(at) => judge.refuse_inside(SQL, &sql.text, at.clone(), &mistake.text),
            None => judge.refuse_at(Part::Argument(SQL), &mistake.text),
        }
    }
}

/// What is wrong with the default of a parameter.
fn refuse_default(name: &str, sql: &SqlQuery, default: &Value) -> Option<String> {
    let (_, parameter) = sql.parameters.iter().find(|(other, _)| *other == name)?;
    let read = |value: &Value| -> Result<Value, Refusal> {
        let json = serde_json::to_string(value).unwrap_or_default();
        let raw = serde_json::value::RawValue::from_string(json).unwrap_or_default();
        from_json(parameter.ty, parameter.nullable, &raw)
    };
    match read(default) {
        Ok(value) if value == *default => None,
        _ => Some(format!(
            "the default of the parameter `{name}` is no {}: write another, or change the parameter's type",
            parameter.ty.word()
        )),
    }
}
