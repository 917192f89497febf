//! Streams of lossless WebPs, written bit by bit.

use super::*;

/// The order in which a code says the lengths of the codes for lengths.
const ORDER: [u32; 19] = [17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];

/// Bits, the lowest of a byte first.
#[derive(Default)]
pub(in crate::media::picture) struct Bits(Vec<bool>);

impl Bits {
    /// A stream that begins so.
    pub(in crate::media::picture) fn of(numbers: &[(u32, u32)]) -> Self {
        let mut bits = Self::default();
        numbers.iter().for_each(|&(value, count)| bits.put(value, count));
        bits
    }

    pub(in crate::media::picture) fn put(&mut self, value: u32, count: u32) {
        self.0.extend((0..count).map(|bit| value >> bit & 1 == 1));
    }

    /// A code of one symbol, which takes no bits.
    pub(in crate::media::picture) fn single(&mut self, symbol: u32) {
        self.put(0b101, 3);
        self.put(symbol, 8);
    }

    /// A group of codes in which all pixels are one colour.
    pub(in crate::media::picture) fn plain(&mut self, green: u32, red: u32) {
        [green, red, 0, 0, 0].into_iter().for_each(|symbol| self.single(symbol));
    }

    /// A code of which the lengths of the first symbols are these.
    pub(in crate::media::picture) fn code(&mut self, lengths: &[u32]) {
        // Each length has a code of four bits, and repetitions have none.
        self.put(0, 1);
        self.put(15, 4);
        ORDER.iter().for_each(|&length| self.put(if length < 16 { 4 } else { 0 }, 3));
        self.put(1, 1);
        self.put(7, 3);
        self.put(u32::try_from(lengths.len()).unwrap() - 2, 16);
        // Codes are written from their highest bit on.
        lengths.iter().for_each(|&length| self.put(length.reverse_bits() >> 28, 4));
    }

    /// Groups whose green codes have 256 symbols of eight bits.
    fn groups(mut self, groups: u32) -> Vec<u8> {
        for _ in 0..groups {
            self.code(&[8; 256]);
            (0..4).for_each(|_| self.single(0));
        }
        self.bytes()
    }

    pub(in crate::media::picture) fn bytes(&self) -> Vec<u8> {
        let byte = |bits: &[bool]| bits.iter().rev().fold(0, |byte, &bit| byte << 1 | u8::from(bit));
        self.0.chunks(8).map(byte).collect()
    }
}

/// The lengths of a code whose sum the decoder takes for whole, as it wraps round: 33 times whole.
pub(in crate::media::picture) fn wrapping() -> Vec<u32> {
    [vec![1; 64], (1..=10).collect(), vec![10]].concat()
}

/// The lengths of a code for which the decoder looks where nothing is: twice whole.
pub(in crate::media::picture) fn breaking() -> Vec<u32> {
    [vec![1; 2], (1..=15).collect(), vec![15]].concat()
}

/// A stream whose groups have green codes of 256 symbols of eight bits.
fn stream(groups: u32) -> Vec<u8> {
    // No transform, no colours kept, and an image of one number of groups.
    let mut bits = Bits::of(&[(0b100, 3), (0, 3), (0, 1)]);
    bits.plain((groups - 1) & 255, (groups - 1) >> 8);
    bits.groups(groups)
}

/// One for which an image of so many numbers is read, bit by bit. There are 256 groups at the most.
pub(in crate::media::picture) fn stream_of(groups: u32, numbers: usize) -> Vec<u8> {
    let mut bits = Bits::of(&[(0b100, 3), (0, 3), (0, 1)]);
    // A green code of two symbols, of which the first is the number of the last group.
    bits.put(0b111, 3);
    bits.put(groups - 1, 8);
    bits.put(0, 8);
    (0..4).for_each(|_| bits.single(0));
    (0..numbers).for_each(|_| bits.put(0, 1));
    bits.groups(groups)
}

#[test]
fn codes_are_counted() {
    // An image of one number, its group, and for each group itself and a table of 256.
    let expected = |groups: u64| 6 + GROUP + groups * (GROUP + 4 * 256);
    assert_eq!(overhead(&stream(1), 4, 4), Some(expected(1)));
    assert_eq!(overhead(&stream(9), 4, 4), Some(expected(9)));
    assert_eq!(overhead(&stream(9)[..40], 4, 4), None, "breaks off");
    assert_eq!(overhead(&[], 4, 4), None);
    assert_eq!(overhead(&stream(65_535), 4, 4), None, "more than a small image is worth");
}

#[test]
fn codes_that_are_not_whole_are_refused() {
    let read = |lengths: &[u32]| {
        // No transform, no colours kept, one group, and its green code.
        let mut bits = Bits::of(&[(0, 3)]);
        bits.code(lengths);
        (0..4).for_each(|_| bits.single(0));
        overhead(&bits.bytes(), 4, 4)
    };
    assert!(read(&[1; 2]).is_some() && read(&[0, 9]).is_some());
    for lengths in [wrapping(), breaking(), vec![1; 3], vec![2; 3], vec![0; 2]] {
        assert_eq!(read(&lengths), None, "{lengths:?}");
    }
}

#[test]
fn pixels_without_bits_take_no_time() {
    let read = |cached: u32, green: &[u32]| {
        // A transform of blocks of four pixels, with a cache of two colours or none.
        let mut bits = Bits::of(&[(0b001, 3), (0, 3), (cached, 1)]);
        bits.put(1, 4 * cached);
        bits.code(green);
        (0..4).for_each(|_| bits.single(0));
        // The image itself.
        bits.put(0, 3);
        bits.plain(0, 0);
        overhead(&bits.bytes(), 1 << 16, 1 << 16)
    };
    let only = |symbol: usize| [vec![0; symbol], vec![1]].concat();
    let begin = std::time::Instant::now();
    let numbers = 6 << 28;
    assert_eq!(read(1, &only(280)), Some(numbers + 8 + 2 * GROUP));
    assert_eq!(read(0, &only(7)), Some(numbers + 2 * GROUP));
    assert_eq!(read(0, &only(256)), None);
    assert!(begin.elapsed().as_secs_f32() < 1.0, "{:?}", begin.elapsed());
}
