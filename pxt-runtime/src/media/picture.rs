//! Pixels of an image: decoded once for all functions of a row, within limits, the right way up.

use std::io::Cursor;
use std::panic;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use image::codecs::jpeg::JpegEncoder;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits};

use super::budget::{Budget, Reservation};
use super::{Image, MediaError};
use crate::value::Media;

/// The most pixels that an image may have on a side.
pub(crate) const SIDE: u32 = 16_384;

/// The most memory that a decoded image may take, in bytes.
const MEMORY: u64 = 256 * 1024 * 1024;

/// The memory of all images that are decoded at one time.
static BUDGET: Budget = Budget::new(4 * MEMORY);

/// Images of fewer bytes do not count: the thumbnails of a row never wait for what its large image holds.
const SMALL: u64 = 8 * 1024 * 1024;

/// The longest wait for memory.
const PATIENCE: Duration = Duration::from_secs(30);

/// The most bytes that an image's file may have to be read whole.
const FILE: u64 = 256 * 1024 * 1024;

/// The quality of JPEGs that are written, of 100.
const QUALITY: u8 = 85;

/// The pixels of one image, shared by the clones of its handle. Functions of a row ask at the same time; the first one
/// decodes, the others wait for it rather than decode again.
#[derive(Default)]
struct Pixels {
    done: OnceLock<Decoding>,
    turn: Mutex<()>,
}

/// A decoded image, and the memory that is set aside for it as long as its row keeps it.
struct Decoding {
    image: Arc<DynamicImage>,
    _memory: Option<Reservation>,
}

impl Image {
    /// The pixels, turned the way the camera's EXIF orientation says. Decoding happens once per row, away from the
    /// threads that run async code. Large images wait for each other: all that are decoded take 1 GiB at most.
    ///
    /// # Errors
    /// [`MediaError::Undecodable`], [`MediaError::TooLarge`] beyond 16,384 pixels a side or 256 MiB decoded,
    /// [`MediaError::TooLong`] for a file beyond 256 MiB, [`MediaError::Busy`] when there was no memory for 30 seconds,
    /// and those of [`bytes`](Self::bytes).
    pub async fn decode(&self) -> Result<Arc<DynamicImage>, MediaError> {
        let pixels = pixels(&self.0);
        if let Some(done) = pixels.done.get() {
            return Ok(done.image.clone());
        }
        limited(self.size().await?)?;
        let bytes = self.bytes().await?;
        match tokio::task::spawn_blocking(move || pixels.get(&BUDGET, || Ok(bytes))).await {
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
        pixels(&self.0).get(&BUDGET, || self.blocking_file())
    }

    /// The file, if it is not too large to be read whole.
    pub(crate) fn blocking_file(&self) -> Result<Bytes, MediaError> {
        limited(self.blocking_size()?)?;
        self.blocking_bytes()
    }

    /// An image file made of pixels: PNG, JPEG (quality 85; what is transparent becomes white), GIF, WebP (lossless) or
    /// BMP. Metadata is not carried over.
    ///
    /// # Errors
    /// [`MediaError::Encode`] for other formats, or a size that the format cannot hold.
    pub fn encode(image: &DynamicImage, format: ImageFormat) -> Result<Self, MediaError> {
        let mut file = Vec::new();
        match format {
            ImageFormat::Jpeg => opaque(image).write_with_encoder(JpegEncoder::new_with_quality(&mut file, QUALITY)),
            // These take eight bits a channel, in colour.
            ImageFormat::Gif | ImageFormat::WebP | ImageFormat::Bmp => {
                let eight = if image.color().has_alpha() {
                    DynamicImage::from(image.to_rgba8())
                } else {
                    DynamicImage::from(image.to_rgb8())
                };
                eight.write_to(Cursor::new(&mut file), format)
            }
            format => image.write_to(Cursor::new(&mut file), format),
        }
        .map_err(MediaError::Encode)?;
        Ok(Self::from_bytes(file))
    }
}

fn limited(size: u64) -> Result<(), MediaError> {
    if size > FILE { Err(MediaError::TooLong { mebibytes: FILE >> 20 }) } else { Ok(()) }
}

impl Pixels {
    fn get(
        &self,
        budget: &'static Budget,
        bytes: impl FnOnce() -> Result<Bytes, MediaError>,
    ) -> Result<Arc<DynamicImage>, MediaError> {
        // Counted from here, so that those who queue for one image wait no longer than the first of them.
        let deadline = Instant::now() + PATIENCE;
        // Nothing is half done when a decoder panics: the next one starts anew.
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(done) = self.done.get() {
            return Ok(done.image.clone());
        }
        let decoding = decode(&bytes()?, budget, deadline)?;
        Ok(self.done.get_or_init(|| decoding).image.clone())
    }
}

fn pixels(media: &Media) -> Arc<Pixels> {
    let made: Result<Arc<Pixels>, std::convert::Infallible> = media.decoded().get_or_make(|| Ok(Arc::default()));
    match made {
        Ok(pixels) => pixels,
    }
}

fn decode(bytes: &[u8], budget: &'static Budget, deadline: Instant) -> Result<Decoding, MediaError> {
    let (decoder, orientation) = open(bytes).map_err(refusal)?;
    let size = decoder.total_bytes();
    let mut memory = None;
    if size >= SMALL {
        // A quarter turn makes a second image before the first one goes.
        let peak = if is_quarter_turn(orientation) { 2 * size } else { size };
        memory = Some(budget.reserve(peak, deadline)?);
    }
    let mut image = DynamicImage::from_decoder(decoder).map_err(refusal)?;
    image.apply_orientation(orientation);
    if let Some(memory) = &mut memory {
        memory.shrink(size);
    }
    Ok(Decoding { image: Arc::new(image), _memory: memory })
}

/// A decoder that has read the head of the file and found it within the limits.
fn open(bytes: &[u8]) -> Result<(impl ImageDecoder, Orientation), ImageError> {
    let mut limits = Limits::default();
    limits.max_image_width = Some(SIDE);
    limits.max_image_height = Some(SIDE);
    limits.max_alloc = Some(MEMORY);
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().map_err(ImageError::IoError)?;
    reader.limits(limits.clone());
    let mut decoder = reader.into_decoder()?;
    // `into_decoder` leaves the memory of the result unchecked.
    limits.reserve(decoder.total_bytes())?;
    decoder.set_limits(limits)?;
    let orientation = decoder.orientation()?;
    Ok((decoder, orientation))
}

fn is_quarter_turn(orientation: Orientation) -> bool {
    use Orientation::{Rotate90, Rotate90FlipH, Rotate270, Rotate270FlipH};
    matches!(orientation, Rotate90 | Rotate270 | Rotate90FlipH | Rotate270FlipH)
}

fn refusal(error: ImageError) -> MediaError {
    match error {
        ImageError::Limits(_) => MediaError::TooLarge { side: SIDE, mebibytes: MEMORY / (1024 * 1024) },
        error => MediaError::Undecodable(error),
    }
}

/// JPEG has no transparency: the picture on white, as a page would show it.
fn opaque(image: &DynamicImage) -> DynamicImage {
    if !image.color().has_alpha() {
        return image.to_rgb8().into();
    }
    let mut canvas = image::RgbaImage::from_pixel(image.width(), image.height(), image::Rgba([255; 4]));
    image::imageops::overlay(&mut canvas, &image.to_rgba8(), 0, 0);
    DynamicImage::from(canvas).to_rgb8().into()
}

#[cfg(test)]
mod tests;
