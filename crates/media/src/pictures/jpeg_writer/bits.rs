//! Entropy coding.

use super::tables::{CHROMA_AC, CHROMA_DC, Code, LUMA_AC, LUMA_DC, ZIGZAG};

static LUMA_CODES: [[Code; 256]; 2] = [LUMA_DC.by_symbol(), LUMA_AC.by_symbol()];
static CHROMA_CODES: [[Code; 256]; 2] = [CHROMA_DC.by_symbol(), CHROMA_AC.by_symbol()];

/// The symbol for sixteen zeros.
const ZEROS: usize = 0xf0;

/// The symbol for nothing but zeros up to the end of the block.
const END: usize = 0x00;

/// The largest coefficient that has a code. Only quality 100 can come near.
const LARGEST: i16 = 1023;

/// For each coefficient in the order of the file: its place in a block that is stored column by column.
const PLACES: [u8; 64] = {
    let mut places = [0; 64];
    let mut index = 0;
    while index < 64 {
        places[index] = ZIGZAG[index] % 8 * 8 + ZIGZAG[index] / 8;
        index += 1;
    }
    places
};

/// The codes of a component, and the mean of its last block, from which the next one is told apart.
#[derive(Debug)]
pub(super) struct Predictor {
    codes: &'static [[Code; 256]; 2],
    previous: i16,
}

impl Predictor {
    pub(super) fn luma() -> Self {
        Self { codes: &LUMA_CODES, previous: 0 }
    }

    pub(super) fn chroma() -> Self {
        Self { codes: &CHROMA_CODES, previous: 0 }
    }
}

/// Appends bits to a file, with a zero behind each byte 0xff.
#[derive(Debug)]
pub(super) struct BitWriter {
    file: Vec<u8>,
    /// Bits that are not in the file yet, in the low end.
    pending: u64,
    /// How many they are; fewer than 32 between calls.
    count: u32,
}

impl BitWriter {
    pub(super) fn new(file: Vec<u8>) -> Self {
        Self { file, pending: 0, count: 0 }
    }

    /// Writes one block of coefficients, stored column by column.
    #[inline(always)]
    pub(super) fn write_block(&mut self, block: &[i16; 64], predictor: &mut Predictor) {
        let [first, others] = predictor.codes;
        let mut ordered = [0i16; 64];
        let mut used = 0u64;
        for (index, (coefficient, &place)) in ordered.iter_mut().zip(&PLACES).enumerate() {
            *coefficient = block[usize::from(place & 63)];
            used |= u64::from(*coefficient != 0) << index;
        }
        let difference = ordered[0] - predictor.previous;
        predictor.previous = ordered[0];
        self.write_value(first, 0, difference);
        used &= !1;
        let mut next = 1;
        while used != 0 {
            let index = used.trailing_zeros();
            used &= used - 1;
            let mut zeros = index - next;
            while zeros > 15 {
                self.write(others[ZEROS].0.into(), others[ZEROS].1.into());
                zeros -= 16;
            }
            self.write_value(others, zeros as usize, ordered[index as usize & 63].clamp(-LARGEST, LARGEST));
            next = index + 1;
        }
        if next < 64 {
            self.write(others[END].0.into(), others[END].1.into());
        }
    }

    /// The code for a number of zeros and the length of a value, then the value.
    #[inline(always)]
    fn write_value(&mut self, codes: &[Code; 256], zeros: usize, value: i16) {
        let length = u16::BITS - value.unsigned_abs().leading_zeros();
        let (code, code_length) = codes[(zeros << 4 | length as usize) & 255];
        // Negative values are written less one, which makes their first bit a zero.
        let bits = (i32::from(value) + (i32::from(value) >> 31)) as u32 & ((1 << length) - 1);
        self.write(u32::from(code) << length | bits, u32::from(code_length) + length);
    }

    /// Writes at most 32 bits.
    #[inline(always)]
    fn write(&mut self, bits: u32, count: u32) {
        self.pending = self.pending << count | u64::from(bits);
        self.count += count;
        if self.count >= 32 {
            self.count -= 32;
            self.append((self.pending >> self.count) as u32);
        }
    }

    #[inline(always)]
    fn append(&mut self, bits: u32) {
        let bytes = bits.to_be_bytes();
        let inverted = !bits;
        // The test for a zero byte in `inverted`, which is one for 0xff in `bits`.
        if inverted.wrapping_sub(0x0101_0101) & !inverted & 0x8080_8080 == 0 {
            self.file.extend_from_slice(&bytes);
        } else {
            bytes.iter().for_each(|&byte| self.append_byte(byte));
        }
    }

    #[cold]
    fn append_byte(&mut self, byte: u8) {
        self.file.push(byte);
        if byte == 0xff {
            self.file.push(0);
        }
    }

    /// Fills the last byte with ones and gives the file back.
    pub(super) fn finish(mut self) -> Vec<u8> {
        let free = (8 - self.count % 8) % 8;
        self.pending = self.pending << free | ((1 << free) - 1);
        let bytes = (self.count + free) / 8;
        for index in (0..bytes).rev() {
            self.append_byte((self.pending >> (8 * index)) as u8);
        }
        self.file
    }
}
