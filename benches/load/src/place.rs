//! Where a run's database and files are: in a new folder; the database may be a new one on a PostgreSQL server.

use std::path::{Path, PathBuf};

use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions};
use tempfile::TempDir;
use url::Url;
use uuid::Uuid;

use crate::error::LoadError;

/// Where new databases are made.
#[derive(Debug)]
pub enum Parent {
    /// In folders below this one.
    Folder(PathBuf),
    /// On the server of this URL.
    Server(Url),
}

/// The database of one run.
#[derive(Debug)]
pub(crate) enum Place {
    Folder(TempDir),
    Server { server: Url, name: String, folder: TempDir },
}

impl Place {
    pub(crate) async fn new(parent: &Parent) -> Result<Self, LoadError> {
        match parent {
            Parent::Folder(folder) => {
                Ok(Self::Folder(tempfile::Builder::new().prefix("pxt-load-").tempdir_in(folder)?))
            }
            Parent::Server(server) => {
                let name = format!("pxt_load_{}", Uuid::new_v4().simple());
                execute(server, format!("CREATE DATABASE {name}")).await?;
                Ok(Self::Server { server: server.clone(), name, folder: tempfile::tempdir()? })
            }
        }
    }

    /// What the service is told.
    pub(crate) fn database(&self) -> String {
        match self {
            Self::Folder(folder) => folder.path().join("notes.db").to_string_lossy().into_owned(),
            Self::Server { server, name, .. } => {
                let mut url = server.clone();
                url.set_path(name);
                url.into()
            }
        }
    }

    /// Where the service keeps files: it is killed, and leaves what it made.
    pub(crate) fn files(&self) -> &Path {
        match self {
            Self::Folder(folder) | Self::Server { folder, .. } => folder.path(),
        }
    }

    /// Removes the database and the files. Nobody uses them any more.
    pub(crate) async fn remove(self) -> Result<(), LoadError> {
        match self {
            Self::Folder(folder) => Ok(folder.close()?),
            Self::Server { server, name, folder } => {
                execute(&server, format!("DROP DATABASE {name} WITH (FORCE)")).await?;
                Ok(folder.close()?)
            }
        }
    }
}

async fn execute(server: &Url, text: String) -> Result<(), LoadError> {
    let mut connection = PgConnectOptions::from_url(server)?.connect().await?;
    sqlx::raw_sql(AssertSqlSafe(text)).execute(&mut connection).await?;
    Ok(())
}
