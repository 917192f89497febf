//! What PostgreSQL's error codes mean for a row. Its own words may have values of the row in them, and are not repeated
//! then.

use sqlx::postgres::PgDatabaseError;

use crate::export::target::failure::Failure;

/// The classes of codes that say nothing of a row.
const AWAY: [&str; 13] = ["08", "25", "26", "28", "3D", "3F", "40", "42", "53", "55", "57", "58", "XX"];

/// Codes: <https://www.postgresql.org/docs/current/errcodes-appendix.html>.
pub(super) fn read(error: sqlx::Error, target: &str) -> Failure {
    let report = error.as_database_error().and_then(|report| report.try_downcast_ref::<PgDatabaseError>());
    let Some(report) = report else {
        return match error {
            sqlx::Error::Encode(_) => Failure::refused("the row cannot be sent"),
            sqlx::Error::Io(problem) => Failure::away(format!("`{target}` cannot be reached: {problem}")),
            sqlx::Error::PoolTimedOut => Failure::away(format!("all connections to `{target}` are in use")),
            sqlx::Error::PoolClosed => Failure::away(format!("the connections to `{target}` are closed")),
            error => Failure::away(format!("`{target}` cannot be spoken to: {error}")),
        };
    };
    let named = |kind: &str, name: Option<&str>| match name {
        Some(name) => format!("{kind} `{name}`"),
        None => format!("a {kind}"),
    };
    let constraint = |kind| named(kind, report.constraint());
    let column = || named("column", report.column());
    let code = report.code();
    match code {
        "23505" | "23P01" => {
            Failure::duplicate(format!("{} has a row with the same values", constraint("unique index")))
        }
        "23502" => Failure::refused(format!("{} must not be null", column())),
        "23503" => Failure::refused(format!("{} finds no row", constraint("foreign key"))),
        "23514" | "44000" => Failure::refused(format!("{} is not met", constraint("check"))),
        "22001" => Failure::refused("a text is longer than its column"),
        "22003" | "22008" => Failure::refused("a value is out of the range of its column"),
        "22P05" | "22021" => Failure::refused("a text has a character that its column cannot hold"),
        "P0001" => Failure::refused("a trigger refuses it"),
        "54000" => Failure::refused("a value is too large for an index or a row"),
        // Connections, rights, passwords, resources, a stop; and a table that is another one than at the start. All that can be put right
        // at the target.
        _ if AWAY.contains(&&code[..2]) => {
            Failure::away(format!("`{target}` refuses to work: {} ({code})", report.message()))
        }
        // Codes that a trigger makes up.
        _ => Failure::refused(format!("PostgreSQL's code is {code}")),
    }
}
