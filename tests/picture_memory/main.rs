//! No picture takes more memory than was set aside for it: real and hostile files of each format, and what chance makes of them.
//! A test of its own, so that nothing else allocates in the process that is measured.
//!
//! `PXT_TEST_PICTURES=100000` tries more than a few hundred, `PXT_TEST_SEED=7` others; a failure prints both. The
//! files that failed are kept in the temporary folder.

mod files;

use std::panic::AssertUnwindSafe;

use peak_alloc::PeakAlloc;
use pxt::{Image, functions, testing};

#[global_allocator]
static ALLOCATED: PeakAlloc = PeakAlloc;

/// What decoding a picture may take above what was set aside for it, in bytes: errors and their texts.
const BESIDES: usize = 64 << 10;

/// What is set aside for a row beside its picture, in bytes. No decoder has a right to it; reading the camera's notes has.
const ROW: usize = 4 << 20;

/// A sequence of numbers that look like chance, the same for a seed each time (xorshift64*).
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % limit.max(1)
    }
}

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().expect("a number"))
}

/// How much something allocates at most, in bytes. None when it panics.
fn peak<T>(work: impl FnOnce() -> T) -> Option<usize> {
    let before = ALLOCATED.current_usage();
    ALLOCATED.reset_peak_usage();
    let done = std::panic::catch_unwind(AssertUnwindSafe(work));
    let peak = ALLOCATED.peak_usage() - before;
    done.is_ok().then_some(peak)
}

/// Decodes a file and reads its notes. What went wrong, in words.
fn fault(file: &[u8]) -> Option<String> {
    let image = Image::from_bytes(file.to_vec());
    let reserved = testing::image_memory(&image).expect("nobody else takes memory");
    // The file itself was there before.
    let allowed = (usize::try_from(reserved).expect("fits") - file.len()).saturating_sub(ROW) + BESIDES;
    let pixels = peak(|| image.blocking_decode().map(|pixels| (pixels.width(), pixels.height())));
    let notes = peak(|| functions::image::exif(image.clone()));
    match (pixels, notes) {
        (None, _) => Some("decoding it panics".to_owned()),
        (_, None) => Some("reading its notes panics".to_owned()),
        (Some(pixels), _) if pixels > allowed => Some(format!("its pixels took {pixels} bytes of {allowed}")),
        (_, Some(notes)) if notes > ROW => Some(format!("its notes took {notes} bytes of {ROW}")),
        _ => None,
    }
}

/// What went wrong with a file, which is kept then: it may not go wrong again.
fn complaint(file: &[u8], name: &str) -> Option<String> {
    let what = fault(file)?;
    let kept = std::env::temp_dir().join(format!("pxt-{}", name.replace(' ', "-")));
    std::fs::write(&kept, file).expect("is kept");
    Some(format!("{name}: {what}; it is kept as {}", kept.display()))
}

/// Changes a file here and there: bits, lengths and sizes, parts left out, repeated or taken from another.
fn mutated(file: &[u8], other: &[u8], chance: &mut Chance) -> Vec<u8> {
    const TELLING: [u32; 8] = [0, 1, 7000, 0x3fff, 0x4000, 0xffff, 0x00ff_ffff, u32::MAX];
    let mut file = file.to_vec();
    for _ in 0..=chance.below(4) {
        // Heads are where sizes are.
        let reach = if chance.below(3) > 0 { file.len().min(400) } else { file.len() };
        let at = chance.below(reach);
        let rest = file.len() - at;
        match chance.below(7) {
            0 | 1 if rest > 0 => file[at] ^= 1 << chance.below(8),
            2 if rest > 0 => file[at] = chance.below(256) as u8,
            3 if rest >= 4 => {
                let value = TELLING[chance.below(TELLING.len())];
                let bytes = if chance.below(2) == 0 { value.to_le_bytes() } else { value.to_be_bytes() };
                let from = chance.below(3);
                file[at..at + 4 - from].copy_from_slice(&bytes[from..]);
            }
            4 => file.truncate(at.max(12)),
            5 => {
                let part = file[at..at + chance.below(rest.min(2000))].to_vec();
                file.splice(at..at, part);
            }
            6 => {
                let from = chance.below(other.len());
                let part = &other[from..other.len().min(from + chance.below(2000))];
                file.splice(at..at, part.iter().copied());
            }
            _ => {}
        }
    }
    file
}

#[test]
fn no_picture_takes_more_than_was_set_aside() {
    let (cases, seed) = (number("PXT_TEST_PICTURES", 100), number("PXT_TEST_SEED", 20_260_101));
    let files = files::all();
    // What a first picture makes once for all.
    drop(fault(&files[0].1));
    let mut wrong: Vec<_> = files.iter().filter_map(|(name, file)| complaint(file, name)).collect();
    let mut chance = Chance(seed.max(1));
    // Mutations meet assertions of decoders that a build for tests has on.
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let made = |case| {
        let (name, file) = &files[chance.below(files.len())];
        let other = &files[chance.below(files.len())].1;
        (format!("case {case} of seed {seed}, made of {name}"), mutated(file, other, &mut chance))
    };
    wrong.extend((0..cases).map(made).find_map(|(name, file)| complaint(&file, &name)));
    std::panic::set_hook(hook);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
