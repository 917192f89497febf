//! A multipart form to the values of an endpoint's fields. Files flow into storage as they arrive.
//!
//! A file becomes visible under its name only when the whole form was accepted; until then, and on every refusal, it is a
//! staged upload that is dropped.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use futures_util::stream::{self, Stream as Chunks};
use multer::{Field as Part, Multipart};

use super::body::{ContentType, Stream, too_large, unsupported};
use super::endpoint::{Endpoint, Input};
use super::json::refuse_structure;
use super::mistakes::Mistakes;
use crate::error::{Error, Result};
use crate::media::{MediaError, Upload};
use crate::table::media_error;
use crate::value::{Refusal, Value, from_text};

/// How many parts a form may have, and the bytes of one text field.
const PARTS: usize = 1000;
const TEXT: usize = 1 << 20;

/// What multer is given at a time, and how much it may keep without coming forward with a part or a piece of one.
const SLICE: usize = 64 << 10;
const BUFFERED: usize = 256 << 10;

/// Reads the form.
pub(super) async fn read(endpoint: &Endpoint, content_type: &ContentType, body: &mut Stream) -> Result<Input> {
    if content_type.essence != "multipart/form-data" {
        return Err(unsupported("the body must be a form with files: send `Content-Type: multipart/form-data`"));
    }
    let boundary = multer::parse_boundary(&content_type.whole).map_err(|_| {
        Error::new(400, "malformed_body", "the content type names no boundary between the form's parts")
    })?;
    let mut form = Form::new(endpoint);
    let read = form.read(&mut Multipart::new(Box::pin(slices(endpoint, body, form.buffered.clone())), boundary)).await;
    match read {
        Ok(()) => form.finish().await,
        Err(error) => {
            form.abort().await;
            Err(error)
        }
    }
}

/// The body in slices, one for each time that multer asks. multer takes all that is ready and keeps it until it has seen the
/// end of what it looks for; `buffered` counts what it was given since it last came forward with something.
fn slices(
    endpoint: &Endpoint,
    body: &mut Stream,
    buffered: Arc<AtomicUsize>,
) -> impl Chunks<Item = Result<Bytes>> + Send {
    let limit = endpoint.app.settings().max_upload;
    stream::try_unfold((body, Bytes::new(), 0_u64), move |(body, mut rest, mut total)| {
        let buffered = buffered.clone();
        async move {
            tokio::task::yield_now().await;
            if rest.is_empty() {
                let Some(chunk) = body.next().await? else { return Ok(None) };
                total += chunk.len() as u64;
                if total > limit {
                    return Err(too_large(limit));
                }
                rest = chunk;
            }
            let slice = rest.split_to(rest.len().min(SLICE));
            if buffered.fetch_add(slice.len(), Ordering::Relaxed) > BUFFERED {
                let detail = "a part's headers, or what stands before the first part, are longer than 256 KiB";
                return Err(Error::new(400, "malformed_body", detail));
            }
            Ok(Some((slice, (body, rest, total))))
        }
    })
}

/// The parts of a form so far.
struct Form<'e> {
    endpoint: &'e Endpoint,
    values: Input,
    seen: Vec<bool>,
    uploads: Vec<(usize, Upload)>,
    mistakes: Mistakes<'e>,
    /// Bytes that multer holds and has made nothing of.
    buffered: Arc<AtomicUsize>,
}

impl<'e> Form<'e> {
    fn new(endpoint: &'e Endpoint) -> Self {
        let count = endpoint.fields.len();
        Self {
            endpoint,
            values: vec![None; count],
            seen: vec![false; count],
            uploads: Vec::new(),
            mistakes: Mistakes::new(endpoint),
            buffered: Arc::default(),
        }
    }

    async fn read(&mut self, multipart: &mut Multipart<'_>) -> Result<()> {
        let mut parts = 0;
        while let Some(part) = multipart.next_field().await.map_err(form_error)? {
            self.came_forward();
            parts += 1;
            if parts > PARTS {
                return Err(Error::new(413, "body_too_large", format!("the form has more than {PARTS} parts")));
            }
            self.part(part).await?;
        }
        Ok(())
    }

    async fn part(&mut self, part: Part<'_>) -> Result<()> {
        let Some(name) = part.name().map(str::to_owned) else {
            return Err(Error::new(400, "malformed_body", "a part of the form has no name"));
        };
        let Some(position) = self.endpoint.field(&name) else {
            self.mistakes.unknown(&name);
            return self.pass_over(part).await;
        };
        if std::mem::replace(&mut self.seen[position], true) {
            self.mistakes.refuse(position, Refusal::new("repeated", "is sent twice"));
            return Ok(());
        }
        match (self.endpoint.fields[position].upload, part.file_name().map(str::is_empty)) {
            (true, None) => self
                .mistakes
                .refuse(position, Refusal::new("wrong_type", "must be a file: send the part with a file name")),
            // What a browser sends for a file input without a choice.
            (true, Some(true)) => self.seen[position] = false,
            (true, Some(false)) => self.file(position, part).await?,
            (false, Some(_)) => self
                .mistakes
                .refuse(position, Refusal::new("wrong_type", "must be text: send the part without a file name")),
            (false, None) => self.text(position, part).await?,
        }
        Ok(())
    }

    /// Reads a part to its end and drops it.
    async fn pass_over(&mut self, mut part: Part<'_>) -> Result<()> {
        while part.chunk().await.map_err(form_error)?.is_some() {
            self.came_forward();
        }
        Ok(())
    }

    fn came_forward(&self) {
        self.buffered.store(0, Ordering::Relaxed);
    }

    async fn file(&mut self, position: usize, mut part: Part<'_>) -> Result<()> {
        let (table, column) = (&self.endpoint.table, self.endpoint.fields[position].column);
        let mut upload = self.endpoint.app.media().upload(table.def.name, table.def.columns[column].ty);
        while let Some(chunk) = part.chunk().await.map_err(form_error)? {
            self.came_forward();
            if let Err(error) = upload.write(chunk).await {
                upload.abort().await;
                return self.media_refused(position, error);
            }
        }
        if let Err(error) = upload.judge() {
            upload.abort().await;
            return self.media_refused(position, error);
        }
        self.uploads.push((position, upload));
        Ok(())
    }

    async fn text(&mut self, position: usize, mut part: Part<'_>) -> Result<()> {
        let mut bytes = Vec::new();
        while let Some(chunk) = part.chunk().await.map_err(form_error)? {
            self.came_forward();
            if bytes.len() + chunk.len() > TEXT {
                self.mistakes.refuse(position, Refusal::new("too_long", "is longer than 1 MiB"));
                return self.pass_over(part).await;
            }
            bytes.extend_from_slice(&chunk);
        }
        let column = self.endpoint.fields[position].column;
        let value = String::from_utf8(bytes).map_err(|_| Refusal::new("bad_format", "is not UTF-8")).and_then(|text| {
            let value = from_text(&self.endpoint.table.def.columns[column], &text)?;
            refuse_structure(self.endpoint, column, &value)?;
            Ok(value)
        });
        match value {
            Ok(value) => self.values[position] = Some(value),
            Err(refusal) => self.mistakes.refuse(position, refusal),
        }
        Ok(())
    }

    /// A file that the column does not take is one of the form's mistakes; a failing storage ends the request.
    fn media_refused(&mut self, position: usize, error: MediaError) -> Result<()> {
        if !error.is_client_mistake() {
            return Err(media_error(self.endpoint.fields[position].name, error));
        }
        self.mistakes.refuse(position, Refusal::new("bad_media", error.to_string()));
        Ok(())
    }

    /// The values, with every file in its place; or all mistakes, and nothing kept.
    async fn finish(mut self) -> Result<Input> {
        let mistakes = std::mem::replace(&mut self.mistakes, Mistakes::new(self.endpoint));
        if let Err(error) = mistakes.finish(&self.seen) {
            self.abort().await;
            return Err(error);
        }
        for (position, upload) in std::mem::take(&mut self.uploads) {
            let file = upload.finish().await.map_err(Error::internal)?;
            self.values[position] = Some(Value::Media(file));
        }
        Ok(self.values)
    }

    async fn abort(self) {
        for (_, upload) in self.uploads {
            upload.abort().await;
        }
    }
}

/// What multer found: a body that is no form, or an error of the stream below it, which keeps its own status.
fn form_error(error: multer::Error) -> Error {
    match error {
        multer::Error::StreamReadFailed(source) => Error::from_boxed(source),
        error => Error::new(400, "malformed_body", format!("the form cannot be read: {error}")),
    }
}
