//! What an image looks like at a glance.

use image::RgbaImage;
use pxt_macros::udf;

use crate::media::{Image, MediaError};

/// The side of the small version that colours are taken from, in pixels.
const GLANCE: u32 = 64;

/// The [BlurHash](https://blurha.sh) of the image, 4 by 3 components: a short text that a page can show as a blurred
/// picture before the image is there.
///
/// # Errors
/// [`MediaError`] when the image cannot be read or decoded.
#[udf(crate = crate)]
pub fn blurhash(image: Image) -> Result<String, MediaError> {
    let small = glance(&image)?;
    ::blurhash::encode(4, 3, small.width(), small.height(), &small).map_err(MediaError::storage)
}

/// The colour that covers most of the image, as `#rrggbb`. Shades are taken together; transparent parts do not count.
///
/// # Errors
/// [`MediaError`] when the image cannot be read or decoded.
#[udf(crate = crate)]
pub fn dominant_color(image: Image) -> Result<String, MediaError> {
    let small = glance(&image)?;
    // Eight shades a channel: how many pixels have them, and the sums of their channels.
    let mut shades = vec![(0_u32, [0_u32; 3]); 512];
    for [red, green, blue, alpha] in small.pixels().map(|pixel| pixel.0) {
        if alpha < 128 {
            continue;
        }
        let shade = usize::from(red >> 5) << 6 | usize::from(green >> 5) << 3 | usize::from(blue >> 5);
        let (count, sums) = &mut shades[shade];
        *count += 1;
        for (sum, channel) in sums.iter_mut().zip([red, green, blue]) {
            *sum += u32::from(channel);
        }
    }
    let (count, sums) = shades.into_iter().max_by_key(|(count, _)| *count).unwrap_or_default();
    let [red, green, blue] = sums.map(|sum| (sum + count / 2) / count.max(1));
    Ok(format!("#{red:02x}{green:02x}{blue:02x}"))
}

/// How bright the image is on the whole: the mean of its luma, from 0 (black) to 1 (white).
///
/// # Errors
/// [`MediaError`] when the image cannot be read or decoded.
#[udf(crate = crate)]
pub fn brightness(image: Image) -> Result<f64, MediaError> {
    let pixels = image.blocking_decode()?;
    let _room = image.blocking_room(u64::from(pixels.width()) * u64::from(pixels.height()))?;
    let luma = pixels.to_luma8();
    let sum: u64 = luma.as_raw().iter().map(|&luma| u64::from(luma)).sum();
    // Sums stay below 2^53: 2^28 pixels of 255.
    Ok(sum as f64 / (luma.as_raw().len().max(1) as f64 * 255.0))
}

/// A small version. It takes no memory to speak of, but time.
fn glance(image: &Image) -> Result<RgbaImage, MediaError> {
    let pixels = image.blocking_decode()?;
    let _room = image.blocking_room(0)?;
    Ok(if pixels.width().max(pixels.height()) <= GLANCE {
        pixels.to_rgba8()
    } else {
        pixels.thumbnail(GLANCE, GLANCE).to_rgba8()
    })
}
