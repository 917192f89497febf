//! Background jobs by hand, as cheap as durable ones can be: a row when a job is accepted, and the note and the job's result in
//! one transaction. Taking up what a crash left, retries, cancelling and several processes are not in it.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tokio::sync::Semaphore;
use uuid::Uuid;

use super::database::Database;
use super::{Created, Failure, NewNote};

/// What the routes of jobs share.
#[derive(Clone)]
pub(super) struct Jobs {
    database: Database,
    places: Arc<Semaphore>,
}

#[derive(Serialize)]
pub(super) struct Accepted {
    id: Uuid,
    job_url: String,
}

#[derive(Serialize)]
pub(super) struct Job {
    pub(super) id: Uuid,
    pub(super) status: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) result: Option<Box<RawValue>>,
}

#[derive(Serialize)]
pub(super) struct List {
    jobs: Vec<Job>,
}

#[derive(Deserialize)]
pub(super) struct Which {
    state: String,
    limit: i64,
}

impl Jobs {
    pub(super) fn new(database: Database, places: usize) -> Self {
        Self { database, places: Arc::new(Semaphore::new(places)) }
    }

    async fn work(self, id: Uuid, note: NewNote) {
        let Ok(_place) = self.places.clone().acquire_owned().await else { return };
        let note = note.numbered();
        let created = Created { id: note.id, title: note.title.clone(), slug: note.slug.clone(), stars: note.stars };
        let ended = match serde_json::to_string(&created) {
            Ok(result) => self.database.finish(id, &note, &result).await.map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        };
        if let Err(error) = ended {
            eprintln!("job {id}: {error}");
        }
    }
}

pub(super) async fn later(
    State(jobs): State<Jobs>,
    Json(note): Json<NewNote>,
) -> Result<(StatusCode, Json<Accepted>), Failure> {
    let id = Uuid::now_v7();
    jobs.database.accept(id, &serde_json::to_string(&note)?).await?;
    tokio::spawn(jobs.work(id, note));
    Ok((StatusCode::ACCEPTED, Json(Accepted { id, job_url: format!("/jobs/{id}") })))
}

pub(super) async fn show(State(jobs): State<Jobs>, Path(id): Path<Uuid>) -> Result<Json<Job>, Failure> {
    jobs.database.job(id).await?.map(Json).ok_or(Failure::Missing)
}

pub(super) async fn list(State(jobs): State<Jobs>, Query(which): Query<Which>) -> Result<Json<List>, Failure> {
    Ok(Json(List { jobs: jobs.database.jobs(&which.state, which.limit).await? }))
}
