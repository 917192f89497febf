//! No function takes more memory than it asks for: files of each format, made of pixels that compress well and of such that do not.
//! A test of its own, so that nothing else allocates in the process that is measured.

#![allow(unreachable_pub, reason = "a test is no library")]

use image::{DynamicImage, ImageBuffer, ImageFormat, Pixel};
use peak_alloc::PeakAlloc;
use pxt::testing::{self, TestDatabase};
use pxt::{App, Image, Table};

#[global_allocator]
static ALLOCATED: PeakAlloc = PeakAlloc;

mod schema {
    use pxt::Image;
    use pxt::functions::image;

    /// A picture, converted several times.
    #[derive(pxt::Table)]
    #[table(name = "converted")]
    pub struct Converted {
        #[column(primary_key, auto)]
        pub id: i64,
        pub image: Image,
        #[column(computed = image::to_format(image, "webp"))]
        pub first: Image,
        #[column(computed = image::to_format(image, "webp"))]
        pub second: Image,
        #[column(computed = image::to_format(image, "webp"))]
        pub third: Image,
        #[column(computed = image::to_format(image, "webp"))]
        pub fourth: Image,
    }

    pxt::schema![Converted];
}

use schema::{Converted, NewConverted, SCHEMA};

/// What images may take together.
const MEMORY: u64 = 232 << 20;

/// How much something allocates at most, in bytes.
fn peak<T>(work: impl FnOnce() -> T) -> usize {
    let before = ALLOCATED.current_usage();
    ALLOCATED.reset_peak_usage();
    let done = work();
    let peak = ALLOCATED.peak_usage() - before;
    drop(done);
    peak
}

/// Samples that are all the same, or are chance, of 256 values or of two.
#[derive(Debug, Clone, Copy)]
enum Samples {
    Zeros,
    Noise,
    BlackAndWhite,
}

impl Samples {
    fn bytes(self, count: u32) -> Vec<u8> {
        let mut chance = fastrand::Rng::with_seed(7);
        let sample = |_| match self {
            Self::Zeros => 0,
            Self::Noise => chance.u8(..),
            Self::BlackAndWhite => 255 * chance.u8(..2),
        };
        (0..count).map(sample).collect()
    }

    /// An image of so many pixels a side in each colour type.
    fn images(self, side: u32) -> [DynamicImage; 6] {
        let eight = |channels: u32| self.bytes(side * side * channels);
        let sixteen = |channels| eight(channels).iter().map(|&sample| u16::from(sample) * 257).collect::<Vec<_>>();
        fn of<P: Pixel>(side: u32, samples: Vec<P::Subpixel>) -> ImageBuffer<P, Vec<P::Subpixel>> {
            ImageBuffer::from_raw(side, side, samples).expect("as many samples as it needs")
        }
        [
            DynamicImage::ImageLuma8(of(side, eight(1))),
            DynamicImage::ImageLumaA8(of(side, eight(2))),
            DynamicImage::ImageRgb8(of(side, eight(3))),
            DynamicImage::ImageRgba8(of(side, eight(4))),
            DynamicImage::ImageLumaA16(of(side, sixteen(2))),
            DynamicImage::ImageRgb16(of(side, sixteen(3))),
        ]
    }
}

fn encoding_takes_no_more_than_is_asked_for() {
    use ImageFormat::{Bmp, Gif, Jpeg, Png, WebP};
    for samples in [Samples::Zeros, Samples::Noise, Samples::BlackAndWhite] {
        // Vectors grow by doubling, which is worst at different sizes.
        for image in [500, 600].into_iter().flat_map(|side| samples.images(side)) {
            for format in [Png, Jpeg, Gif, WebP, Bmp] {
                let taken = peak(|| Image::encode(&image, format).expect("is encoded")) as u64;
                let asked = testing::encoding_memory(&image, format);
                let (color, side) = (image.color(), image.width());
                assert!(taken <= asked, "{format:?} of {color:?} {samples:?}, {side} a side: {taken} of {asked}");
            }
        }
    }
}

fn functions_of_a_row_share_what_there_is() {
    let runtime = tokio::runtime::Runtime::new().expect("starts");
    // Nine megapixels, of which a WebP takes more than a hundred megabytes to make.
    let side = 3000;
    let pixels = image::RgbImage::from_raw(side, side, Samples::Noise.bytes(3 * side * side)).expect("as many samples");
    let image = Image::encode(&pixels.into(), ImageFormat::Png).expect("is encoded");
    let insert = async {
        let database = TestDatabase::new().await.expect("is made");
        let mut config = database.config();
        config.image_memory = MEMORY;
        let app = App::open(config, &SCHEMA).await.expect("starts");
        Converted::insert(&app, NewConverted { image }).await.expect("is inserted")
    };
    let taken = peak(|| runtime.block_on(insert)) as u64;
    assert!(taken < MEMORY, "{} MiB of {}", taken >> 20, MEMORY >> 20);
}

/// One test: nothing else allocates meanwhile.
#[test]
fn nothing_takes_more_than_it_asks_for() {
    functions_of_a_row_share_what_there_is();
    encoding_takes_no_more_than_is_asked_for();
}
