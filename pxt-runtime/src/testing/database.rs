//! A database for one test: a file, or a database of its own on a server. What tests do behind a service's back goes
//! through it, so that one test serves both.

#[cfg(feature = "postgres")]
mod server;

use std::path::Path;

#[cfg(feature = "sqlite")]
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
#[cfg(any(feature = "postgres", feature = "sqlite"))]
use sqlx::{AssertSqlSafe, Connection, Executor};
use tempfile::TempDir;

#[cfg(feature = "postgres")]
use self::server::Server;
use crate::error::Result;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
use crate::error::{Error, chain};
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
    #[cfg(feature = "postgres")]
    Server(Server),
}

impl TestDatabase {
    /// Makes a database.
    ///
    /// # Errors
    /// When the temporary folder or the database cannot be made, and when `PXT_TEST_DATABASE` is no `postgres://` URL.
    pub async fn new() -> Result<Self> {
        let folder = TempDir::new()?;
        let server = std::env::var(SERVER).ok().filter(|url| !url.is_empty());
        let Some(server) = server else {
            let url = folder.path().join("pxt.db").to_string_lossy().into_owned();
            return Ok(Self { url, place: Place::File, folder });
        };
        #[cfg(feature = "postgres")]
        {
            let (server, url) = Server::new(&server).await?;
            Ok(Self { url, place: Place::Server(server), folder })
        }
        #[cfg(not(feature = "postgres"))]
        {
            drop(server);
            Err(refused(format!(
                "{SERVER} names a server, which needs the feature `postgres` of pxt: add it in Cargo.toml"
            )))
        }
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
            #[cfg(feature = "sqlite")]
            Place::File => {
                let options = SqliteConnectOptions::new().filename(&self.url).create_if_missing(true);
                run::<SqliteConnection>(&options, statements).await
            }
            #[cfg(not(feature = "sqlite"))]
            Place::File => Err(refused(format!(
                "a SQLite database needs the feature `sqlite` of pxt, without which nothing runs `{statements}`"
            ))),
            #[cfg(feature = "postgres")]
            Place::Server(server) => server.execute(statements).await,
        }
    }
}

/// Runs statements by a connection of their own.
#[cfg(any(feature = "postgres", feature = "sqlite"))]
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

#[cfg(any(feature = "postgres", feature = "sqlite"))]
fn unusable(error: &sqlx::Error) -> Error {
    refused(format!("the database of a test: {}", chain(error)))
}
