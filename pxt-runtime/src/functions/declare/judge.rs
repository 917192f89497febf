//! What a declaration shows to be wrong: everything that the compiler refuses in a struct, in the same words.
//!
//! What needs types is left to the judges that the compiler calls too. What `derive(Table)` says by itself is said again here; a
//! test compares the words.

use std::ops::Range;

use super::call::{self, Argument, Call, begins_name, continues_name};
use super::default::{Made, made};
use super::order::circle;
use super::types::{parse_type, shape};
use super::{ColumnDeclaration, Mistake, Part, TableDeclaration};
use crate::functions::registry::{Listed, find};
use crate::schema::check::{self, Finding};
use crate::schema::{OnError, Shape, Spelling, nearest};
use crate::value::check as check_value;

/// A table that was read.
pub(super) struct Table<'a> {
    pub(super) declared: &'a TableDeclaration,
    pub(super) columns: Vec<Column<'a>>,
}

/// A column that was read.
pub(super) struct Column<'a> {
    pub(super) declared: &'a ColumnDeclaration,
    /// What it holds. Nothing while that is not known.
    pub(super) shape: Shape,
    pub(super) bound: Option<Bound>,
    pub(super) default: Option<Made>,
    pub(super) max_bytes: Option<usize>,
    pub(super) on_error: OnError,
}

/// A call, its function where there is one, and the positions of the columns that it reads.
pub(super) struct Bound {
    pub(super) listed: Option<&'static Listed>,
    pub(super) call: Call,
    pub(super) reads: Vec<usize>,
}

/// Collects the mistakes of one table.
struct Judge<'a> {
    position: usize,
    table: &'a TableDeclaration,
    mistakes: Vec<Mistake>,
}

/// Reads a table; `position` is its place in the list of tables.
pub(super) fn table(position: usize, table: &TableDeclaration) -> Result<Table<'_>, Vec<Mistake>> {
    let mut judge = Judge { position, table, mistakes: Vec::new() };
    judge.table_name();
    let mut columns: Vec<Column<'_>> = (0..table.columns.len()).map(|column| judge.read(column)).collect();
    for column in 0..columns.len() {
        judge.column_name(column);
        judge.exclusive(column);
        judge.types(column, &columns[column]);
        columns[column].default = judge.default(column, &columns[column]);
        judge.call(column, &columns);
    }
    judge.circle(&columns);
    let mut mistakes = judge.mistakes;
    mistakes.sort_by_key(|mistake| (mistake.column, mistake.part));
    if mistakes.is_empty() { Ok(Table { declared: table, columns }) } else { Err(mistakes) }
}

impl<'a> Judge<'a> {
    fn refuse(&mut self, column: usize, part: Part, text: impl Into<String>) {
        let text = text.into();
        self.mistakes.push(Mistake { table: self.position, column: Some(column), part, range: None, text });
    }

    fn refuse_table(&mut self, part: Part, text: &str) {
        let text = text.to_owned();
        self.mistakes.push(Mistake { table: self.position, column: None, part, range: None, text });
    }

    fn refuse_call(&mut self, column: usize, range: Range<usize>, text: impl Into<String>) {
        let (part, text) = (Part::Computed, text.into());
        self.mistakes.push(Mistake { table: self.position, column: Some(column), part, range: Some(range), text });
    }

    /// Takes what a judge of the compiler says.
    fn heed(&mut self, column: usize, part: Part, finding: &Finding) {
        if let Some(message) = finding {
            self.refuse(column, part, message.as_str());
        }
    }

    fn heed_call(&mut self, column: usize, range: &Range<usize>, finding: &Finding) {
        if let Some(message) = finding {
            self.refuse_call(column, range.clone(), message.as_str());
        }
    }

    fn table_name(&mut self) {
        let name = &self.table.name;
        let fits = name.split('.').all(|part| {
            part.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
                && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        });
        if !fits {
            self.refuse_table(
                Part::Name,
                "a table's name is letters, digits and `_`, in parts joined by `.`: write it like \"films.posters\"",
            );
        } else if name.starts_with("_pxt") || name.starts_with("sqlite_") || name.starts_with("pg_") {
            self.refuse_table(
                Part::Name,
                "names that begin with `_pxt`, `sqlite_` or `pg_` belong to pxt and the databases: choose another",
            );
        }
        if self.table.columns.is_empty() {
            self.refuse_table(Part::Columns, "a table has at least one column: add one");
        }
    }

    fn column_name(&mut self, column: usize) {
        let name = &self.table.columns[column].name;
        if !(name.starts_with(begins_name) && name.chars().all(continues_name)) {
            let text =
                "a column's name is letters, digits and `_`, and begins with no digit: write it like \"release_year\"";
            self.refuse(column, Part::Name, text);
        } else if name.starts_with("_pxt") {
            self.refuse(column, Part::Name, "columns that begin with `_pxt` belong to pxt: choose another name");
        }
        // Databases fold case.
        let mut before = self.table.columns[..column].iter().map(|column| &column.name);
        if let Some(same) = before.find(|before| before.eq_ignore_ascii_case(name)) {
            let text = if same == name {
                format!("column `{name}` is in the table twice: remove one, or name it differently")
            } else {
                format!("column `{name}` differs from another only in case: choose another name")
            };
            self.refuse(column, Part::Name, text);
        }
    }

    /// Reads the texts of a column.
    fn read(&mut self, column: usize) -> Column<'a> {
        let declared = &self.table.columns[column];
        let bound = declared.computed.as_deref().and_then(|text| self.bind(column, text));
        let on_error = self.on_error(column);
        let shape = match &declared.ty {
            Some(ty) => parse_type(ty).map(shape).unwrap_or_else(|text| {
                self.refuse(column, Part::Type, text);
                Shape::NONE
            }),
            None => match bound.as_ref().and_then(|bound| bound.listed) {
                Some(listed) => {
                    let output = listed.signature().output;
                    Shape { nullable: output.nullable || on_error == OnError::Ignore, ..output }
                }
                None => Shape::NONE,
            },
        };
        if declared.ty.is_none() && declared.computed.is_none() {
            let (table, name) = (&self.table.name, &declared.name);
            let text = format!("column `{table}.{name}` has no type: write `type = \"string\"`, say");
            self.refuse(column, Part::Type, text);
        }
        Column { declared, shape, bound, default: None, max_bytes: self.max_bytes(column), on_error }
    }

    fn on_error(&mut self, column: usize) -> OnError {
        match self.table.columns[column].on_error.as_deref() {
            None | Some("abort") => OnError::Abort,
            Some("ignore") => OnError::Ignore,
            Some(_) => {
                let text = "write `on_error = \"abort\"` or `on_error = \"ignore\"`";
                self.refuse(column, Part::OnError, text);
                OnError::Abort
            }
        }
    }

    fn max_bytes(&mut self, column: usize) -> Option<usize> {
        let written = self.table.columns[column].max_bytes?;
        let text = match usize::try_from(written) {
            Ok(0) => "a column of 0 bytes holds nothing: write a larger number",
            Ok(most) => return Some(most),
            Err(_) => "write a number of bytes, such as 280",
        };
        self.refuse(column, Part::MaxBytes, text);
        None
    }

    /// The call with its function, and the columns that it reads.
    fn bind(&mut self, column: usize, text: &str) -> Option<Bound> {
        let (call, wrong) = call::parse(text);
        for (range, text) in wrong {
            self.refuse_call(column, range, text);
        }
        let call = call?;
        let mut reads = Vec::new();
        for (argument, range) in &call.args {
            let Argument::Column(name) = argument else { continue };
            match self.table.columns.iter().position(|column| column.name == *name) {
                None => {
                    let names = self.table.columns.iter().map(|column| column.name.as_str());
                    let suggestion = suggestion(name, names);
                    let text = format!("table `{}` has no column `{name}`{suggestion}", self.table.name);
                    self.refuse_call(column, range.clone(), text);
                }
                Some(position) => {
                    if self.table.columns[position].auto {
                        let text = format!(
                            "column `{name}` is numbered when the row is stored, after computing: take another column"
                        );
                        self.refuse_call(column, range.clone(), text);
                    }
                    if !reads.contains(&position) {
                        reads.push(position);
                    }
                }
            }
        }
        let listed = find(&call.function).map_err(|text| self.refuse_call(column, call.at.clone(), text)).ok();
        Some(Bound { listed, call, reads })
    }

    /// Refuses what does not go together.
    fn exclusive(&mut self, column: usize) {
        let declared = &self.table.columns[column];
        let keys = self.table.columns.iter().filter(|column| column.primary_key).count();
        if declared.computed.is_some() {
            if declared.default.is_some() {
                self.refuse(column, Part::Default, "a computed column always has a value: remove `default`");
            }
            if declared.primary_key && !declared.auto {
                let text =
                    "a primary key names the row before anything is computed: remove `primary_key` or `computed`";
                self.refuse(column, Part::PrimaryKey, text);
            }
            if declared.auto {
                let text = "a column that the database numbers is not computed: remove `auto` or `computed`";
                self.refuse(column, Part::Computed, text);
            }
        } else if declared.on_error.is_some() {
            let text = "`on_error` belongs to a computed column: add `computed = …`, or remove it";
            self.refuse(column, Part::OnError, text);
        }
        if declared.auto {
            if !declared.primary_key {
                let text = "the database numbers primary keys only: write `primary_key = true` too";
                self.refuse(column, Part::Auto, text);
            } else if keys > 1 {
                let text =
                    "a column that the database numbers is the whole primary key: remove `primary_key` from the others";
                self.refuse(column, Part::Auto, text);
            }
            if declared.default.is_some() {
                self.refuse(column, Part::Default, "the database numbers the column: remove `default` or `auto`");
            }
        }
    }

    /// Refuses what the column's type does not go with.
    fn types(&mut self, column: usize, read: &Column<'_>) {
        let Column { declared, shape, .. } = read;
        let (table, name) = (&*self.table.name, &*declared.name);
        if declared.primary_key {
            self.heed(column, Part::Type, &check::judge_key_type(Spelling::Toml, table, name, *shape));
        }
        if declared.auto {
            self.heed(column, Part::Type, &check::judge_auto(Spelling::Toml, table, name, *shape));
        }
        if declared.max_bytes.is_some() {
            self.heed(column, Part::MaxBytes, &check::judge_bounded(Spelling::Toml, table, name, *shape));
        }
        if read.on_error == OnError::Ignore && declared.computed.is_some() {
            self.heed(column, Part::OnError, &check::judge_nullable(Spelling::Toml, table, name, *shape));
        }
    }

    /// What stands in for the column, if that is a value of its type.
    fn default(&mut self, column: usize, read: &Column<'_>) -> Option<Made> {
        let Column { declared, shape, max_bytes, .. } = read;
        let (default, ty) = (declared.default.as_ref()?, shape.ty?);
        let (table, name) = (&*self.table.name, &*declared.name);
        let Some(made) = made(ty, default) else {
            self.heed(column, Part::Default, &check::judge_default(Spelling::Toml, table, name, *shape));
            let (given, text) = (default.shape(), default.text());
            let finding = check::judge_default_literal(Spelling::Toml, table, name, *shape, given, &text);
            self.heed(column, Part::Default, &finding);
            return None;
        };
        if let Made::Value(value) = &made
            && let Err(refusal) = check_value(value, max_bytes.unwrap_or(usize::MAX))
        {
            let text = format!("the default of column `{table}.{name}` {}: write another one", refusal.detail);
            self.refuse(column, Part::Default, text);
        }
        Some(made)
    }

    /// Compares a call with its function.
    fn call(&mut self, column: usize, columns: &[Column<'_>]) {
        let Column { declared, shape, bound, .. } = &columns[column];
        let Some(Bound { listed: Some(listed), call, .. }) = bound else { return };
        let signature = listed.signature();
        self.heed_call(column, &call.at, &check::judge_arity(Spelling::Toml, &signature, call.args.len()));
        let finding = check::judge_output(Spelling::Toml, &signature, &self.table.name, &declared.name, *shape);
        self.heed_call(column, &call.at, &finding);
        let text = declared.computed.as_deref().unwrap_or_default();
        for (position, (argument, range)) in call.args.iter().enumerate() {
            let (given, what) = match argument {
                Argument::Unreadable => continue,
                Argument::Literal(literal) => (literal.shape(), format!("`{}`", &text[range.clone()])),
                Argument::Column(name) => match columns.iter().find(|column| column.declared.name == *name) {
                    Some(column) => (column.shape, format!("column `{name}`")),
                    None => continue,
                },
            };
            let finding = check::judge_argument(Spelling::Toml, &signature, position, given, &what);
            self.heed_call(column, range, &finding);
        }
    }

    /// Refuses a column that is computed from itself.
    fn circle(&mut self, columns: &[Column<'_>]) {
        let reads = |column: &Column<'_>| column.bound.as_ref().map(|bound| bound.reads.clone()).unwrap_or_default();
        let reads: Vec<_> = columns.iter().map(reads).collect();
        let Some(circle) = circle(&reads) else { return };
        let names: Vec<_> = circle.iter().map(|&column| format!("`{}`", columns[column].declared.name)).collect();
        let first = &columns[circle[0]];
        if let Some(bound) = &first.bound {
            let text = format!(
                "column `{}` is computed from itself: {}; take one of the arguments out",
                first.declared.name,
                names.join(" → ")
            );
            self.refuse_call(circle[0], bound.call.at.clone(), text);
        }
    }
}

/// `; did you mean …?` when one of the names is near, else the list of all.
fn suggestion<'a>(written: &str, names: impl Iterator<Item = &'a str> + Clone) -> String {
    if let Some(near) = nearest(written, names.clone()) {
        return format!("; did you mean `{near}`?");
    }
    let list: Vec<_> = names.map(|name| format!("`{name}`")).collect();
    match list.as_slice() {
        [only] => format!("; the only one is {only}"),
        list => format!("; write one of {}", list.join(", ")),
    }
}
