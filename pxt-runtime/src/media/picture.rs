//! Pixels of an image: decoded once for all functions of a row, within limits, the right way up.
//!
//! An image is admitted before anything of it is read: memory is reserved for its file, then for what the file says that decoding
//! takes. The reservation lasts as long as its row keeps the handle.

mod admission;
mod decode;
mod encode;
mod exif;
mod head;
mod probe;
mod room;
mod row;
mod vp8l;
mod wanted;

use std::future::Future;
use std::panic;
use std::pin::pin;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use image::DynamicImage;
use tokio::sync::OnceCell;

use super::budget::{self, Budget, Holder};
use super::{Image, MediaError};
use crate::value::Media;
use admission::{Admission, Candidate, Reading};
pub(crate) use encode::encoding;
pub(crate) use head::SIDE;
pub(crate) use row::{Row, RowImages};
pub(crate) use wanted::DropGuard;
use wanted::Wanted;

/// The memory of all images that are looked at at one time.
static BUDGET: Budget = Budget::new();

/// The longest wait for memory.
const PATIENCE: Duration = Duration::from_secs(30);

/// The pixels of one image, shared by the clones of its handle. Functions of a row ask at the same time; the first one
/// decodes, the others wait for it rather than decode again.
#[derive(Default)]
struct Pixels {
    admission: OnceCell<Admission>,
    decoded: OnceLock<Arc<DynamicImage>>,
    turn: Mutex<()>,
}

/// Sets the memory that images may take together, in bytes, and the most pixels of one. There is one limit for the process: of
/// several applications in it, the largest one counts.
pub(crate) fn limit_images(memory: u64, pixels: u64) {
    BUDGET.widen(memory);
    probe::limit_pixels(pixels);
}

/// Gives memory back to the system once no image has been looked at for a while, when it has happened more often than `seen` that
/// one's memory was free again. Allocators keep what was freed for whoever asks next, and look at it again only when they are asked
/// often: so something asks.
pub(crate) async fn give_back(seen: &mut u64) {
    let mut returns = BUDGET.returned_after(*seen).await;
    let quiet = Duration::from_millis(1500);
    while let Ok(more) = tokio::time::timeout(quiet, BUDGET.returned_after(returns)).await {
        returns = more;
    }
    *seen = returns;
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
        let holder = Row::current().holder();
        let admitted = pixels.admit(&BUDGET, &holder, &self.0, Reading::Async);
        tokio::time::timeout(PATIENCE, admitted).await.unwrap_or(Err(MediaError::Busy))?;
        let guard = DropGuard::default();
        let (image, wanted) = (self.clone(), guard.wanted());
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
        let holder = Row::current().holder();
        wait(pixels.admit(&BUDGET, &holder, &self.0, Reading::Blocking), PATIENCE).ok_or(MediaError::Busy)?
    }
}

impl Pixels {
    /// The file, with memory for it and its pixels.
    async fn admit(
        &self,
        budget: &'static Budget,
        holder: &Arc<Holder>,
        media: &Media,
        how: Reading,
    ) -> Result<&Admission, MediaError> {
        let admission = self.admission.get_or_try_init(|| async {
            let candidate = Candidate::new(media, how).await?;
            if let Some(made) = admission::admit_made(budget, holder, &candidate, how).await? {
                return Ok(made);
            }
            let mut admitted = admission::admit(budget, holder, &[candidate], how).await?;
            admitted.pop().expect("one for each")
        });
        admission.await
    }

    fn decode(&self, admission: &Admission) -> Result<Arc<DynamicImage>, MediaError> {
        let Some(probe) = &admission.probe else { return Err(admission.refusal(&BUDGET)) };
        // Nothing is half done when a decoder panics: the next one starts anew.
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(done) = self.decoded.get() {
            return Ok(done.clone());
        }
        let core = wait(budget::cores(budget::is_small(probe.peak())).acquire(), Duration::MAX);
        let _core = core.ok_or(MediaError::Busy)?.expect("the semaphore is never closed");
        let mut image = decode::decode(&admission.file, &probe.head)?;
        image.apply_orientation(probe.orientation);
        admission.decoded(probe, image.as_bytes().len() as u64);
        Ok(self.decoded.get_or_init(|| Arc::new(image)).clone())
    }
}

fn pixels(media: &Media) -> Arc<Pixels> {
    let made: Result<Arc<Pixels>, std::convert::Infallible> = media.decoded().get_or_make(|| Ok(Arc::default()));
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
