//! WebPs: each kind, and the hostile ones that are known.

use super::at;

/// A lossy WebP of one pixel block: nothing here writes one.
const LOSSY: &[u8] = &[
    0x52, 0x49, 0x46, 0x46, 0x3c, 0x00, 0x00, 0x00, 0x57, 0x45, 0x42, 0x50, 0x56, 0x50, 0x38, 0x20, 0x30, 0x00, 0x00,
    0x00, 0xd0, 0x01, 0x00, 0x9d, 0x01, 0x2a, 0x02, 0x00, 0x02, 0x00, 0x02, 0x00, 0x34, 0x25, 0xa0, 0x02, 0x74, 0xba,
    0x01, 0xf8, 0x00, 0x03, 0xb0, 0x00, 0xfe, 0xf0, 0xc4, 0x0b, 0xff, 0x20, 0xb9, 0x61, 0x75, 0xc8, 0xd7, 0xff, 0x20,
    0x3f, 0xe4, 0x07, 0xfc, 0x80, 0xff, 0xf8, 0xf2, 0x00, 0x00, 0x00,
];

/// Lengths of a code that is 33 times whole. Summed in 16 bits, it is whole.
const WRAPPING: [u32; 75] = {
    let mut lengths = [1; 75];
    let mut at = 64;
    while at < 75 {
        lengths[at] = if at < 74 { at as u32 - 63 } else { 10 };
        at += 1;
    }
    lengths
};

/// Flags of an extended file.
const ANIMATION: u8 = 2;
const ALPHA: u8 = 16;

/// Files by name.
pub(super) fn all() -> Vec<(&'static str, Vec<u8>)> {
    // The same, saying that it has 5,000 pixels a side.
    let large = at(LOSSY, 26, &[0x88, 0x13, 0x88, 0x13]);
    let lossy = || LOSSY[12..].to_vec();
    // Its block, of which it shows four pixels, whole.
    let block = at(LOSSY, 26, &[16, 0, 16, 0])[12..].to_vec();
    let even = |size| lossless(size, &plain());
    // For a frame of four by four blocks; for those of a canvas there are not bits enough.
    let many = codes(Numbers::Each(16), 400, None);
    vec![
        ("a lossy WebP", LOSSY.to_vec()),
        ("a lossy WebP that says it is large", at(LOSSY, 26, &[0xff, 0x3f, 0xff, 0x3f])),
        ("a lossy WebP with alpha", file(&[extended(ALPHA, 2), alpha(&plain()), lossy()])),
        ("a lossy WebP with raw alpha", file(&[extended(ALPHA, 2), chunk(b"ALPH", &[0; 5]), lossy()])),
        ("an animated WebP", animated(2, &[frame(2, &[lossy()])])),
        ("a large animated WebP", animated(6000, &[frame(2, &[lossy()])])),
        ("an animated lossless WebP", animated(1500, &[frame(1500, &[even(1500)])])),
        (
            "an animated WebP that says twice what it is",
            file(&[extended(ANIMATION, 1500), extended(0, 1500), chunk(b"ANIM", &[0; 6]), frame(1500, &[even(1500)])]),
        ),
        ("an animated WebP of many codes", animated(400, &[frame(16, &[alpha(&many), block])])),
        (
            "an animated WebP whose lossy image has another name",
            animated(2, &[frame(2, &[chunk(b"ALPH", &[0; 5]), chunk(b"None", &large[20..])])]),
        ),
        ("a WebP of a frame that it does not say", file(&[extended(0, 16), lossy(), frame(2, &[lossless(16, &many)])])),
        ("a WebP of many codes", file(&[lossless(8, &codes(Numbers::Same, 400, None))])),
        (
            "a WebP of many codes behind one that is too much",
            file(&[lossless(8, &codes(Numbers::Same, 3000, Some(&WRAPPING)))]),
        ),
    ]
}

fn chunk(name: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let length = u32::try_from(data.len()).expect("is short").to_le_bytes();
    [&name[..], &length, data, &[0][..data.len() & 1]].concat()
}

fn file(chunks: &[Vec<u8>]) -> Vec<u8> {
    chunk(b"RIFF", &[&b"WEBP"[..], &chunks.concat()].concat())
}

fn square(size: u32) -> Vec<u8> {
    (size - 1).to_le_bytes()[..3].repeat(2)
}

/// The head of an extended file.
fn extended(flags: u8, size: u32) -> Vec<u8> {
    chunk(b"VP8X", &[&[flags, 0, 0, 0][..], &square(size)].concat())
}

/// One of frames on a canvas of a size.
fn animated(size: u32, frames: &[Vec<u8>]) -> Vec<u8> {
    file(&[extended(ANIMATION, size), chunk(b"ANIM", &[0; 6]), frames.concat()])
}

fn frame(size: u32, chunks: &[Vec<u8>]) -> Vec<u8> {
    chunk(b"ANMF", &[&[0; 6][..], &square(size), &[0; 4], &chunks.concat()].concat())
}

fn alpha(stream: &[u8]) -> Vec<u8> {
    chunk(b"ALPH", &[&[1][..], stream].concat())
}

fn lossless(size: u32, stream: &[u8]) -> Vec<u8> {
    let mut head = Bits::default();
    head.put(0x2f, 8);
    head.put(size - 1, 14);
    head.put(size - 1, 14);
    head.put(0, 4);
    chunk(b"VP8L", &[&head.0, stream].concat())
}

/// A stream of pixels that are all the same, and take no bits.
fn plain() -> Vec<u8> {
    let mut bits = Bits::default();
    bits.put(0, 3);
    (0..5).for_each(|_| bits.single(0));
    bits.0
}

/// Which group of codes a block of pixels has.
#[derive(Clone, Copy)]
enum Numbers {
    /// All have the last one, which takes no bits.
    Same,
    /// So many are said one by one.
    Each(usize),
}

/// A stream whose groups of codes each take 70 KB in 140 bytes. The lengths of the first group's red code may be said.
fn codes(numbers: Numbers, groups: u32, first: Option<&[u32]>) -> Vec<u8> {
    let mut bits = Bits::default();
    // No transform, a cache of 2,048 colours, and an image of the groups' numbers.
    bits.put(0b10, 2);
    bits.put(11, 4);
    bits.put(1, 1);
    match numbers {
        Numbers::Same => {
            bits.put(6, 3);
            bits.put(0, 1);
            [(groups - 1) & 255, (groups - 1) >> 8, 0, 255, 0].into_iter().for_each(|symbol| bits.single(symbol));
        }
        Numbers::Each(count) => {
            bits.put(0, 3);
            bits.put(0, 1);
            bits.put(0b111, 3);
            bits.put((groups - 1) & 255, 8);
            bits.put(0, 8);
            [(groups - 1) >> 8, 0, 0, 0].into_iter().for_each(|symbol| bits.single(symbol));
            (0..count).for_each(|_| bits.put(0, 1));
        }
    }
    for group in 0..groups {
        bits.long_code();
        match first.filter(|_| group == 0) {
            Some(lengths) => bits.code(lengths),
            None => bits.single(0),
        }
        (0..3).for_each(|_| bits.single(0));
    }
    // The pixels of a small image.
    bits.0.resize(bits.0.len().next_multiple_of(2) + 512, 0);
    bits.0
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

    /// What says how long the codes of lengths are.
    fn lengths(&mut self, length: impl Fn(u32) -> u32) {
        self.put(0, 1);
        self.put(15, 4);
        for symbol in [17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15] {
            self.put(length(symbol), 3);
        }
        self.put(1, 1);
    }

    /// A code of which the lengths of the first symbols are these.
    fn code(&mut self, lengths: &[u32]) {
        // Each length has a code of four bits, and repetitions have none.
        self.lengths(|symbol| if symbol < 16 { 4 } else { 0 });
        self.put(7, 3);
        self.put(u32::try_from(lengths.len()).expect("is short") - 2, 16);
        // Codes are written from their highest bit on.
        lengths.iter().for_each(|&length| self.put(length.reverse_bits() >> 28, 4));
    }

    /// 2,048 symbols of eleven bits, said by a code of two symbols: 11, and 16 for "the same again".
    fn long_code(&mut self) {
        self.lengths(|symbol| u32::from(symbol == 11 || symbol == 16));
        self.put(4, 3);
        self.put(343 - 2, 10);
        self.put(0, 1);
        (0..341).for_each(|_| self.put(0b111, 3));
        self.put(0, 1);
    }
}
