//! A database that is looked at past the program: a target of its own for each test, or the service's own.

use std::sync::atomic::{AtomicUsize, Ordering};

use pxt::Uuid;
use serde_json::Value;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{
    AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _, MySqlConnection, PgConnection, Row as _,
};
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Mutex;

pub const POSTGRES: &str = "PXT_TEST_POSTGRES";
pub const MARIADB: &str = "PXT_TEST_MARIADB";

/// The kinds of databases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Sqlite,
    Postgres,
    Mariadb,
}

impl Kind {
    /// Those that there are: SQLite, and the servers whose variables are set.
    pub fn all() -> Vec<Self> {
        let is_set = |name: &str| std::env::var(name).is_ok_and(|url| !url.is_empty());
        let mut all = vec![Self::Sqlite];
        all.extend(is_set(POSTGRES).then_some(Self::Postgres));
        all.extend(is_set(MARIADB).then_some(Self::Mariadb));
        all
    }

    /// Of three texts, that of this kind.
    pub fn pick<'t>(self, sqlite: &'t str, postgres: &'t str, mariadb: &'t str) -> &'t str {
        match self {
            Self::Sqlite => sqlite,
            Self::Postgres => postgres,
            Self::Mariadb => mariadb,
        }
    }
}

/// A connection to a database.
pub struct Database {
    pub kind: Kind,
    /// How this connection is made.
    url: String,
    runtime: Runtime,
    connection: Mutex<Connection>,
    folder: Option<TempDir>,
}

enum Connection {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
    Mariadb(MySqlConnection),
}

impl Database {
    /// A new, empty one.
    pub fn new(kind: Kind) -> Self {
        if kind == Kind::Sqlite {
            let folder = tempfile::tempdir().expect("a folder");
            // The name that is shown is the real one.
            let path = folder.path().canonicalize().expect("is there").join("target.db");
            let made = Self::at(path.to_str().expect("is text"));
            made.execute("PRAGMA user_version = 1");
            return Self { folder: Some(folder), ..made };
        }
        let server = std::env::var(if kind == Kind::Postgres { POSTGRES } else { MARIADB }).expect("is set");
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("pxt_exporting_{}_{count}", Uuid::new_v4().simple());
        Self::at(&server).execute(&format!("CREATE DATABASE {name}{}", kind.pick("", "", " CHARACTER SET utf8mb4")));
        Self::at(&format!("{}/{name}", server.rsplit_once('/').expect("names a database").0))
    }

    /// One that is there: the path of a file, or a URL.
    pub fn at(url: &str) -> Self {
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        let (kind, connection) = runtime.block_on(async {
            if url.starts_with("postgres") {
                (Kind::Postgres, Connection::Postgres(PgConnection::connect(url).await.expect("connects")))
            } else if url.starts_with("mysql") {
                (Kind::Mariadb, Connection::Mariadb(MySqlConnection::connect(url).await.expect("connects")))
            } else {
                let options = SqliteConnectOptions::new().filename(url).create_if_missing(true);
                (Kind::Sqlite, Connection::Sqlite(options.connect().await.expect("opens")))
            }
        });
        Self { kind, url: url.to_owned(), runtime, connection: Mutex::new(connection), folder: None }
    }

    /// Another connection to it.
    pub fn again(&self) -> Self {
        Self::at(&self.url)
    }

    /// Its URL as an export names it.
    pub fn connect(&self) -> String {
        match self.kind {
            Kind::Sqlite => format!("sqlite:///{}", self.url),
            Kind::Postgres => self.url.replace("postgres://", "postgresql+psycopg://"),
            Kind::Mariadb => self.url.replace("mysql://", "mariadb+pymysql://"),
        }
    }

    /// As it is shown: without user and password.
    pub fn shown(&self) -> String {
        match (self.kind, self.url.split_once('@')) {
            (Kind::Sqlite, _) => self.connect(),
            (Kind::Postgres, Some((_, place))) => format!("postgresql://{place}"),
            (_, place) => format!("mysql://{}", place.expect("has a user").1),
        }
    }

    /// User and password of its server.
    pub fn secrets(&self) -> Vec<String> {
        let Some((user, _)) = self.url.split_once("://").and_then(|(_, rest)| rest.split_once('@')) else {
            return Vec::new();
        };
        let (_, password) = user.split_once(':').expect("has a password");
        vec![user.to_owned(), password.to_owned()]
    }

    /// The port of its server.
    pub fn port(&self) -> u16 {
        let (_, place) = self.url.rsplit_once(':').expect("has a port");
        place.split('/').next().and_then(|port| port.parse().ok()).expect("is a number")
    }

    /// Its URL as an export names it, at another port.
    pub fn connect_at(&self, port: u16) -> String {
        self.connect().replace(&format!(":{}/", self.port()), &format!(":{port}/"))
    }

    /// The path of its file.
    pub fn file(&self) -> &str {
        &self.url
    }

    /// Runs statements.
    #[track_caller]
    pub fn execute(&self, statements: &str) {
        let text = AssertSqlSafe(statements.to_owned());
        let done = self.runtime.block_on(async {
            match &mut *self.connection.lock().await {
                Connection::Sqlite(it) => sqlx::raw_sql(text).execute(it).await.map(drop),
                Connection::Postgres(it) => sqlx::raw_sql(text).execute(it).await.map(drop),
                Connection::Mariadb(it) => sqlx::raw_sql(text).execute(it).await.map(drop),
            }
        });
        done.unwrap_or_else(|error| panic!("{:?}: {statements}: {error}", self.kind));
    }

    /// The first column of all rows: texts.
    #[track_caller]
    pub fn texts(&self, query: &str) -> Vec<String> {
        let text = AssertSqlSafe(query.to_owned());
        let rows = self.runtime.block_on(async {
            Ok::<_, sqlx::Error>(match &mut *self.connection.lock().await {
                Connection::Sqlite(it) => it.fetch_all(text).await?.iter().map(|row| row.get_unchecked(0)).collect(),
                Connection::Postgres(it) => it.fetch_all(text).await?.iter().map(|row| row.get(0)).collect(),
                Connection::Mariadb(it) => it.fetch_all(text).await?.iter().map(|row| row.get_unchecked(0)).collect(),
            })
        });
        rows.unwrap_or_else(|error| panic!("{:?}: {query}: {error}", self.kind))
    }

    /// Columns of the rows of a table, each row as JSON with the types of the columns. `rest` follows the name of the table.
    #[track_caller]
    pub fn rows(&self, table: &str, columns: &[&str], rest: &str) -> Vec<Value> {
        let parts = columns.iter().map(|column| {
            let value = match *column {
                "tags" => self.kind.pick("json(tags)", "tags", "JSON_COMPACT(tags)"),
                "moment" => self.kind.pick(
                    "moment",
                    r#"to_char(moment AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"#,
                    "DATE_FORMAT(moment, '%Y-%m-%dT%H:%i:%s.%fZ')",
                ),
                column => column,
            };
            format!("'{column}', {value}")
        });
        let object = self.kind.pick("json_object", "json_build_object", "JSON_OBJECT");
        let parts = parts.collect::<Vec<_>>().join(", ");
        let text = self.kind.pick("", "::text", "");
        let rows = self.texts(&format!("SELECT {object}({parts}){text} FROM {table} {rest}"));
        rows.iter().map(|row| serde_json::from_str(row).expect("is JSON")).collect()
    }

    /// How many rows a table has. `rest` follows its name.
    #[track_caller]
    pub fn count(&self, table: &str, rest: &str) -> usize {
        let text = self.kind.pick("text", "text", "char");
        let found = self.texts(&format!("SELECT CAST(COUNT(*) AS {text}) FROM {table} {rest}"));
        found[0].parse().expect("is a number")
    }
}
