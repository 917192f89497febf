//! Where the database file is.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::store::{StoreError, is_scheme, lacks_scheme};

/// Reads `sqlite://path/to.db`, `sqlite:path/to.db` or a path. The path is taken as it is written.
pub(super) fn path(url: &str) -> Result<PathBuf, StoreError> {
    let refuse = |text: String| Err(StoreError::Url(text));
    let rest = match url.strip_prefix("sqlite:") {
        Some(rest) => rest.strip_prefix("//").unwrap_or(rest),
        None => url,
    };
    if rest.eq_ignore_ascii_case(":memory:") {
        return refuse(
            "a database in memory would lose every row at the end: write a path, such as `sqlite://data/pxt.db`, \
             or one in a temporary folder for a test"
                .to_owned(),
        );
    }
    if rest.is_empty() {
        return refuse("the database's URL names no file: write `sqlite://data/pxt.db`".to_owned());
    }
    if rest.len() != url.len() && rest.contains('?') {
        return refuse("a SQLite URL has no parameters here: leave out everything from the `?` on".to_owned());
    }
    if let Some((scheme, _)) = rest.split_once("://") {
        // What is no scheme may be a password.
        let named = if is_scheme(scheme) { format!("`{scheme}`") } else { "this".to_owned() };
        return refuse(format!(
            "{named} is not a database that can be opened: write `sqlite://data/pxt.db`, or `postgres://user:password@host/name`"
        ));
    }
    // SQLite itself would read such a name as a URI with parameters.
    if rest.starts_with("file:") {
        return refuse("`file:` URIs are not read: write `sqlite://` and the path".to_owned());
    }
    if lacks_scheme(rest) {
        return refuse(
            "the database looks like a URL without its scheme, or with one slash too few: write \
             `postgres://user:password@host/name`, or for a file whose path begins so `./` before it"
                .to_owned(),
        );
    }
    if rest.contains('\0') {
        return refuse("the path of the database contains a NUL character: leave it out".to_owned());
    }
    Ok(rest.into())
}

/// Makes the folders that the file lies in.
pub(super) async fn make_folders(file: &Path) -> Result<(), StoreError> {
    let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) else { return Ok(()) };
    tokio::fs::create_dir_all(folder)
        .await
        .map_err(|source| StoreError::Folder { path: folder.to_owned(), source: Arc::new(source) })
}

#[cfg(test)]
mod tests {
    use super::path;

    #[test]
    fn urls() {
        for url in ["sqlite://data/pxt.db", "sqlite:data/pxt.db", "data/pxt.db"] {
            assert_eq!(path(url).unwrap().to_str(), Some("data/pxt.db"));
        }
        assert_eq!(path("sqlite:///var/pxt.db").unwrap().to_str(), Some("/var/pxt.db"));
        for url in
            [":memory:", "sqlite::memory:", "sqlite://", "", "postgres://host/db", "sqlite://a.db?mode=ro", "file:a.db"]
        {
            let message = path(url).unwrap_err().to_string();
            assert!(message.contains(": write ") || message.contains(": leave "), "{url}: {message}");
        }
        for url in [
            "ada:s3cret@127.0.0.1/x",
            "//ada:s3cret@127.0.0.1/x",
            "sqlite://ada:s3cret@127.0.0.1/x",
            "ada:s3cret@host://x",
            "localhost:5432/db",
            "postgres:/x",
        ] {
            let message = path(url).unwrap_err().to_string();
            assert!(message.contains("write `") && !message.contains("s3cret"), "{url}: {message}");
        }
        for url in ["./a@b:c.db", "sqlite://./a:b.db", "a@b.db", "C:/data/pxt.db", "/srv/a:b.db"] {
            assert!(path(url).is_ok(), "{url}");
        }
    }
}
