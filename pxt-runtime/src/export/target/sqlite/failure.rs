//! What SQLite's result codes mean for a row.

use super::File;
use crate::export::target::failure::Failure;

// <https://www.sqlite.org/rescode.html>. The low byte of an extended code is its primary one.
const BUSY: i32 = 5;
const LOCKED: i32 = 6;
const CANNOT_OPEN: i32 = 14;
const TOO_BIG: i32 = 18;
const CONSTRAINT: i32 = 19;
const MISMATCH: i32 = 20;
const CONSTRAINT_PRIMARY_KEY: i32 = CONSTRAINT | (6 << 8);
const CONSTRAINT_TRIGGER: i32 = CONSTRAINT | (7 << 8);
const CONSTRAINT_UNIQUE: i32 = CONSTRAINT | (8 << 8);
const CONSTRAINT_ROW_NUMBER: i32 = CONSTRAINT | (10 << 8);

pub(super) fn read(error: sqlx::Error, file: &File) -> Failure {
    let target = &file.name;
    let Some(report) = error.as_database_error() else {
        return match error {
            sqlx::Error::Encode(_) => Failure::refused("the row cannot be kept"),
            sqlx::Error::PoolTimedOut => Failure::away(format!("`{target}` is busy: another write is under way")),
            sqlx::Error::PoolClosed => Failure::away(format!("the connections to `{target}` are closed")),
            error => Failure::away(format!("`{target}` cannot be written: {error}")),
        };
    };
    let code: i32 = report.code().and_then(|code| code.parse().ok()).unwrap_or_default();
    let message = report.message();
    match (code, code & 0xff) {
        // `UNIQUE constraint failed: films.id`: names, and no values.
        (CONSTRAINT_PRIMARY_KEY | CONSTRAINT_UNIQUE | CONSTRAINT_ROW_NUMBER, _) => {
            let columns = message.split_once(": ").map_or("its key", |(_, columns)| columns);
            Failure::duplicate(format!("a row with the same `{columns}` is there"))
        }
        (CONSTRAINT_TRIGGER, _) => Failure::refused("a trigger refuses it"),
        (_, CONSTRAINT) => Failure::refused(message.to_owned()),
        (_, TOO_BIG) => Failure::refused("it is larger than SQLite keeps"),
        (_, MISMATCH) => Failure::refused("a value does not fit the type of its column"),
        (_, BUSY | LOCKED) => Failure::away(format!("`{target}` is busy: somebody else writes")),
        (_, CANNOT_OPEN) if !file.path.exists() => {
            let others = file.three.as_ref().filter(|path| path.exists());
            let hint = others.map(|path| format!("; `{}` has four slashes: `sqlite:///{0}`", path.display()));
            Failure::away(format!("there is no file `{}`{}", file.path.display(), hint.unwrap_or_default()))
        }
        _ => Failure::away(format!("`{target}` cannot be written: {message}")),
    }
}
