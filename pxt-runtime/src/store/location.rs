//! Locations that were meant to be URLs, so that none becomes a file or a folder named after a password.

use std::io;
use std::path::Path;

/// The parameters that the URL of a PostgreSQL database may have.
pub(crate) const POSTGRES_PARAMETERS: [&str; 12] = [
    "sslmode",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "host",
    "hostaddr",
    "port",
    "dbname",
    "user",
    "password",
    "application_name",
    "options",
];

/// Whether a URL names a PostgreSQL database.
pub(crate) fn is_postgres(url: &str) -> bool {
    url.split_once("://").is_some_and(|(scheme, _)| ["postgres", "postgresql"].contains(&scheme))
}

/// Whether a location without `://` looks like a URL that lost its scheme, or a part of it: `ada:secret@host/name`,
/// `localhost:5432/name`, `postgres:/name`. A path is not taken for one that begins with `/`, `./` or a drive (`C:/`), or whose first
/// part has no colon, and no `@` with further parts behind it.
pub(crate) fn lacks_scheme(location: &str) -> bool {
    if is_drive(location) {
        return false;
    }
    // `//host/name` is a URL without its scheme, too, and a path that nobody writes.
    let rest = location.strip_prefix("//").unwrap_or(location);
    let (first, has_more) = match rest.find(['/', '\\']) {
        Some(end) => (&rest[..end], true),
        None => (rest, false),
    };
    first.contains(':') || (has_more && first.contains('@'))
}

/// A location as it may be shown: without what may be a password.
pub(crate) fn shown(location: &str) -> String {
    const HIDDEN: &str = "…";
    match location.split_once("://") {
        Some((scheme, rest)) if is_scheme(scheme) => {
            let place = rest.split(['?', '#']).next().unwrap_or_default();
            let place = match place.rsplit_once('@') {
                Some((_, place)) => place,
                // It stands in a parameter, or what is before it belongs to a password.
                None if rest.contains('@') => HIDDEN,
                None => place,
            };
            format!("{scheme}://{place}")
        }
        Some(_) => HIDDEN.to_owned(),
        None if lacks_scheme(location) => HIDDEN.to_owned(),
        None => location.to_owned(),
    }
}

/// Whether a text can be a URL's scheme (RFC 3986, section 3.1), and so no password.
pub(crate) fn is_scheme(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

/// `C:\` or `C:/`.
fn is_drive(location: &str) -> bool {
    matches!(location.as_bytes(), [letter, b':', b'/' | b'\\', ..] if letter.is_ascii_alphabetic())
}

/// Whether a folder is there, or could be made: what is there of its path has to be a folder. Nothing is made.
///
/// # Errors
/// What the file system would say.
pub(crate) fn can_be_made(folder: &Path) -> io::Result<()> {
    // Of an empty path, the working folder.
    let folder = std::path::absolute(Path::new(".").join(folder))?;
    match folder.ancestors().find(|above| above.exists()) {
        Some(above) if !above.is_dir() => Err(io::ErrorKind::NotADirectory.into()),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_without_its_scheme_is_no_path() {
        let urls = [
            "ada:secret@127.0.0.1/x",
            "ada:secret@db.example",
            "a:secret@db.example/x",
            "ada@db.example/x",
            "//ada:secret@db.example/x",
            "//db.example:5432/x",
            "localhost:5432/db",
            "127.0.0.1:5432",
            "[::1]:5432/db",
            "s3:/bucket",
            "s3:bucket/prefix",
            "postgres:/x",
            "postgres:x",
            "file:/srv/media",
            "ada:se/cret@host/x",
        ];
        for url in urls {
            assert!(lacks_scheme(url) && shown(url) == "…", "{url}");
        }
        let paths = [
            "data/x.db",
            "x.db",
            "a@b.db",
            "./a@b/x.db",
            "./a:b/x.db",
            "../a:b/x",
            "/srv/a:b/c@d",
            "data/a:b@c",
            "C:\\data\\x.db",
            "C:/data/x.db",
            "",
            ".",
        ];
        for path in paths {
            assert!(!lacks_scheme(path) && shown(path) == path, "{path}");
        }
    }

    #[test]
    fn no_password_is_shown() {
        for (location, expected) in [
            ("s3://bucket/prefix", "s3://bucket/prefix"),
            ("postgres://ada:s3cret@db.example/films?password=s3cret", "postgres://db.example/films"),
            ("postgres://ada:s3?cret@db.example/films", "postgres://…"),
            ("postgres://db.example/films?user=ada@s3cret", "postgres://…"),
            ("ada:s3cret@host://x", "…"),
        ] {
            assert_eq!(shown(location), expected);
        }
    }
}
