//! Pictures to upload, made from a number: the same number gives the same bytes.

use anyhow::{Context, Result};
use jpeg_encoder::{ColorType, Encoder};
use sha1::{Digest, Sha1};

const QUALITY: u8 = 85;

/// A JPEG file whose content differs for every seed.
///
/// # Errors
/// When a side is longer than the encoder takes.
pub fn picture(seed: u64, width: u16, height: u16) -> Result<Vec<u8>> {
    let mut chance = Chance::new(seed);
    let (red, green, blue) = (chance.byte(), chance.byte(), chance.byte());
    let mut pixels = Vec::with_capacity(usize::from(width) * usize::from(height) * 3);
    for y in 0..height {
        for x in 0..width {
            // A slope with some noise: nearly flat pictures would be unnaturally small files.
            let noise = chance.byte() >> 4;
            pixels.extend([
                red.wrapping_add(x.to_le_bytes()[0]) ^ noise,
                green.wrapping_add(y.to_le_bytes()[0]),
                blue ^ noise,
            ]);
        }
    }
    let mut file = Vec::new();
    Encoder::new(&mut file, QUALITY)
        .encode(&pixels, width, height, ColorType::Rgb)
        .context("cannot encode a picture")?;
    Ok(file)
}

/// The same picture as another file: with a number as a comment. Much faster than making a new picture.
///
/// # Errors
/// When it is no JPEG file.
pub fn numbered(picture: &[u8], number: u64) -> Result<Vec<u8>> {
    const START: &[u8] = &[0xff, 0xd8];
    const COMMENT: &[u8] = &[0xff, 0xfe];
    // A segment's length counts its own two bytes, too.
    const LENGTH: &[u8] = &[0, 2 + 8];
    let rest = picture.strip_prefix(START).context("not a JPEG file")?;
    Ok([START, COMMENT, LENGTH, &number.to_be_bytes(), rest].concat())
}

/// The SHA-1 of these bytes, in hexadecimal.
#[must_use]
pub fn sha1_hex(bytes: &[u8]) -> String {
    Sha1::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Reproducible chance (splitmix64): a failing run can be repeated from its seed.
#[derive(Clone, Debug)]
pub struct Chance(u64);

impl Chance {
    /// Starts from a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number.
    pub fn next_number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`, which must not be zero.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.next_number() % bound
    }

    fn byte(&mut self) -> u8 {
        self.next_number().to_le_bytes()[0]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_names_a_picture() {
        let of = |seed| picture(seed, 32, 16).unwrap();
        assert_eq!(of(1), of(1));
        assert_ne!(of(1), of(2));
        assert_eq!(&of(1)[..2], [0xff, 0xd8]);
    }

    #[test]
    fn a_number_makes_another_file() {
        let one = picture(1, 32, 16).unwrap();
        let of = |number| numbered(&one, number).unwrap();
        assert_eq!(of(7), of(7));
        assert_ne!(of(7), of(8));
        assert_eq!(of(7).len(), one.len() + 12);
        assert!(numbered(b"text", 1).is_err());
    }

    #[test]
    fn sha1_is_written_in_hexadecimal() {
        assert_eq!(sha1_hex(b"abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
    }
}
