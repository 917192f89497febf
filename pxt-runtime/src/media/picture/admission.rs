//! Memory for images, reserved before anything of them is read.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use tokio::sync::Semaphore;

use super::probe::Probe;
use crate::media::MediaError;
use crate::media::budget::{Budget, Holder, Reservation};
use crate::value::Media;

/// The most bytes that an image's file may have to be read whole.
const FILE: u64 = 256 << 20;

/// What a row with an image takes beside the image: stacks of the threads that look at it, and small images made of it.
const ROW: u64 = 4 << 20;

/// The part of it for small images that functions make, in bytes.
pub(super) const MADE: u64 = 2 << 20;

/// What the memory for functions is counted in: bytes would be too many for a semaphore.
pub(super) const UNIT: u64 = 1024;

/// A file in memory, and what is reserved for it and for looking at it.
pub(super) struct Admission {
    pub(super) file: Bytes,
    /// None for what is no image that may be decoded.
    pub(super) probe: Option<Probe>,
    refusal: Option<Refusal>,
    /// Bytes reserved at first.
    pub(super) reserved: u64,
    memory: Mutex<Reservation>,
    /// What is reserved for functions; they share it.
    pub(super) work: Arc<Semaphore>,
    pub(super) holder: Arc<Holder>,
}

/// An image that may be admitted.
pub(super) struct Candidate {
    media: Media,
    size: u64,
}

/// How a file is read: on a thread that runs async code, or on one that may block.
#[derive(Clone, Copy)]
pub(super) enum Reading {
    Async,
    Blocking,
}

/// A candidate's file, and what it takes in all.
struct Read {
    file: Result<Bytes, MediaError>,
    probe: Option<Probe>,
    refusal: Option<Refusal>,
    needs: u64,
}

/// Why an image may be read but not decoded: what it takes, alone or with the others of its row.
#[derive(Clone, Copy)]
struct Refusal {
    mebibytes: u64,
    is_alone: bool,
}

impl Candidate {
    /// # Errors
    /// [`MediaError::TooLong`], and those of reading.
    pub(super) async fn new(media: &Media, how: Reading) -> Result<Self, MediaError> {
        let size = how.size(media).await?;
        if size > FILE {
            return Err(MediaError::TooLong { mebibytes: FILE >> 20 });
        }
        Ok(Self { media: media.clone(), size })
    }
}

/// Reserves memory for the files of all, and with those read for their pixels, each time by one request: no row holds a part and
/// waits for another. Where it has to wait for the second, the files are given up meanwhile, and read again.
///
/// # Errors
/// [`MediaError::TooCostly`] for files that cannot even be read, [`MediaError::Busy`]. In the list, those of reading each file.
pub(super) async fn admit(
    budget: &'static Budget,
    holder: &Arc<Holder>,
    candidates: &[Candidate],
    how: Reading,
) -> Result<Vec<Result<Admission, MediaError>>, MediaError> {
    let mut memory = budget.reserve(holder, candidates.iter().map(|candidate| candidate.size + ROW).sum()).await?;
    let mut images = Vec::with_capacity(candidates.len());
    for candidate in candidates {
        images.push(candidate.read(budget, how).await);
    }
    let whole = images.iter().map(|image| image.needs).fold(0, u64::saturating_add);
    match memory.try_grow(whole) {
        Ok(true) => {}
        Ok(false) => {
            images.iter_mut().filter(|image| image.file.is_ok()).for_each(|image| image.file = Ok(Bytes::new()));
            drop(memory);
            memory = budget.reserve(holder, whole).await?;
            for (image, candidate) in images.iter_mut().zip(candidates) {
                if image.file.is_ok() {
                    image.file = how.bytes(&candidate.media).await;
                }
            }
        }
        Err(error) => {
            for (image, candidate) in images.iter_mut().zip(candidates) {
                image.refuse(&error, candidate.size);
            }
        }
    }
    let admitted = images.into_iter().map(|image| {
        let memory = memory.split(image.needs);
        Ok(Admission::new(image.file?, image.probe, image.refusal, memory, holder))
    });
    Ok(admitted.collect())
}

/// Admits one that a function of a row made, by what the row has set aside for such. None when that does not suffice.
pub(super) async fn admit_made(
    budget: &'static Budget,
    holder: &Arc<Holder>,
    candidate: &Candidate,
    how: Reading,
) -> Result<Option<Admission>, MediaError> {
    if !holder.has_spare(candidate.size) {
        return Ok(None);
    }
    let image = candidate.read(budget, how).await;
    let needs = image.needs - ROW;
    if !holder.take_spare(needs) {
        return Ok(None);
    }
    let admission = Admission::new(image.file?, image.probe, image.refusal, Reservation::none(budget), holder);
    Ok(Some(Admission { reserved: needs, ..admission }))
}

impl Candidate {
    async fn read(&self, budget: &Budget, how: Reading) -> Read {
        let file = how.bytes(&self.media).await;
        let mut probe = match &file {
            Ok(file) => how.probe(file).await.ok(),
            Err(_) => None,
        };
        let mut needs = self.size + ROW + probe.as_ref().map_or(0, Probe::peak);
        let mut refusal = None;
        // What does not even fit alone may be read, and is in nobody's way.
        if needs > budget.most() {
            refusal = probe.take().map(|_| Refusal { mebibytes: needs.div_ceil(1 << 20), is_alone: true });
            needs = self.size + ROW;
        }
        Read { file, probe, refusal, needs }
    }
}

impl Read {
    /// It may be read, not decoded.
    fn refuse(&mut self, error: &MediaError, size: u64) {
        if let (Some(_), MediaError::TooCostly { mebibytes, .. }) = (self.probe.take(), error) {
            let is_alone = self.needs.div_ceil(1 << 20) == *mebibytes;
            self.refusal = Some(Refusal { mebibytes: *mebibytes, is_alone });
        }
        self.needs = size + ROW;
    }
}

impl Admission {
    fn new(
        file: Bytes,
        probe: Option<Probe>,
        refusal: Option<Refusal>,
        memory: Reservation,
        holder: &Arc<Holder>,
    ) -> Self {
        let work = Arc::new(Semaphore::new(probe.as_ref().map_or(0, |probe| (probe.work() / UNIT) as usize)));
        let reserved = memory.bytes();
        Self { file, probe, refusal, reserved, memory: Mutex::new(memory), work, holder: holder.clone() }
    }

    /// Gives back what only decoding took. The image is so many bytes.
    pub(super) fn decoded(&self, probe: &Probe, bytes: u64) {
        let kept = self.file.len() as u64 + bytes + probe.work() + ROW;
        self.memory.lock().unwrap_or_else(PoisonError::into_inner).shrink(kept);
    }

    /// Why the image may not be decoded.
    pub(super) fn refusal(&self, budget: &Budget) -> MediaError {
        let limit = budget.most() >> 20;
        match self.refusal {
            Some(Refusal { mebibytes, is_alone: true }) => MediaError::TooCostly { mebibytes, limit },
            Some(Refusal { mebibytes, is_alone: false }) => MediaError::TooCostlyTogether { mebibytes, limit },
            None => Probe::read(&self.file).err().unwrap_or_else(super::head::broken),
        }
    }
}

impl Reading {
    async fn size(self, media: &Media) -> Result<u64, MediaError> {
        match self {
            Self::Async => media.size().await,
            Self::Blocking => media.blocking_size(),
        }
    }

    async fn bytes(self, media: &Media) -> Result<Bytes, MediaError> {
        match self {
            Self::Async => media.bytes().await,
            Self::Blocking => media.blocking_bytes(),
        }
    }

    async fn probe(self, file: &Bytes) -> Result<Probe, MediaError> {
        match self {
            Self::Async => Probe::read_beside(file).await,
            Self::Blocking => Probe::read(file),
        }
    }
}
