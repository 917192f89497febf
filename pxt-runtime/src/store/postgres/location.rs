//! Where a PostgreSQL server is.

use std::str::FromStr as _;

use sqlx::postgres::PgConnectOptions;
use url::Url;

use crate::store::StoreError;
use crate::store::location::POSTGRES_PARAMETERS;

/// Reads `postgres://user:password@host:port/name?sslmode=require`. What is left out comes from `PGHOST`, `PGUSER`,
/// `PGPASSWORD` and the like, as for PostgreSQL's own programs.
///
/// # Errors
/// [`StoreError::Url`] that says what to write, and never repeats the URL, which has a password in it.
pub(super) fn options(url: &str) -> Result<PgConnectOptions, StoreError> {
    // sqlx would write what it does not know into the log, with its value.
    let parameters = Url::parse(url).map_err(|error| refused(&error))?;
    for (name, _) in parameters.query_pairs() {
        let option = name.starts_with("options[") && name.ends_with(']');
        if !option && !POSTGRES_PARAMETERS.contains(&&*name) {
            let known = POSTGRES_PARAMETERS.map(|name| format!("`{name}`")).join(", ");
            let text = format!("the URL of the PostgreSQL database has no parameter `{name}`: there are {known}");
            return Err(StoreError::Url(text));
        }
    }
    PgConnectOptions::from_str(url).map_err(|error| match error {
        sqlx::Error::Configuration(problem) => refused(&*problem),
        error => refused(&error),
    })
}

fn refused(problem: &dyn std::error::Error) -> StoreError {
    let problem = problem.to_string();
    // sqlx says it once for each layer of its own.
    let problem = problem.trim_start_matches("error with configuration: ");
    StoreError::Url(format!(
        "the URL of the PostgreSQL database cannot be read ({problem}): write `postgres://user:password@host/name`"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_read_and_never_repeated() {
        let read =
            options("postgres://me:s%40cret@db.example:6000/films?sslmode=disable&options[search_path]=a").unwrap();
        assert_eq!((read.get_host(), read.get_port(), read.get_database()), ("db.example", 6000, Some("films")));
        assert_eq!(read.get_options(), Some("-c search_path=a"));
        for (url, words) in [
            ("postgres://me:s3cret@host:x/films", "cannot be read (invalid port number)"),
            ("postgres://me:s3cret@host/films?sslmode=sure", "cannot be read (unknown value"),
            ("postgres://me:s3cret@host/films?pasword=s3cret", "has no parameter `pasword`: there are `sslmode`"),
        ] {
            let error = options(url).unwrap_err().to_string();
            assert!(error.contains(words) && !error.contains("s3cret"), "{error}");
        }
    }
}
