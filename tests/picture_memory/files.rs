//! Pictures to begin with: photographs, every format, and the hostile ones that are known.

use std::io::Cursor;

use image::{DynamicImage, ImageFormat};

/// A lossy WebP of one pixel block: nothing here writes one.
const LOSSY: &[u8] = &[
    0x52, 0x49, 0x46, 0x46, 0x3c, 0x00, 0x00, 0x00, 0x57, 0x45, 0x42, 0x50, 0x56, 0x50, 0x38, 0x20, 0x30, 0x00, 0x00,
    0x00, 0xd0, 0x01, 0x00, 0x9d, 0x01, 0x2a, 0x02, 0x00, 0x02, 0x00, 0x02, 0x00, 0x34, 0x25, 0xa0, 0x02, 0x74, 0xba,
    0x01, 0xf8, 0x00, 0x03, 0xb0, 0x00, 0xfe, 0xf0, 0xc4, 0x0b, 0xff, 0x20, 0xb9, 0x61, 0x75, 0xc8, 0xd7, 0xff, 0x20,
    0x3f, 0xe4, 0x07, 0xfc, 0x80, 0xff, 0xf8, 0xf2, 0x00, 0x00, 0x00,
];

/// Files by name.
pub(crate) fn all() -> Vec<(&'static str, Vec<u8>)> {
    let rocket = photo("rocket.jpg");
    let small = image::load_from_memory(&rocket).expect("a photograph").thumbnail(180, 120);
    let bomb = tiff(5461, 65_536);
    let mut files = vec![
        ("a PNG of a cat", photo("chelsea.png")),
        ("a GIF", written(&small, ImageFormat::Gif)),
        ("a WebP", written(&small.to_rgb8().into(), ImageFormat::WebP)),
        ("a clear WebP", written(&small.to_rgba8().into(), ImageFormat::WebP)),
        ("a lossy WebP", LOSSY.to_vec()),
        ("a lossy WebP that says it is large", at(LOSSY, 26, &[0xff, 0x3f, 0xff, 0x3f])),
        ("an animated WebP", animated(LOSSY, (2, 2))),
        ("a large animated WebP", animated(LOSSY, (6000, 6000))),
        ("a BMP", written(&small, ImageFormat::Bmp)),
        ("a grey PNG", written(&small.to_luma8().into(), ImageFormat::Png)),
        ("a deep PNG", written(&small.to_rgba16().into(), ImageFormat::Png)),
        ("a PNG with notes", with_chunk(&written(&small, ImageFormat::Png), b"eXIf", &tiff(3, 30))),
        ("a PNG whose notes name the same bytes", with_chunk(&written(&small, ImageFormat::Png), b"eXIf", &bomb)),
        (
            "a PNG with a megabyte of notes",
            with_chunk(&written(&small, ImageFormat::Png), b"eXIf", &tiff(100, 1 << 20)),
        ),
        ("a PNG with a text", with_chunk(&written(&small, ImageFormat::Png), b"tEXt", &[b'k'; 3 << 20])),
        ("a JPEG whose notes name the same bytes", with_notes(&rocket, &tiff(2700, 32_700))),
        ("a JPEG whose notes name each other", with_notes(&rocket, &nested(1800))),
        ("a turned JPEG", with_notes(&rocket, &turned())),
        ("a progressive JPEG", progressive(640, 480, 1, 0x11)),
        ("a progressive JPEG in colour", progressive(640, 480, 3, 0x11)),
        ("a progressive JPEG of four colours", progressive(640, 480, 4, 0x22)),
        ("a progressive JPEG, upsampled", progressive(320, 480, 3, 0x42)),
        ("a large progressive JPEG", progressive(3000, 3000, 3, 0x11)),
        ("a WebP of many codes", coded(400, None)),
        (
            "a WebP of many codes behind one that is too much",
            coded(3000, Some(&[&[1; 64][..], &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 10]].concat())),
        ),
        ("a GIF whose frame is aside", aside(3000, 2000)),
    ];
    files.push(("a JPEG of a rocket", rocket));
    files
}

fn photo(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/examples/posters/photos/{name}", env!("CARGO_MANIFEST_DIR"))).expect("is there")
}

fn written(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut file = Vec::new();
    image.write_to(Cursor::new(&mut file), format).expect("is written");
    file
}

fn at(file: &[u8], at: usize, bytes: &[u8]) -> Vec<u8> {
    let mut file = file.to_vec();
    file[at..at + bytes.len()].copy_from_slice(bytes);
    file
}

/// A PNG with one more chunk behind its head. Decoders check the sums of critical chunks, and of this one none that is read.
fn with_chunk(png: &[u8], name: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let mut summed = name.to_vec();
    summed.extend(data);
    let mut file = png[..33].to_vec();
    file.extend(u32::try_from(data.len()).expect("is short").to_be_bytes());
    file.extend(&summed);
    file.extend(checksum(&summed).to_be_bytes());
    file.extend(&png[33..]);
    file
}

fn checksum(data: &[u8]) -> u32 {
    !data.iter().fold(u32::MAX, |sum, &byte| {
        (0..8).fold(sum ^ u32::from(byte), |sum, _| (sum >> 1) ^ (0xedb8_8320 & (sum & 1).wrapping_neg()))
    })
}

fn with_notes(jpeg: &[u8], tiff: &[u8]) -> Vec<u8> {
    let mut data = b"Exif\0\0".to_vec();
    data.extend(tiff);
    let mut file = jpeg[..2].to_vec();
    file.extend(segment(0xe1, &data));
    file.extend(&jpeg[2..]);
    file
}

fn segment(marker: u8, data: &[u8]) -> Vec<u8> {
    let mut segment = vec![0xff, marker];
    segment.extend(u16::try_from(data.len() + 2).expect("is short").to_be_bytes());
    segment.extend(data);
    segment
}

fn entry(tag: u16, ty: u16, count: u32, value: u32) -> Vec<u8> {
    [&tag.to_le_bytes()[..], &ty.to_le_bytes(), &count.to_le_bytes(), &value.to_le_bytes()].concat()
}

/// EXIF data whose entries all name the same bytes.
fn tiff(entries: u16, length: u32) -> Vec<u8> {
    let offset = 8 + 2 + 12 * u32::from(entries) + 4;
    let mut data = b"II*\0\x08\0\0\0".to_vec();
    data.extend(entries.to_le_bytes());
    data.extend(entry(0x010e, 2, length, offset).repeat(entries.into()));
    data.resize(data.len() + 4 + length as usize, 0);
    data
}

/// EXIF data whose entries all name one directory, whose entries all name another.
fn nested(entries: u16) -> Vec<u8> {
    let size = 2 + 12 * u32::from(entries) + 4;
    let mut data = b"II*\0\x08\0\0\0".to_vec();
    for one in [entry(0x8769, 4, 1, 8 + size), entry(0xa005, 4, 1, 8 + 2 * size), entry(0x010e, 3, 1, 0)] {
        data.extend(entries.to_le_bytes());
        data.extend(one.repeat(entries.into()));
        data.extend([0; 4]);
    }
    data
}

/// EXIF data that say that the camera was held upright.
fn turned() -> Vec<u8> {
    let mut data = b"II*\0\x08\0\0\0\x01\0".to_vec();
    data.extend(entry(0x0112, 3, 1, 6));
    data.extend([0; 4]);
    data
}

/// A progressive JPEG of one scan with nothing in it.
fn progressive(width: u16, height: u16, components: u8, sampling: u8) -> Vec<u8> {
    let mut frame = vec![8];
    frame.extend(height.to_be_bytes());
    frame.extend(width.to_be_bytes());
    frame.push(components);
    let mut scan = vec![components];
    for name in 1..=components {
        frame.extend([name, if name == 1 { sampling } else { 0x11 }, 0]);
        scan.extend([name, 0]);
    }
    scan.extend([0, 0, 0]);
    let mut quantities = vec![0];
    quantities.extend([1; 64]);
    let mut codes = vec![0, 0, 2];
    codes.extend([0; 14]);
    codes.extend([0, 1]);
    let mut file = vec![0xff, 0xd8];
    file.extend(segment(0xdb, &quantities));
    file.extend(segment(0xc2, &frame));
    file.extend(segment(0xc4, &codes));
    file.extend(segment(0xda, &scan));
    file.resize(file.len() + usize::from(width) * usize::from(height) / 60, 0);
    file.extend([0xff, 0xd9]);
    file
}

/// A GIF whose frame is not as wide as the whole.
fn aside(width: u16, height: u16) -> Vec<u8> {
    let mut file = b"GIF89a".to_vec();
    file.extend(width.to_le_bytes());
    file.extend(height.to_le_bytes());
    file.extend([0x80, 0, 0, 0, 0, 0, 0, 0, 0, b',', 1, 0, 0, 0]);
    file.extend((width - 1).to_le_bytes());
    file.extend(height.to_le_bytes());
    file.extend([0, 2, 2, 0x44, 1, 0, b';']);
    file
}

/// An animated WebP of one frame, which is a lossy one, on a canvas.
fn animated(lossy: &[u8], (width, height): (u32, u32)) -> Vec<u8> {
    let chunk = |name: &[u8; 4], data: &[u8]| {
        let length = u32::try_from(data.len()).expect("is short").to_le_bytes();
        [&name[..], &length, data].concat()
    };
    let size = [&(width - 1).to_le_bytes()[..3], &(height - 1).to_le_bytes()[..3]].concat();
    let frame = [&[0; 6][..], &[1, 0, 0, 1, 0, 0], &[0; 4], &lossy[12..]].concat();
    let chunks =
        [chunk(b"VP8X", &[&[2, 0, 0, 0][..], &size[..]].concat()), chunk(b"ANIM", &[0; 6]), chunk(b"ANMF", &frame)]
            .concat();
    chunk(b"RIFF", &[b"WEBP", &chunks[..]].concat())
}

/// Bits from the lowest on.
#[derive(Default)]
struct Bits(Vec<u8>, usize);

impl Bits {
    fn put(&mut self, value: u32, count: u32) {
        for bit in 0..count {
            if self.1.is_multiple_of(8) {
                self.0.push(0);
            }
            let last = self.0.len() - 1;
            self.0[last] |= ((value >> bit & 1) as u8) << (self.1 % 8);
            self.1 += 1;
        }
    }

    /// A code of one symbol, which takes no bits.
    fn single(&mut self, symbol: u32) {
        self.put(0b101, 3);
        self.put(symbol, 8);
    }

    /// A code of which the lengths of the first symbols are these.
    fn code(&mut self, lengths: &[u32]) {
        // Each length has a code of four bits, and repetitions have none.
        self.put(0, 1);
        self.put(15, 4);
        for length in [17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15] {
            self.put(if length < 16 { 4 } else { 0 }, 3);
        }
        self.put(1, 1);
        self.put(7, 3);
        self.put(u32::try_from(lengths.len()).expect("is short") - 2, 16);
        // Codes are written from their highest bit on.
        lengths.iter().for_each(|&length| self.put(length.reverse_bits() >> 28, 4));
    }
}

/// A tiny lossless WebP whose groups of codes each take 70 KB in 140 bytes. The lengths of the first group's red code may be said.
fn coded(groups: u32, first: Option<&[u32]>) -> Vec<u8> {
    let mut bits = Bits::default();
    bits.put(0x2f, 8);
    bits.put(7, 14);
    bits.put(7, 14);
    bits.put(0, 4);
    // No transform, a cache of 2,048 colours, and an image of the groups' numbers.
    bits.put(0b10, 2);
    bits.put(11, 4);
    bits.put(1, 1);
    bits.put(6, 3);
    bits.put(0, 1);
    for symbol in [(groups - 1) & 255, (groups - 1) >> 8, 0, 255, 0] {
        bits.single(symbol);
    }
    for group in 0..groups {
        // 2,048 codes of eleven bits, said by a code of two symbols: 11, and 16 for "the same again".
        bits.put(0, 1);
        bits.put(15, 4);
        for symbol in [17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15] {
            bits.put(u32::from(symbol == 11 || symbol == 16), 3);
        }
        bits.put(1, 1);
        bits.put(4, 3);
        bits.put(343 - 2, 10);
        bits.put(0, 1);
        for _ in 0..341 {
            bits.put(0b111, 3);
        }
        bits.put(0, 1);
        match first.filter(|_| group == 0) {
            Some(lengths) => bits.code(lengths),
            None => bits.single(0),
        }
        (0..3).for_each(|_| bits.single(0));
    }
    bits.0.resize(bits.0.len().next_multiple_of(2) + 64, 0);
    let length = u32::try_from(bits.0.len()).expect("is short");
    [&b"RIFF"[..], &(length + 12).to_le_bytes(), b"WEBPVP8L", &length.to_le_bytes(), &bits.0].concat()
}
