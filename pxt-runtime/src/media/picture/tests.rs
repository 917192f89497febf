use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use image::{ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};

use super::probe::Probe;
use super::*;
use crate::media::BoxError;
use crate::media::tests::photo;
use crate::value::MediaReader;

/// A store of one photograph that counts how often it is read.
#[derive(Default)]
struct Counting(AtomicUsize);

impl MediaReader for Counting {
    fn read<'a>(&'a self, key: &'a str, _: Option<Range<u64>>) -> BoxFuture<'a, Result<Bytes, BoxError>> {
        Box::pin(async move { self.blocking_read(key) })
    }

    fn size<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<u64, BoxError>> {
        Box::pin(async move { self.blocking_size(key) })
    }

    fn blocking_read(&self, _: &str) -> Result<Bytes, BoxError> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok(photo("rocket.jpg"))
    }

    fn blocking_size(&self, _: &str) -> Result<u64, BoxError> {
        Ok(photo("rocket.jpg").len() as u64)
    }

    fn url(&self, key: &str) -> String {
        format!("/{key}")
    }
}

/// A JPEG whose EXIF data are one orientation.
pub(crate) fn turned(jpeg: &[u8], orientation: u8) -> Image {
    let mut exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    exif.extend([orientation, 0, 0, 0, 0, 0, 0]);
    let mut file = jpeg[..2].to_vec();
    file.extend([0xff, 0xe1]);
    file.extend(u16::try_from(exif.len() + 2).unwrap().to_be_bytes());
    file.extend(exif);
    file.extend(&jpeg[2..]);
    Image::from_bytes(file)
}

#[tokio::test]
async fn functions_of_a_row_share_one_decoding() {
    let reader = Arc::new(Counting::default());
    let image = Image(Media::stored("t/k").with_reader(reader.clone()));
    let threads: Vec<_> = (0..8)
        .map(|_| {
            let image = image.clone();
            std::thread::spawn(move || image.blocking_decode().unwrap())
        })
        .collect();
    let decoded: Vec<_> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
    let later = image.decode().await.unwrap();
    assert!(decoded.iter().all(|pixels| Arc::ptr_eq(pixels, &later)));
    assert_eq!(reader.0.load(Ordering::Relaxed), 1);
    assert_eq!((later.width(), later.height()), (640, 427));
}

#[test]
fn the_right_way_up() {
    // Red on the left, blue on the right.
    let picture = RgbImage::from_fn(32, 16, |x, _| if x < 16 { Rgb([255, 0, 0]) } else { Rgb([0, 0, 255]) });
    let file = Image::encode(&picture.into(), ImageFormat::Jpeg).unwrap().blocking_bytes().unwrap();
    let straight = turned(&file, 1).blocking_decode().unwrap();
    assert_eq!((straight.width(), straight.height()), (32, 16));
    // 6: the camera was held so that a quarter turn clockwise puts it right; the left becomes the top.
    let right = turned(&file, 6).blocking_decode().unwrap().to_rgb8();
    assert_eq!(right.dimensions(), (16, 32));
    let (top, bottom) = (right.get_pixel(8, 2).0, right.get_pixel(8, 29).0);
    assert!(top[0] > 200 && bottom[2] > 200, "{top:?} {bottom:?}");
}

#[tokio::test]
async fn bombs_and_rubbish_are_refused() {
    // A PNG that says it has 60,000 pixels a side, and nothing in it.
    let mut bomb = photo("chelsea.png")[..33].to_vec();
    bomb[16..20].copy_from_slice(&60_000_u32.to_be_bytes());
    bomb[20..24].copy_from_slice(&60_000_u32.to_be_bytes());
    let mut crc = u32::MAX;
    for &byte in &bomb[12..29] {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            crc = (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg());
        }
    }
    bomb[29..33].copy_from_slice(&(!crc).to_be_bytes());
    bomb.extend(b"\0\0\0\0IDAT\x35\xaf\x06\x1e\0\0\0\0IEND\xae\x42\x60\x82");
    let error = Image::from_bytes(bomb.clone()).decode().await.unwrap_err();
    assert_eq!(error.to_string(), "is larger than 16384 pixels a side or 50 megapixels: send a smaller one");

    // Within the sides, beyond the memory: 16,000 × 16,000 × 3 bytes.
    let picture = [
        b'B', b'M', 54, 0, 0, 0, 0, 0, 0, 0, 54, 0, 0, 0, 40, 0, 0, 0, 0x80, 0x3e, 0, 0, 0x80, 0x3e, 0, 0, 1, 0, 24, 0,
    ];
    let mut bitmap = picture.to_vec();
    bitmap.resize(54, 0);
    let error = Image::from_bytes(bitmap).decode().await.unwrap_err();
    assert!(matches!(error, MediaError::TooLarge { .. }), "{error}");

    let cut = Image::from_bytes(photo("chelsea.png").slice(..5000)).decode().await.unwrap_err();
    assert!(matches!(cut, MediaError::Undecodable(_)) && cut.is_client_mistake());
}

#[test]
fn formats_take_every_picture() {
    let clear: DynamicImage = RgbaImage::from_pixel(4, 4, Rgba([255, 0, 0, 0])).into();
    let deep = DynamicImage::ImageLuma16(image::ImageBuffer::from_pixel(4, 4, image::Luma([40_000])));
    for picture in [&clear, &deep] {
        for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Gif, ImageFormat::WebP, ImageFormat::Bmp] {
            let file = Image::encode(picture, format).unwrap();
            assert_eq!(file.content_type(), format.to_mime_type());
            assert_eq!(file.blocking_decode().unwrap().width(), 4);
        }
    }
    let white = Image::encode(&clear, ImageFormat::Jpeg).unwrap().blocking_decode().unwrap().to_rgb8();
    assert!(white.get_pixel(1, 1).0.iter().all(|&channel| channel > 250));
}

/// Admits an image, as the functions of a row would.
fn admitted(budget: &'static Budget, file: &Image) -> Result<Pixels, MediaError> {
    let pixels = Pixels::default();
    let holder = Row::current().holder();
    let admitting = pixels.admit(budget, &holder, &file.0, Reading::Blocking);
    wait(admitting, Duration::from_millis(200)).ok_or(MediaError::Busy)??;
    Ok(pixels)
}

#[test]
fn images_share_a_budget() {
    static BUDGET: Budget = Budget::new();
    BUDGET.widen(WHOLE);
    const WHOLE: u64 = 192 << 20;
    let picture = |width, height| Image::encode(&RgbImage::new(width, height).into(), ImageFormat::Jpeg).unwrap();
    let large = Image(Media::from_bytes(picture(3_000, 2_500).blocking_bytes().unwrap()));
    let first = admitted(&BUDGET, &large).unwrap();
    let taken = WHOLE - BUDGET.free();
    assert!(taken > 9 * 7_500_000, "{taken}");
    let second = admitted(&BUDGET, &large).unwrap();
    // There is no room for a third, and there is for a small one, and for what a function made of the first.
    assert!(matches!(admitted(&BUDGET, &large).map(drop), Err(MediaError::Busy)));
    drop(admitted(&BUDGET, &Image(Media::from_bytes(picture(500, 400).blocking_bytes().unwrap()))).unwrap());
    assert_eq!(WHOLE - BUDGET.free(), 2 * taken);

    // Once it is decoded, the first takes less.
    first.decode(first.admission.get().unwrap()).unwrap();
    assert!(WHOLE - BUDGET.free() < 2 * taken);
    drop((first, second));
    assert_eq!(BUDGET.free(), WHOLE);

    // What can never be decoded gives back all but its file, which may still be read.
    static LITTLE: Budget = Budget::new();
    LITTLE.widen(32 << 20);
    let refused = admitted(&LITTLE, &large).unwrap();
    assert!(refused.admission.get().unwrap().probe.is_none());
    assert!(LITTLE.free() > 26 << 20);
}

/// A copy of an image that nobody has looked at.
fn copy(image: &Image) -> Image {
    Image::from_bytes(image.blocking_bytes().unwrap())
}

fn drawn(width: u32, height: u32) -> Image {
    Image::encode(&RgbImage::new(width, height).into(), ImageFormat::Png).unwrap()
}

#[tokio::test]
async fn the_images_of_a_row_are_reserved_together() {
    static BUDGET: Budget = Budget::new();
    const WHOLE: u64 = 120 << 20;
    BUDGET.widen(WHOLE);
    // Each takes 32 MiB, of a large share of 90.
    let large = drawn(1_900, 1_900);
    let row = |count: usize| RowImages::of(&BUDGET, (0..count).map(|_| copy(&large).0).collect::<Vec<_>>());
    let two = row(2);
    two.admit(&two.given()[0]).await.unwrap();
    let taken = WHOLE - BUDGET.free();
    assert!(taken > 60 << 20, "{taken}: both are admitted when the first is asked for");
    assert!(pixels(&two.given()[1]).admission.initialized());
    drop(two);
    assert_eq!(BUDGET.free(), WHOLE);

    // Three can never be admitted, so nobody waits. They may be read; what does not decode them works.
    let three = row(3);
    three.admit(&three.given()[0]).await.unwrap();
    let pixels = pixels(&three.given()[2]);
    let admission = pixels.admission.get().unwrap();
    let error = pixels.decode(admission).unwrap_err();
    assert!(error.is_client_mistake(), "{error}");
    assert!(error.to_string().starts_with("the images of the row take 95 MiB of memory together"), "{error}");
    assert!(BUDGET.free() > WHOLE - (13 << 20));
}

#[tokio::test]
async fn one_that_cannot_be_admitted_is_in_no_others_way() {
    static BUDGET: Budget = Budget::new();
    BUDGET.widen(48 << 20);
    let (good, costly, broken) = (drawn(640, 480), drawn(2_200, 2_200), Media::stored("t/not-there"));
    let row = RowImages::of(&BUDGET, vec![costly.0.clone(), broken.clone(), good.0.clone(), good.0.clone()]);
    row.admit(&good.0).await.unwrap();
    let decoded = pixels(&good.0).decode(pixels(&good.0).admission.get().unwrap()).unwrap();
    assert_eq!(decoded.width(), 640);
    row.admit(&costly.0).await.unwrap();
    let refused = pixels(&costly.0).decode(pixels(&costly.0).admission.get().unwrap()).unwrap_err();
    assert!(matches!(refused, MediaError::TooCostly { .. }), "{refused}");
    assert!(row.admit(&broken).await.is_err());
}

#[tokio::test]
async fn small_images_that_functions_make_are_covered_by_their_rows() {
    static BUDGET: Budget = Budget::new();
    const WHOLE: u64 = 32 << 20;
    BUDGET.widen(WHOLE);
    let (given, thumbnail) = (drawn(640, 480), drawn(160, 120));
    let row = RowImages::of(&BUDGET, vec![given.0.clone()]);
    row.admit(&given.0).await.unwrap();
    let taken = WHOLE - BUDGET.free();
    row.admit(&thumbnail.0).await.unwrap();
    assert_eq!(WHOLE - BUDGET.free(), taken);
    // Not any number of them, nor those of a row without an image.
    let more: Vec<_> = (0..3).map(|_| copy(&thumbnail)).collect();
    for made in &more {
        row.admit(&made.0).await.unwrap();
    }
    assert!(WHOLE - BUDGET.free() > taken);
    drop((more, thumbnail, row, given));
    assert_eq!(BUDGET.free(), WHOLE);
    let made = drawn(160, 120);
    RowImages::of(&BUDGET, Vec::new()).admit(&made.0).await.unwrap();
    assert!(BUDGET.free() < WHOLE);
}

#[test]
fn what_functions_take_is_counted_for_each() {
    static BUDGET: Budget = Budget::new();
    const WHOLE: u64 = 192 << 20;
    BUDGET.widen(WHOLE);
    let image = drawn(2_000, 2_000);
    let pixels = admitted(&BUDGET, &image).unwrap();
    let admission = pixels.admission.get().unwrap();
    let (half, all) = (9 << 20, 16_000_000);
    let first = admission.blocking_room(&BUDGET, half).unwrap();
    let taken = WHOLE - BUDGET.free();
    // Another one fits into what was set aside only once the first has gone.
    let waits = std::thread::scope(|scope| {
        let second = scope.spawn(|| drop(admission.blocking_room(&BUDGET, half).unwrap()));
        std::thread::sleep(Duration::from_millis(100));
        let waits = !second.is_finished();
        drop(first);
        waits
    });
    assert!(waits);
    // What is more comes from the budget.
    let room = admission.blocking_room(&BUDGET, all + (8 << 20)).unwrap();
    assert!(WHOLE - BUDGET.free() >= taken + (8 << 20));
    drop(room);
    assert_eq!(WHOLE - BUDGET.free(), taken);
    let error = admission.blocking_room(&BUDGET, all + (120 << 20)).map(drop).unwrap_err();
    assert!(matches!(error, MediaError::TooCostly { .. }), "{error}");
}

#[test]
fn nothing_is_decoded_that_nobody_waits_for() {
    // By the decoders themselves: there is nothing else that ends.
    for format in [ImageFormat::Png, ImageFormat::Gif, ImageFormat::WebP, ImageFormat::Bmp] {
        let image = Image::encode(&RgbImage::new(64, 64).into(), format).unwrap();
        let file = image.blocking_bytes().unwrap();
        let head = Probe::read(&file).unwrap().head;
        let guard = DropGuard::default();
        let wanted = guard.wanted();
        wanted.clone().call(|| decode::decode(&file, &head)).unwrap();
        drop(guard);
        assert!(wanted.call(|| decode::decode(&file, &head)).is_err(), "{format:?}");
    }
}

#[test]
fn nothing_is_encoded_that_nobody_waits_for() {
    let image: DynamicImage = RgbImage::new(64, 64).into();
    for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Gif, ImageFormat::WebP, ImageFormat::Bmp] {
        let guard = DropGuard::default();
        let wanted = guard.wanted();
        wanted.clone().call(|| Image::encode(&image, format)).unwrap();
        drop(guard);
        let error = wanted.call(|| Image::encode(&image, format)).unwrap_err();
        assert!(matches!(error, MediaError::Abandoned), "{format:?}: {error}");
    }
}

#[test]
fn codes_are_not_read_on_a_thread_that_runs_async_code() {
    let runtime = tokio::runtime::Builder::new_current_thread().max_blocking_threads(1).build().unwrap();
    let picture = |format| Image::encode(&RgbImage::new(8, 8).into(), format).unwrap().blocking_bytes().unwrap();
    runtime.block_on(async {
        // Nothing else gets the only thread that may block.
        let (go, wait) = std::sync::mpsc::channel::<()>();
        let blocked = tokio::task::spawn_blocking(move || wait.recv());
        assert!(Probe::read_beside(&picture(ImageFormat::Png)).now_or_never().unwrap().is_ok());
        let (file, mut context) = (picture(ImageFormat::WebP), Context::from_waker(Waker::noop()));
        let mut head = pin!(Probe::read_beside(&file));
        assert!(head.as_mut().poll(&mut context).is_pending());
        go.send(()).unwrap();
        assert!(head.await.is_ok());
        blocked.await.unwrap().unwrap();
    });
}
