//! Lists of columns, as inputs and outputs.

use super::judge::Judge;
use crate::route::declared::Part;
use crate::route::fields::Field;
use crate::schema::check::Kind;
use crate::schema::{ColumnDef, did_you_mean_of, nearest};
use crate::table::Handle;

/// The positions of columns that a list names; what it names wrongly is refused and left out.
pub(super) fn named(table: &Handle, argument: &'static str, names: &[String], judge: &mut Judge<'_>) -> Vec<usize> {
    let mut positions = Vec::with_capacity(names.len());
    for name in names {
        let Some(position) = table.def.position(name) else {
            let hint = did_you_mean_of(name, "there are", table.def.columns.iter().map(|column| column.name));
            judge.refuse_at(
                Part::Entry(argument, name),
                format_args!("`{argument}` names `{name}`, which is no column of `{}`{hint}", table.def.name),
            );
            continue;
        };
        if positions.contains(&position) {
            judge.refuse_at(Part::Entry(argument, name), format_args!("`{argument}` names `{name}` twice: remove one"));
        } else {
            positions.push(position);
        }
    }
    positions
}

/// The columns of a request: inputs and uploads, in the order of the table.
pub(super) struct Listed<'l> {
    pub(super) kind: Kind,
    pub(super) inputs: Option<&'l [String]>,
    pub(super) uploads: &'l [String],
}

impl Listed<'_> {
    /// Whether a column is meant by a name that is none: it is misspelt then, and not missing.
    pub(super) fn means(&self, table: &Handle, column: usize) -> bool {
        let names = self.inputs.into_iter().flatten().chain(self.uploads);
        let mut unknown = names.into_iter().filter(|name| table.def.position(name).is_none());
        let columns = || table.def.columns.iter().map(|column| column.name);
        unknown.any(|name| nearest(name, columns()) == Some(table.def.columns[column].name))
    }

    /// The fields of the request.
    pub(super) fn fields(&self, table: &Handle, judge: &mut Judge<'_>) -> Vec<Field> {
        let update = self.kind == Kind::Update;
        let inputs = self.inputs.map(|inputs| self.supplied(table, "inputs", inputs, judge));
        let uploads = self.uploads(table, judge);
        if let Some(both) = inputs.iter().flatten().find(|input| uploads.contains(input)) {
            let name = table.def.columns[*both].name;
            judge.refuse_at(
                Part::Entry("uploadfile_inputs", name),
                format_args!("`{name}` is in `inputs` and in `uploadfile_inputs`: remove it from one of them"),
            );
        }
        if update && self.inputs.is_some_and(<[String]>::is_empty) {
            judge.refuse_at(
                Part::Argument("inputs"),
                "an update changes at least one column: list it in `inputs`, or leave `inputs` out for all",
            );
        }
        let field = |(column, def): (usize, &'static ColumnDef)| {
            let (upload, key) = (uploads.contains(&column), update && def.primary_key);
            let listed = inputs.as_ref().map_or_else(|| self.may_supply(def), |inputs| inputs.contains(&column));
            if !upload && !key && !listed {
                return None;
            }
            let mut field = Field::of_column(table, column);
            (field.upload, field.key) = (upload, key);
            field.required = key || (!update && field.required);
            if update {
                field.default = None;
            }
            Some(field)
        };
        table.def.columns.iter().enumerate().filter_map(field).collect()
    }

    fn may_supply(&self, def: &ColumnDef) -> bool {
        let update = self.kind == Kind::Update;
        def.computed.is_none() && !def.auto && !(update && (def.primary_key || def.ty.is_media()))
    }

    /// Listed columns that a request can supply.
    fn supplied(&self, table: &Handle, argument: &'static str, names: &[String], judge: &mut Judge<'_>) -> Vec<usize> {
        let positions = named(table, argument, names, judge);
        for def in positions.iter().map(|position| &table.def.columns[*position]) {
            let why = if def.computed.is_some() {
                "is computed"
            } else if def.auto {
                "is numbered by the database"
            } else if self.may_supply(def) {
                continue;
            } else if def.primary_key {
                "is the primary key, which every request of an update carries"
            } else {
                "is media, which an update cannot change"
            };
            judge.refuse_at(
                Part::Entry(argument, def.name),
                format_args!("column `{}` {why}: remove it from `{argument}`", def.name),
            );
        }
        positions
    }

    fn uploads(&self, table: &Handle, judge: &mut Judge<'_>) -> Vec<usize> {
        let positions = self.supplied(table, "uploadfile_inputs", self.uploads, judge);
        for def in positions.iter().map(|position| &table.def.columns[*position]).filter(|def| !def.ty.is_media()) {
            judge.refuse_at(
                Part::Entry("uploadfile_inputs", def.name),
                format_args!(
                    "column `{}` is {}, and only media columns are uploaded: list it in `inputs`",
                    def.name,
                    def.ty.word()
                ),
            );
        }
        positions
    }
}

/// Refuses inputs that leave out a column without which there is no row, or no output.
pub(super) fn cover(table: &Handle, fields: &[Field], needed: impl Fn(usize) -> bool, judge: &mut Judge<'_>) {
    for (column, def) in table.def.columns.iter().enumerate() {
        if def.required() && needed(column) && !fields.iter().any(|field| field.target == column) {
            let list = if def.ty.is_media() { "`uploadfile_inputs` or `inputs`" } else { "`inputs`" };
            judge
                .refuse_at(Part::Argument("inputs"), format_args!("column `{}` is needed: add it to {list}", def.name));
        }
    }
}

/// Refuses a route that would have to compute what this program has no function for: those of a table that another program
/// declares. A column is computed when one is `written` that it reads, be it through others; one that reads none, with each row.
pub(super) fn refuse_lacking(table: &Handle, written: impl Fn(usize) -> bool, judge: &mut Judge<'_>) {
    let columns = table.def.columns;
    let mut dirty: Vec<bool> = (0..columns.len()).map(written).collect();
    // Each round finds one more, or none.
    let follows = |dirty: &[bool]| {
        let is_dirty = |(column, def): &(usize, &ColumnDef)| {
            !dirty[*column]
                && def.computed.as_ref().is_some_and(|computed| computed.reads.iter().any(|read| dirty[*read]))
        };
        columns.iter().enumerate().find(is_dirty).map(|(column, _)| column)
    };
    while let Some(column) = follows(&dirty) {
        dirty[column] = true;
    }
    let all = columns.iter().zip(table.code.columns).zip(dirty);
    let lacking = all.filter(|((def, code), dirty)| *dirty && def.computed.is_some() && code.computed.is_none());
    let named = lacking.filter_map(|((def, _), _)| Some((def.name, def.computed.as_ref()?.call)));
    let (names, calls): (Vec<_>, Vec<_>) = named.unzip();
    if names.is_empty() {
        return;
    }
    judge.refuse_at(
        Part::Argument("table"),
        format_args!(
            "`{}` of `{}` would be computed by `{}`, which the program has that declares the table: serve this route there, or \
             declare the table in the file with built-in functions",
            names.join("`, `"),
            table.def.name,
            calls.join("`, `")
        ),
    );
}
