use super::*;
use crate::media::picture::head::Head;
use crate::media::picture::vp8l::tests::{Bits, breaking, stream_of};

const PIXELS: u64 = 50_000_000;

fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let length = u32::try_from(data.len()).unwrap().to_le_bytes();
    [&kind[..], &length, data, &[0][..data.len() & 1]].concat()
}

fn file(chunks: &[Vec<u8>]) -> Vec<u8> {
    chunk(b"RIFF", &[&b"WEBP"[..], &chunks.concat()].concat())
}

fn size_24(size: u32) -> [u8; 6] {
    let [low, high, ..] = (size - 1).to_le_bytes();
    [low, high, 0, low, high, 0]
}

/// An extended file's head.
fn extended(flags: u8, size: u32) -> Vec<u8> {
    chunk(b"VP8X", &[&[flags, 0, 0, 0][..], &size_24(size)].concat())
}

/// A frame of an animation.
fn frame(size: u32, chunks: &[Vec<u8>]) -> Vec<u8> {
    chunk(b"ANMF", &[&[0; 6][..], &size_24(size), &[0; 4], &chunks.concat()].concat())
}

fn lossless(size: u32, stream: &[u8]) -> Vec<u8> {
    let head = Bits::of(&[(0x2f, 8), (size - 1, 14), (size - 1, 14), (0, 4)]);
    chunk(b"VP8L", &[head.bytes(), stream.to_vec()].concat())
}

fn lossy(kind: &[u8; 4], size: u16) -> Vec<u8> {
    let [low, high] = size.to_le_bytes();
    chunk(kind, &[0, 0, 0, 0x9d, 1, 0x2a, low, high, low, high, 0, 0])
}

/// Transparency, whose first byte says that it is compressed, or not.
fn alpha(first: u8, stream: &[u8]) -> Vec<u8> {
    chunk(b"ALPH", &[&[first][..], stream].concat())
}

/// Codes that nobody should decode.
fn spoilt() -> Vec<u8> {
    let mut bits = Bits::of(&[(0, 3)]);
    bits.code(&breaking());
    bits.bytes()
}

/// What decoding takes, in kibibytes.
fn read(chunks: &[Vec<u8>]) -> Result<u64, MediaError> {
    Head::read(&file(chunks), PIXELS).map(|head| head.overhead >> 10)
}

#[test]
fn only_what_is_decoded_is_read() {
    let codes = stream_of(200, 16);
    let plain = read(&[lossless(16, &codes)]).unwrap();
    assert!(plain > 200, "{plain}");
    let others = [lossless(16, &spoilt()), alpha(1, &spoilt()), frame(16, &[alpha(1, &spoilt())])].concat();
    assert_eq!(read(&[lossless(16, &codes), others.clone()]).unwrap(), plain);
    assert_eq!(read(&[extended(0, 16), lossless(16, &codes), others.clone()]).unwrap(), plain);
    let animated = read(&[extended(ANIMATION, 16), frame(16, &[lossless(16, &codes)]), others]).unwrap();
    assert_eq!(animated, plain + 2);
    assert!(read(&[lossless(16, &spoilt())]).is_err());
    // Transparency that is not compressed has no codes, and where none is said to be, none is read.
    let with_alpha = |flags, first| read(&[extended(flags, 16), lossy(b"VP8 ", 16), alpha(first, &spoilt())]);
    assert!(with_alpha(ALPHA, 0).is_ok() && with_alpha(0, 1).is_ok() && with_alpha(ALPHA, 1).is_err());
}

#[test]
fn too_large_images_are_not_read() {
    for chunks in [
        vec![lossless(16_384, &spoilt())],
        vec![extended(0, 16_384), lossless(16_384, &spoilt())],
        vec![extended(ANIMATION, 16_384), frame(16, &[lossless(16, &spoilt())])],
    ] {
        assert!(matches!(read(&chunks), Err(MediaError::TooLarge { .. })));
    }
}

#[test]
fn what_is_decoded_is_counted() {
    // 200 groups, behind 16 numbers of blocks: with the size of the canvas, they would not be found.
    let codes = stream_of(200, 16);
    let animated = read(&[extended(ANIMATION, 1600), frame(16, &[alpha(1, &codes), lossy(b"VP8 ", 16)])]).unwrap();
    let canvas = 8 * 1600 * 1600 / 1024;
    assert!(animated > canvas + 200, "{animated}");
    // The second size does not count, nor that it says nothing of an animation.
    let twice = [extended(ANIMATION, 1600), extended(0, 16), frame(16, &[alpha(1, &codes), lossy(b"VP8 ", 16)])];
    assert_eq!(read(&twice).unwrap(), animated);
    // What follows transparency is read as a lossy image.
    let renamed = [extended(ANIMATION, 1600), frame(16, &[alpha(1, &codes), lossy(b"None", 16)])];
    assert_eq!(read(&renamed).unwrap(), animated);

    // Without an animation, a frame's parts count too, even when they are longer than it.
    let still = read(&[extended(ALPHA, 16), lossy(b"VP8 ", 16), alpha(1, &codes)]).unwrap();
    let mut long = frame(16, &[alpha(1, &codes)]);
    assert_eq!(read(&[extended(ALPHA, 16), lossy(b"VP8 ", 16), long.clone()]).unwrap(), still);
    long[4..8].copy_from_slice(&24_u32.to_le_bytes());
    assert_eq!(read(&[extended(ALPHA, 16), lossy(b"VP8 ", 16), long]).unwrap(), still);
    let hidden = read(&[extended(0, 16), lossy(b"VP8 ", 16), frame(16, &[lossless(16, &codes)])]).unwrap();
    assert_eq!(hidden, read(&[lossless(16, &codes)]).unwrap());
}

#[test]
fn parts_of_another_size_are_refused() {
    for chunks in [
        vec![extended(0, 16), lossless(17, &stream_of(1, 16))],
        vec![extended(0, 16), lossy(b"VP8 ", 17)],
        vec![extended(ANIMATION, 16), frame(17, &[lossless(17, &stream_of(1, 25))])],
        vec![extended(ANIMATION, 16), frame(16, &[alpha(0, &[]), lossy(b"None", 16_000)])],
    ] {
        assert!(matches!(read(&chunks), Err(MediaError::Undecodable(_))));
    }
}
