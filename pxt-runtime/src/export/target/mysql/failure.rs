//! What error numbers of MySQL and MariaDB mean for a row. Their own words are repeated only where they have no values
//! of the row.

use sqlx::mysql::MySqlDatabaseError;

use crate::export::target::failure::Failure;

/// Numbers: <https://mariadb.com/kb/en/mariadb-error-code-reference/>.
pub(super) fn read(error: sqlx::Error, target: &str) -> Failure {
    let report = error.as_database_error().and_then(|report| report.try_downcast_ref::<MySqlDatabaseError>());
    let Some(report) = report else {
        return match error {
            sqlx::Error::Encode(_) => Failure::refused("the row cannot be sent"),
            sqlx::Error::Io(problem) => Failure::away(format!("`{target}` cannot be reached: {problem}")),
            sqlx::Error::PoolTimedOut => Failure::away(format!("all connections to `{target}` are in use")),
            sqlx::Error::PoolClosed => Failure::away(format!("the connections to `{target}` are closed")),
            // `caching_sha2_password` and `sha256_password` send the password as it is over TLS, and by RSA without.
            sqlx::Error::Configuration(problem) if problem.to_string().contains("RSA") => Failure::away(format!(
                "`{target}` wants the password over TLS: add `?ssl-mode=REQUIRED` to `db_connect`, and switch TLS on \
                 at the server"
            )),
            error => Failure::away(format!("`{target}` cannot be spoken to: {error}")),
        };
    };
    let message = report.message();
    match report.number() {
        1022 | 1062 | 1169 | 1586 => {
            // `Duplicate entry '5' for key 'PRIMARY'`.
            let index = message.rsplit_once(" for key ").map(|(_, name)| name.trim_matches('\''));
            let index = index.map_or_else(|| "a unique index".to_owned(), |index| format!("unique index `{index}`"));
            Failure::duplicate(format!("{index} has a row with the same values"))
        }
        1216 | 1217 | 1451 | 1452 => Failure::refused("a foreign key finds no row"),
        // Of a column that is null, has no default, is too short or out of range; of a check. They name it, and no
        // value.
        1048 | 1264 | 1364 | 1406 | 3819 | 4025 => Failure::refused(lower(message)),
        1153 => Failure::refused("the row is larger than the server takes"),
        1205 | 1206 | 1213 => Failure::away(format!("`{target}` is busy: {}", lower(message))),
        number => match report.code().map(|code| &code[..2]) {
            Some("22" | "23" | "45") => Failure::refused(format!("MySQL's error is {number}")),
            // Incorrect values, cut values, invalid JSON, rows that are too large or have no partition.
            _ if matches!(number, 1118 | 1265 | 1292 | 1366 | 1526 | 1690 | 3140..=3158 | 4038 | 4078) => {
                Failure::refused(format!("MySQL's error is {number}"))
            }
            _ => Failure::away(format!("`{target}` refuses to work: {message} ({number})")),
        },
    }
}

/// As a part of a sentence.
fn lower(message: &str) -> String {
    let mut letters = message.trim_end_matches('.').chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_to_do_where_a_password_needs_tls() {
        let error = sqlx::Error::Configuration("RSA auth backend disabled; enable feature `mysql-rsa`".into());
        let Failure::Away(away) = read(error, "mysql://db:3306/films") else { panic!("it is put right at the target") };
        assert!(away.0.contains("add `?ssl-mode=REQUIRED` to `db_connect`"), "{away}");
    }

    #[test]
    fn parts_of_sentences() {
        assert_eq!(lower("Data too long for column 'n' at row 1."), "data too long for column 'n' at row 1");
        assert_eq!(lower(""), "");
    }
}
