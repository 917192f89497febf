//! Where the answers of a route are written besides: what its target said at the start, judged with what the answers are.

use std::sync::Arc;

use super::judge::Judge;
use crate::app::Settings;
use crate::export::target::{Address, Field, TargetTable, Writer};
use crate::export::{
    Delivery, ExportMethod, Found, Place, RowExport, SqlExport, Targets, Variables, of_columns, of_value,
};
use crate::route::declared::Part;
use crate::route::row::RowAnswer;
use crate::table::Handle;

/// The argument.
const EXPORT: &str = "export_sql";

/// What exports are judged by.
#[derive(Clone, Copy)]
pub(super) struct Exports<'e> {
    pub(super) variables: &'e Variables,
    /// What targets said, as far as they were asked.
    pub(super) targets: &'e Targets,
    pub(super) settings: &'e Settings,
}

/// What is exported.
pub(super) struct Exported<'e> {
    pub(super) table: &'e Handle,
    /// None where it is wrong itself.
    pub(super) answer: Option<&'e RowAnswer>,
    /// Whether the declaration lists what is answered, so that a field that is wrong stands there.
    pub(super) lists_outputs: bool,
}

impl Exports<'_> {
    /// Where a declared export leads. None where there is none, where it is wrong, and where its target was not asked.
    pub(super) fn export(
        &self,
        declared: Option<SqlExport>,
        exported: &Exported<'_>,
        is_file: bool,
        judge: &mut Judge<'_>,
    ) -> Option<Arc<RowExport>> {
        let declared = declared?;
        if is_file {
            judge.refuse_at(
                Part::Argument(EXPORT),
                "`export_sql` and `return_fileresponse` exclude each other: remove one",
            );
            return None;
        }
        let (method, delivery) = (declared.method, declared.delivery);
        let fields = exported.answer.and_then(|answer| self.fields(exported, answer, judge));
        let (place, address) = self.address(declared, judge)?;
        let refuse = |part: &str, text: String, judge: &mut Judge<'_>| judge.refuse_at(Part::Entry(EXPORT, part), text);
        let target = match self.targets.target(&place.connect)? {
            Ok(target) => target.clone(),
            Err(text) => {
                refuse("db_connect", text.clone(), judge);
                return None;
            }
        };
        let (name, fields) = (address.name(), fields?);
        let writer = match self.targets.found(&place)? {
            Found::Table(found) => Some(writer(found, &fields, exported, method, judge)?),
            Found::Nothing => {
                let table = place.table_name();
                let text = format!("there is no table `{table}` in `{name}`: make it, or write the name of another");
                refuse("table", text, judge);
                return None;
            }
            Found::Away(why) if delivery == Delivery::Request => {
                let instead = "see that it can be reached, or let rows wait for it by `delivery = \"outbox\"`";
                refuse("db_connect", format!("{why}: {instead}"), judge);
                return None;
            }
            Found::Away(_) => None,
        };
        let destination = place.destination(&address);
        let Place { schema, table, .. } = place;
        let fields = fields.into_iter().map(|field| field.name).collect();
        Some(Arc::new(RowExport { target, destination, schema, table, method, delivery, fields, writer }))
    }

    /// The fields of the answers.
    fn fields(&self, exported: &Exported<'_>, answer: &RowAnswer, judge: &mut Judge<'_>) -> Option<Vec<Field>> {
        match answer {
            RowAnswer::Columns(columns) => {
                Some(of_columns(exported.table, columns.positions(), self.settings.public_url.as_deref()))
            }
            RowAnswer::Function(function) => {
                let fields = of_value(function.name, function.schema);
                fields.map_err(|text| judge.refuse_at(Part::Argument(EXPORT), text)).ok()
            }
            RowAnswer::File(_) => None,
        }
    }

    /// The table that is meant, and its database.
    fn address(&self, declared: SqlExport, judge: &mut Judge<'_>) -> Option<(Place, Address)> {
        let empty = [
            ("table", declared.table.is_empty(), "name the table"),
            ("db_schema", declared.db_schema.as_deref() == Some(""), "name the schema, or leave it out"),
        ];
        let mut is_whole = true;
        for (part, _, instead) in empty.into_iter().filter(|(_, is_empty, _)| *is_empty) {
            judge.refuse_at(Part::Entry(EXPORT, part), format_args!("`{part}` of `export_sql` is empty: {instead}"));
            is_whole = false;
        }
        let place = judge.origin().place(declared, self.variables).map_err(|unknown| unknown.to_string());
        let found = place.and_then(|place| Address::parse(&place.connect).map(|address| (place, address)));
        let found = found.map_err(|text| judge.refuse_at(Part::Entry(EXPORT, "db_connect"), text)).ok()?;
        is_whole.then_some(found)
    }
}

/// What writes answers with these fields to a table, if that can be.
fn writer(
    found: &Arc<TargetTable>,
    fields: &[Field],
    exported: &Exported<'_>,
    method: ExportMethod,
    judge: &mut Judge<'_>,
) -> Option<Writer> {
    let mistakes = found.judge(fields, method);
    let is_right = mistakes.is_empty();
    for (field, text) in mistakes {
        let part = match &field {
            Some(field) if exported.lists_outputs => Part::Entry("outputs", field),
            None if method != ExportMethod::Insert => Part::Entry(EXPORT, "method"),
            _ => Part::Entry(EXPORT, "table"),
        };
        judge.refuse_at(part, text);
    }
    let names: Vec<_> = fields.iter().map(|field| field.name.as_str()).collect();
    let writer = if is_right { Some(found.writer(&names, method)) } else { None };
    writer?.map_err(|refused| judge.refuse_at(Part::Entry(EXPORT, "table"), refused)).ok()
}
