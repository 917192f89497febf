//! The tables of notes and jobs in either database.
//!
//! SQLite has one write lock, and connections that wait for it sleep: one connection writes and a pool reads. PostgreSQL has a
//! pool for both. The texts are the same, as both databases know `$1`.

use std::thread::available_parallelism;
use std::time::Duration;

use serde_json::value::RawValue;
use sqlx::postgres::{PgPool, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use uuid::Uuid;

use super::jobs::Job;
use super::{NewNote, Note};
use crate::serve::is_postgres;

const CREATE_SQLITE: &str = "CREATE TABLE IF NOT EXISTS notes (id BLOB PRIMARY KEY NOT NULL, title TEXT NOT NULL, \
                             body TEXT NOT NULL, stars INTEGER NOT NULL, slug TEXT NOT NULL)";
const CREATE_POSTGRES: &str = "CREATE TABLE IF NOT EXISTS notes (id uuid PRIMARY KEY, title text NOT NULL, \
                               body text NOT NULL, stars bigint NOT NULL, slug text NOT NULL)";
const CREATE_JOBS_SQLITE: &str = "CREATE TABLE IF NOT EXISTS jobs (id BLOB PRIMARY KEY NOT NULL, \
                                  state TEXT NOT NULL, request TEXT NOT NULL, result TEXT)";
const CREATE_JOBS_POSTGRES: &str = "CREATE TABLE IF NOT EXISTS jobs (id uuid PRIMARY KEY, \
                                    state text NOT NULL, request text NOT NULL, result text)";
const INDEX_JOBS: &str = "CREATE INDEX IF NOT EXISTS jobs_by_state ON jobs (state, id)";
const CREATE_PICTURES_SQLITE: &str =
    "CREATE TABLE IF NOT EXISTS pictures (id BLOB PRIMARY KEY NOT NULL, picture TEXT NOT NULL)";
const CREATE_PICTURES_POSTGRES: &str =
    "CREATE TABLE IF NOT EXISTS pictures (id uuid PRIMARY KEY, picture text NOT NULL)";
const INSERT_PICTURE: &str = "INSERT INTO pictures (id, picture) VALUES ($1, $2)";
const INSERT: &str = "INSERT INTO notes (id, title, body, stars, slug) VALUES ($1, $2, $3, $4, $5)";
const LOOKUP: &str = "SELECT id, title, body, stars, slug FROM notes WHERE id = $1";
const PAGE: &str = "SELECT id, title, body, stars, slug FROM notes WHERE id >= $1 ORDER BY id LIMIT 10";
const ACCEPT: &str = "INSERT INTO jobs (id, state, request) VALUES ($1, 'pending', $2)";
const FINISH: &str = "UPDATE jobs SET state = 'done', request = '', result = $2 WHERE id = $1";
const JOB: &str = "SELECT id, state, result FROM jobs WHERE id = $1";
const JOBS: &str = "SELECT id, state, result FROM jobs WHERE state = $1 ORDER BY id DESC LIMIT $2";
/// As many as pxt uses for one node.
const CONNECTIONS: u32 = 16;

type Columns = (Uuid, String, String, i64, String);
type JobColumns = (Uuid, String, Option<String>);

#[derive(Clone)]
pub(super) enum Database {
    Sqlite { writer: SqlitePool, readers: SqlitePool },
    Postgres(PgPool),
}

impl Database {
    pub(super) async fn open(url: &str) -> Result<Self, sqlx::Error> {
        if is_postgres(url) {
            // Neither side asks a connection whether it lives before each statement.
            let pool =
                PgPoolOptions::new().max_connections(CONNECTIONS).test_before_acquire(false).connect(url).await?;
            for text in [CREATE_POSTGRES, CREATE_JOBS_POSTGRES, INDEX_JOBS, CREATE_PICTURES_POSTGRES] {
                sqlx::query(text).execute(&pool).await?;
            }
            return Ok(Self::Postgres(pool));
        }
        let options = SqliteConnectOptions::new()
            .filename(url)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(5));
        // The connections lead to a file, not to a server that may hang up: asking each whether it lives buys nothing.
        let pool = || SqlitePoolOptions::new().test_before_acquire(false);
        let writer = pool().max_connections(1).connect_with(options.clone()).await?;
        for text in [CREATE_SQLITE, CREATE_JOBS_SQLITE, INDEX_JOBS, CREATE_PICTURES_SQLITE] {
            sqlx::query(text).execute(&writer).await?;
        }
        let threads = available_parallelism().map_or(4, |count| u32::try_from(count.get()).unwrap_or(u32::MAX));
        let readers = pool().max_connections(threads.max(4)).connect_with(options.read_only(true)).await?;
        Ok(Self::Sqlite { writer, readers })
    }

    pub(super) async fn insert(&self, note: NewNote) -> Result<Note, sqlx::Error> {
        let note = note.numbered();
        let Note { id, title, body, stars, slug } = &note;
        match self {
            Self::Sqlite { writer, .. } => {
                sqlx::query(INSERT).bind(id).bind(title).bind(body).bind(stars).bind(slug).execute(writer).await?;
            }
            Self::Postgres(pool) => {
                sqlx::query(INSERT).bind(id).bind(title).bind(body).bind(stars).bind(slug).execute(pool).await?;
            }
        }
        Ok(note)
    }

    pub(super) async fn insert_picture(&self, id: Uuid, picture: &str) -> Result<(), sqlx::Error> {
        match self {
            Self::Sqlite { writer, .. } => {
                sqlx::query(INSERT_PICTURE).bind(id).bind(picture).execute(writer).await.map(drop)
            }
            Self::Postgres(pool) => sqlx::query(INSERT_PICTURE).bind(id).bind(picture).execute(pool).await.map(drop),
        }
    }

    pub(super) async fn get(&self, id: Uuid) -> Result<Option<Note>, sqlx::Error> {
        let row: Option<Columns> = match self {
            Self::Sqlite { readers, .. } => sqlx::query_as(LOOKUP).bind(id).fetch_optional(readers).await?,
            Self::Postgres(pool) => sqlx::query_as(LOOKUP).bind(id).fetch_optional(pool).await?,
        };
        Ok(row.map(note))
    }

    pub(super) async fn page(&self, from: Uuid) -> Result<Vec<Note>, sqlx::Error> {
        let rows: Vec<Columns> = match self {
            Self::Sqlite { readers, .. } => sqlx::query_as(PAGE).bind(from).fetch_all(readers).await?,
            Self::Postgres(pool) => sqlx::query_as(PAGE).bind(from).fetch_all(pool).await?,
        };
        Ok(rows.into_iter().map(note).collect())
    }

    /// Stores a job that waits.
    pub(super) async fn accept(&self, id: Uuid, request: &str) -> Result<(), sqlx::Error> {
        match self {
            Self::Sqlite { writer, .. } => sqlx::query(ACCEPT).bind(id).bind(request).execute(writer).await.map(drop),
            Self::Postgres(pool) => sqlx::query(ACCEPT).bind(id).bind(request).execute(pool).await.map(drop),
        }
    }

    /// Stores a job's note and its result, or neither.
    pub(super) async fn finish(&self, job: Uuid, note: &Note, result: &str) -> Result<(), sqlx::Error> {
        let Note { id, title, body, stars, slug } = note;
        match self {
            Self::Sqlite { writer, .. } => {
                let mut both = writer.begin().await?;
                let insert = sqlx::query(INSERT).bind(id).bind(title).bind(body).bind(stars).bind(slug);
                insert.execute(&mut *both).await?;
                sqlx::query(FINISH).bind(job).bind(result).execute(&mut *both).await?;
                both.commit().await
            }
            Self::Postgres(pool) => {
                let mut both = pool.begin().await?;
                let insert = sqlx::query(INSERT).bind(id).bind(title).bind(body).bind(stars).bind(slug);
                insert.execute(&mut *both).await?;
                sqlx::query(FINISH).bind(job).bind(result).execute(&mut *both).await?;
                both.commit().await
            }
        }
    }

    pub(super) async fn job(&self, id: Uuid) -> Result<Option<Job>, sqlx::Error> {
        let row: Option<JobColumns> = match self {
            Self::Sqlite { readers, .. } => sqlx::query_as(JOB).bind(id).fetch_optional(readers).await?,
            Self::Postgres(pool) => sqlx::query_as(JOB).bind(id).fetch_optional(pool).await?,
        };
        Ok(row.map(job))
    }

    pub(super) async fn jobs(&self, state: &str, most: i64) -> Result<Vec<Job>, sqlx::Error> {
        let rows: Vec<JobColumns> = match self {
            Self::Sqlite { readers, .. } => sqlx::query_as(JOBS).bind(state).bind(most).fetch_all(readers).await?,
            Self::Postgres(pool) => sqlx::query_as(JOBS).bind(state).bind(most).fetch_all(pool).await?,
        };
        Ok(rows.into_iter().map(job).collect())
    }
}

fn note((id, title, body, stars, slug): Columns) -> Note {
    Note { id, title, body, stars, slug }
}

fn job((id, status, result): JobColumns) -> Job {
    Job { id, status, result: result.and_then(|text| RawValue::from_string(text).ok()) }
}
