//! What the prefix codes of a lossless WebP take.
//!
//! Its decoder builds a table for every code that the stream describes, 65,536 groups of five at most, and each may take 500
//! times the bits that describe it: one pixel and a megabyte of codes would be half a gigabyte. So the codes are read here
//! first, by the [specification](https://developers.google.com/speed/webp/docs/webp_lossless_bitstream_specification), and
//! only counted. The pixels themselves are not read.

/// The symbols of a group's codes: green and lengths, red, blue, alpha, distances.
const ALPHABETS: [usize; 5] = [256 + 24, 256, 256, 256, 40];

/// What a group of codes takes in the list of them, in bytes; the list is copied when it grows.
const GROUP: u64 = 3 * 280;

/// What a node of a code's tree takes, and an entry of its table.
const NODE: u64 = 16;
const ENTRY: u64 = 4;

/// The bits of a code that its table is for; longer codes go on in the tree.
const TABLE_BITS: usize = 10;

/// The longest code.
const LONGEST: usize = 15;

/// What the codes of any image may take, in bytes; those of large ones as much again as their pixels. Encoders make far fewer.
const CODES: u64 = 32 << 20;

/// The bytes that decoding an image of this size takes beside its pixels: no less, and little more. The stream begins behind the
/// image's size. None for more than any encoder needs, and for codes that cannot be read to their end: the decoder takes some of
/// those for whole, and then its memory is not what is counted here.
pub(super) fn overhead(stream: &[u8], width: u32, height: u32) -> Option<u64> {
    let most = CODES + 4 * u64::from(width) * u64::from(height);
    let mut scan = Scan { stream, position: 0, bytes: 0, most };
    scan.image(width, height)?;
    Some(scan.bytes)
}

struct Scan<'a> {
    stream: &'a [u8],
    /// In bits.
    position: usize,
    bytes: u64,
    most: u64,
}

/// A canonical prefix code: how many codes there are of each length, and the symbols in the order of their codes. A code that is
/// only counted has no symbols.
struct Code {
    counts: [u16; LONGEST + 1],
    symbols: Vec<u16>,
}

impl Scan<'_> {
    fn image(&mut self, width: u32, height: u32) -> Option<()> {
        let mut width = width;
        let mut seen = [false; 4];
        while self.bits(1)? == 1 {
            let transform = self.bits(2)? as usize;
            if std::mem::replace(&mut seen[transform], true) {
                return None;
            }
            match transform {
                0 | 1 => {
                    let size = self.bits(3)? + 2;
                    self.part(width.div_ceil(1 << size), height.div_ceil(1 << size))?;
                }
                3 => {
                    let colors = self.bits(8)? + 1;
                    self.part(colors, 1)?;
                    let packed = match colors {
                        ..=2 => 3,
                        3..=4 => 2,
                        5..=16 => 1,
                        _ => 0,
                    };
                    width = width.div_ceil(1 << packed);
                }
                _ => {}
            }
        }
        let cached = self.cache()?;
        let mut groups = 1;
        if self.bits(1)? == 1 {
            let size = self.bits(3)? + 2;
            groups = u64::from(self.part(width.div_ceil(1 << size), height.div_ceil(1 << size))?) + 1;
        }
        self.take(groups * GROUP)?;
        for _ in 0..groups {
            self.group(cached, false)?;
        }
        Some(())
    }

    /// An image inside of the image, of few pixels and one group of codes. The greatest number made of a pixel's red and green.
    fn part(&mut self, width: u32, height: u32) -> Option<u16> {
        let count = u64::from(width) * u64::from(height);
        // Its pixels, and again half of them as numbers.
        self.take(count * 6)?;
        let cached = self.cache()?;
        self.take(GROUP)?;
        let [green, red, blue, alpha, distances] = self.group(cached, true)?;
        // Pixels that take no bits are not counted one by one: an image may say that it has millions.
        if let [only @ 256..=u16::MAX] = green.symbols[..] {
            // All are a colour of the cache, where no other was put, or repeat one before the first.
            return (only >= 280).then_some(0);
        }
        let is_plain = [&green, &red, &blue, &alpha].iter().all(|code| code.symbols.len() == 1);
        let (mut greatest, mut done) = (0, 0);
        while done < count {
            match self.symbol(&green)? {
                literal @ ..256 => {
                    greatest = greatest.max(self.symbol(&red)? << 8 | literal);
                    self.symbol(&blue)?;
                    self.symbol(&alpha)?;
                    // All pixels are this one, and none takes a bit.
                    done = if is_plain { count } else { done + 1 };
                }
                // What is repeated was a literal before.
                length @ 256..280 => {
                    done += self.number(length - 256)?;
                    let distance = self.symbol(&distances)?;
                    self.number(distance)?;
                }
                _ => done += 1,
            }
        }
        Some(greatest)
    }

    /// The number of colours that are kept for symbols of their own.
    fn cache(&mut self) -> Option<usize> {
        if self.bits(1)? == 0 {
            return Some(0);
        }
        let bits = self.bits(4)?;
        self.take(ENTRY << bits)?;
        (1..=11).contains(&bits).then_some(1 << bits)
    }

    fn group(&mut self, cached: usize, is_read: bool) -> Option<[Code; 5]> {
        let [green, red, blue, alpha, distances] = ALPHABETS;
        let mut code = |alphabet| self.code(alphabet, is_read);
        Some([code(green + cached)?, code(red)?, code(blue)?, code(alpha)?, code(distances)?])
    }

    fn code(&mut self, alphabet: usize, is_read: bool) -> Option<Code> {
        let code =
            if self.bits(1)? == 1 { self.simple_code(alphabet)? } else { self.described_code(alphabet, is_read)? };
        self.take(code.memory())?;
        Some(code)
    }

    fn simple_code(&mut self, alphabet: usize) -> Option<Code> {
        let is_pair = self.bits(1)? == 1;
        let wide = self.bits(1)?;
        let mut symbols = vec![self.bits(1 + 7 * wide)? as u16];
        if is_pair {
            symbols.push(self.bits(8)? as u16);
        }
        let mut counts = [0; LONGEST + 1];
        counts[1] = symbols.len() as u16;
        symbols.iter().all(|&symbol| usize::from(symbol) < alphabet).then_some(Code { counts, symbols })
    }

    fn described_code(&mut self, alphabet: usize, is_read: bool) -> Option<Code> {
        const ORDER: [usize; 19] = [17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];
        let mut lengths = [0; 19];
        let described = 4 + self.bits(4)? as usize;
        for &symbol in ORDER.get(..described)? {
            lengths[symbol] = self.bits(3)? as u8;
        }
        let code = Code::new(lengths.map(|length| (length, 1)), true)?;
        let mut left = alphabet;
        if self.bits(1)? == 1 {
            let bits = 2 + 2 * self.bits(3)?;
            left = 2 + self.bits(bits)? as usize;
            if left > alphabet {
                return None;
            }
        }
        let (mut runs, mut done, mut previous) = (Vec::new(), 0, 8);
        while done < alphabet && left > 0 {
            left -= 1;
            let (length, count) = match self.symbol(&code)? {
                16 => (previous, 3 + self.bits(2)?),
                17 => (0, 3 + self.bits(3)?),
                18 => (0, 11 + self.bits(7)?),
                length => (length as u8, 1),
            };
            if length != 0 {
                previous = length;
            }
            done += count as usize;
            runs.push((length, count as u16));
        }
        if done > alphabet { None } else { Code::new(runs, is_read) }
    }

    fn symbol(&mut self, code: &Code) -> Option<u16> {
        if let [only] = code.symbols[..] {
            return Some(only);
        }
        let (mut bits, mut first, mut index) = (0_usize, 0_usize, 0_usize);
        for &count in &code.counts[1..] {
            bits |= self.bits(1)? as usize;
            let count = usize::from(count);
            if bits < first + count {
                return code.symbols.get(index + bits - first).copied();
            }
            index += count;
            first = (first + count) << 1;
            bits <<= 1;
        }
        None
    }

    /// A length or distance: a symbol says how many bits of it follow.
    fn number(&mut self, symbol: u16) -> Option<u64> {
        if symbol < 4 {
            return Some(u64::from(symbol) + 1);
        }
        let extra = u32::from(symbol - 2) >> 1;
        Some(((2 + u64::from(symbol & 1)) << extra) + u64::from(self.bits(extra)?) + 1)
    }

    /// The next bits, 18 at the most, as a number.
    fn bits(&mut self, count: u32) -> Option<u32> {
        let (at, shift) = (self.position >> 3, self.position & 7);
        self.position += count as usize;
        if self.position > self.stream.len() * 8 {
            return None;
        }
        let rest = &self.stream[at..];
        let bytes = match rest.first_chunk::<4>() {
            Some(bytes) => *bytes,
            None => std::array::from_fn(|byte| rest.get(byte).copied().unwrap_or(0)),
        };
        Some(u32::from_le_bytes(bytes) >> shift & ((1 << count) - 1))
    }

    fn take(&mut self, bytes: u64) -> Option<()> {
        self.bytes = self.bytes.saturating_add(bytes);
        (self.bytes <= self.most).then_some(())
    }
}

impl Code {
    /// The code in which so many symbols after the other have these lengths; those of length 0 have none. None when it is not
    /// whole: a code of too many short ones is also none, although the decoder's sum, which wraps round, may come out right.
    fn new(runs: impl IntoIterator<Item = (u8, u16)> + Clone, is_read: bool) -> Option<Self> {
        let mut counts = [0; LONGEST + 1];
        for (length, count) in runs.clone() {
            *counts.get_mut(usize::from(length))? += count;
        }
        counts[0] = 0;
        let covered: u32 =
            counts.iter().enumerate().map(|(length, &count)| u32::from(count) << (LONGEST - length)).sum();
        let total: u16 = counts.iter().sum();
        if total != 1 && covered != 1 << LONGEST {
            return None;
        }
        let mut symbols = Vec::new();
        if is_read {
            let mut named = Vec::with_capacity(total.into());
            let mut next = 0;
            for (length, count) in runs {
                named.extend((next..next + count).filter(|_| length > 0).map(|symbol| (length, symbol)));
                next += count;
            }
            named.sort_unstable();
            symbols.extend(named.into_iter().map(|(_, symbol)| symbol));
        }
        Some(Self { counts, symbols })
    }

    /// What the decoder's form of it takes, in bytes.
    fn memory(&self) -> u64 {
        match self.counts.iter().sum::<u16>() {
            1 => 0,
            2 => 3 * NODE + 2 * ENTRY,
            _ => {
                let longest = self.counts.iter().rposition(|&count| count > 0).unwrap_or(0);
                let long: u64 = self.counts[TABLE_BITS + 1..].iter().map(|&count| u64::from(count)).sum();
                (ENTRY << longest.min(TABLE_BITS)) + 2 * NODE * long
            }
        }
    }
}

#[cfg(test)]
pub(super) mod tests;
