//! A table of notes: one route stores a note, another finds it.

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool};
use uuid::Uuid;

#[derive(Deserialize)]
struct NewNote {
    title: String,
}

#[derive(Deserialize)]
struct Key {
    id: Uuid,
}

#[derive(Serialize)]
struct Note {
    id: Uuid,
    title: String,
    slug: String,
}

type Failure = (StatusCode, String);

fn failed(error: sqlx::Error) -> Failure {
    (StatusCode::INTERNAL_SERVER_ERROR, error.to_string())
}

async fn insert(State(pool): State<SqlitePool>, Json(NewNote { title }): Json<NewNote>) -> Result<Json<Note>, Failure> {
    let note = Note { id: Uuid::now_v7(), slug: title.to_lowercase().replace(' ', "-"), title };
    sqlx::query("INSERT INTO notes (id, title, slug) VALUES ($1, $2, $3)")
        .bind(note.id)
        .bind(&note.title)
        .bind(&note.slug)
        .execute(&pool)
        .await
        .map_err(failed)?;
    Ok(Json(note))
}

async fn lookup(State(pool): State<SqlitePool>, Json(Key { id }): Json<Key>) -> Result<Json<Note>, Failure> {
    let row: Option<(String, String)> = sqlx::query_as("SELECT title, slug FROM notes WHERE id = $1")
        .bind(id)
        .fetch_optional(&pool)
        .await
        .map_err(failed)?;
    let (title, slug) = row.ok_or((StatusCode::NOT_FOUND, "no such note".to_owned()))?;
    Ok(Json(Note { id, title, slug }))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let options =
        SqliteConnectOptions::new().filename("notes.db").create_if_missing(true).journal_mode(SqliteJournalMode::Wal);
    let pool = SqlitePool::connect_with(options).await?;
    sqlx::query("CREATE TABLE IF NOT EXISTS notes (id BLOB PRIMARY KEY NOT NULL, title TEXT NOT NULL, slug TEXT NOT NULL)")
        .execute(&pool)
        .await?;
    let routes = Router::new().route("/insert", post(insert)).route("/lookup", post(lookup)).with_state(pool);
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 8000)).await?;
    Ok(axum::serve(listener, routes).await?)
}
