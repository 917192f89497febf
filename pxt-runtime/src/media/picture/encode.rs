//! Image files made of pixels.
//!
//! What that takes is known before: room for it is asked for. Files are written into as much memory as they can have at most, so
//! that they are never moved to a larger place.

use std::borrow::Cow;
use std::io::{self, Write};

use image::codecs::{bmp::BmpEncoder, gif::GifEncoder, jpeg::JpegEncoder, webp::WebPEncoder};
use image::error::{EncodingError, ImageFormatHint, UnsupportedError, UnsupportedErrorKind};
use image::{ColorType, DynamicImage, ImageError, ImageFormat, RgbImage};

use super::wanted::Wanted;
use crate::media::{Image, MediaError};

/// The quality of JPEGs that are written, of 100.
const QUALITY: u8 = 85;

/// What encoders take for tables, in bytes.
const TABLES: u64 = 512 << 10;

impl Image {
    /// An image file made of pixels: PNG, JPEG (quality 85; what is transparent becomes white), GIF, WebP (lossless) or
    /// BMP. Metadata is not carried over.
    ///
    /// # Errors
    /// [`MediaError::Encode`] for other formats, or a size that the format cannot hold.
    pub fn encode(image: &DynamicImage, format: ImageFormat) -> Result<Self, MediaError> {
        let most = longest(image, image.width(), image.height(), format);
        let mut file = Output::new(usize::try_from(most).unwrap_or(usize::MAX));
        let written = match format {
            ImageFormat::Png => png(image, &mut file),
            ImageFormat::Jpeg => {
                let opaque = opaque(image);
                opaque.write_with_encoder(JpegEncoder::new_with_quality(&mut file, QUALITY))
            }
            // These take eight bits a channel, in colour.
            ImageFormat::Gif => eight_bits(image).write_with_encoder(GifEncoder::new(&mut file)),
            ImageFormat::WebP => eight_bits(image).write_with_encoder(WebPEncoder::new_lossless(&mut file)),
            ImageFormat::Bmp => eight_bits(image).write_with_encoder(BmpEncoder::new(&mut file)),
            other => Err(unsupported(other)),
        };
        match written {
            Ok(()) => Ok(Self::from_bytes(file.finish())),
            Err(_) if !file.wanted.is_wanted() => Err(MediaError::Abandoned),
            Err(error) => Err(MediaError::Encode(error)),
        }
    }
}

/// The bytes that an image of this size, in the colours of another, takes to be encoded at most, its file among them.
pub(crate) fn encoding(colors: &DynamicImage, width: u32, height: u32, format: ImageFormat) -> u64 {
    let pixels = u64::from(width) * u64::from(height);
    let (file, has_alpha) = (longest(colors, width, height, format), colors.color().has_alpha());
    let is_plain = matches!(colors.color(), ColorType::Rgb8 | ColorType::Rgba8);
    let converted = if is_plain { 0 } else { channels(colors) * pixels };
    // A file of less than a half of its place is moved to one of its size.
    let moved = file + file / 2;
    TABLES
        + match format {
            ImageFormat::Png => moved,
            ImageFormat::Jpeg => moved + converted + if has_alpha { 3 * pixels } else { 0 },
            // The numbers of colours, and a compressed copy in a vector that grows; what has an alpha channel is copied before.
            ImageFormat::Gif => file + converted + pixels + 9 * pixels / 2 + if has_alpha { 4 * pixels } else { 0 },
            // A copy with four channels, and the file in a vector that grows, before it is written.
            ImageFormat::WebP => converted + 4 * pixels + 3 * file,
            _ => file + converted,
        }
}

/// The most bytes of a file.
fn longest(colors: &DynamicImage, width: u32, height: u32, format: ImageFormat) -> u64 {
    let pixels = u64::from(width) * u64::from(height);
    let raw = u64::from(colors.color().bytes_per_pixel()) * pixels;
    4096 + match format {
        // What does not get shorter is stored as it is, in blocks, with a byte for each row.
        ImageFormat::Png => raw + raw / 64 + 2 * u64::from(height),
        // At this quality a sample takes five bits where they are all black and white by chance, and nowhere more.
        ImageFormat::Jpeg => 5 * pixels / 2,
        // Twelve bits for a number.
        ImageFormat::Gif => 3 * pixels / 2,
        ImageFormat::WebP => channels(colors) * pixels * 33 / 32,
        _ => (channels(colors) * u64::from(width) + 4) * u64::from(height),
    }
}

/// Channels of eight bits that take the colours of an image.
fn channels(colors: &DynamicImage) -> u64 {
    if colors.color().has_alpha() { 4 } else { 3 }
}

/// A PNG, row by row. What the quickest compression makes longer is stored as it is.
fn png(image: &DynamicImage, file: &mut Output) -> Result<(), ImageError> {
    for compression in [png::Compression::Fast, png::Compression::NoCompression] {
        match png_with(image, file, compression) {
            Err(_) if file.is_full => file.clear(),
            written => return written,
        }
    }
    Err(png_failure(png::EncodingError::IoError(io::ErrorKind::StorageFull.into())))
}

fn png_with(image: &DynamicImage, file: &mut Output, compression: png::Compression) -> Result<(), ImageError> {
    let image = match image {
        DynamicImage::ImageRgb32F(_) => Cow::Owned(image.to_rgb16().into()),
        DynamicImage::ImageRgba32F(_) => Cow::Owned(image.to_rgba16().into()),
        image => Cow::Borrowed(image),
    };
    let color = image.color();
    let mut encoder = png::Encoder::new(file, image.width(), image.height());
    encoder.set_color(match color.channel_count() {
        1 => png::ColorType::Grayscale,
        2 => png::ColorType::GrayscaleAlpha,
        3 => png::ColorType::Rgb,
        _ => png::ColorType::Rgba,
    });
    let is_deep = color.bytes_per_pixel() > color.channel_count();
    encoder.set_depth(if is_deep { png::BitDepth::Sixteen } else { png::BitDepth::Eight });
    encoder.set_compression(compression);
    encoder.set_filter(png::Filter::Adaptive);
    let mut header = encoder.write_header().map_err(png_failure)?;
    let mut writer = header.stream_writer().map_err(png_failure)?;
    let mut swapped = Vec::new();
    for row in image.as_bytes().chunks(image.width() as usize * usize::from(color.bytes_per_pixel())) {
        let row = if is_deep {
            swapped.clear();
            swapped.extend(row.as_chunks::<2>().0.iter().flat_map(|&sample| u16::from_ne_bytes(sample).to_be_bytes()));
            &swapped
        } else {
            row
        };
        writer.write_all(row).map_err(ImageError::IoError)?;
    }
    writer.finish().map_err(png_failure)
}

fn png_failure(error: png::EncodingError) -> ImageError {
    ImageError::Encoding(EncodingError::new(ImageFormat::Png.into(), error))
}

fn unsupported(format: ImageFormat) -> ImageError {
    let hint = ImageFormatHint::Exact(format);
    ImageError::Unsupported(UnsupportedError::from_format_and_kind(hint.clone(), UnsupportedErrorKind::Format(hint)))
}

fn eight_bits(image: &DynamicImage) -> Cow<'_, DynamicImage> {
    match image {
        DynamicImage::ImageRgb8(_) | DynamicImage::ImageRgba8(_) => Cow::Borrowed(image),
        image if image.color().has_alpha() => Cow::Owned(image.to_rgba8().into()),
        image => Cow::Owned(image.to_rgb8().into()),
    }
}

/// JPEG has no transparency: the picture on white, as a page would show it.
fn opaque(image: &DynamicImage) -> Cow<'_, DynamicImage> {
    if !image.color().has_alpha() {
        return eight_bits(image);
    }
    let eight = eight_bits(image);
    let on_white = |channel: u8, alpha: u8| {
        let (channel, alpha) = (u32::from(channel), u32::from(alpha));
        ((channel * alpha + 255 * (255 - alpha) + 127) / 255) as u8
    };
    let flat =
        eight.as_bytes().as_chunks::<4>().0.iter().flat_map(|&[red, green, blue, alpha]| {
            [on_white(red, alpha), on_white(green, alpha), on_white(blue, alpha)]
        });
    let mut samples = Vec::with_capacity(eight.as_bytes().len() / 4 * 3);
    samples.extend(flat);
    let opaque = RgbImage::from_raw(image.width(), image.height(), samples).expect("three samples for each pixel");
    Cow::Owned(opaque.into())
}

/// A file that is written into memory, as long as somebody wants it.
struct Output {
    file: Vec<u8>,
    most: usize,
    is_full: bool,
    wanted: Wanted,
}

impl Output {
    fn new(most: usize) -> Self {
        Self { file: Vec::new(), most, is_full: false, wanted: Wanted::current() }
    }

    fn clear(&mut self) {
        self.file.clear();
        self.is_full = false;
    }

    fn finish(mut self) -> Vec<u8> {
        if self.file.len() <= self.most / 2 {
            self.file.shrink_to_fit();
        }
        self.file
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if !self.wanted.is_wanted() {
            return Err(io::Error::other("nobody waits for the image any more"));
        }
        if bytes.len() > self.most - self.file.len() {
            self.is_full = true;
            return Err(io::ErrorKind::StorageFull.into());
        }
        // Only now: some encoders write when they have given up what they needed.
        if self.file.capacity() == 0 {
            self.file.reserve_exact(self.most);
        }
        self.file.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
