//! Exports to real databases: the same cases on each. SQLite is always there; the servers are those of
//! `PXT_TEST_POSTGRES` and `PXT_TEST_MARIADB`, which `tests/run export` starts.

mod describing;
mod faults;
mod pairs;
mod writing;

use std::sync::Arc;
use std::time::Duration;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, MySqlPool, PgPool, Row as _, SqlitePool};
use tempfile::TempDir;
use uuid::Uuid;

use super::table::Server;
use super::*;
use crate::export::ExportMethod;

const POSTGRES: &str = "PXT_TEST_POSTGRES";
const MARIADB: &str = "PXT_TEST_MARIADB";

/// A database of its own, and a target on it.
struct Room {
    server: Server,
    url: String,
    raw: Raw,
    target: Target,
    folder: TempDir,
}

enum Raw {
    Mysql(MySqlPool),
    Postgres(PgPool),
    Sqlite(SqlitePool),
}

/// With the step's command there is no way around a server.
#[test]
#[ignore = "only where servers are meant to be there: tests/run export"]
fn every_server_is_there() {
    for variable in [POSTGRES, MARIADB] {
        assert!(std::env::var(variable).is_ok_and(|url| url.contains("://")), "{variable} is not set");
    }
}

fn limits() -> Limits {
    Limits { connections: 3, timeout: Duration::from_secs(20) }
}

fn target(url: &str, limits: Limits) -> Target {
    Target::new(&Address::parse(url).unwrap(), limits).unwrap()
}

/// One for each database that there is.
async fn rooms() -> Vec<Room> {
    let mut rooms = vec![Room::sqlite().await];
    if let Ok(url) = std::env::var(POSTGRES) {
        rooms.push(Room::postgres(&url).await);
    }
    if let Ok(url) = std::env::var(MARIADB) {
        rooms.push(Room::mariadb(&url).await);
    }
    rooms
}

impl Room {
    fn new(server: Server, url: String, raw: Raw) -> Self {
        let target = target(&url, limits());
        Self { server, url, raw, target, folder: tempfile::tempdir().unwrap() }
    }

    async fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("target.db");
        let options = SqliteConnectOptions::new().filename(&path).create_if_missing(true);
        // One: SQLite does not rename a column that another connection has just named so.
        let raw = sqlx::sqlite::SqlitePoolOptions::new().max_connections(1).connect_with(options).await.unwrap();
        // Makes the file.
        raw.execute("PRAGMA user_version = 1").await.unwrap();
        let room = Self::new(Server::Sqlite, format!("sqlite:///{}", path.display()), Raw::Sqlite(raw));
        Self { folder, ..room }
    }

    async fn postgres(server: &str) -> Self {
        let mut connection = sqlx::PgConnection::connect(server).await.unwrap();
        let name = format!("pxt_export_{}", Uuid::new_v4().simple());
        connection.execute(AssertSqlSafe(format!("CREATE DATABASE {name}"))).await.unwrap();
        let url = format!("{}/{name}", server.rsplit_once('/').unwrap().0);
        let raw = sqlx::postgres::PgPoolOptions::new().max_connections(2).connect(&url).await.unwrap();
        Self::new(Server::Postgres, url.replace("postgres://", "postgresql+psycopg://"), Raw::Postgres(raw))
    }

    async fn mariadb(server: &str) -> Self {
        let mut connection = sqlx::MySqlConnection::connect(server).await.unwrap();
        let name = format!("pxt_export_{}", Uuid::new_v4().simple());
        connection.execute(AssertSqlSafe(format!("CREATE DATABASE {name} CHARACTER SET utf8mb4"))).await.unwrap();
        let url = format!("{}/{name}", server.rsplit_once('/').unwrap().0);
        let raw = sqlx::mysql::MySqlPoolOptions::new().max_connections(2).connect(&url).await.unwrap();
        Self::new(Server::Mysql, url.replace("mysql://", "mysql+pymysql://"), Raw::Mysql(raw))
    }

    /// Of three texts, that of this database.
    fn pick<'t>(&self, sqlite: &'t str, postgres: &'t str, mysql: &'t str) -> &'t str {
        match self.server {
            Server::Sqlite => sqlite,
            Server::Postgres => postgres,
            Server::Mysql => mysql,
        }
    }

    /// Runs statements past the target.
    async fn execute(&self, statements: &str) {
        let text = AssertSqlSafe(statements.to_owned());
        let done = match &self.raw {
            Raw::Mysql(pool) => sqlx::raw_sql(text).execute(pool).await.map(|_| ()),
            Raw::Postgres(pool) => sqlx::raw_sql(text).execute(pool).await.map(|_| ()),
            Raw::Sqlite(pool) => sqlx::raw_sql(text).execute(pool).await.map(|_| ()),
        };
        done.unwrap_or_else(|error| panic!("{:?}: {statements}: {error}", self.server));
    }

    /// The first column of all rows, a text.
    async fn texts(&self, query: &str) -> Vec<Option<String>> {
        let text = AssertSqlSafe(query.to_owned());
        match &self.raw {
            Raw::Mysql(pool) => {
                pool.fetch_all(text).await.unwrap().iter().map(|row| row.try_get_unchecked(0).unwrap()).collect()
            }
            Raw::Postgres(pool) => pool.fetch_all(text).await.unwrap().iter().map(|row| row.get(0)).collect(),
            Raw::Sqlite(pool) => pool.fetch_all(text).await.unwrap().iter().map(|row| row.get_unchecked(0)).collect(),
        }
    }

    /// The columns of all rows in one text: `1 a|2 b`.
    async fn rows(&self, table: &str, columns: &[&str]) -> String {
        let cast = |column: &&str| match self.server {
            Server::Mysql => format!("COALESCE(CAST({column} AS CHAR), '-')"),
            _ => format!("COALESCE(CAST({column} AS text), '-')"),
        };
        let columns: Vec<_> = columns.iter().map(cast).collect();
        let line = match self.server {
            Server::Mysql => format!("CONCAT_WS(' ', {})", columns.join(", ")),
            _ => columns.join(" || ' ' || "),
        };
        let texts = self.texts(&format!("SELECT {line} FROM {table} ORDER BY 1")).await;
        texts.into_iter().flatten().collect::<Vec<_>>().join("|")
    }

    async fn describe(&self, table: &str) -> Arc<TargetTable> {
        self.target.describe(None, table).await.unwrap().expect("the table is there")
    }

    async fn writer(&self, table: &str, fields: &[&str], method: ExportMethod) -> Writer {
        self.describe(table).await.writer(fields, method).unwrap()
    }

    /// What the judge says of a column that takes one field.
    async fn told(&self, table: &str, holds: Holds, is_nullable: bool) -> Vec<String> {
        let fields = [Field { name: "a".to_owned(), holds, is_nullable }];
        let told = self.describe(table).await.judge(&fields, ExportMethod::Insert);
        told.into_iter().map(|(_, sentence)| sentence).collect()
    }
}

/// Writes bodies, each under an id of its own.
async fn write(target: &Target, writer: &Writer, bodies: &[String]) -> Result<Vec<Result<(), Refused>>, Away> {
    let ids: Vec<_> = bodies.iter().map(|_| Uuid::new_v4()).collect();
    write_as(target, writer, &ids, bodies).await
}

async fn write_as(
    target: &Target,
    writer: &Writer,
    ids: &[Uuid],
    bodies: &[String],
) -> Result<Vec<Result<(), Refused>>, Away> {
    let rows: Vec<_> = ids.iter().zip(bodies).map(|(id, body)| Record { id: *id, body }).collect();
    target.write(writer, &rows).await.whole()
}
