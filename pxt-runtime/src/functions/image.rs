//! Functions over images. Each sees the image the way its EXIF orientation says; it is decoded once per row for all of
//! them.
//!
//! Images that are made are JPEG when the original is, else PNG, and carry no metadata.
#![expect(clippy::needless_pass_by_value, reason = "a function over columns owns its arguments")]

mod metadata;
mod tone;

use image::imageops::FilterType;
use image::{DynamicImage, ImageFormat};
use pxt_macros::udf;

use crate::media::{Image, MediaError, SIDE, encoding};

pub use metadata::exif;
pub use tone::{blurhash, brightness, dominant_color};

/// The width in pixels.
///
/// # Errors
/// [`MediaError`] when the image cannot be read or decoded.
#[udf(crate = crate)]
pub fn width(image: Image) -> Result<i64, MediaError> {
    Ok(image.blocking_decode()?.width().into())
}

/// The height in pixels.
///
/// # Errors
/// [`MediaError`] when the image cannot be read or decoded.
#[udf(crate = crate)]
pub fn height(image: Image) -> Result<i64, MediaError> {
    Ok(image.blocking_decode()?.height().into())
}

/// The image in exactly this size, of 1 to 16384 pixels each way.
///
/// # Errors
/// [`MediaError::Argument`] for other sizes; [`MediaError::TooCostly`] for one that takes more memory than there is for images;
/// [`MediaError`] when the image cannot be read or decoded.
#[udf(crate = crate)]
pub fn resize(image: Image, width: i64, height: i64) -> Result<Image, MediaError> {
    let (width, height) = (pixels("width", width)?, pixels("height", height)?);
    let (pixels, format) = (image.blocking_decode()?, kept_format(&image));
    let _room = image.blocking_room(resizing(&pixels, width, height, format))?;
    Image::encode(&pixels.resize_exact(width, height, FilterType::CatmullRom), format)
}

/// The image with its longer side at most `edge` pixels. Its proportions stay, and it is never enlarged.
///
/// # Errors
/// [`MediaError::Argument`] for an edge outside of 1 to 16384; [`MediaError`] when the image cannot be read or decoded.
#[udf(crate = crate)]
pub fn thumbnail(image: Image, edge: i64) -> Result<Image, MediaError> {
    let edge = pixels("edge", edge)?;
    let (pixels, format) = (image.blocking_decode()?, kept_format(&image));
    let longer = pixels.width().max(pixels.height());
    if longer <= edge {
        return written(&image, &pixels, format);
    }
    let side = |side: u32| (u64::from(side) * u64::from(edge)).div_ceil(longer.into()) as u32;
    let (width, height) = (side(pixels.width()), side(pixels.height()));
    let _room = image.blocking_room(made(&pixels, width, height) + encoding(&pixels, width, height, format))?;
    Image::encode(&pixels.thumbnail(edge, edge), format)
}

/// The image in another format: `png`, `jpeg`, `gif`, `webp` (lossless) or `bmp`.
///
/// # Errors
/// [`MediaError::Argument`] for other formats; [`MediaError`] when the image cannot be read, decoded or written so.
#[udf(crate = crate)]
pub fn to_format(image: Image, format: String) -> Result<Image, MediaError> {
    let format = match format.to_ascii_lowercase().as_str() {
        "png" => ImageFormat::Png,
        "jpeg" | "jpg" => ImageFormat::Jpeg,
        "gif" => ImageFormat::Gif,
        "webp" => ImageFormat::WebP,
        "bmp" => ImageFormat::Bmp,
        _ => return Err(MediaError::Argument("format must be `png`, `jpeg`, `gif`, `webp` or `bmp`".into())),
    };
    written(&image, &*image.blocking_decode()?, format)
}

/// An image's pixels as a file, within its room.
fn written(image: &Image, pixels: &DynamicImage, format: ImageFormat) -> Result<Image, MediaError> {
    let _room = image.blocking_room(encoding(pixels, pixels.width(), pixels.height(), format))?;
    Image::encode(pixels, format)
}

/// Bytes that resizing takes: beside the new image, rows of the new height in numbers of four channels first, then its file.
fn resizing(image: &DynamicImage, width: u32, height: u32, format: ImageFormat) -> u64 {
    let rows = 16 * u64::from(image.width()) * u64::from(height);
    made(image, width, height) + rows.max(encoding(image, width, height, format))
}

/// Bytes of an image of this size, in the colours of another.
fn made(image: &DynamicImage, width: u32, height: u32) -> u64 {
    u64::from(image.color().bytes_per_pixel()) * u64::from(width) * u64::from(height)
}

/// A length in pixels from a function's argument.
fn pixels(name: &str, value: i64) -> Result<u32, MediaError> {
    u32::try_from(value)
        .ok()
        .filter(|value| (1..=SIDE).contains(value))
        .ok_or_else(|| MediaError::Argument(format!("{name} must be from 1 to {SIDE}, not {value}").into()))
}

/// The format for an image made from this one.
fn kept_format(image: &Image) -> ImageFormat {
    if image.content_type() == "image/jpeg" { ImageFormat::Jpeg } else { ImageFormat::Png }
}

#[cfg(test)]
mod tests;
