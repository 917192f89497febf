//! The fields of answers that are columns of a table: what they hold, and how long it may be.

use super::target::{Field, Holds};
use crate::media::longest_url;
use crate::schema::ColumnType;
use crate::table::Handle;

/// The fields of an answer that is these columns, in their order. Files are URLs below `public_url`.
pub(crate) fn of_columns(table: &Handle, columns: &[usize], public_url: Option<&str>) -> Vec<Field> {
    let field = |&column: &usize| {
        let def = &table.def.columns[column];
        Field { name: def.name.to_owned(), holds: holds(table, column, public_url), is_nullable: def.nullable }
    };
    columns.iter().map(field).collect()
}

fn holds(table: &Handle, column: usize, public_url: Option<&str>) -> Holds {
    // A text of so many bytes has no more characters.
    let most = match table.most(column) {
        usize::MAX => None,
        most => u64::try_from(most).ok(),
    };
    match table.def.columns[column].ty {
        ColumnType::Bool => Holds::Bool,
        ColumnType::Int => Holds::Int(i64::MIN.into(), i64::MAX.into()),
        ColumnType::Float => Holds::Float { is_single: false },
        ColumnType::String => Holds::Text(most),
        ColumnType::Timestamp => Holds::Timestamp,
        ColumnType::Date => Holds::Date,
        ColumnType::Uuid => Holds::Uuid,
        ColumnType::Binary => Holds::Binary(most),
        ColumnType::Json | ColumnType::Array(..) => Holds::Json,
        ColumnType::Image | ColumnType::Video | ColumnType::Audio | ColumnType::Document => {
            Holds::Text(u64::try_from(longest_url(table.def.name, public_url)).ok())
        }
    }
}
