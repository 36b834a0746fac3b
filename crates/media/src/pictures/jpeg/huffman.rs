//! Huffman codes and the bits of a JPEG scan.

/// How many bits are looked up at once. Codes that are longer, a few in a thousand, are compared length by length.
const LOOKUP_BITS: u32 = 10;

/// The longest code, in bits.
const MAX_CODE_BITS: usize = 16;

/// The bits in the reader after a refill, at least: more than the longest code and the longest value together.
const REFILLED_BITS: u32 = 32;

/// One entry of the lookup table: what the next bits mean.
///
/// | bits | content |
/// |---|---|
/// | 0 to 4 | how many bits that are |
/// | 8 to 11 | how many zeros come first |
/// | 12 to 15 | how many bits of value follow; 0 if the value is in the entry, or there is none |
/// | 16 to 31 | the value, signed |
///
/// Zero stands for a code that is longer than the lookup.
#[derive(Debug, Clone, Copy, Default)]
struct Entry(u32);

/// A run of zeros and the coefficient behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) zeros: u32,
    /// Zero means that no coefficient follows the zeros.
    pub(super) value: i32,
}

/// The codes of one table, ready for decoding.
#[derive(Debug, Clone)]
pub(super) struct Codes {
    lookup: Box<[Entry; 1 << LOOKUP_BITS]>,
    /// For each code length: the first code that is longer, as if all had 16 bits.
    limits: [u32; MAX_CODE_BITS + 1],
    /// For each code length: what to add to a code to get the place of its symbol.
    offsets: [i32; MAX_CODE_BITS + 1],
    symbols: Vec<u8>,
}

impl Codes {
    /// From the body of a table segment: how many codes there are of each length, then the symbols. Returns how many
    /// bytes that were. `None` if they do not make a code.
    pub(super) fn read(body: &[u8]) -> Option<(Self, usize)> {
        let counts = body.first_chunk::<MAX_CODE_BITS>()?;
        let total = counts.iter().map(|&count| usize::from(count)).sum::<usize>();
        let symbols = body.get(MAX_CODE_BITS..MAX_CODE_BITS + total)?.to_vec();
        let mut codes =
            Self { lookup: Box::new([Entry(0); 1 << LOOKUP_BITS]), limits: [0; 17], offsets: [0; 17], symbols };
        let (mut code, mut place) = (0u32, 0usize);
        for (length, &count) in (1u32..).zip(counts) {
            codes.offsets[length as usize] = i32::try_from(place).ok()? - i32::try_from(code).ok()?;
            for _ in 0..count {
                codes.enter(code, length, codes.symbols[place]);
                code += 1;
                place += 1;
            }
            if code > 1 << length {
                return None;
            }
            codes.limits[length as usize] = code << (MAX_CODE_BITS as u32 - length);
            code <<= 1;
        }
        Some((codes, MAX_CODE_BITS + total))
    }

    /// Fills the part of the lookup that begins with a code. Where the value fits behind the code, it is entered, too.
    fn enter(&mut self, code: u32, length: u32, symbol: u8) {
        let (zeros, size) = (u32::from(symbol >> 4), u32::from(symbol & 15));
        let Some(free) = LOOKUP_BITS.checked_sub(length) else { return };
        let first = (code << free) as usize;
        let Some(entries) = self.lookup.get_mut(first..first + (1 << free)) else { return };
        for (rest, entry) in (0u32..).zip(entries) {
            *entry = match free.checked_sub(size) {
                Some(unused) if size > 0 => {
                    let value = extended(rest >> unused, size);
                    Entry((value as u32) << 16 | zeros << 8 | (length + size))
                }
                _ => Entry(size << 12 | zeros << 8 | length),
            };
        }
    }
}

/// Turns the bits of a value into the value: those that begin with a zero are negative.
fn extended(bits: u32, size: u32) -> i32 {
    let bits = bits as i32;
    if bits >> (size - 1) == 0 { bits - (1 << size) + 1 } else { bits }
}

/// Reads the bits of one scan. Behind the end of the data come zeros.
///
/// The rare paths take and return the reader by value: that keeps it in registers in the loops that use it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bits<'a> {
    data: &'a [u8],
    position: usize,
    /// The next bits, from the highest down.
    window: u64,
    /// How many bits of the window are filled.
    filled: u32,
    /// How many zeros were made up at the end of the data.
    made_up: u32,
}

impl<'a> Bits<'a> {
    pub(super) fn new(data: &'a [u8]) -> Self {
        Self { data, position: 0, window: 0, filled: 0, made_up: 0 }
    }

    /// Whether bits were used that are not in the data.
    pub(super) fn is_exhausted(&self) -> bool {
        self.made_up > self.filled
    }

    /// Whether the data are used up, without or with a marker that says so.
    pub(super) fn is_at_end(&self) -> bool {
        matches!(self.data.get(self.position..).unwrap_or_default(), [] | [0xff] | [0xff, 0xd9, ..])
    }

    /// Moves behind the next restart marker. False if there is none where it should be.
    pub(super) fn restart(&mut self) -> bool {
        let rest = self.data.get(self.position..).unwrap_or_default();
        let Some(&[0xff, 0xd0..=0xd7]) = rest.first_chunk::<2>() else { return false };
        let nothing_left_over = self.filled - self.made_up.min(self.filled) < 8;
        *self = Self { position: self.position + 2, ..Self::new(self.data) };
        nothing_left_over
    }

    #[inline(always)]
    fn refill(&mut self) {
        if self.filled >= REFILLED_BITS {
            return;
        }
        if let Some(next) = self.data.get(self.position..).and_then(|rest| rest.first_chunk::<4>()) {
            let next = u32::from_be_bytes(*next);
            let inverted = !next;
            // The test for a zero byte in `inverted`, which is one for 0xff in `next`.
            if inverted.wrapping_sub(0x0101_0101) & !inverted & 0x8080_8080 == 0 {
                self.window |= u64::from(next) << (32 - self.filled);
                self.filled += 32;
                self.position += 4;
                return;
            }
        }
        *self = self.refilled_slowly();
    }

    /// Byte by byte, dropping the zero behind each 0xff, stopping in front of markers.
    #[cold]
    #[inline(never)]
    fn refilled_slowly(mut self) -> Self {
        while self.filled <= 56 {
            let byte = match self.data.get(self.position..).unwrap_or_default() {
                &[0xff, 0x00, ..] => {
                    self.position += 2;
                    0xff
                }
                &[0xff, ..] | &[] => {
                    self.made_up += 8;
                    0
                }
                &[byte, ..] => {
                    self.position += 1;
                    byte
                }
            };
            self.window |= u64::from(byte) << (56 - self.filled);
            self.filled += 8;
        }
        self
    }

    #[inline(always)]
    fn skip(&mut self, bits: u32) {
        self.window <<= bits;
        self.filled -= bits;
    }

    /// Reads one code and its value. `None` if the bits are no code.
    #[inline(always)]
    pub(super) fn step(&mut self, codes: &Codes) -> Option<Step> {
        self.refill();
        let entry = codes.lookup[(self.window >> (64 - LOOKUP_BITS)) as usize].0;
        if entry == 0 {
            let (after, step) = self.long_step(codes)?;
            *self = after;
            return Some(step);
        }
        self.skip(entry & 31);
        let (zeros, size) = (entry >> 8 & 15, entry >> 12 & 15);
        let value = if size == 0 { entry as i32 >> 16 } else { self.value(size) };
        Some(Step { zeros, value })
    }

    #[inline(always)]
    fn value(&mut self, size: u32) -> i32 {
        let bits = (self.window >> (64 - size)) as u32;
        self.skip(size);
        extended(bits, size)
    }

    #[cold]
    #[inline(never)]
    fn long_step(mut self, codes: &Codes) -> Option<(Self, Step)> {
        let next = (self.window >> 48) as u32;
        let length = (LOOKUP_BITS as usize + 1..=MAX_CODE_BITS).find(|&length| next < codes.limits[length])?;
        let place = codes.offsets[length] + (next >> (MAX_CODE_BITS - length)) as i32;
        let symbol = *codes.symbols.get(usize::try_from(place).ok()?)?;
        self.skip(length as u32);
        let size = u32::from(symbol & 15);
        let value = if size == 0 { 0 } else { self.value(size) };
        Some((self, Step { zeros: u32::from(symbol >> 4), value }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Codes: `0` for one bit of value, `10` for nine, `110` for the end, and one of eleven bits for two bits behind
    /// three zeros.
    fn codes() -> Codes {
        let mut body = vec![0; 16];
        (body[0], body[1], body[2], body[10]) = (1, 1, 1, 1);
        body.extend_from_slice(&[0x01, 0x09, 0x00, 0x32]);
        Codes::read(&body).unwrap().0
    }

    #[test]
    fn short_long_and_valueless_codes_are_read() {
        // 0 1 | 0 0 | 10 100000001 | 11100000000 11 | 110, filled up with ones.
        let data = [0b0100_1010, 0b0000_0011, 0b1100_0000, 0b0011_1101, 0b1111_1111, 0x00];
        let codes = codes();
        let mut bits = Bits::new(&data);
        let steps: Vec<_> = (0..5).map(|_| bits.step(&codes).unwrap()).map(|step| (step.zeros, step.value)).collect();
        assert_eq!(steps, [(0, 1), (0, -1), (0, 257), (3, 3), (0, 0)]);
        assert!(!bits.is_exhausted());
        assert_eq!(bits.step(&codes), None, "eleven ones are no code");
    }

    #[test]
    fn the_end_of_the_data_is_noticed() {
        let codes = codes();
        let mut bits = Bits::new(&[0b0101_0101, 0xff, 0xd9]);
        for _ in 0..4 {
            assert_eq!(bits.step(&codes).unwrap().value, 1);
            assert!(!bits.is_exhausted());
        }
        assert_eq!(bits.step(&codes).unwrap().value, -1);
        assert!(bits.is_exhausted());
    }

    #[test]
    fn impossible_tables_are_refused() {
        let mut body = vec![0; 16];
        body[0] = 3;
        body.extend_from_slice(&[1, 2, 3]);
        assert!(Codes::read(&body).is_none(), "three codes of one bit");
        assert!(Codes::read(&body[..10]).is_none());
    }

    proptest! {
        #[test]
        fn arbitrary_tables_and_bits_never_panic(
            counts in proptest::collection::vec(0u8..4, 16),
            symbols in proptest::collection::vec(any::<u8>(), 64),
            data in proptest::collection::vec(any::<u8>(), 0..200),
        ) {
            let body = [counts, symbols].concat();
            if let Some((codes, _)) = Codes::read(&body) {
                let mut bits = Bits::new(&data);
                for _ in 0..400 {
                    if bits.step(&codes).is_none() {
                        break;
                    }
                    bits.restart();
                }
            }
        }
    }
}
