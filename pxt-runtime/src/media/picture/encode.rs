//! Image files made of pixels.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageFormat};

use crate::media::{Image, MediaError};

/// The quality of JPEGs that are written, of 100.
const QUALITY: u8 = 85;

impl Image {
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

/// JPEG has no transparency: the picture on white, as a page would show it.
fn opaque(image: &DynamicImage) -> DynamicImage {
    if !image.color().has_alpha() {
        return image.to_rgb8().into();
    }
    let mut canvas = image::RgbaImage::from_pixel(image.width(), image.height(), image::Rgba([255; 4]));
    image::imageops::overlay(&mut canvas, &image.to_rgba8(), 0, 0);
    DynamicImage::from(canvas).to_rgb8().into()
}
