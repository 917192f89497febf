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

/// A stream of one group whose green code has 256 symbols of eight bits.
fn stream(groups: u32) -> Vec<u8> {
    // No transform, no colours kept, and an image of one number of groups.
    let mut bits = Bits::of(&[(0b100, 3), (0, 3), (0, 1)]);
    bits.plain((groups - 1) & 255, (groups - 1) >> 8);
    for _ in 0..groups {
        bits.code(&[8; 256]);
        (0..4).for_each(|_| bits.single(0));
    }
    bits.bytes()
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
