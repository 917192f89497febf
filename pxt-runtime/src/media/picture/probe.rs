//! What is known of an image before it is decoded.

use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use image::metadata::Orientation;

use super::exif;
use super::head::Head;
use crate::media::MediaError;

/// The most pixels of an image, in all.
static MOST_PIXELS: AtomicU64 = AtomicU64::new(0);

/// Where nothing was configured.
const PIXELS: u64 = 50_000_000;

/// The longest file, in bytes, that is looked through on a thread that runs async code: metadata may stand before what counts.
const AT_ONCE: usize = 64 << 10;

/// What functions may take for a pixel of an image, beside the image: a copy with four channels.
const WORK: u64 = 4;

/// What functions may take for an image of few pixels: encoders have tables.
const LEAST_WORK: u64 = 1 << 20;

/// What a file says of its image.
pub(super) struct Probe {
    pub(super) head: Head,
    pub(super) orientation: Orientation,
}

impl Probe {
    /// # Errors
    /// As [`Head::read`].
    pub(super) fn read(file: &[u8]) -> Result<Self, MediaError> {
        let most = match MOST_PIXELS.load(Ordering::Relaxed) {
            0 => PIXELS,
            pixels => pixels,
        };
        Ok(Self { head: Head::read(file, most)?, orientation: exif::orientation(file) })
    }

    /// The same for threads that run async code: beside them, where it may take a while.
    pub(super) async fn read_beside(file: &Bytes) -> Result<Self, MediaError> {
        if file.len() <= AT_ONCE && !Head::takes_long(file) {
            return Self::read(file);
        }
        let file = file.clone();
        let read = tokio::task::spawn_blocking(move || Self::read(&file));
        read.await.unwrap_or_else(|error| Err(MediaError::storage(error)))
    }

    /// The bytes that decoding and then looking at the image take, beside its file.
    pub(super) fn peak(&self) -> u64 {
        // A quarter turn makes a second image before the first one goes.
        let turning = if is_quarter_turn(self.orientation) { self.head.decoded() } else { 0 };
        let besides = self.head.overhead.max(turning).max(self.work());
        self.head.decoded().saturating_add(besides)
    }

    /// The bytes of these that are for functions, all of them together.
    pub(super) fn work(&self) -> u64 {
        (WORK * self.head.pixels()).max(LEAST_WORK)
    }
}

/// Decodes images of so many pixels, or of as many as before when those were more.
pub(super) fn limit_pixels(pixels: u64) {
    MOST_PIXELS.fetch_max(pixels, Ordering::Relaxed);
}

fn is_quarter_turn(orientation: Orientation) -> bool {
    use Orientation::{Rotate90, Rotate90FlipH, Rotate270, Rotate270FlipH};
    matches!(orientation, Rotate90 | Rotate270 | Rotate90FlipH | Rotate270FlipH)
}
