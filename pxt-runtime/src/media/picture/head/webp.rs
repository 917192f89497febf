//! The head of a WebP: which of its chunks the decoder takes, and what they take.
//!
//! A file may have thousands of chunks that nobody decodes, or say its size twice. So the choice made here is the decoder's, among
//! broken files too: the first chunk of each kind, and of an animation the first frame.

use image::ImageFormat;

use super::{Chunk, Head, check_size, chunks, little, little_24, little_side};
use crate::media::MediaError;
use crate::media::picture::vp8l;

/// Flags of an extended file: what it has beside one image.
const ANIMATION: u8 = 2;
const ALPHA: u8 = 16;

type Size = (u32, u32);

/// What the decoder takes of a file.
#[derive(Default)]
struct Parts<'a> {
    canvas: Size,
    /// The size of what is decoded: the canvas, or the first frame of an animation.
    frame: Size,
    is_animated: bool,
    lossless: Option<&'a [u8]>,
    lossy: Option<&'a [u8]>,
    /// Belongs to a lossy image.
    alpha: Option<&'a [u8]>,
}

/// The first chunk of each kind.
#[derive(Default)]
struct Firsts<'a> {
    lossless: Option<Chunk<'a>>,
    lossy: Option<Chunk<'a>>,
    alpha: Option<Chunk<'a>>,
    frame: Option<Chunk<'a>>,
}

/// # Errors
/// [`MediaError::TooLarge`], before anything is read that takes longer for larger images.
pub(super) fn webp(file: &[u8], most_pixels: u64) -> Result<Option<Head>, MediaError> {
    let Some(parts) = Parts::of(file) else { return Ok(None) };
    let (width, height) = parts.canvas;
    check_size(width, height, most_pixels)?;
    let head = |overhead| Head { format: ImageFormat::WebP, width, height, depth: 4, overhead };
    Ok(parts.overhead().map(head))
}

impl<'a> Parts<'a> {
    fn of(file: &'a [u8]) -> Option<Self> {
        let Chunk { kind, data, .. } = riff(file, 12).next()?;
        match &kind {
            b"VP8 " => Some(Self { lossy: Some(data), ..Self::still(lossy_size(data)?) }),
            b"VP8L" => Some(Self { lossless: Some(data), ..Self::still(lossless_size(data)?) }),
            b"VP8X" => Self::of_extended(file, data),
            _ => None,
        }
    }

    fn still(size: Size) -> Self {
        Self { canvas: size, frame: size, ..Self::default() }
    }

    fn of_extended(file: &'a [u8], header: &[u8]) -> Option<Self> {
        let (flags, canvas) = (*header.first()?, size_24(header, 4)?);
        let mut rest = riff(file, 12).skip(1).peekable();
        // The decoder looks no further, even when there is more.
        let end = rest.peek()?.at as u64 + u64::from(little(file, 4)?.saturating_sub(12));
        let mut firsts = Firsts::default();
        rest.take_while(|chunk| (chunk.at as u64) < end).for_each(|chunk| firsts.keep(chunk));
        if flags & ANIMATION != 0 {
            return Self::of_frame(file, canvas, firsts.frame?);
        }
        if firsts.lossless.is_some() == firsts.lossy.is_some() {
            return None;
        }
        // Without being animated, it has its parts from a frame too, where they may be longer than that.
        if let Some(frame) = firsts.frame {
            let end = frame.at + frame.data.len();
            let inner = riff(file, frame.at + 16).take(2).enumerate();
            inner.filter(|(index, chunk)| *index == 0 || chunk.at <= end).for_each(|(_, chunk)| firsts.keep(chunk));
        }
        let parts = Self::still(canvas);
        let data = |chunk: Option<Chunk<'a>>| chunk.map(|chunk| chunk.data);
        Some(match firsts.lossless {
            Some(lossless) => Self { lossless: Some(lossless.data), ..parts },
            None => {
                Self { lossy: data(firsts.lossy), alpha: data(firsts.alpha).filter(|_| flags & ALPHA != 0), ..parts }
            }
        })
    }

    /// An animation, of which the first frame is decoded: its parts stand behind its place, size and time.
    fn of_frame(file: &'a [u8], canvas: Size, frame: Chunk<'a>) -> Option<Self> {
        let size = size_24(frame.data, 6)?;
        if size.0 > canvas.0 || size.1 > canvas.1 {
            return None;
        }
        let parts = Self { canvas, frame: size, is_animated: true, ..Self::default() };
        let mut inner = riff(file, frame.at + 16);
        let Chunk { kind, data, .. } = inner.next()?;
        match &kind {
            b"VP8L" => Some(Self { lossless: Some(data), ..parts }),
            b"VP8 " => Some(Self { lossy: Some(data), ..parts }),
            // What follows is read as a lossy image, whatever its name.
            b"ALPH" => Some(Self { alpha: Some(data), lossy: Some(inner.next()?.data), ..parts }),
            _ => None,
        }
    }

    /// What decoding takes, in bytes. None for what nobody should decode.
    fn overhead(&self) -> Option<u64> {
        let ((width, height), pixels) = (self.frame, pixels(self.frame));
        // A frame is decoded aside, and drawn on a canvas.
        let mut bytes = if self.is_animated { 8 * self::pixels(self.canvas) } else { 0 };
        if let Some(data) = self.lossless.filter(|data| lossless_size(data) == Some(self.frame)) {
            bytes += 4 * pixels + vp8l::overhead(&data[5..], width, height)?;
        } else if let Some(data) = self.lossy.filter(|data| lossy_size(data) == Some(self.frame)) {
            let padded = u64::from(width.next_multiple_of(16)) * u64::from(height.next_multiple_of(16));
            // Brightness, and two colours of a quarter each. Its partitions are read whole, the last into a vector that grows; one
            // may say that it has 16 MiB.
            bytes += padded * 3 / 2 + 1024 * u64::from(width) + 4 * data.len() as u64 + (16 << 20);
        } else {
            // Another size than the file says.
            return None;
        }
        if let Some(data) = self.alpha {
            let is_coded = *data.first()? & 3 == 1;
            bytes += 5 * pixels + if is_coded { vp8l::overhead(&data[1..], width, height)? } else { 0 };
        }
        Some(bytes)
    }
}

impl<'a> Firsts<'a> {
    fn keep(&mut self, chunk: Chunk<'a>) {
        let place = match &chunk.kind {
            b"VP8L" => &mut self.lossless,
            b"VP8 " => &mut self.lossy,
            b"ALPH" => &mut self.alpha,
            b"ANMF" => &mut self.frame,
            _ => return,
        };
        place.get_or_insert(chunk);
    }
}

fn riff(file: &[u8], start: usize) -> impl Iterator<Item = Chunk<'_>> {
    chunks(file, start, u32::from_le_bytes, 8)
}

fn lossless_size(data: &[u8]) -> Option<Size> {
    let bits = little(data, 1)?;
    Some((1 + (bits & 0x3fff), 1 + (bits >> 14 & 0x3fff)))
}

fn lossy_size(data: &[u8]) -> Option<Size> {
    Some((little_side(data, 6)? & 0x3fff, little_side(data, 8)? & 0x3fff))
}

fn size_24(data: &[u8], at: usize) -> Option<Size> {
    Some((1 + little_24(data, at)?, 1 + little_24(data, at + 3)?))
}

fn pixels((width, height): Size) -> u64 {
    u64::from(width) * u64::from(height)
}

#[cfg(test)]
mod tests;
