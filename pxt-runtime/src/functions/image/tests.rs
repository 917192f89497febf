use image::{DynamicImage, Rgb, RgbImage, Rgba, RgbaImage};
use serde_json::json;

use super::*;
use crate::media::tests::photo;

fn rocket() -> Image {
    Image::from_bytes(photo("rocket.jpg"))
}

fn chelsea() -> Image {
    Image::from_bytes(photo("chelsea.png"))
}

fn size(image: &Image) -> (i64, i64) {
    (width(image.clone()).unwrap(), height(image.clone()).unwrap())
}

/// A JPEG with EXIF data: a model of many characters, an orientation and an exposure time in the sub-directory.
fn with_exif() -> Image {
    let mut tiff = b"II*\0\x08\0\0\0\x03\0".to_vec();
    let entry = |tiff: &mut Vec<u8>, tag: u16, ty: u16, count: u32, value: u32| {
        tiff.extend(tag.to_le_bytes());
        tiff.extend(ty.to_le_bytes());
        tiff.extend(count.to_le_bytes());
        tiff.extend(value.to_le_bytes());
    };
    entry(&mut tiff, 0x0110, 2, 8, 50);
    entry(&mut tiff, 0x0112, 3, 1, 6);
    entry(&mut tiff, 0x8769, 4, 1, 58);
    tiff.extend([0; 4]);
    tiff.extend(b"Box 620\0");
    tiff.extend(1_u16.to_le_bytes());
    entry(&mut tiff, 0x829a, 5, 1, 76);
    tiff.extend([0; 4]);
    tiff.extend(1_u32.to_le_bytes());
    tiff.extend(60_u32.to_le_bytes());
    with_notes(&tiff)
}

/// A JPEG with this EXIF data.
fn with_notes(tiff: &[u8]) -> Image {
    let jpeg = Image::encode(&RgbImage::new(20, 10).into(), ImageFormat::Jpeg).unwrap().blocking_bytes().unwrap();
    let mut file = jpeg[..2].to_vec();
    file.extend([0xff, 0xe1]);
    file.extend(u16::try_from(tiff.len() + 8).unwrap().to_be_bytes());
    file.extend(b"Exif\0\0");
    file.extend(tiff);
    file.extend(&jpeg[2..]);
    Image::from_bytes(file)
}

/// Directories, one behind the other, in each of which so many entries are the same.
fn directories(count: u16, entries: &[(u16, u16, u32, u32)]) -> Vec<u8> {
    let mut tiff = b"II*\0\x08\0\0\0".to_vec();
    for &(tag, ty, length, value) in entries {
        tiff.extend(count.to_le_bytes());
        for _ in 0..count {
            tiff.extend(tag.to_le_bytes());
            tiff.extend(ty.to_le_bytes());
            tiff.extend(length.to_le_bytes());
            tiff.extend(value.to_le_bytes());
        }
        tiff.extend([0; 4]);
    }
    tiff
}

#[test]
fn sizes() {
    assert_eq!(size(&rocket()), (640, 427));
    assert_eq!(size(&chelsea()), (451, 300));
    assert_eq!(size(&with_exif()), (10, 20), "turned by its orientation");
}

#[test]
fn thumbnails_keep_proportions_and_never_grow() {
    let small = thumbnail(rocket(), 320).unwrap();
    assert_eq!((size(&small), small.content_type()), ((320, 214), "image/jpeg"));
    let small = thumbnail(chelsea(), 100).unwrap();
    assert_eq!((size(&small), small.content_type()), ((100, 67), "image/png"));
    assert_eq!(size(&thumbnail(chelsea(), 16_384).unwrap()), (451, 300));
    assert_eq!(size(&thumbnail(with_exif(), 10).unwrap()), (5, 10));
    assert_eq!(exif(thumbnail(with_exif(), 10).unwrap()).unwrap(), json!({}));
}

#[test]
fn resizing_is_exact() {
    assert_eq!(size(&resize(rocket(), 30, 50).unwrap()), (30, 50));
    for (width, height) in [(0, 1), (1, -1), (1, 16_385), (i64::MAX, 1)] {
        let error = resize(rocket(), width, height).unwrap_err();
        assert!(matches!(error, MediaError::Argument(_)), "{error}");
    }
    // 16,384 rows of 640 pixels as numbers, and an image of 268 megapixels.
    let error = resize(rocket(), 16_384, 16_384).unwrap_err();
    assert!(matches!(error, MediaError::TooCostly { .. }) && error.is_client_mistake(), "{error}");
    assert_eq!(thumbnail(rocket(), 0).unwrap_err().to_string(), "edge must be from 1 to 16384, not 0");
}

#[test]
fn formats() {
    for (name, content_type) in [
        ("png", "image/png"),
        ("JPG", "image/jpeg"),
        ("gif", "image/gif"),
        ("webp", "image/webp"),
        ("bmp", "image/bmp"),
    ] {
        let made = to_format(with_exif(), name.into()).unwrap();
        assert_eq!((made.content_type(), size(&made)), (content_type, (10, 20)));
    }
    let error = to_format(rocket(), "tiff".into()).unwrap_err();
    assert_eq!(error.to_string(), "format must be `png`, `jpeg`, `gif`, `webp` or `bmp`");
}

#[test]
fn tones() {
    let plain = |color: [u8; 3]| -> Image {
        Image::encode(&RgbImage::from_pixel(200, 100, Rgb(color)).into(), ImageFormat::Png).unwrap()
    };
    assert_eq!(dominant_color(plain([200, 30, 7])).unwrap(), "#c81e07");
    assert_eq!(brightness(plain([255; 3])).unwrap(), 1.0);
    assert_eq!(brightness(plain([0; 3])).unwrap(), 0.0);
    assert!((brightness(plain([128; 3])).unwrap() - 0.502).abs() < 0.001);

    // Two thirds red, one third blue; the transparent rest is larger than both.
    let mixed: DynamicImage = RgbaImage::from_fn(60, 60, |x, y| match (x, y) {
        (_, 20..) => Rgba([0, 255, 0, 0]),
        (0..40, _) => Rgba([255, 0, 0, 255]),
        _ => Rgba([0, 0, 255, 255]),
    })
    .into();
    assert_eq!(dominant_color(Image::encode(&mixed, ImageFormat::Png).unwrap()).unwrap(), "#ff0000");

    let hash = blurhash(plain([200, 30, 7])).unwrap();
    assert_eq!((hash.len(), &hash[..1]), (28, "L"), "4 by 3 components");
    let shown = ::blurhash::decode(&hash, 8, 8, 1.0).unwrap();
    for (channel, given) in [200, 30, 7].into_iter().enumerate() {
        let mean = shown.iter().skip(channel).step_by(4).map(|&shown| u32::from(shown)).sum::<u32>() / 64;
        assert!(mean.abs_diff(given) <= 4, "{mean} for {given}");
    }
    assert_eq!(blurhash(rocket()).unwrap(), blurhash(rocket()).unwrap());
    assert_ne!(blurhash(rocket()).unwrap(), blurhash(chelsea()).unwrap());
}

#[test]
fn exif_tags() {
    assert_eq!(
        exif(with_exif()).unwrap(),
        json!({
            "Model": "\"Box 620\"",
            "Orientation": "row 0 at right and column 0 at top",
            "ExposureTime": "1/60 s",
        })
    );
    assert_eq!(exif(chelsea()).unwrap(), json!({}));
    let bitmap = to_format(rocket(), "bmp".into()).unwrap();
    assert_eq!(exif(bitmap).unwrap(), json!({}));
}

#[test]
fn notes_that_take_more_than_they_are_worth_are_left_out() {
    // Entries that name the same bytes; entries that name one directory, whose entries name another; too many entries.
    let mut shared = directories(20, &[(0x010e, 2, 20_000, 300)]);
    shared.resize(30_000, 0);
    let length = |count: u32| 2 + 12 * count + 4;
    let nested =
        directories(900, &[(0x8769, 4, 1, 8 + length(900)), (0xa005, 4, 1, 8 + 2 * length(900)), (0x010e, 3, 1, 0)]);
    let itself = directories(2, &[(0x8769, 4, 1, 8)]);
    let many = directories(1001, &[(0x010e, 3, 1, 0)]);
    for bomb in [shared, nested, many] {
        let image = with_notes(&bomb);
        assert_eq!(exif(image.clone()).unwrap(), json!({}));
        assert_eq!(size(&image), (20, 10), "it is a picture all the same");
    }
    // As many as a camera may write are read; a directory in itself ends.
    assert_eq!(exif(with_notes(&directories(900, &[(0x0112, 3, 1, 1)]))).unwrap().as_object().unwrap().len(), 1);
    exif(with_notes(&itself)).unwrap();
}
