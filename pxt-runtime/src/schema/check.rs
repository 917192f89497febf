//! The contract between routes and tables, judged while the user's crate is compiled.
//!
//! Each check comes in two parts: a `const fn` that returns the finding, tested here like any function, and a
//! `#[track_caller]` shell that panics with it, so that the compiler's caret stands on the token whose span the macro
//! gave to the call. A check that depends on an earlier one stays silent when that one failed: one mistake, one error.
//!
//! Look up first, by hash; build text only on failure. Constant evaluation runs about a million steps a second.

use super::message::{Message, close, distance};
use super::{At, Code, ColumnDef, ColumnType, Schema, Shape, TableDef};

/// The kind of route that a check is made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Stores a row.
    Insert,
    /// Changes a row.
    Update,
    /// Computes a row without storing it.
    Compute,
}

/// What a judge says: nothing, or one sentence.
pub(crate) type Finding = Option<Message>;

macro_rules! shell {
    ($(#[$doc:meta])* $name:ident => $judge:ident ( $($arg:ident : $ty:ty),* $(,)? )) => {
        $(#[$doc])*
        #[track_caller]
        pub const fn $name($($arg: $ty),*) {
            if let Some(message) = $judge($($arg),*) {
                panic!("{}", message.as_str());
            }
        }
    };
    // A judge of tables that are declared without Rust too.
    ($(#[$doc:meta])* $name:ident => $judge:ident ( $spelling:expr; $($arg:ident : $ty:ty),* $(,)? )) => {
        $(#[$doc])*
        #[track_caller]
        pub const fn $name($($arg: $ty),*) {
            if let Some(message) = $judge($spelling, $($arg),*) {
                panic!("{}", message.as_str());
            }
        }
    };
}

mod declared;
mod query;
mod returned;

pub use declared::{
    expect_argument, expect_arity, expect_auto, expect_bounded, expect_default, expect_default_literal,
    expect_distinct_table, expect_key_type, expect_nullable, expect_output,
};
pub(crate) use declared::{
    judge_argument, judge_arity, judge_auto, judge_bounded, judge_default, judge_default_literal, judge_key_type,
    judge_nullable, judge_output, twice,
};
pub use query::{expect_parameter_default, expect_parameter_literal, expect_parameter_upload, expect_parameters_cover};
pub use returned::expect_no_result;

/// What `schema!` lists when it could not read its list. No table has an empty name.
pub static UNREADABLE: TableDef = TableDef {
    name: "",
    hash: 0,
    doc: "",
    columns: &[],
    incomplete: true,
    at: At { file: file!(), line: line!() },
    module: module_path!(),
    code: Code(&()),
};

/// The table of this name, found by its hash.
pub const fn find_table(schema: &'static Schema, name: &str, hash: u64) -> Option<&'static TableDef> {
    let mut i = 0;
    while i < schema.tables.len() {
        let table = schema.tables[i];
        if table.hash == hash && same(table.name, name) {
            return Some(table);
        }
        i += 1;
    }
    None
}

/// The column of this name, found by its hash. None when the table is already missing.
pub const fn find_column(table: Option<&'static TableDef>, name: &str, hash: u64) -> Option<&'static ColumnDef> {
    let Some(table) = table else { return None };
    let mut i = 0;
    while i < table.columns.len() {
        let column = &table.columns[i];
        if column.hash == hash && same(column.name, name) {
            return Some(column);
        }
        i += 1;
    }
    None
}

shell! {
    /// Refuses a table that the schema does not have.
    expect_table => judge_table(schema: &'static Schema, table: Option<&'static TableDef>, name: &str)
}

const fn judge_table(schema: &'static Schema, table: Option<&'static TableDef>, name: &str) -> Finding {
    if table.is_some() || (schema.tables.len() == 1 && schema.tables[0].name.is_empty()) {
        return None; // there, or perhaps in a list that could not be read
    }
    let mut nearest = (usize::MAX, "");
    let mut i = 0;
    while i < schema.tables.len() {
        let distance = distance(schema.tables[i].name, name);
        if distance < nearest.0 {
            nearest = (distance, schema.tables[i].name);
        }
        i += 1;
    }
    let message = Message::new().text("no table ").code(name).text(" in the schema");
    if close(nearest.0, name, nearest.1) {
        return Some(message.text("; did you mean ").code(nearest.1).text("?"));
    }
    if schema.tables.is_empty() {
        return Some(message.text(": it has no tables; list them in `pxt::schema![…]`"));
    }
    let mut message = message.text("; it has ");
    let mut i = 0;
    while i < schema.tables.len() {
        message = message.text(if i == 0 { "" } else { ", " }).code(schema.tables[i].name);
        i += 1;
    }
    Some(message)
}

shell! {
    /// Refuses an update route on a table whose rows cannot be named.
    expect_key => judge_key(table: Option<&'static TableDef>)
}

const fn judge_key(table: Option<&'static TableDef>) -> Finding {
    let Some(table) = table else { return None };
    if table.incomplete {
        return None;
    }
    let mut i = 0;
    while i < table.columns.len() {
        if table.columns[i].primary_key {
            return None;
        }
        i += 1;
    }
    Some(
        Message::new()
            .text("table ")
            .code(table.name)
            .text(" has no primary key to find the row by: mark a column with `#[column(primary_key)]`"),
    )
}

shell! {
    /// Refuses a name that is not a column.
    expect_column => judge_column(table: Option<&'static TableDef>, column: Option<&'static ColumnDef>, name: &str)
}

const fn judge_column(table: Option<&'static TableDef>, column: Option<&'static ColumnDef>, name: &str) -> Finding {
    let Some(known) = table else { return None };
    if known.incomplete || column.is_some() {
        return None;
    }
    let mut nearest = (usize::MAX, "");
    let mut i = 0;
    while i < known.columns.len() {
        let distance = distance(known.columns[i].name, name);
        if distance < nearest.0 {
            nearest = (distance, known.columns[i].name);
        }
        i += 1;
    }
    let message = Message::new().text("table ").code(known.name).text(" has no column ").code(name);
    if close(nearest.0, name, nearest.1) {
        return Some(message.text("; did you mean ").code(nearest.1).text("?"));
    }
    let mut message = message.text("; it has ");
    let mut i = 0;
    while i < known.columns.len() {
        message = message.text(if i == 0 { "" } else { ", " }).code(known.columns[i].name);
        i += 1;
    }
    Some(message)
}

shell! {
    /// Refuses an output that the function has no parameter for.
    expect_taken => judge_taken(table: Option<&'static TableDef>, name: &str, hash: u64)
}

const fn judge_taken(table: Option<&'static TableDef>, name: &str, hash: u64) -> Finding {
    if table.is_none() {
        return None;
    }
    match find_column(table, name, hash) {
        None => judge_column(table, None, name),
        Some(column) => Some(
            received(
                Message::new().text("output ").code(name).text(" has no parameter: add `").text(name).text(": "),
                column,
            )
            .text("` to the function"),
        ),
    }
}

shell! {
    /// Refuses a parameter whose type cannot receive its column. `text` is the type as the user wrote it.
    expect_type => judge_type(table: Option<&'static TableDef>, column: Option<&'static ColumnDef>, shape: Shape, text: &str)
}

const fn judge_type(
    table: Option<&'static TableDef>,
    column: Option<&'static ColumnDef>,
    shape: Shape,
    text: &str,
) -> Finding {
    let (Some(table), Some(column)) = (table, column) else { return None };
    let wanted = if column.ty.is_media() { ColumnType::String } else { column.ty };
    let fits = match shape.ty {
        Some(ty) => same_type(ty, wanted),
        None => false,
    };
    if fits && (shape.nullable || !column.nullable) {
        return None;
    }
    let message = Message::new().column(table.name, column.name);
    let message = message.text(if column.nullable { " is nullable " } else { " is " }).text(column.ty.word());
    let message =
        message.text(if column.ty.is_media() { ", which arrives as a URL: take it as `" } else { ": take it as `" });
    Some(received(message, column).text("`, not ").code(text))
}

/// Appends the type that a route function receives the column as, without backticks.
const fn received(message: Message, column: &ColumnDef) -> Message {
    let message = message.text(if column.nullable { "Option<" } else { "" });
    let ty = if column.ty.is_media() { ColumnType::String } else { column.ty };
    message.rust_name(ty).text(if column.nullable { ">" } else { "" })
}

shell! {
    /// Refuses a name in `inputs` that a request cannot supply.
    expect_input => judge_input(table: Option<&'static TableDef>, kind: Kind, name: &str, hash: u64)
}

const fn judge_input(table: Option<&'static TableDef>, kind: Kind, name: &str, hash: u64) -> Finding {
    let Some(known) = table else { return None };
    let Some(column) = find_column(table, name, hash) else { return judge_column(table, None, name) };
    let message = Message::new().column(known.name, name);
    if column.computed.is_some() {
        return Some(message.text(" is computed: remove it from the inputs"));
    }
    if column.auto {
        return Some(message.text(" is numbered by the database: remove it from the inputs"));
    }
    if matches!(kind, Kind::Update) && column.primary_key {
        return Some(
            message.text(" is the primary key, which every request of an update carries: remove it from `inputs`"),
        );
    }
    if matches!(kind, Kind::Update) && column.ty.is_media() {
        return Some(message.text(" is media, which an update cannot change: remove it from `inputs`"));
    }
    None
}

shell! {
    /// Refuses a name in `uploadfile_inputs` that cannot be uploaded.
    expect_upload => judge_upload(table: Option<&'static TableDef>, kind: Kind, name: &str, hash: u64)
}

const fn judge_upload(table: Option<&'static TableDef>, kind: Kind, name: &str, hash: u64) -> Finding {
    let Some(known) = table else { return None };
    let Some(column) = find_column(table, name, hash) else { return judge_column(table, None, name) };
    if !column.ty.is_media() {
        return Some(
            Message::new()
                .column(known.name, name)
                .text(" is ")
                .text(column.ty.word())
                .text(", and only media columns are uploaded: list it in `inputs`"),
        );
    }
    judge_input(table, kind, name, hash)
}

shell! {
    /// Refuses inputs that leave out a column without which no row can be made.
    expect_inputs_cover => judge_cover(table: Option<&'static TableDef>, inputs: &[&str])
}

const fn judge_cover(table: Option<&'static TableDef>, inputs: &[&str]) -> Finding {
    let Some(table) = table else { return None };
    if !all_columns(table, inputs) {
        return None; // what is missing may be what was misspelt
    }
    let (mut missing, mut only, mut media) = (0, "", false);
    let mut list = Message::new();
    let mut i = 0;
    while i < table.columns.len() {
        let column = &table.columns[i];
        if column.required() && !contains(inputs, column.name) {
            list = list.text(if missing == 0 { "" } else { ", " }).code(column.name);
            missing += 1;
            only = column.name;
            media = column.ty.is_media();
        }
        i += 1;
    }
    match (missing, media) {
        (0, _) => None,
        (1, true) => Some(
            Message::new().column(table.name, only).text(" is required: add it to `uploadfile_inputs` or `inputs`"),
        ),
        (1, false) => {
            Some(Message::new().column(table.name, only).text(" is required: add it to `inputs`, or give it a default"))
        }
        _ => {
            let message = Message::new().text("columns ").text(list.as_str()).text(" of ").code(table.name);
            Some(message.text(" are required: add them to the inputs"))
        }
    }
}

const fn all_columns(table: &TableDef, names: &[&str]) -> bool {
    let mut i = 0;
    while i < names.len() {
        let mut known = false;
        let mut j = 0;
        while j < table.columns.len() {
            known = known || same(table.columns[j].name, names[i]);
            j += 1;
        }
        if !known {
            return false;
        }
        i += 1;
    }
    true
}

shell! {
    /// Refuses inputs of a compute route that leave out a column which its outputs are computed from.
    expect_inputs_reach => judge_reach(table: Option<&'static TableDef>, inputs: &[&str], outputs: &[&str])
}

const fn judge_reach(table: Option<&'static TableDef>, inputs: &[&str], outputs: &[&str]) -> Finding {
    const MOST: usize = 1024;
    let Some(table) = table else { return None };
    let columns = table.columns;
    if columns.len() > MOST || !all_columns(table, inputs) {
        return None;
    }
    // Mark the outputs, then what marked columns read, until nothing is new.
    let mut needed = [false; MOST];
    let mut i = 0;
    while i < columns.len() {
        needed[i] = contains(outputs, columns[i].name);
        i += 1;
    }
    let mut grown = true;
    while grown {
        grown = false;
        let mut i = 0;
        while i < columns.len() {
            if let (true, Some(computed)) = (needed[i], &columns[i].computed) {
                let mut j = 0;
                while j < computed.reads.len() {
                    grown = grown || !needed[computed.reads[j]];
                    needed[computed.reads[j]] = true;
                    j += 1;
                }
            }
            i += 1;
        }
    }
    let mut i = 0;
    while i < columns.len() {
        if needed[i] && columns[i].required() && !contains(inputs, columns[i].name) {
            let message = Message::new().column(table.name, columns[i].name);
            return Some(message.text(" is needed for the outputs: add it to the inputs"));
        }
        i += 1;
    }
    None
}

const fn same_type(a: ColumnType, b: ColumnType) -> bool {
    match (a, b) {
        (ColumnType::Array(a, n), ColumnType::Array(b, m)) => a as u8 == b as u8 && n == m,
        _ => discriminant(a) == discriminant(b),
    }
}

/// `==` on the derive's `PartialEq` is not a `const fn`; the words are one to one with the variants.
const fn discriminant(ty: ColumnType) -> u8 {
    match ty {
        ColumnType::Bool => 0,
        ColumnType::Int => 1,
        ColumnType::Float => 2,
        ColumnType::String => 3,
        ColumnType::Timestamp => 4,
        ColumnType::Date => 5,
        ColumnType::Uuid => 6,
        ColumnType::Json => 7,
        ColumnType::Binary => 8,
        ColumnType::Array(..) => 9,
        ColumnType::Image => 10,
        ColumnType::Video => 11,
        ColumnType::Audio => 12,
        ColumnType::Document => 13,
    }
}

const fn contains(list: &[&str], name: &str) -> bool {
    let mut i = 0;
    while i < list.len() {
        if same(list[i], name) {
            return true;
        }
        i += 1;
    }
    false
}

const fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    let (mut a, mut b) = (a, b);
    // Eight at a time: the compiler interprets this for every name of every route.
    while let (Some((x, a_rest)), Some((y, b_rest))) = (a.split_first_chunk(), b.split_first_chunk()) {
        if u64::from_ne_bytes(*x) != u64::from_ne_bytes(*y) {
            return false;
        }
        (a, b) = (a_rest, b_rest);
    }
    while let ([x, a_rest @ ..], [y, b_rest @ ..]) = (a, b) {
        if *x != *y {
            return false;
        }
        (a, b) = (a_rest, b_rest);
    }
    true
}

#[cfg(test)]
mod tests;
