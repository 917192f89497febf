//! The camera's notes in a file: where they are, and whether reading them takes no more than they are worth.
//!
//! Entries may all name the same bytes, and directories each other: a block of 64 KiB can say that it holds gigabytes. What
//! reads such blocks keeps a value for each entry, so the entries are counted before.

use image::ImageFormat;
use image::metadata::Orientation;

use super::head;

/// The longest block that is read, in bytes. A JPEG cannot hold a longer one.
const LONGEST: usize = 64 << 10;

/// The most entries of a block. Cameras write a hundred.
const ENTRIES: usize = 1000;

/// The most directories that follow one another.
const DIRECTORIES: usize = 8;

/// The block of EXIF data that a file carries, beginning with its TIFF header. None for one that is too long.
pub(super) fn block(file: &[u8]) -> Option<&[u8]> {
    let block = match image::guess_format(file).ok()? {
        ImageFormat::Jpeg => head::segments(file)
            .filter(|(marker, _)| *marker == 0xe1)
            .find_map(|(_, data)| data.strip_prefix(b"Exif\0\0".as_slice())),
        format @ ImageFormat::Png => head::chunk(file, format, b"eXIf"),
        format @ ImageFormat::WebP => head::chunk(file, format, b"EXIF"),
        _ => None,
    };
    block.filter(|block| block.len() <= LONGEST)
}

/// How the camera was held.
pub(super) fn orientation(file: &[u8]) -> Orientation {
    block(file).and_then(Orientation::from_exif_chunk).unwrap_or(Orientation::NoTransforms)
}

/// Whether the entries of a block are few, and what they say they hold is no more than its length.
pub(super) fn is_bounded(block: &[u8]) -> bool {
    let number = match block.get(..2) {
        Some(b"II") => u32::from_le_bytes,
        Some(b"MM") => u32::from_be_bytes,
        _ => return true,
    };
    let mut walk = Walk { block, number, entries: ENTRIES, bytes: block.len() };
    let Some(mut next) = walk.long(4) else { return true };
    for _ in 0..DIRECTORIES {
        match walk.directory(next, Directory::Main) {
            Ok(0) => return true,
            Ok(following) => next = following,
            Err(End::Broken) => return true,
            Err(End::TooMuch) => return false,
        }
    }
    true
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Directory {
    Main,
    Exif,
    /// One in which no other is named.
    Last,
}

enum End {
    /// Whoever reads the block ends here too.
    Broken,
    TooMuch,
}

struct Walk<'a> {
    block: &'a [u8],
    number: fn([u8; 4]) -> u32,
    entries: usize,
    bytes: usize,
}

impl Walk<'_> {
    /// Counts what a directory holds. The place of the next one, or 0.
    fn directory(&mut self, at: u32, directory: Directory) -> Result<u32, End> {
        let at = at as usize;
        let count = self.short(at).ok_or(End::Broken)?;
        for entry in (0..count as usize).map(|entry| at + 2 + 12 * entry) {
            self.entries = self.entries.checked_sub(1).ok_or(End::TooMuch)?;
            self.entry(entry, directory)?;
        }
        self.long(at + 2 + 12 * count as usize).ok_or(End::Broken)
    }

    fn entry(&mut self, at: usize, directory: Directory) -> Result<(), End> {
        let fields = (self.short(at), self.short(at + 2), self.long(at + 4), self.long(at + 8));
        let (Some(tag), Some(ty), Some(count), Some(value)) = fields else { return Err(End::Broken) };
        let length = (count as usize).saturating_mul(size(ty));
        let fits = |&length: &usize| length <= 4 || (value as usize).saturating_add(length) <= self.block.len();
        let taken = Some(length).filter(fits).unwrap_or_default();
        self.bytes = self.bytes.checked_sub(taken).ok_or(End::TooMuch)?;
        let child = match (directory, tag) {
            (Directory::Main, 0x8769) => Directory::Exif,
            (Directory::Main, 0x8825) | (Directory::Exif, 0xa005) => Directory::Last,
            _ => return Ok(()),
        };
        // A directory is named by one number. Anything else is no camera's.
        if (ty, count) != (4, 1) {
            return Err(End::TooMuch);
        }
        match self.directory(value, child) {
            Err(End::TooMuch) => Err(End::TooMuch),
            _ => Ok(()),
        }
    }

    fn short(&self, at: usize) -> Option<u32> {
        let &[first, second] = self.block.get(at..at.checked_add(2)?)? else { return None };
        let is_little = (self.number)([1, 0, 0, 0]) == 1;
        Some(u32::from(if is_little {
            u16::from_le_bytes([first, second])
        } else {
            u16::from_be_bytes([first, second])
        }))
    }

    fn long(&self, at: usize) -> Option<u32> {
        Some((self.number)(self.block.get(at..at.checked_add(4)?)?.try_into().ok()?))
    }
}

/// Bytes of a value of a type.
fn size(ty: u32) -> usize {
    match ty {
        1 | 2 | 6 | 7 => 1,
        3 | 8 => 2,
        4 | 9 | 11 => 4,
        5 | 10 | 12 => 8,
        _ => 0,
    }
}
