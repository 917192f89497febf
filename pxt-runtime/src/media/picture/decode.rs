//! From a file to pixels, by the decoder of its format.
//!
//! Decoders read the file bit by bit, and stop where reading fails: so does a decoding that nobody waits for any more. A JPEG is
//! the exception: its decoder reads the file whole, and ends by itself.

use std::io::{self, BufRead, Cursor, Read, Seek, SeekFrom};
use std::panic::{self, AssertUnwindSafe};

use image::codecs::{bmp::BmpDecoder, gif::GifDecoder, jpeg::JpegDecoder, webp::WebPDecoder};
use image::error::{DecodingError, LimitError, LimitErrorKind};
use image::{DynamicImage, ImageBuffer, ImageDecoder, ImageError, ImageFormat, Limits};

use super::head::{self, Head, METADATA};
use super::wanted::Wanted;
use crate::media::MediaError;

/// The most bytes that a decoder gets between two questions whether somebody waits.
const STEP: usize = 4096;

/// The image of a file, as it is stored: not yet turned.
///
/// # Errors
/// [`MediaError::Undecodable`], also for a file that its decoder panics about: nobody's mistake but of who sent it, and nothing
/// that the decoder had is used any more.
pub(super) fn decode(file: &[u8], head: &Head) -> Result<DynamicImage, MediaError> {
    let decoded = panic::catch_unwind(AssertUnwindSafe(|| by_format(file, head)));
    decoded.unwrap_or_else(|_| {
        let failure = DecodingError::from_format_hint(head.format.into());
        Err(MediaError::Undecodable(ImageError::Decoding(failure)))
    })
}

fn by_format(file: &[u8], head: &Head) -> Result<DynamicImage, MediaError> {
    let reader = || Watched { file: Cursor::new(file), wanted: Wanted::current() };
    match head.format {
        ImageFormat::Png => png(reader(), head),
        ImageFormat::Jpeg => JpegDecoder::new(Cursor::new(file)).and_then(|decoder| whole(decoder, head)),
        ImageFormat::Gif => GifDecoder::new(reader()).and_then(|decoder| whole(decoder, head)),
        ImageFormat::WebP => WebPDecoder::new(reader()).and_then(|decoder| whole(decoder, head)),
        ImageFormat::Bmp => BmpDecoder::new(reader()).and_then(|decoder| whole(decoder, head)),
        _ => return Err(head::broken()),
    }
    .map_err(MediaError::Undecodable)
}

fn whole(mut decoder: impl ImageDecoder, head: &Head) -> Result<DynamicImage, ImageError> {
    if decoder.dimensions() != (head.width, head.height) || decoder.total_bytes() > head.decoded() {
        return Err(differs());
    }
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(head.decoded() + head.overhead);
    decoder.set_limits(limits)?;
    DynamicImage::from_decoder(decoder)
}

/// A PNG without its colour profile and its texts, which would be kept, and the profile unpacked before.
fn png(reader: Watched<'_>, head: &Head) -> Result<DynamicImage, ImageError> {
    let mut decoder = png::Decoder::new_with_limits(reader, png::Limits { bytes: 3 * METADATA });
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    decoder.set_transformations(png::Transformations::EXPAND);
    let mut reader = decoder.read_info().map_err(png_failure)?;
    let (width, height) = reader.info().size();
    let size = reader.output_buffer_size().filter(|&size| size as u64 <= head.decoded());
    let Some(size) = size.filter(|_| (width, height) == (head.width, head.height)) else { return Err(differs()) };
    let (color, bits) = reader.output_color_type();
    let image = if bits == png::BitDepth::Sixteen {
        let mut samples = vec![0_u16; size / 2];
        reader.next_frame(bytemuck::cast_slice_mut(&mut samples)).map_err(png_failure)?;
        samples.iter_mut().for_each(|sample| *sample = u16::from_be(*sample));
        match color {
            png::ColorType::Grayscale => ImageBuffer::from_raw(width, height, samples).map(DynamicImage::ImageLuma16),
            png::ColorType::GrayscaleAlpha => {
                ImageBuffer::from_raw(width, height, samples).map(DynamicImage::ImageLumaA16)
            }
            png::ColorType::Rgb => ImageBuffer::from_raw(width, height, samples).map(DynamicImage::ImageRgb16),
            png::ColorType::Rgba => ImageBuffer::from_raw(width, height, samples).map(DynamicImage::ImageRgba16),
            png::ColorType::Indexed => None,
        }
    } else {
        let mut samples = vec![0; size];
        reader.next_frame(&mut samples).map_err(png_failure)?;
        match color {
            png::ColorType::Grayscale => ImageBuffer::from_raw(width, height, samples).map(DynamicImage::ImageLuma8),
            png::ColorType::GrayscaleAlpha => {
                ImageBuffer::from_raw(width, height, samples).map(DynamicImage::ImageLumaA8)
            }
            png::ColorType::Rgb => ImageBuffer::from_raw(width, height, samples).map(DynamicImage::ImageRgb8),
            png::ColorType::Rgba => ImageBuffer::from_raw(width, height, samples).map(DynamicImage::ImageRgba8),
            png::ColorType::Indexed => None,
        }
    };
    image.ok_or_else(differs)
}

fn png_failure(error: png::DecodingError) -> ImageError {
    match error {
        png::DecodingError::IoError(error) => ImageError::IoError(error),
        png::DecodingError::LimitsExceeded => {
            ImageError::Limits(LimitError::from_kind(LimitErrorKind::InsufficientMemory))
        }
        error => ImageError::Decoding(DecodingError::new(ImageFormat::Png.into(), error)),
    }
}

/// The decoder found another image than the one that memory was reserved for.
fn differs() -> ImageError {
    ImageError::Limits(LimitError::from_kind(LimitErrorKind::DimensionError))
}

/// A file in memory that cannot be read any further once nobody waits.
struct Watched<'a> {
    file: Cursor<&'a [u8]>,
    wanted: Wanted,
}

impl Watched<'_> {
    fn check(&self) -> io::Result<()> {
        if self.wanted.is_wanted() { Ok(()) } else { Err(io::Error::other("nobody waits for the image any more")) }
    }
}

impl Read for Watched<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.check()?;
        let length = buffer.len().min(STEP);
        self.file.read(&mut buffer[..length])
    }

    fn read_exact(&mut self, buffer: &mut [u8]) -> io::Result<()> {
        self.check()?;
        self.file.read_exact(buffer)
    }
}

impl BufRead for Watched<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.check()?;
        let rest = self.file.fill_buf()?;
        Ok(&rest[..rest.len().min(STEP)])
    }

    fn consume(&mut self, amount: usize) {
        self.file.consume(amount);
    }
}

impl Seek for Watched<'_> {
    fn seek(&mut self, position: SeekFrom) -> io::Result<u64> {
        self.file.seek(position)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::picture::vp8l::tests::{Bits, breaking};

    #[test]
    fn a_panic_of_the_decoder_is_a_mistake_in_the_file() {
        // A lossless WebP of one pixel, with a code that the decoder does not expect. Its head would be refused.
        let mut bits = Bits::of(&[(0x2f, 8), (0, 32), (0, 3)]);
        bits.code(&breaking());
        let data = bits.bytes();
        let length = u32::try_from(data.len()).unwrap().to_le_bytes();
        let file = [&b"RIFF\xff\xff\0\0WEBPVP8L"[..], &length, &data].concat();
        let head = Head { format: ImageFormat::WebP, width: 1, height: 1, depth: 4, overhead: 1 << 20 };
        assert!(panic::catch_unwind(|| by_format(&file, &head)).is_err());
        let error = decode(&file, &head).unwrap_err();
        assert!(matches!(error, MediaError::Undecodable(_)) && error.is_client_mistake());
        assert_eq!(error.to_string(), "is not a readable image: Format error decoding WebP");
    }
}
