//! Where a target is: URLs as SQLAlchemy writes them, and pxt's own.

use std::fmt;
use std::path::{Component, Path, PathBuf};

use url::Url;

use super::table::Server;
use crate::store::{POSTGRES_PARAMETERS, is_scheme, lacks_scheme};

/// What is written, in sentences.
const FORMS: &str =
    "write `postgresql://user:password@host/name`, `mysql://user:password@host/name` or `sqlite://path/to.db`";

/// Where a target is: a URL that has been understood.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct Address {
    server: Server,
    place: Place,
    name: String,
}

/// Where a database is.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) enum Place {
    /// With host, port and name of the database in it, whatever the parameters are.
    Server(Box<Url>),
    /// An absolute path, and what was written if that began with three slashes, which others take for an absolute path.
    File(PathBuf, Option<PathBuf>),
}

/// Without the password.
impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Address").field(&self.name).finish()
    }
}

impl Address {
    /// Reads `db_connect`, whose variables are replaced already.
    ///
    /// # Errors
    /// One sentence that says what to write instead, without secrets.
    pub(crate) fn parse(db_connect: &str) -> Result<Self, String> {
        let Some((scheme, rest)) = db_connect.split_once(':').filter(|(scheme, _)| is_scheme(scheme)) else {
            return Err(format!("`db_connect` is not a URL: {FORMS}"));
        };
        // What is behind the `+` names a driver of Python.
        let kind = scheme.split('+').next().unwrap_or_default().to_ascii_lowercase();
        let server = match kind.as_str() {
            "postgresql" | "postgres" => Server::Postgres,
            "mysql" | "mariadb" => Server::Mysql,
            "sqlite" => return Self::file(rest),
            _ if !rest.starts_with("//") => return Err(format!("`db_connect` is not a URL: {FORMS}")),
            _ => return Err(format!("`{kind}` is not a database that answers are exported to: {FORMS}")),
        };
        let Some(rest) = rest.strip_prefix("//") else {
            return Err(format!("`db_connect` lacks the slashes behind `{kind}:`: {FORMS}"));
        };
        Self::server_at(server, rest)
    }

    /// The address without user, password and parameters: `postgresql://host:5432/analytics`. The same for all
    /// spellings of one database, so that it names the database among others.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn server(&self) -> Server {
        self.server
    }

    pub(super) fn place(&self) -> &Place {
        &self.place
    }

    fn server_at(server: Server, rest: &str) -> Result<Self, String> {
        let (scheme, port, known) = match server {
            Server::Postgres => ("postgresql", 5432, &POSTGRES_PARAMETERS[..]),
            _ => ("mysql", 3306, MYSQL),
        };
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        if !authority.contains('@') && rest.contains('@') {
            return Err(format!("`db_connect` has a `/`, `?` or `#` before its `@`: {}", form(scheme)));
        }
        // The parser's own words name no part of the URL.
        let mut url = Url::parse(&format!("{scheme}://{rest}"))
            .map_err(|error| format!("`db_connect` cannot be read ({error}): {}", form(scheme)))?;
        if url.fragment().is_some() {
            return Err(format!(
                "`db_connect` contains a `#`, which ends a URL: write `%23` in a password; {}",
                form(scheme)
            ));
        }
        let (mut host, mut database, mut kept) = (url.host_str().unwrap_or_default().to_owned(), None, Vec::new());
        let mut number = url.port().unwrap_or(port);
        for (name, value) in url.query_pairs() {
            let option = server == Server::Postgres && name.starts_with("options[") && name.ends_with(']');
            if !option && !known.contains(&&*name) {
                let known = known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
                return Err(format!("`db_connect` has the parameter `{name}`, which is not known: there are {known}"));
            }
            match (&*name, server) {
                ("host" | "hostaddr", Server::Postgres) | ("socket", _) => host = value.into_owned(),
                ("port", Server::Postgres) => {
                    number =
                        value.parse().map_err(|_| "`port` of `db_connect` is not a port: write a number".to_owned())?;
                }
                ("dbname", Server::Postgres) => database = Some(value.into_owned()),
                ("charset", _) if value != "utf8mb4" => {
                    return Err(
                        "`charset` of `db_connect` cannot hold all texts: write `utf8mb4`, or leave it out".to_owned()
                    );
                }
                ("charset", _) => {}
                _ => kept.push((name.into_owned(), value.into_owned())),
            }
        }
        let host = percent_encoding::percent_decode_str(&host).decode_utf8_lossy().to_ascii_lowercase_of_names();
        let path = percent_encoding::percent_decode_str(url.path().trim_start_matches('/')).decode_utf8_lossy();
        let database = database.unwrap_or_else(|| path.clone().into_owned());
        if host.is_empty() {
            return Err(format!("`db_connect` names no host: {}", form(scheme)));
        }
        if database.is_empty() {
            return Err(format!("`db_connect` names no database: {}", form(scheme)));
        }
        let encode = |text: &str| percent_encoding::utf8_percent_encode(text, NAME).to_string();
        let shown = if host.contains('/') { encode(&host) } else { host.clone() };
        let name = format!("{scheme}://{shown}:{number}/{}", encode(&database));
        if host.contains('/') {
            // A socket, which only a parameter names for both.
            let parameter = if server == Server::Postgres { "host" } else { "socket" };
            kept.push((parameter.to_owned(), host));
            url.set_host(Some("localhost")).map_err(|_| format!("`db_connect` cannot be read: {}", form(scheme)))?;
        } else {
            url.set_host(Some(&host)).map_err(|_| format!("`db_connect` names no host: {}", form(scheme)))?;
        }
        let unreadable = || format!("`db_connect` cannot be read: {}", form(scheme));
        url.set_port(Some(number)).map_err(|()| unreadable())?;
        url.set_path(&encode(&database));
        url.set_query(None);
        if !kept.is_empty() {
            url.query_pairs_mut().extend_pairs(kept);
        }
        Ok(Self { server, place: Place::Server(Box::new(url)), name })
    }

    /// Three slashes begin a relative path and four an absolute one, as SQLAlchemy has it. Behind two, or none, the
    /// path is taken as it is written.
    fn file(rest: &str) -> Result<Self, String> {
        let written = rest.strip_prefix("//").unwrap_or(rest);
        let (path, is_three) = match written.strip_prefix('/') {
            Some(path) if rest.starts_with("//") => (path, !path.starts_with('/')),
            _ => (written, false),
        };
        if path.eq_ignore_ascii_case(":memory:") || (path.is_empty() && !rest.is_empty() && written.is_empty()) {
            return Err("a database in memory would lose every row: write `sqlite://path/to.db`".to_owned());
        }
        if path.is_empty() {
            return Err("`db_connect` names no file: write `sqlite://path/to.db`".to_owned());
        }
        if path.contains('?') {
            return Err("a SQLite URL has no parameters here: leave out everything from the `?` on".to_owned());
        }
        if path.starts_with("file:") || path.contains("://") || lacks_scheme(path) || path.contains('\0') {
            return Err("`db_connect` is not the path of a file: write `sqlite://path/to.db`".to_owned());
        }
        let absolute = std::path::absolute(path)
            .map_err(|error| format!("the path of `db_connect` cannot be read ({error}): write an absolute path"))?;
        let path = tidy(&absolute);
        // The name is read as the same file again.
        let name = format!("sqlite:///{}", path.display());
        let three = is_three.then(|| PathBuf::from(written));
        Ok(Self { server: Server::Sqlite, place: Place::File(path, three), name })
    }
}

/// Parameters of a MySQL URL. Its time zone is UTC, and its character set UTF-8.
const MYSQL: &[&str] =
    &["ssl-mode", "sslmode", "ssl-ca", "sslca", "ssl-cert", "sslcert", "ssl-key", "sslkey", "socket", "charset"];

/// What a name of a host or a database has as it is.
const NAME: &percent_encoding::AsciiSet =
    &percent_encoding::NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

fn form(scheme: &str) -> String {
    format!("write `{scheme}://user:password@host/name`, with `%` codes for special characters of a password")
}

/// Names of hosts are the same in upper and lower case; paths of sockets are not.
trait Lower {
    fn to_ascii_lowercase_of_names(&self) -> String;
}

impl Lower for str {
    fn to_ascii_lowercase_of_names(&self) -> String {
        if self.contains('/') { self.to_owned() } else { self.to_ascii_lowercase() }
    }
}

/// A path without `.` and `..`.
fn tidy(path: &Path) -> PathBuf {
    let mut tidy = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => drop(tidy.pop()),
            part => tidy.push(part),
        }
    }
    tidy
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(url: &str) -> String {
        Address::parse(url).unwrap_or_else(|error| panic!("{url}: {error}")).name().to_owned()
    }

    #[test]
    fn one_database_has_one_name() {
        for url in [
            "postgresql://ada:s3cret@Db.Example/films",
            "postgres://db.example:5432/films",
            "postgresql+psycopg://ada:s%40cret@db.example/films?sslmode=require",
            "postgresql+asyncpg://db.example/other?dbname=films",
            "POSTGRESQL+psycopg2://u@db.example/films?user=ada&password=s3cret",
        ] {
            assert_eq!(name(url), "postgresql://db.example:5432/films");
        }
        for url in [
            "mysql+pymysql://ada:s3cret@DB.example/films?charset=utf8mb4",
            "mariadb://db.example:3306/films",
            "mysql+aiomysql://db.example/films?ssl-mode=REQUIRED",
        ] {
            assert_eq!(name(url), "mysql://db.example:3306/films");
        }
        assert_eq!(name("postgresql://[::1]:6000/a%20b"), "postgresql://[::1]:6000/a%20b");
        let socket = "postgresql://%2Fvar%2Frun:5432/x";
        assert_eq!((name(socket), name("postgresql:///x?host=/var/run")), (socket.to_owned(), socket.to_owned()));
        assert_eq!(name("mysql://u@localhost/x?socket=/run/My.sock"), "mysql://%2Frun%2FMy.sock:3306/x");
    }

    #[test]
    fn three_slashes_are_relative_and_four_absolute() {
        let here = std::env::current_dir().unwrap();
        let relative = format!("sqlite:///{}", here.join("data/x.db").display());
        for url in [
            "sqlite:///data/x.db",
            "sqlite://data/x.db",
            "sqlite:data/x.db",
            "sqlite+pysqlite:///./data/x.db",
            "sqlite+aiosqlite:///a/../data/x.db",
        ] {
            assert_eq!(name(url), relative, "{url}");
        }
        assert_eq!(name("sqlite:////srv/x.db"), "sqlite:////srv/x.db");
        assert_eq!(name(&relative), relative, "a name is read as the same file");
    }

    #[test]
    fn what_cannot_be_read_says_what_to_write_and_no_secret() {
        for (url, words) in [
            ("films", "is not a URL: write `postgresql://"),
            ("ada:s3cret@db.example/films", "is not a URL"),
            ("oracle://ada:s3cret@db/films", "`oracle` is not a database that answers are exported to: write"),
            ("postgresql:ada:s3cret@db/films", "lacks the slashes behind `postgresql:`: write"),
            ("postgresql://ada:s3cret@db.example", "names no database: write `postgresql://user:password@host/name`"),
            ("mysql://ada:s3cret@db.example/", "names no database: write `mysql://"),
            ("postgresql:///films", "names no host: write"),
            ("postgresql://ada:s3/cret@db.example/films", "before its `@`: write `postgresql://"),
            ("postgresql://ada:12/s3cret@db/films", "before its `@`: write"),
            ("mysql://ada:?s3cret@db/films", "before its `@`: write `mysql://"),
            ("postgresql://ada:s3#cret@db.example/films", "write"),
            (
                "postgresql://db/films?pasword=s3cret",
                "the parameter `pasword`, which is not known: there are `sslmode`",
            ),
            ("postgresql://db/films?port=s3cret", "`port` of `db_connect` is not a port"),
            ("mysql://db/films?charset=latin1", "write `utf8mb4`"),
            ("mysql://db/films?timezone=s3cret", "the parameter `timezone`, which is not known"),
            ("sqlite://:memory:", "in memory would lose every row: write `sqlite://"),
            ("sqlite://", "in memory would lose every row"),
            ("sqlite:///:memory:", "in memory would lose"),
            ("sqlite:///x.db?mode=ro", "has no parameters here: leave out"),
            ("sqlite:///file:x.db", "is not the path of a file: write"),
            ("sqlite://ada:s3cret@db/x", "is not the path of a file"),
        ] {
            let error = Address::parse(url).unwrap_err();
            assert!(error.contains(words) && !error.contains("s3"), "{url}: {error}");
        }
    }
}
