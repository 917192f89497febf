//! The baseline: the service that an engineer who knows axum, sqlx and SQLite writes by hand.
//!
//! One connection writes and a pool reads, since SQLite has one write lock and connections that wait for it sleep. Every
//! insert is its own durable transaction.

use std::path::Path;
use std::thread::available_parallelism;
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use uuid::Uuid;

use crate::note::{headline_of, slug_of};

const CREATE: &str = "CREATE TABLE IF NOT EXISTS notes (id BLOB PRIMARY KEY NOT NULL, title TEXT NOT NULL, \
                      body TEXT NOT NULL, stars INTEGER NOT NULL, slug TEXT NOT NULL)";
const INSERT: &str = "INSERT INTO notes (id, title, body, stars, slug) VALUES (?, ?, ?, ?, ?)";
const LOOKUP: &str = "SELECT id, title, body, stars, slug FROM notes WHERE id = ?";
const PAGE: &str = "SELECT id, title, body, stars, slug FROM notes WHERE id >= ? ORDER BY id LIMIT 10";

type Columns = (Uuid, String, String, i64, String);

#[derive(Clone)]
struct Database {
    writer: SqlitePool,
    readers: SqlitePool,
}

#[derive(Deserialize)]
struct NewNote {
    title: String,
    body: String,
    stars: i64,
}

#[derive(Serialize)]
struct Created {
    id: Uuid,
    title: String,
    slug: String,
    stars: i64,
}

#[derive(Serialize)]
struct Decorated {
    id: Uuid,
    headline: String,
}

#[derive(Deserialize)]
struct Key {
    id: Uuid,
}

#[derive(Deserialize)]
struct Begin {
    from: Uuid,
}

#[derive(Serialize)]
struct Page {
    rows: Vec<Note>,
}

#[derive(Serialize)]
struct Note {
    id: Uuid,
    title: String,
    body: String,
    stars: i64,
    slug: String,
}

/// Why a request got no row.
enum Failure {
    Missing,
    Database(sqlx::Error),
}

/// The service over the database in this file, which is created when it is missing.
///
/// # Errors
/// When the file cannot be opened or the table cannot be created.
pub async fn router(path: &Path) -> Result<Router, sqlx::Error> {
    let database = Database::open(path).await?;
    Ok(Router::new()
        .route("/insert", post(insert))
        .route("/decorated", post(decorated))
        .route("/lookup", post(lookup))
        .route("/page", post(page))
        .with_state(database))
}

async fn insert(State(database): State<Database>, Json(note): Json<NewNote>) -> Result<Json<Created>, Failure> {
    let note = database.insert(note).await?;
    Ok(Json(Created { id: note.id, title: note.title, slug: note.slug, stars: note.stars }))
}

async fn decorated(State(database): State<Database>, Json(note): Json<NewNote>) -> Result<Json<Decorated>, Failure> {
    let note = database.insert(note).await?;
    Ok(Json(Decorated { id: note.id, headline: headline_of(&note.title, note.stars) }))
}

async fn lookup(State(database): State<Database>, Json(key): Json<Key>) -> Result<Json<Note>, Failure> {
    database.get(key.id).await?.map(Json).ok_or(Failure::Missing)
}

async fn page(State(database): State<Database>, Json(begin): Json<Begin>) -> Result<Json<Page>, Failure> {
    Ok(Json(Page { rows: database.page(begin.from).await? }))
}

impl Database {
    async fn open(path: &Path) -> Result<Self, sqlx::Error> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(5));
        // The connections lead to a file, not to a server that may hang up: asking each whether it lives buys nothing.
        let pool = || SqlitePoolOptions::new().test_before_acquire(false);
        let writer = pool().max_connections(1).connect_with(options.clone()).await?;
        sqlx::query(CREATE).execute(&writer).await?;
        let threads = available_parallelism().map_or(4, |count| u32::try_from(count.get()).unwrap_or(u32::MAX));
        let readers = pool().max_connections(threads.max(4)).connect_with(options.read_only(true)).await?;
        Ok(Self { writer, readers })
    }

    async fn insert(&self, NewNote { title, body, stars }: NewNote) -> Result<Note, sqlx::Error> {
        let note = Note { id: Uuid::now_v7(), slug: slug_of(&title), title, body, stars };
        sqlx::query(INSERT)
            .bind(note.id)
            .bind(&note.title)
            .bind(&note.body)
            .bind(note.stars)
            .bind(&note.slug)
            .execute(&self.writer)
            .await?;
        Ok(note)
    }

    async fn get(&self, id: Uuid) -> Result<Option<Note>, sqlx::Error> {
        let row: Option<Columns> = sqlx::query_as(LOOKUP).bind(id).fetch_optional(&self.readers).await?;
        Ok(row.map(Note::of))
    }

    async fn page(&self, from: Uuid) -> Result<Vec<Note>, sqlx::Error> {
        let rows: Vec<Columns> = sqlx::query_as(PAGE).bind(from).fetch_all(&self.readers).await?;
        Ok(rows.into_iter().map(Note::of).collect())
    }
}

impl Note {
    fn of((id, title, body, stars, slug): Columns) -> Self {
        Self { id, title, body, stars, slug }
    }
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error)
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        match self {
            Self::Missing => (StatusCode::NOT_FOUND, "no such note").into_response(),
            Self::Database(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, to_bytes};
    use axum::http::{Request, StatusCode, header::CONTENT_TYPE};
    use tower::ServiceExt;

    async fn ask(router: &axum::Router, path: &str, body: String) -> (StatusCode, serde_json::Value) {
        let request = Request::post(path).header(CONTENT_TYPE, "application/json").body(Body::from(body)).unwrap();
        let response = router.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let bytes = to_bytes(response.into_body(), 1 << 16).await.unwrap();
        (status, serde_json::from_slice(&bytes).unwrap_or_default())
    }

    #[tokio::test]
    async fn an_inserted_note_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let router = super::router(&folder.path().join("notes.db")).await.unwrap();

        let note = r#"{"title": "Two Boats", "body": "Drawn up.", "stars": 3}"#;
        let (status, created) = ask(&router, "/insert", note.to_owned()).await;
        assert_eq!((status, &created["slug"]), (StatusCode::OK, &"two-boats".into()));

        let (status, found) = ask(&router, "/lookup", format!(r#"{{"id": {}}}"#, created["id"])).await;
        assert_eq!((status, &found["body"]), (StatusCode::OK, &"Drawn up.".into()));

        let absent = r#"{"id": "00000000-0000-7000-8000-000000000000"}"#;
        assert_eq!(ask(&router, "/lookup", absent.to_owned()).await.0, StatusCode::NOT_FOUND);
    }
}
