//! The checks that `derive(Table)` and `schema!` write: what a table says of its own columns and their functions.

use super::{Finding, same, same_type};
use crate::schema::message::{Message, Spelling};
use crate::schema::{ColumnType, Schema, Shape, Signature};

shell! {
    /// Refuses the table at this position of a schema when one before it has its name.
    expect_distinct_table => judge_distinct(schema: &'static Schema, position: usize)
}

pub(super) const fn judge_distinct(schema: &'static Schema, position: usize) -> Finding {
    let table = schema.tables[position];
    let mut i = 0;
    while i < position {
        if schema.tables[i].hash == table.hash && same(schema.tables[i].name, table.name) {
            return Some(twice(Spelling::Rust, table.name));
        }
        i += 1;
    }
    None
}

/// What is said of a table whose name another one has.
pub(crate) const fn twice(spelling: Spelling, table: &str) -> Message {
    let message = Message::spelled(spelling).text("table ").code(table);
    message.text(" is in the schema twice: remove one, or name it differently").either(" by `#[table(name = …)]`", "")
}

shell! {
    /// Refuses an argument that the function does not take at this position.
    expect_argument => judge_argument(Spelling::Rust; signature: &Signature, position: usize, given: Shape, what: &str)
}

pub(crate) const fn judge_argument(
    spelling: Spelling,
    signature: &Signature,
    position: usize,
    given: Shape,
    what: &str,
) -> Finding {
    if position >= signature.params.len() {
        return None;
    }
    let param = &signature.params[position];
    let Some(ty) = given.ty else { return None };
    let fits = match param.shape.ty {
        Some(wanted) => same_type(ty, wanted),
        None if param.shape.any_media => ty.is_media(),
        None => return None,
    };
    if fits && (param.shape.nullable || !given.nullable) {
        return None;
    }
    Some(
        Message::spelled(spelling)
            .text("function ")
            .code(signature.name)
            .text(" takes ")
            .code(param.name)
            .text(" as ")
            .parameter_type(param.shape)
            .text(", not ")
            .text(what)
            .text(", which is ")
            .declared_type(ty, given.nullable),
    )
}

shell! {
    /// Refuses a bound on the bytes of what has no length of its own.
    expect_bounded => judge_bounded(Spelling::Rust; table: &str, column: &str, shape: Shape)
}

pub(crate) const fn judge_bounded(spelling: Spelling, table: &str, column: &str, shape: Shape) -> Finding {
    match shape.ty {
        None | Some(ColumnType::String | ColumnType::Json | ColumnType::Binary) => None,
        Some(ty) => Some(
            Message::spelled(spelling)
                .column(table, column)
                .text(" is ")
                .text(ty.word())
                .text(": `max_bytes` bounds text, JSON and bytes, so remove it"),
        ),
    }
}

shell! {
    /// Refuses a call with too few or too many arguments.
    expect_arity => judge_arity(Spelling::Rust; signature: &Signature, given: usize)
}

pub(crate) const fn judge_arity(spelling: Spelling, signature: &Signature, given: usize) -> Finding {
    if signature.params.len() == given {
        return None;
    }
    let mut message = Message::spelled(spelling).text("function ").code(signature.name).text(" takes ");
    message = message.number(signature.params.len());
    message = message.text(if signature.params.len() == 1 { " argument (" } else { " arguments (" });
    let mut i = 0;
    while i < signature.params.len() {
        message = message.text(if i == 0 { "" } else { ", " }).code(signature.params[i].name);
        i += 1;
    }
    Some(message.text("): write exactly these, not ").number(given))
}

shell! {
    /// Refuses a function whose value the column does not hold.
    expect_output => judge_output(Spelling::Rust; signature: &Signature, table: &str, column: &str, held: Shape)
}

pub(crate) const fn judge_output(
    spelling: Spelling,
    signature: &Signature,
    table: &str,
    column: &str,
    held: Shape,
) -> Finding {
    let (Some(output), Some(ty)) = (signature.output.ty, held.ty) else { return None };
    let nullable = signature.output.nullable;
    if !same_type(output, ty) || (nullable && !held.nullable) {
        return Some(
            Message::spelled(spelling)
                .text("function ")
                .code(signature.name)
                .text(" returns ")
                .declared_type(output, nullable)
                .text(", which ")
                .column(table, column)
                .text(" does not hold: declare the ")
                .either("field as ", "column as ")
                .declared_type(output, nullable || held.nullable),
        );
    }
    None
}

shell! {
    /// Refuses `on_error = ignore`, which leaves null behind, on a column without null.
    expect_nullable => judge_nullable(Spelling::Rust; table: &str, column: &str, held: Shape)
}

pub(crate) const fn judge_nullable(spelling: Spelling, table: &str, column: &str, held: Shape) -> Finding {
    let Some(ty) = held.ty else { return None };
    if held.nullable {
        return None;
    }
    let message = Message::spelled(spelling).column(table, column);
    Some(
        message
            .text(" becomes null when its function fails: declare the ")
            .either("field as ", "column as ")
            .declared_type(ty, true),
    )
}

shell! {
    /// Refuses a primary key that may be null or names a file.
    expect_key_type => judge_key_type(Spelling::Rust; table: &str, column: &str, shape: Shape)
}

pub(crate) const fn judge_key_type(spelling: Spelling, table: &str, column: &str, shape: Shape) -> Finding {
    let Some(ty) = shape.ty else { return None };
    let message = Message::spelled(spelling).column(table, column);
    if shape.nullable {
        return Some(
            message
                .text(" belongs to the primary key, which is never null: declare the ")
                .either("field as ", "column as ")
                .declared_type(ty, false),
        );
    }
    match ty {
        ColumnType::Bool
        | ColumnType::Int
        | ColumnType::String
        | ColumnType::Timestamp
        | ColumnType::Date
        | ColumnType::Uuid => None,
        _ => Some(
            message
                .text(" is ")
                .text(ty.word())
                .text(", which cannot be a primary key: use a text, int, uuid, bool, date or timestamp column"),
        ),
    }
}

shell! {
    /// Refuses `auto` on anything but an `i64` that is the whole primary key.
    expect_auto => judge_auto(Spelling::Rust; table: &str, column: &str, shape: Shape)
}

pub(crate) const fn judge_auto(spelling: Spelling, table: &str, column: &str, shape: Shape) -> Finding {
    match shape.ty {
        None | Some(ColumnType::Int) => None,
        Some(_) => {
            let message =
                Message::spelled(spelling).column(table, column).text(" is numbered by the database: declare the ");
            Some(message.either("field as `i64`", "column as `int`"))
        }
    }
}

shell! {
    /// Refuses a default for a file.
    expect_default => judge_default(Spelling::Rust; table: &str, column: &str, shape: Shape)
}

pub(crate) const fn judge_default(spelling: Spelling, table: &str, column: &str, shape: Shape) -> Finding {
    match shape.ty {
        Some(ty) if ty.is_media() => {
            let message = Message::spelled(spelling).column(table, column).text(" is ").text(ty.word());
            let message = message.text(", which has no default: make the ").either("field an `Option`", "column ");
            let message = if let Spelling::Toml = spelling { message.declared_type(ty, true) } else { message };
            Some(message.text(", or remove `default`"))
        }
        _ => None,
    }
}

shell! {
    /// Refuses a literal as the default of a column of another type. `text` is the literal as the user wrote it.
    expect_default_literal => judge_default_literal(
        Spelling::Rust; table: &str, column: &str, shape: Shape, given: Shape, text: &str
    )
}

pub(crate) const fn judge_default_literal(
    spelling: Spelling,
    table: &str,
    column: &str,
    shape: Shape,
    given: Shape,
    text: &str,
) -> Finding {
    fitting_literal(Message::spelled(spelling).column(table, column), shape, given, text)
}

const MAKER: &str = "the name of a function that makes the value";

/// Whether a literal is of the type that a default stands in for. `subject` says whose default it is.
pub(super) const fn fitting_literal(subject: Message, shape: Shape, given: Shape, text: &str) -> Finding {
    let (Some(held), Some(ty)) = (shape.ty, given.ty) else { return None };
    if held.is_media() || same_type(held, ty) {
        return None; // a file has no default at all, which is said elsewhere
    }
    let message = subject.text(" is ").text(held.word()).text(", not ").text(ty.word());
    let message = message.text(" like ").code(text).text(": write ");
    Some(match held {
        ColumnType::Bool => message.text("`true` or `false`"),
        ColumnType::Int => message.text("an integer such as `1`"),
        ColumnType::Float => message.text("a number such as `1.0`"),
        ColumnType::String => message.text("a text in quotes"),
        ColumnType::Uuid => message.either(MAKER, "`\"uuid7\"` or `\"uuid4\"`"),
        ColumnType::Timestamp => message.either(MAKER, "`\"now\"`, or an instant such as `\"2026-01-31T12:00:00Z\"`"),
        ColumnType::Date => message.either(MAKER, "`\"today\"`, or a date such as `\"2026-01-31\"`"),
        _ => message.either(MAKER, "no `default`, which cannot be told for such a column"),
    })
}
