//! A database for one test: a file, or a database of its own on a server. What tests do behind a service's back goes
//! through it, so that one test serves both.

use std::path::Path;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, Connection, Executor};
use tempfile::TempDir;
use url::Url;
use uuid::Uuid;

use crate::error::{Error, Result, chain};
use crate::service::{Config, refused};

/// Names a PostgreSQL server on which databases may be made.
const SERVER: &str = "PXT_TEST_DATABASE";

/// A new database with a folder for files. Both go with the value.
///
/// It is a SQLite file in the folder, unless the environment variable `PXT_TEST_DATABASE` names a PostgreSQL server:
/// `postgres://user:password@host:port/database`, a user that may create databases. Then it is a database of its own on
/// that server, with a random name, and is dropped under whoever still uses it.
///
/// ```no_run
/// # static SCHEMA: pxt_runtime::schema::Schema = pxt_runtime::schema::Schema { tables: &[] };
/// # async fn example() -> pxt_runtime::Result<()> {
/// use pxt_runtime::App;
/// use pxt_runtime::testing::TestDatabase;
///
/// let database = TestDatabase::new().await?;
/// let first = App::open(database.config(), &SCHEMA).await?;
/// let second = App::open(database.config(), &SCHEMA).await?; // Another node over the same data.
/// database.execute("DELETE FROM \"films.posters\"").await?; // And somebody who knows nothing of either.
/// # Ok(())
/// # }
/// ```
pub struct TestDatabase {
    url: String,
    place: Place,
    folder: TempDir,
}

enum Place {
    File,
    Server { administration: Box<PgConnectOptions>, database: Box<PgConnectOptions>, name: String },
}

impl TestDatabase {
    /// Makes a database.
    ///
    /// # Errors
    /// When the temporary folder or the database cannot be made, and when `PXT_TEST_DATABASE` is no `postgres://` URL.
    pub async fn new() -> Result<Self> {
        let folder = TempDir::new()?;
        let Some(server) = server()? else {
            let url = folder.path().join("pxt.db").to_string_lossy().into_owned();
            return Ok(Self { url, place: Place::File, folder });
        };
        let name = format!("pxt_test_{}", Uuid::new_v4().simple());
        let mut url = server.clone();
        url.set_path(&name);
        let options = |url: &Url| url.as_str().parse().map(Box::new).map_err(|error| unusable(&error));
        let (administration, database) = (options(&server)?, options(&url)?);
        create(&administration, &name).await.map_err(|error| unusable(&error))?;
        Ok(Self { url: url.into(), place: Place::Server { administration, database, name }, folder })
    }

    /// Where it is, as [`Config::database`] takes it.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The folder of the files, and of the database when that is a file.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A configuration with this database, and with files in the folder. Applications that are opened with it share both.
    pub fn config(&self) -> Config {
        Config::in_folder(self.folder()).database(&self.url)
    }

    /// Runs SQL statements by a connection that knows nothing of pxt, as an operator would.
    ///
    /// # Errors
    /// When the database refuses one of them.
    pub async fn execute(&self, statements: &str) -> Result<()> {
        match &self.place {
            Place::File => {
                let options = SqliteConnectOptions::new().filename(&self.url).create_if_missing(true);
                run::<SqliteConnection>(&options, statements).await
            }
            Place::Server { database, .. } => run::<PgConnection>(database, statements).await,
        }
    }
}

/// How long the end of a test waits until its database is gone.
const PATIENCE: Duration = Duration::from_secs(2);

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let Place::Server { administration, name, .. } = &self.place else { return };
        let (server, dropped) = (administration.clone(), name.clone());
        let (done, is_done) = mpsc::channel();
        // The test's own runtime cannot be waited for here.
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let removed = runtime.map(|runtime| runtime.block_on(remove(&server, &dropped)));
            if let Ok(Err(error)) = removed {
                tracing::warn!(%error, "the database {dropped} of a test stays on its server");
            }
            // Whoever does not wait any more has gone on.
            let _ = done.send(());
        });
        // Not for ever: the server may wait for a login that the test's runtime began, and that ends only with the runtime.
        let _ = is_done.recv_timeout(PATIENCE);
    }
}

/// Makes a database on a server.
async fn create(server: &PgConnectOptions, name: &str) -> Result<(), sqlx::Error> {
    let mut connection = PgConnection::connect_with(server).await?;
    // The other strategy, the default where there are two, writes all of the template to the log and takes several times as long.
    let quick = connection.server_version_num() >= Some(150_000);
    let strategy = if quick { " STRATEGY file_copy" } else { "" };
    sqlx::raw_sql(AssertSqlSafe(format!("CREATE DATABASE \"{name}\"{strategy}"))).execute(&mut connection).await?;
    connection.close().await
}

/// Drops a database under those who use it.
async fn remove(server: &PgConnectOptions, name: &str) -> Result<(), sqlx::Error> {
    let mut connection = PgConnection::connect_with(server).await?;
    // `FORCE` alone looks only every tenth of a second whether they are gone.
    let ending = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = $1";
    for _ in 0..50 {
        if sqlx::query_scalar::<_, i64>(ending).bind(name).fetch_one(&mut connection).await? == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let statement = format!("DROP DATABASE \"{name}\" WITH (FORCE)");
    sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut connection).await?;
    connection.close().await
}

/// Runs statements by a connection of their own.
async fn run<C>(options: &C::Options, statements: &str) -> Result<()>
where
    C: Connection,
    for<'c> &'c mut C: Executor<'c, Database = C::Database>,
{
    let mut connection = C::connect_with(options).await.map_err(|error| unusable(&error))?;
    let ran = sqlx::raw_sql(AssertSqlSafe(statements.to_owned()))
        .execute(&mut connection)
        .await
        .map_err(|error| unusable(&error));
    drop(connection.close().await);
    ran.map(drop)
}

fn unusable(error: &sqlx::Error) -> Error {
    refused(format!("the database of a test: {}", chain(error)))
}

/// The server on which databases are made, if one is named.
fn server() -> Result<Option<Url>> {
    let Ok(text) = std::env::var(SERVER) else { return Ok(None) };
    if text.is_empty() {
        return Ok(None);
    }
    let url = Url::parse(&text).ok().filter(|url| matches!(url.scheme(), "postgres" | "postgresql"));
    url.map(Some).ok_or_else(|| {
        refused(format!("{SERVER} is no URL of a PostgreSQL server: write postgres://user:password@host:port/database"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether somebody who knows the address can still use the database.
    async fn is_there(database: &Place, url: &str) -> bool {
        match database {
            Place::File => {
                run::<SqliteConnection>(&SqliteConnectOptions::new().filename(url), "SELECT 1").await.is_ok()
            }
            Place::Server { database, .. } => run::<PgConnection>(database, "SELECT 1").await.is_ok(),
        }
    }

    #[tokio::test]
    async fn each_is_new_and_goes_with_its_users() {
        let (mut first, second) = (TestDatabase::new().await.unwrap(), TestDatabase::new().await.unwrap());
        for database in [&first, &second] {
            database.execute("CREATE TABLE t (n INTEGER PRIMARY KEY); INSERT INTO t VALUES (1)").await.unwrap();
        }
        let twice = first.execute("INSERT INTO t VALUES (1)").await.unwrap_err().to_string();
        assert!(twice.starts_with("the database of a test: "), "{twice}");

        let url = first.url().to_owned();
        let place = match &mut first.place {
            Place::File => Place::File,
            Place::Server { administration, database, name } => {
                Place::Server { administration: administration.clone(), database: database.clone(), name: name.clone() }
            }
        };
        assert!(is_there(&place, &url).await);
        let user = match &place {
            Place::File => None,
            Place::Server { database, .. } => Some(PgConnection::connect_with(database).await.unwrap()),
        };
        drop(first);
        assert!(!is_there(&place, &url).await);
        assert!(second.execute("INSERT INTO t VALUES (2)").await.is_ok());
        drop(user);
    }
}
