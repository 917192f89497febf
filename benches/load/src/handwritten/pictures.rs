//! Uploads by hand: a picture goes to a file of the name of its hash as it arrives, and is on the disk before its row is.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Json;
use axum::extract::{Multipart, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use sha2::{Digest, Sha256};
use tokio::fs::{self, File};
use tokio::io::AsyncWriteExt;
use uuid::Uuid;

use super::Failure;
use super::database::Database;

#[derive(Clone)]
pub(super) struct Pictures {
    database: Database,
    folder: Arc<Path>,
}

#[derive(Serialize)]
struct Stored {
    id: Uuid,
    picture: String,
}

impl Pictures {
    pub(super) fn new(database: Database, folder: &Path) -> Self {
        Self { database, folder: folder.into() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

pub(super) async fn upload(State(pictures): State<Pictures>, mut form: Multipart) -> Result<Response, Failure> {
    let id = Uuid::now_v7();
    let part = pictures.path(&format!("{id}.part"));
    let Some(mut field) = form.next_field().await? else {
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, "there is no picture").into_response());
    };
    let (mut file, mut hash, mut start) = (File::create_new(&part).await?, Sha256::new(), Vec::<u8>::new());
    while let Some(chunk) = field.chunk().await? {
        start.extend(chunk.iter().take(3 - start.len().min(3)));
        hash.update(&chunk);
        file.write_all(&chunk).await?;
    }
    if start != b"\xff\xd8\xff" {
        fs::remove_file(&part).await?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, "this is no JPEG").into_response());
    }
    file.sync_all().await?;
    let name = format!("{:x}.jpg", hash.finalize());
    publish(&part, &pictures.path(&name)).await?;
    pictures.database.insert_picture(id, &name).await?;
    Ok(Json(Stored { id, picture: format!("/media/{name}") }).into_response())
}

/// Gives a file its name, and waits until the folder has it.
async fn publish(part: &Path, path: &Path) -> std::io::Result<()> {
    fs::rename(part, path).await?;
    let folder = path.parent().unwrap_or(path);
    File::open(folder).await?.sync_all().await
}
