//! A database of its own on a server, for one test. It goes with the value, under whoever still uses it.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, Connection};
use url::Url;
use uuid::Uuid;

use super::{SERVER, run, unusable};
use crate::error::Result;
use crate::service::refused;

pub(super) struct Server {
    administration: Box<PgConnectOptions>,
    database: Box<PgConnectOptions>,
    name: String,
}

impl Server {
    /// A new database with a random name on the server of this URL, and its own URL.
    pub(super) async fn new(server: &str) -> Result<(Self, String)> {
        let server = Url::parse(server).ok().filter(|url| matches!(url.scheme(), "postgres" | "postgresql"));
        let server = server.ok_or_else(|| {
            refused(format!(
                "{SERVER} is no URL of a PostgreSQL server: write postgres://user:password@host:port/database"
            ))
        })?;
        let name = format!("pxt_test_{}", Uuid::new_v4().simple());
        let mut url = server.clone();
        url.set_path(&name);
        let options = |url: &Url| url.as_str().parse().map(Box::new).map_err(|error| unusable(&error));
        let (administration, database) = (options(&server)?, options(&url)?);
        create(&administration, &name).await.map_err(|error| unusable(&error))?;
        Ok((Self { administration, database, name }, url.into()))
    }

    /// Runs statements by a connection of their own.
    pub(super) async fn execute(&self, statements: &str) -> Result<()> {
        run::<PgConnection>(&self.database, statements).await
    }
}

/// How long the end of a test waits until its database is gone.
const PATIENCE: Duration = Duration::from_secs(2);

impl Drop for Server {
    fn drop(&mut self) {
        let (server, dropped) = (self.administration.clone(), self.name.clone());
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
