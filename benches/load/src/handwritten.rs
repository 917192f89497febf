//! The baseline: the service that an engineer who knows axum, sqlx and the database writes by hand.
//!
//! Every insert is its own durable transaction. What the databases ask for is in `database`.

mod database;
mod jobs;
mod pictures;

use std::path::Path;

use axum::extract::State;
use axum::extract::multipart::MultipartError;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use self::database::Database;
use self::jobs::Jobs;
use self::pictures::Pictures;
use crate::note::{headline_of, slug_of};

#[derive(Serialize, Deserialize)]
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
    Json(serde_json::Error),
    File(std::io::Error),
    Form(MultipartError),
}

/// The service over the database at this path or `postgres://` URL, which is created when it is a missing file, with uploads in a
/// folder and a number of jobs at once.
///
/// # Errors
/// When the database cannot be opened or the table cannot be created.
pub async fn router(url: &str, folder: &Path, jobs: usize) -> Result<Router, sqlx::Error> {
    let database = Database::open(url).await?;
    let jobs = Router::new()
        .route("/later", post(jobs::later))
        .route("/jobs", get(jobs::list))
        .route("/jobs/{id}", get(jobs::show))
        .with_state(Jobs::new(database.clone(), jobs));
    let pictures =
        Router::new().route("/upload", post(pictures::upload)).with_state(Pictures::new(database.clone(), folder));
    Ok(Router::new()
        .route("/insert", post(insert))
        .route("/decorated", post(decorated))
        .route("/lookup", post(lookup))
        .route("/page", post(page))
        .with_state(database)
        .merge(jobs)
        .merge(pictures))
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

impl NewNote {
    /// The row to store.
    fn numbered(self) -> Note {
        Note { id: Uuid::now_v7(), slug: slug_of(&self.title), title: self.title, body: self.body, stars: self.stars }
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        Self::Json(error)
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::File(error)
    }
}

impl From<MultipartError> for Failure {
    fn from(error: MultipartError) -> Self {
        Self::Form(error)
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
            Self::Json(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
            Self::File(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
            Self::Form(error) => error.into_response(),
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
        let router = super::router(folder.path().join("notes.db").to_str().unwrap(), folder.path(), 1).await.unwrap();

        let note = r#"{"title": "Two Boats", "body": "Drawn up.", "stars": 3}"#;
        let (status, created) = ask(&router, "/insert", note.to_owned()).await;
        assert_eq!((status, &created["slug"]), (StatusCode::OK, &"two-boats".into()));

        let (status, found) = ask(&router, "/lookup", format!(r#"{{"id": {}}}"#, created["id"])).await;
        assert_eq!((status, &found["body"]), (StatusCode::OK, &"Drawn up.".into()));

        let absent = r#"{"id": "00000000-0000-7000-8000-000000000000"}"#;
        assert_eq!(ask(&router, "/lookup", absent.to_owned()).await.0, StatusCode::NOT_FOUND);
    }
}
