//! Pixels of an image: decoded once for all functions of a row, within limits, the right way up.
//!
//! An image is admitted before anything of it is read: memory is reserved for its file, then for what the file says that decoding
//! takes. The reservation lasts as long as its row keeps the handle.

mod decode;
mod encode;
mod exif;
mod head;
mod vp8l;
mod wanted;

use std::future::Future;
use std::panic;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use image::DynamicImage;
use image::metadata::Orientation;
use tokio::sync::OnceCell;

use super::budget::{self, Budget, Reservation};
use super::{Image, MediaError};
use crate::value::Media;
use head::Head;
pub(crate) use head::SIDE;
pub(crate) use wanted::Waiting;
use wanted::Wanted;

/// The memory of all images that are looked at at one time.
static BUDGET: Budget = Budget::new();

/// The most pixels of an image, in all.
static MOST_PIXELS: AtomicU64 = AtomicU64::new(0);

/// Where nothing was configured.
const PIXELS: u64 = 50_000_000;

/// The longest wait for memory.
const PATIENCE: Duration = Duration::from_secs(30);

/// The most bytes that an image's file may have to be read whole.
const FILE: u64 = 256 << 20;

/// What a row with an image takes beside the image: stacks of the threads that look at it, and thumbnails of it.
const ROW: u64 = 4 << 20;

/// The most that an image made by a function may take to be covered by the reservation of the one that it was made of.
const MADE: u64 = 2 << 20;

/// The longest file, in bytes, whose head is read on a thread that runs async code: metadata may stand before it.
const AT_ONCE: usize = 64 << 10;

/// What functions may take for a pixel of an image, beside the image: a copy with four channels.
const WORK: u64 = 4;

/// The pixels of one image, shared by the clones of its handle. Functions of a row ask at the same time; the first one
/// decodes, the others wait for it rather than decode again.
#[derive(Default)]
struct Pixels {
    admission: OnceCell<Admission>,
    decoded: OnceLock<Arc<DynamicImage>>,
    turn: Mutex<()>,
    /// Whether a function made it.
    is_made: bool,
}

/// A file in memory, and what is reserved for it and for decoding it.
struct Admission {
    file: Bytes,
    /// None for what is no image that may be decoded.
    head: Option<Head>,
    /// Bytes reserved at first.
    reserved: u64,
    memory: Mutex<Reservation>,
}

/// Memory that a function may use: see [`Image::blocking_room`].
pub(crate) struct Room {
    _memory: Option<Reservation>,
}

/// Sets the memory that images may take together, in bytes, and the most pixels of one. There is one limit for the process: of
/// several applications in it, the largest one counts.
pub(crate) fn limit_images(memory: u64, pixels: u64) {
    BUDGET.widen(memory);
    MOST_PIXELS.fetch_max(pixels, Ordering::Relaxed);
}

/// Waits for memory to look at an image, so that a function that gets it need not wait on a thread. Dropping the future is
/// leaving the queue.
///
/// # Errors
/// [`MediaError::TooCostly`] or [`MediaError::TooLong`] for a file that cannot even be read, [`MediaError::Busy`], and those of
/// reading.
pub(crate) fn admit(media: &Media) -> BoxFuture<'_, Result<(), MediaError>> {
    Box::pin(async move {
        let pixels = pixels(media);
        if pixels.admission.initialized() {
            return Ok(());
        }
        let admitted = pixels.admit(&BUDGET, media, Reading::Async);
        tokio::time::timeout(PATIENCE, admitted).await.unwrap_or(Err(MediaError::Busy)).map(drop)
    })
}

/// Gives memory back to the system once no image has been looked at for a while. Allocators keep what was freed for whoever asks
/// next, and look at it again only when they are asked often: so something asks.
pub(crate) async fn give_back() {
    BUDGET.returned().await;
    let quiet = Duration::from_millis(1500);
    while tokio::time::timeout(quiet, BUDGET.returned()).await.is_ok() {}
    for _ in 0..ROUNDS {
        nudge();
        tokio::task::yield_now().await;
    }
}

/// How often an allocator has to be asked until it has gone through all that it keeps.
const ROUNDS: usize = 8;

/// Takes and returns memory so often that an allocator looks at what it keeps: less than a millisecond.
fn nudge() {
    for _ in 0..10_000 {
        drop(std::hint::black_box(Vec::<u8>::with_capacity(2048)));
    }
}

impl Image {
    /// The pixels, turned the way the camera's EXIF orientation says. Decoding happens once per row, away from the
    /// threads that run async code. Images wait for each other: all that are looked at take
    /// [`Config::image_memory`](crate::Config::image_memory) at most.
    ///
    /// # Errors
    /// [`MediaError::Undecodable`]; [`MediaError::TooLarge`] beyond 16,384 pixels a side or
    /// [`Config::max_pixels`](crate::Config::max_pixels), [`MediaError::TooCostly`] for more memory than there is for images,
    /// [`MediaError::TooLong`] for a file beyond 256 MiB, [`MediaError::Metadata`]; [`MediaError::Busy`] when there was no memory
    /// for 30 seconds, and those of [`bytes`](Self::bytes).
    pub async fn decode(&self) -> Result<Arc<DynamicImage>, MediaError> {
        let pixels = pixels(&self.0);
        if let Some(done) = pixels.decoded.get() {
            return Ok(done.clone());
        }
        admit(&self.0).await?;
        let waiting = Waiting::default();
        let (image, wanted) = (self.clone(), waiting.wanted());
        match tokio::task::spawn_blocking(move || wanted.call(|| image.blocking_decode())).await {
            Ok(result) => result,
            Err(error) => match error.try_into_panic() {
                Ok(payload) => panic::resume_unwind(payload),
                Err(error) => Err(MediaError::storage(error)),
            },
        }
    }

    /// [`decode`](Self::decode) for functions that are not async, on the calling thread: not for threads that run
    /// async code.
    ///
    /// # Errors
    /// As [`decode`](Self::decode).
    pub fn blocking_decode(&self) -> Result<Arc<DynamicImage>, MediaError> {
        let pixels = pixels(&self.0);
        let admission = self.blocking_admission(&pixels)?;
        pixels.decode(admission)
    }

    /// Memory for what a function makes of the image, until this is dropped. As much as a copy of it with four channels was set
    /// aside with the image; more has to be waited for.
    ///
    /// # Errors
    /// [`MediaError::TooCostly`], [`MediaError::Busy`].
    pub(crate) fn blocking_room(&self, bytes: u64) -> Result<Room, MediaError> {
        let pixels = pixels(&self.0);
        let head = self.blocking_admission(&pixels)?.head.as_ref();
        let set_aside = head.map_or(0, |head| WORK * head.pixels());
        if bytes <= set_aside.max(MADE) {
            return Ok(Room { _memory: None });
        }
        let memory = wait(BUDGET.reserve(bytes - set_aside), PATIENCE).ok_or(MediaError::Busy)??;
        Ok(Room { _memory: Some(memory) })
    }

    /// The EXIF data of the file, from their TIFF header on. None when there are none, or more than are worth reading.
    pub(crate) fn blocking_exif(&self) -> Result<Option<Vec<u8>>, MediaError> {
        let pixels = pixels(&self.0);
        let admission = self.blocking_admission(&pixels)?;
        let block = exif::block(&admission.file).filter(|block| exif::is_bounded(block));
        Ok(block.map(<[u8]>::to_vec))
    }

    /// Bytes that are set aside to look at the image, its file among them.
    pub(crate) fn blocking_reserved(&self) -> Result<u64, MediaError> {
        self.blocking_admission(&pixels(&self.0)).map(|admission| admission.reserved)
    }

    fn blocking_admission<'a>(&self, pixels: &'a Pixels) -> Result<&'a Admission, MediaError> {
        if let Some(admission) = pixels.admission.get() {
            return Ok(admission);
        }
        wait(pixels.admit(&BUDGET, &self.0, Reading::Blocking), PATIENCE).ok_or(MediaError::Busy)?
    }
}

impl Pixels {
    /// The file, with memory for it and its pixels.
    async fn admit(&self, budget: &'static Budget, media: &Media, how: Reading) -> Result<&Admission, MediaError> {
        self.admission.get_or_try_init(|| Admission::new(budget, media, how, self.is_made)).await
    }

    fn decode(&self, admission: &Admission) -> Result<Arc<DynamicImage>, MediaError> {
        let Some(head) = &admission.head else { return Err(refusal(&admission.file)) };
        // Nothing is half done when a decoder panics: the next one starts anew.
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(done) = self.decoded.get() {
            return Ok(done.clone());
        }
        let is_small = budget::is_small(peak(&admission.file, head));
        let core = wait(budget::cores(is_small).acquire(), Duration::MAX);
        let _core = core.ok_or(MediaError::Busy)?.expect("the semaphore is never closed");
        let mut image = decode::decode(&admission.file, head)?;
        image.apply_orientation(exif::orientation(&admission.file));
        let kept = admission.file.len() as u64 + image.as_bytes().len() as u64 + WORK * head.pixels() + ROW;
        admission.memory.lock().unwrap_or_else(PoisonError::into_inner).shrink(kept);
        Ok(self.decoded.get_or_init(|| Arc::new(image)).clone())
    }
}

impl Admission {
    /// Reserves memory for the file, and with that read for its pixels. Who has to wait for the second part holds nothing
    /// meanwhile that others wait for: the file is read again.
    async fn new(budget: &'static Budget, media: &Media, how: Reading, is_made: bool) -> Result<Self, MediaError> {
        let size = how.size(media).await?;
        if size > FILE {
            return Err(MediaError::TooLong { mebibytes: FILE >> 20 });
        }
        let is_covered = is_made && size <= MADE;
        let mut memory = if is_covered { Reservation::none(budget) } else { budget.reserve(size + ROW).await? };
        let mut file = how.bytes(media).await?;
        let mut head = how.head(&file).await.ok();
        let whole = head.as_ref().map_or(0, |head| size.saturating_add(peak(&file, head)));
        if head.is_some() && !(is_covered && whole <= MADE) {
            match memory.try_grow(whole.saturating_add(ROW)) {
                Ok(true) => {}
                Ok(false) => {
                    drop((file, memory));
                    memory = budget.reserve(whole + ROW).await?;
                    file = how.bytes(media).await?;
                }
                // It may be read, not decoded.
                Err(_) => head = None,
            }
        }
        let reserved = if is_covered { whole } else { memory.bytes() };
        Ok(Self { file, head, reserved, memory: Mutex::new(memory) })
    }
}

/// How a file is read: on a thread that runs async code, or on one that may block.
#[derive(Clone, Copy)]
enum Reading {
    Async,
    Blocking,
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

    async fn head(self, file: &Bytes) -> Result<Head, MediaError> {
        if let Self::Async = self
            && (file.len() > AT_ONCE || Head::takes_long(file))
        {
            let file = file.clone();
            let read = tokio::task::spawn_blocking(move || Head::read(&file, most_pixels()));
            return read.await.unwrap_or_else(|error| Err(MediaError::storage(error)));
        }
        Head::read(file, most_pixels())
    }
}

/// The bytes that decoding and then looking at an image take, beside its file.
fn peak(file: &[u8], head: &Head) -> u64 {
    // A quarter turn makes a second image before the first one goes.
    let turning = if is_quarter_turn(exif::orientation(file)) { head.decoded() } else { 0 };
    let besides = head.overhead.max(turning).max(WORK * head.pixels());
    head.decoded().saturating_add(besides)
}

fn is_quarter_turn(orientation: Orientation) -> bool {
    use Orientation::{Rotate90, Rotate90FlipH, Rotate270, Rotate270FlipH};
    matches!(orientation, Rotate90 | Rotate270 | Rotate90FlipH | Rotate270FlipH)
}

/// Why a file was not admitted to be decoded.
fn refusal(file: &Bytes) -> MediaError {
    match Head::read(file, most_pixels()) {
        Ok(head) => {
            let bytes = (file.len() as u64).saturating_add(peak(file, &head)).saturating_add(ROW);
            MediaError::TooCostly { mebibytes: bytes.div_ceil(1 << 20), limit: BUDGET.most() >> 20 }
        }
        Err(error) => error,
    }
}

fn most_pixels() -> u64 {
    match MOST_PIXELS.load(Ordering::Relaxed) {
        0 => PIXELS,
        pixels => pixels,
    }
}

fn pixels(media: &Media) -> Arc<Pixels> {
    kept(media, Pixels::default)
}

fn kept(media: &Media, make: impl FnOnce() -> Pixels) -> Arc<Pixels> {
    let made: Result<Arc<Pixels>, std::convert::Infallible> = media.decoded().get_or_make(|| Ok(Arc::new(make())));
    match made {
        Ok(pixels) => pixels,
    }
}

/// Waits on this thread, for so long and as long as somebody wants what it works on. None when that was not enough.
fn wait<T>(future: impl Future<Output = T>, patience: Duration) -> Option<T> {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let (begin, wanted) = (Instant::now(), Wanted::current());
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let (mut future, mut context) = (pin!(future), Context::from_waker(&waker));
    loop {
        if !wanted.is_wanted() {
            return None;
        }
        if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return Some(value);
        }
        if begin.elapsed() >= patience {
            return None;
        }
        thread::park_timeout(Duration::from_millis(100));
    }
}

#[cfg(test)]
mod tests;
