//! A multipart form to the values of a route's fields. Files flow into storage as they arrive.
//!
//! A file becomes visible under its name only when the whole form was accepted; until then, and on every refusal, it is a
//! staged upload that is dropped. What of the form is in memory until then is taken from the application's budget as it arrives.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use futures_util::stream::{self, Stream as Chunks};
use multer::{Field as Part, Multipart};

use super::mistakes::{Mistakes, Wire};
use super::stream::{Stream, too_large};
use super::{ContentType, unsupported};
use crate::app::{App, BodyShare};
use crate::error::{Error, Result};
use crate::media::{MediaError, Upload};
use crate::route::fields::{Fields, Input};
use crate::schema::ColumnType;
use crate::table::{media_error, storage_error};
use crate::value::{Refusal, Value, from_text, too_long};

/// How many parts a form may have.
const PARTS: usize = 1000;

/// What multer is given at a time, and how much it may keep without coming forward with a part or a piece of one.
const SLICE: usize = 64 << 10;
const BUFFERED: usize = 256 << 10;

/// Reads the form.
pub(super) async fn read(app: &App, fields: &Fields, content_type: &ContentType, body: &mut Stream) -> Result<Input> {
    if content_type.essence != "multipart/form-data" {
        return Err(unsupported("the body must be a form with files: send `Content-Type: multipart/form-data`"));
    }
    let boundary = multer::parse_boundary(&content_type.whole).map_err(|_| {
        Error::new(400, "malformed_body", "the content type names no boundary between the form's parts")
    })?;
    let mut form = Form::new(app, fields);
    let slices = slices(app, body, form.buffered.clone());
    let read = form.read(&mut Multipart::new(Box::pin(slices), boundary)).await;
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
fn slices(app: &App, body: &mut Stream, buffered: Arc<AtomicUsize>) -> impl Chunks<Item = Result<Bytes>> + Send {
    let limit = app.settings().max_upload;
    let start = (body, Bytes::new(), 0_u64, Kept::new(app));
    stream::try_unfold(start, move |(body, mut rest, mut total, mut kept)| {
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
            let before = buffered.fetch_add(slice.len(), Ordering::Relaxed);
            if before > BUFFERED {
                let detail = "a part's headers, or what stands before the first part, are longer than 256 KiB";
                return Err(Error::new(400, "malformed_body", detail));
            }
            kept.at_least(before + slice.len())?;
            Ok(Some((slice, (body, rest, total, kept))))
        }
    })
}

/// Memory whose need grows, up to a bound, and is not given back before the form's end.
struct Kept {
    bytes: usize,
    share: BodyShare,
}

impl Kept {
    fn new(app: &App) -> Self {
        Self { bytes: 0, share: app.bodies().share() }
    }

    fn at_least(&mut self, bytes: usize) -> Result<()> {
        let more = bytes.saturating_sub(self.bytes);
        self.bytes += more;
        self.share.take(more)
    }
}

/// The parts of a form so far.
struct Form<'f> {
    app: &'f App,
    fields: &'f Fields,
    values: Input,
    seen: Vec<bool>,
    uploads: Vec<(usize, Upload)>,
    mistakes: Mistakes<'f>,
    /// Bytes of all that is no file.
    text: usize,
    /// Memory of text fields, and of files until they are in storage.
    share: BodyShare,
    /// Bytes that multer holds and has made nothing of.
    buffered: Arc<AtomicUsize>,
}

impl<'f> Form<'f> {
    fn new(app: &'f App, fields: &'f Fields) -> Self {
        let count = fields.list.len();
        Self {
            app,
            fields,
            values: vec![None; count],
            seen: vec![false; count],
            uploads: Vec::new(),
            mistakes: Mistakes::new(fields, Wire::Text),
            text: 0,
            share: app.bodies().share(),
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
        let Some(position) = self.fields.position(&name) else {
            self.mistakes.unknown(&name);
            return self.pass_over(part).await;
        };
        if std::mem::replace(&mut self.seen[position], true) {
            return self.refused(position, Refusal::new("repeated", "is sent twice"), part).await;
        }
        match (self.fields.list[position].upload, part.file_name().map(str::is_empty)) {
            (true, None) => {
                let refusal = Refusal::new("wrong_type", "must be a file: send the part with a file name");
                self.refused(position, refusal, part).await
            }
            // What a browser sends for a file input without a choice.
            (true, Some(true)) => {
                self.seen[position] = false;
                self.pass_over(part).await
            }
            (true, Some(false)) => self.file(position, part).await,
            (false, Some(_)) => {
                let refusal = Refusal::new("wrong_type", "must be text: send the part without a file name");
                self.refused(position, refusal, part).await
            }
            (false, None) => self.text(position, part).await,
        }
    }

    /// Adds a mistake, and reads the part that it is about to its end: multer would keep what is left of it.
    async fn refused(&mut self, position: usize, refusal: Refusal, part: Part<'_>) -> Result<()> {
        self.mistakes.refuse(position, refusal);
        self.pass_over(part).await
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
        let mut upload = self.app.tables().media().upload(self.fields.owner, self.fields.list[position].ty);
        let mut held = 0;
        while let Some(chunk) = part.chunk().await.map_err(form_error)? {
            self.came_forward();
            let more = chunk.len().min(Upload::HELD - held);
            held += more;
            self.share.take(more)?;
            if let Err(error) = upload.write(chunk).await {
                upload.abort().await;
                self.media_refused(position, error)?;
                return self.pass_over(part).await;
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
        let field = &self.fields.list[position];
        // What is written otherwise than it is kept is as long as a body may be, and judged once it is read.
        let most = if field.ty == ColumnType::String { field.most } else { usize::MAX };
        let max_body = self.app.settings().max_body;
        let mut bytes = Vec::new();
        while let Some(chunk) = part.chunk().await.map_err(form_error)? {
            self.came_forward();
            if bytes.len() + chunk.len() > most {
                self.mistakes.refuse(position, too_long(most));
                return self.pass_over(part).await;
            }
            self.share.take(chunk.len())?;
            self.text += chunk.len();
            if self.text > max_body {
                return Err(too_large(max_body as u64));
            }
            bytes.extend_from_slice(&chunk);
        }
        let text = String::from_utf8(bytes).map_err(|_| Refusal::new("bad_format", "is not UTF-8"));
        let value = text.and_then(|text| field.accepted(from_text(field.ty, field.nullable, &text)?));
        match value {
            Ok(value) => self.values[position] = Some(value),
            Err(refusal) => self.mistakes.refuse(position, refusal),
        }
        Ok(())
    }

    /// A file that the column does not take is one of the form's mistakes; a failing storage ends the request.
    fn media_refused(&mut self, position: usize, error: MediaError) -> Result<()> {
        if !error.is_client_mistake() {
            return Err(media_error(self.fields.list[position].name, error));
        }
        self.mistakes.refuse(position, Refusal::new("bad_media", error.to_string()));
        Ok(())
    }

    /// The values, with every file in its place; or all mistakes, and nothing kept.
    async fn finish(mut self) -> Result<Input> {
        let mistakes = std::mem::replace(&mut self.mistakes, Mistakes::new(self.fields, Wire::Text));
        if let Err(error) = mistakes.finish(&self.seen) {
            self.abort().await;
            return Err(error);
        }
        for (position, upload) in std::mem::take(&mut self.uploads) {
            let file = upload.finish().await.map_err(storage_error)?;
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
