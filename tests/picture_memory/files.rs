//! Pictures to begin with: photographs, every format, and the hostile ones that are known.

mod webp;

use std::io::Cursor;

use image::{DynamicImage, ImageFormat};

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
        ("a BMP", written(&small, ImageFormat::Bmp)),
        ("a grey PNG", written(&small.to_luma8().into(), ImageFormat::Png)),
        ("a deep PNG", written(&small.to_rgba16().into(), ImageFormat::Png)),
        ("an interlaced PNG", interlaced(600, 400)),
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
        ("a JPEG with a profile behind its pixels", behind_a_scan(&profile(65_000).repeat(100))),
        ("a JPEG with many profiles behind its pixels", behind_a_scan(&profile(1).repeat(50_000))),
        ("a JPEG that seems to have another frame", hidden(3000)),
        ("a GIF whose frame is aside", aside(3000, 2000)),
    ];
    files.push(("a JPEG of a rocket", rocket));
    files.extend(webp::all());
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

/// A PNG with one more chunk behind its head.
fn with_chunk(png: &[u8], name: &[u8; 4], data: &[u8]) -> Vec<u8> {
    [&png[..33], &chunk(name, data), &png[33..]].concat()
}

/// A part of a PNG.
fn chunk(name: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let summed = [name, data].concat();
    let length = u32::try_from(data.len()).expect("is short").to_be_bytes();
    [&length[..], &summed, &checksum(&summed).to_be_bytes()].concat()
}

/// A black PNG of 16 bits a channel that comes in seven parts, each finer than the one before.
fn interlaced(width: u32, height: u32) -> Vec<u8> {
    const PARTS: [(u32, u32, u32, u32); 7] =
        [(0, 8, 0, 8), (4, 8, 0, 8), (0, 4, 4, 8), (2, 4, 0, 4), (0, 2, 2, 4), (1, 2, 0, 2), (0, 1, 1, 2)];
    // Rows of eight bytes a pixel, and one before them.
    let part = |(left, across, top, down): (u32, u32, u32, u32)| {
        (height - top).div_ceil(down) * (1 + 8 * (width - left).div_ceil(across))
    };
    let rows = vec![0; PARTS.into_iter().map(part).sum::<u32>() as usize];
    // Not compressed.
    let mut data = vec![0x78, 1];
    for (index, block) in rows.chunks(65_535).enumerate() {
        let length = u16::try_from(block.len()).expect("is short");
        data.push(u8::from((index + 1) * 65_535 >= rows.len()));
        data.extend(length.to_le_bytes());
        data.extend((!length).to_le_bytes());
        data.extend(block);
    }
    // The sum of so many zeros.
    data.extend([(rows.len() % 65_521) as u16, 1].map(u16::to_be_bytes).concat());
    let head = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[16, 6, 0, 0, 1]].concat();
    [&b"\x89PNG\r\n\x1a\n"[..], &chunk(b"IHDR", &head), &chunk(b"IDAT", &data), &chunk(b"IEND", &[])].concat()
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

/// A part of a colour profile.
fn profile(length: usize) -> Vec<u8> {
    segment(0xe2, &[&b"ICC_PROFILE\0\x01\x01"[..], &vec![0; length]].concat())
}

/// A progressive JPEG of one block, and what comes after its first scan.
fn behind_a_scan(segments: &[u8]) -> Vec<u8> {
    let mut file = progressive(8, 8, 1, 0x11);
    file.truncate(file.len() - 3);
    [&file[..], &[0], segments, &[0xff, 0xd9]].concat()
}

/// A progressive JPEG of four colours; whoever thinks that the first segment behind its frame has no length finds one of three.
fn hidden(size: u16) -> Vec<u8> {
    let (file, other) = (progressive(size, size, 4, 0x11), progressive(size, size, 3, 0x11));
    let frame = |file: &[u8]| file.windows(2).position(|bytes| bytes == [0xff, 0xc2]).expect("is there");
    let (begin, end) = (frame(&file), frame(&file) + 2 + 8 + 3 * 4);
    let other = &other[begin..begin + 2 + 8 + 3 * 3];
    [&file[..end], &segment(0xd0, other), &file[end..]].concat()
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
