//! The table of notes in either database.
//!
//! SQLite has one write lock, and connections that wait for it sleep: one connection writes and a pool reads. PostgreSQL has a
//! pool for both. The texts are the same, as both databases know `$1`.

use std::thread::available_parallelism;
use std::time::Duration;

use sqlx::postgres::{PgPool, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use uuid::Uuid;

use super::{NewNote, Note};
use crate::note::slug_of;
use crate::serve::is_postgres;

const CREATE_SQLITE: &str = "CREATE TABLE IF NOT EXISTS notes (id BLOB PRIMARY KEY NOT NULL, title TEXT NOT NULL, \
                             body TEXT NOT NULL, stars INTEGER NOT NULL, slug TEXT NOT NULL)";
const CREATE_POSTGRES: &str = "CREATE TABLE IF NOT EXISTS notes (id uuid PRIMARY KEY, title text NOT NULL, \
                               body text NOT NULL, stars bigint NOT NULL, slug text NOT NULL)";
const INSERT: &str = "INSERT INTO notes (id, title, body, stars, slug) VALUES ($1, $2, $3, $4, $5)";
const LOOKUP: &str = "SELECT id, title, body, stars, slug FROM notes WHERE id = $1";
const PAGE: &str = "SELECT id, title, body, stars, slug FROM notes WHERE id >= $1 ORDER BY id LIMIT 10";
/// As many as pxt uses for one node.
const CONNECTIONS: u32 = 16;

type Columns = (Uuid, String, String, i64, String);

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
            sqlx::query(CREATE_POSTGRES).execute(&pool).await?;
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
        sqlx::query(CREATE_SQLITE).execute(&writer).await?;
        let threads = available_parallelism().map_or(4, |count| u32::try_from(count.get()).unwrap_or(u32::MAX));
        let readers = pool().max_connections(threads.max(4)).connect_with(options.read_only(true)).await?;
        Ok(Self::Sqlite { writer, readers })
    }

    pub(super) async fn insert(&self, NewNote { title, body, stars }: NewNote) -> Result<Note, sqlx::Error> {
        let note = Note { id: Uuid::now_v7(), slug: slug_of(&title), title, body, stars };
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
}

fn note((id, title, body, stars, slug): Columns) -> Note {
    Note { id, title, body, stars, slug }
}
