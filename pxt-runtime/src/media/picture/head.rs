//! What the head of an image's file says: its size, and the memory that its decoder will take.
//!
//! Nothing is decoded or expanded here, and no more allocated than a code's lengths. Numbers are upper bounds: where a file could
//! mean two things, the dearer one counts.

mod webp;

use image::error::{DecodingError, ImageFormatHint};
use image::{ImageError, ImageFormat};

use crate::media::MediaError;

/// The most pixels that an image may have on a side.
pub(crate) const SIDE: u32 = 16_384;

/// The most bytes of metadata that a decoder keeps.
pub(super) const METADATA: usize = 4 << 20;

/// The most segments of a JPEG before its pixels. The decoder looks at all that it keeps after each of them; a file has no more when
/// each is as long as it can be.
const SEGMENTS: usize = 4096;

/// What a decoder keeps of a segment beside its data, in bytes: an entry of a list that is copied when it grows.
const SEGMENT: u64 = 256;

/// What every decoder may take for tables and buffers of fixed size, in bytes.
const FIXED: u64 = 1 << 20;

/// What a file says of its image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) format: ImageFormat,
    pub(super) width: u32,
    pub(super) height: u32,
    /// Bytes that a decoded pixel takes, at most.
    pub(super) depth: u64,
    /// Bytes that the decoder takes beside the file and the pixels, at most.
    pub(super) overhead: u64,
}

impl Head {
    /// Bytes of the decoded image, at most.
    pub(super) fn decoded(&self) -> u64 {
        self.depth * self.pixels()
    }

    pub(super) fn pixels(&self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }

    /// Whether reading the head of a file takes longer than a look at a few numbers, however short it is: the codes of a WebP are
    /// read to their end.
    pub(super) fn takes_long(file: &[u8]) -> bool {
        matches!(image::guess_format(file), Ok(ImageFormat::WebP))
    }

    /// Reads the head of a whole file.
    ///
    /// # Errors
    /// [`MediaError::Undecodable`] for what is no image of a known format, [`MediaError::TooLarge`], [`MediaError::Metadata`].
    pub(super) fn read(file: &[u8], most_pixels: u64) -> Result<Self, MediaError> {
        let read = match image::guess_format(file) {
            Ok(ImageFormat::Png) => png(file)?,
            Ok(ImageFormat::Jpeg) => jpeg(file),
            Ok(ImageFormat::Gif) => gif(file),
            Ok(ImageFormat::WebP) => webp::webp(file, most_pixels)?,
            Ok(ImageFormat::Bmp) => bmp(file),
            _ => None,
        };
        let head = read.filter(|head| head.pixels() > 0).ok_or_else(broken)?;
        check_size(head.width, head.height, most_pixels)?;
        Ok(Self { overhead: head.overhead.saturating_add(FIXED), ..head })
    }
}

fn check_size(width: u32, height: u32, most_pixels: u64) -> Result<(), MediaError> {
    if width > SIDE || height > SIDE || u64::from(width) * u64::from(height) > most_pixels {
        return Err(MediaError::TooLarge { side: SIDE, pixels: most_pixels });
    }
    Ok(())
}

fn png(file: &[u8]) -> Result<Option<Head>, MediaError> {
    let mut head = None;
    for Chunk { kind, data, .. } in chunks(file, 8, u32::from_be_bytes, 12) {
        match &kind {
            b"IHDR" => {
                head = (|| {
                    let (width, height) = (big(data, 0)?, big(data, 4)?);
                    // Palettes become colours, and what is transparent an alpha channel.
                    let channels = if matches!(data.get(9)?, 0 | 4) { 2 } else { 4 };
                    let depth = if *data.get(8)? == 16 { 2 * channels } else { channels };
                    // The rows in work, with what the decompressor looks back at.
                    Some(Head {
                        format: ImageFormat::Png,
                        width,
                        height,
                        depth,
                        overhead: 16 * depth * u64::from(width),
                    })
                })();
            }
            b"eXIf" if data.len() > METADATA => {
                return Err(MediaError::Metadata { mebibytes: METADATA as u64 >> 20 });
            }
            b"eXIf" => {
                if let Some(head) = &mut head {
                    head.overhead += 4 * data.len() as u64;
                }
            }
            b"IDAT" => break,
            _ => {}
        }
    }
    Ok(head)
}

fn jpeg(file: &[u8]) -> Option<Head> {
    let mut head = None;
    for (index, (marker, data)) in segments(file).enumerate() {
        match marker {
            _ if index >= SEGMENTS => return None,
            0xc0..=0xc2 => head = Some(jpeg_frame(data)?),
            // Of one so short, the decoder takes a byte too many, and finds other segments behind it.
            0xe0 if data.len() == 4 => return None,
            _ => {}
        }
    }
    let head: Head = head?;
    // Metadata may also stand behind pixels: profiles and texts in several parts.
    let kept = file.windows(2).filter(|bytes| matches!(bytes, [0xff, 0xe1 | 0xe2])).count() as u64;
    // The decoder keeps the file once more, and of what is metadata two copies.
    Some(Head { overhead: head.overhead + 3 * file.len() as u64 + SEGMENT * kept, ..head })
}

fn jpeg_frame(data: &[u8]) -> Option<Head> {
    let side = |at| Some(u32::from(u16::from_be_bytes([*data.get(at)?, *data.get(at + 1)?])));
    let (height, width, components) = (side(1)?, side(3)?, u64::from(*data.get(5)?));
    let samples = data.get(6..)?.chunks_exact(3).map(|component| component[1]);
    let (across, down) = samples
        .fold((1, 1), |(across, down), sample| (u64::from(sample >> 4).max(across), u64::from(sample & 15).max(down)));
    let padded = |side: u32, samples: u64| u64::from(side).next_multiple_of(8 * samples);
    // Progressive images, and those whose components come one by one, are kept whole as numbers of two bytes.
    let numbers = 2 * components * padded(width, across) * padded(height, down);
    // Two rows of blocks, upsampled.
    let rows = 96 * components * padded(width, across) * across * down;
    let depth = if components == 1 { 1 } else { 3 };
    Some(Head { format: ImageFormat::Jpeg, width, height, depth, overhead: numbers + rows })
}

fn gif(file: &[u8]) -> Option<Head> {
    let side = |at| little_side(file, at);
    let (width, height) = (side(6)?, side(8)?);
    let table = |flags: u8| if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) };
    let mut at = 13 + table(*file.get(10)?);
    let mut metadata = 0;
    loop {
        match file.get(at)? {
            // An extension: a label, and blocks of up to 255 bytes until an empty one.
            0x21 => {
                at += 2;
                while let Some(&length) = file.get(at).filter(|&&length| length > 0) {
                    at += 1 + usize::from(length);
                    metadata += 1 + u64::from(length);
                }
                at += 1;
            }
            0x2c => break,
            _ => at += 1,
        }
    }
    let frame = u64::from(side(at + 5)?) * u64::from(side(at + 7)?);
    let covers = side(at + 1)? == 0 && side(at + 5)? == width;
    // A frame is numbers of colours at first, and if it is not as wide as the image, it is decoded aside. Profiles are collected in
    // vectors that grow.
    let overhead = 3 * metadata + if covers { frame } else { 5 * frame };
    Some(Head { format: ImageFormat::Gif, width, height, depth: 4, overhead })
}

fn bmp(file: &[u8]) -> Option<Head> {
    let (width, height) = if little(file, 14)? == 12 {
        (little_side(file, 18)?, little_side(file, 20)?)
    } else {
        // Upside down if negative.
        (little(file, 18)?, little(file, 22)?.cast_signed().unsigned_abs())
    };
    // Rows are read one by one; a palette is a row of 256 colours.
    Some(Head { format: ImageFormat::Bmp, width, height, depth: 4, overhead: 16 * u64::from(width) })
}

/// A part of a PNG or a RIFF file.
#[derive(Clone, Copy)]
struct Chunk<'a> {
    kind: [u8; 4],
    /// Where its data begin in the file.
    at: usize,
    /// As much of them as there is.
    data: &'a [u8],
}

/// The chunks of a file from an offset on: a length and a name (PNG) or a name and a length (RIFF), data, and for a PNG a checksum
/// (`frame` is what a chunk takes beside its data). The last may be cut off.
fn chunks(file: &[u8], start: usize, number: fn([u8; 4]) -> u32, frame: usize) -> impl Iterator<Item = Chunk<'_>> {
    let is_riff = frame == 8;
    let mut at = start;
    std::iter::from_fn(move || {
        let first: [u8; 4] = file.get(at..at + 4)?.try_into().ok()?;
        let second: [u8; 4] = file.get(at + 4..at + 8)?.try_into().ok()?;
        let (kind, length) = if is_riff { (first, number(second)) } else { (second, number(first)) };
        let length = usize::try_from(length).ok()?;
        let begin = at + 8;
        let data = &file[begin..begin.saturating_add(length).min(file.len())];
        let padding = if is_riff { length & 1 } else { 0 };
        at = at.saturating_add(frame).saturating_add(length).saturating_add(padding);
        Some(Chunk { kind, at: begin, data })
    })
}

/// The data of the first chunk of a name, as much as there is of it.
pub(super) fn chunk<'a>(file: &'a [u8], format: ImageFormat, name: &[u8; 4]) -> Option<&'a [u8]> {
    let (start, number, frame): (_, fn([u8; 4]) -> u32, _) = match format {
        ImageFormat::Png => (8, u32::from_be_bytes, 12),
        ImageFormat::WebP => (12, u32::from_le_bytes, 8),
        _ => return None,
    };
    chunks(file, start, number, frame).find(|chunk| chunk.kind == *name).map(|chunk| chunk.data)
}

/// The segments of a JPEG up to the first scan, as its decoder finds them: their markers and data. It takes every marker to have a
/// length.
pub(super) fn segments(file: &[u8]) -> impl Iterator<Item = (u8, &[u8])> {
    let (mut at, mut last, mut has_ended) = (2, 0, false);
    std::iter::from_fn(move || {
        if has_ended {
            return None;
        }
        // Anything may stand before a marker, and its first byte several times, with zeros between.
        let marker = loop {
            let mut byte = *file.get(at)?;
            at += 1;
            if last == 0xff {
                while let 0xff | 0 = byte {
                    last = byte;
                    byte = *file.get(at)?;
                    at += 1;
                }
            }
            let is_marker = last == 0xff;
            last = byte;
            if is_marker {
                break byte;
            }
        };
        has_ended = marker == 0xda;
        let length = usize::from(u16::from_be_bytes([*file.get(at)?, *file.get(at + 1)?])).max(2);
        let begin = at + 2;
        at += length;
        Some((marker, &file[begin.min(file.len())..at.min(file.len())]))
    })
}

/// A file whose head cannot be read.
pub(super) fn broken() -> MediaError {
    let text = "the head of the file is broken";
    MediaError::Undecodable(ImageError::Decoding(DecodingError::new(ImageFormatHint::Unknown, text)))
}

fn big(data: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(data.get(at..at + 4)?.try_into().ok()?))
}

fn little(data: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(data.get(at..at + 4)?.try_into().ok()?))
}

fn little_24(data: &[u8], at: usize) -> Option<u32> {
    let &[low, middle, high] = data.get(at..at + 3)? else { return None };
    Some(u32::from_le_bytes([low, middle, high, 0]))
}

fn little_side(data: &[u8], at: usize) -> Option<u32> {
    Some(u32::from(u16::from_le_bytes(data.get(at..at + 2)?.try_into().ok()?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segment(marker: u8, data: &[u8]) -> Vec<u8> {
        let length = u16::try_from(data.len() + 2).unwrap().to_be_bytes();
        [&[0xff, marker][..], &length, data].concat()
    }

    /// A JPEG of eight by eight grey pixels, without them.
    fn jpeg(segments: &[Vec<u8>]) -> Vec<u8> {
        let (frame, scan) = (segment(0xc0, &[8, 0, 8, 0, 8, 1, 1, 0x11, 0]), segment(0xda, &[1, 1, 0, 0, 63, 0]));
        [&[0xff, 0xd8][..], &segments.concat(), &frame, &scan].concat()
    }

    /// A part of a text that says that there are many more.
    fn text(index: u32) -> Vec<u8> {
        let name = b"http://ns.adobe.com/xmp/extension/\0";
        segment(0xe1, &[&name[..], &[b'g'; 32], &[0x7f; 4], &index.to_be_bytes(), &[0]].concat())
    }

    #[test]
    fn a_jpeg_has_no_more_segments_than_are_looked_at_each_time() {
        let read = |count| Head::read(&jpeg(&(0..count).map(text).collect::<Vec<_>>()), 1000);
        assert!(read(4000).is_ok());
        assert!(matches!(read(4100), Err(MediaError::Undecodable(_))));
    }

    #[test]
    fn segments_are_those_that_the_decoder_finds() {
        let find = |file: &[u8]| segments(file).map(|(marker, data)| (marker, data.len())).collect::<Vec<_>>();
        assert_eq!(find(&jpeg(&[])), [(0xc0, 9), (0xda, 6)]);
        // What has no length in other decoders.
        assert_eq!(find(&jpeg(&[segment(0xd0, &text(0))])), [(0xd0, 80), (0xc0, 9), (0xda, 6)]);
        // Bytes before a marker, zeros between its first byte and itself, and a zero just before it.
        assert_eq!(
            find(&jpeg(&[vec![1, 2, 0xff, 0xff, 0, 0xff], segment(0xfe, &[])])),
            [(0xfe, 0), (0xc0, 9), (0xda, 6)]
        );
        assert_eq!(find(&jpeg(&[vec![0xff, 0, 0xda]])), [(0xc0, 9), (0xda, 6)]);
        assert!(Head::read(&jpeg(&[segment(0xe0, &[0; 4])]), 1000).is_err());
        assert!(Head::read(&jpeg(&[segment(0xe0, &[0; 5])]), 1000).is_ok());
    }
}
