//! The driver's side of background jobs: waiting until none is left, and having finished ones to look up.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::check::{ask, text_of};
use crate::connection::{Connection, get};
use crate::error::LoadError;
use crate::load::{Limits, Load};
use crate::note::{STARS, TITLE, slug_of};
use crate::scenario::{SEEDED, new_note, submissions};

/// How long accepted jobs may take to end once nothing new is accepted.
const GRACE: Duration = Duration::from_secs(120);

/// How often the driver looks whether jobs are left: seldom enough to cost the service nothing that counts.
const LOOK: Duration = Duration::from_millis(10);

/// How many connections submit what is to lie there before the measurement.
const CONNECTIONS: usize = 32;

/// Shows that a job is accepted, ends, and has stored its note and the result.
///
/// # Errors
/// [`LoadError::Answer`] or [`LoadError::Content`] with the first answer that differs.
pub async fn check(connection: &mut Connection) -> Result<(), LoadError> {
    let id = submit(connection).await?;
    drain(connection).await?;
    let path = format!("/jobs/{id}");
    let job = ask(connection, &path, &get(&path), 200, &[("status", Value::from("done"))]).await?;
    let result = job.get("result").cloned().unwrap_or_default();
    let expected =
        [("title", Value::from(TITLE)), ("slug", Value::from(slug_of(TITLE))), ("stars", Value::from(STARS))];
    for (field, value) in expected {
        if result.get(field) != Some(&value) {
            return Err(LoadError::Content { path, field, expected: value.to_string(), body: job.to_string() });
        }
    }
    let note = text_of(&path, &result, "id")?;
    let lookup = crate::connection::post("/lookup", &crate::scenario::key(&note));
    ask(connection, "/lookup", &lookup, 200, &[("title", Value::from(TITLE))]).await?;
    Ok(())
}

/// Has so many finished jobs in the database, and returns the ids of some.
///
/// # Errors
/// What a [`Connection`] reports; [`LoadError::Answer`] or [`LoadError::Content`] when a job is not accepted.
pub async fn seed(address: SocketAddr, connection: &mut Connection, count: u64) -> Result<Vec<String>, LoadError> {
    let limits = Limits { requests: count.saturating_sub(SEEDED), time: Duration::from_secs(3600) };
    Load::open(address, CONNECTIONS).await?.run(&Arc::new(submissions()), limits).await?;
    let mut ids = Vec::new();
    for _ in 0..SEEDED {
        ids.push(submit(connection).await?);
    }
    drain(connection).await?;
    Ok(ids)
}

/// Waits until no job waits or runs.
///
/// # Errors
/// What a [`Connection`] reports; [`LoadError::Stalled`] when jobs do not end.
pub async fn drain(connection: &mut Connection) -> Result<(), LoadError> {
    let begin = Instant::now();
    // In the order in which jobs go through them: what leaves the first is found in the second.
    for state in ["pending", "running"] {
        let path = format!("/jobs?state={state}&limit=1");
        while !ask(connection, &path, &get(&path), 200, &[]).await?["jobs"].as_array().is_some_and(Vec::is_empty) {
            if begin.elapsed() > GRACE {
                return Err(LoadError::Stalled { seconds: GRACE.as_secs() });
            }
            tokio::time::sleep(LOOK).await;
        }
    }
    Ok(())
}

async fn submit(connection: &mut Connection) -> Result<String, LoadError> {
    let accepted = ask(connection, "/later", &crate::connection::post("/later", &new_note()), 202, &[]).await?;
    text_of("/later", &accepted, "id")
}
