//! The secret of a shared link.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};

/// Keys are written without padding, and read with or without.
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::URL_SAFE,
    GeneralPurposeConfig::new().with_encode_padding(false).with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// What a guest has to know: fifty random bytes. On the wire they are base64url (67 characters); older addresses write
/// them as 100 hexadecimal digits, which are read, too (http-api §2).
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct LinkKey(pub [u8; Self::BYTES]);

impl LinkKey {
    /// How many bytes a key has.
    pub const BYTES: usize = 50;
}

/// A text that cannot be a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a key is base64url of {} bytes", LinkKey::BYTES)]
pub struct InvalidLinkKey;

impl fmt::Display for LinkKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        base64::display::Base64Display::new(&self.0, &URL_SAFE).fmt(f)
    }
}

impl fmt::Debug for LinkKey {
    /// Without the secret, as this ends up in logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LinkKey(…)")
    }
}

impl FromStr for LinkKey {
    type Err = InvalidLinkKey;

    fn from_str(text: &str) -> Result<Self, InvalidLinkKey> {
        let mut key = [0; Self::BYTES];
        if text.len() == 2 * Self::BYTES && text.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            for (byte, digits) in key.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
                let digits = std::str::from_utf8(digits).map_err(|_| InvalidLinkKey)?;
                *byte = u8::from_str_radix(digits, 16).map_err(|_| InvalidLinkKey)?;
            }
            return Ok(Self(key));
        }
        let bytes = URL_SAFE.decode(text).map_err(|_| InvalidLinkKey)?;
        key.copy_from_slice(bytes.get(..).filter(|bytes| bytes.len() == Self::BYTES).ok_or(InvalidLinkKey)?);
        Ok(Self(key))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn keys_are_read_as_written(bytes in proptest::collection::vec(any::<u8>(), LinkKey::BYTES)) {
            let key = LinkKey(bytes.clone().try_into().unwrap());
            let text = key.to_string();
            prop_assert_eq!(text.len(), 67);
            prop_assert_eq!(text.parse(), Ok(key));
            prop_assert_eq!(format!("{text}=").parse(), Ok(key));
            let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            prop_assert_eq!(digits.parse(), Ok(key));
        }

        #[test]
        fn other_texts_are_no_keys(text in ".{0,120}") {
            prop_assert!(text.parse::<LinkKey>().map_or(true, |key| key.to_string().parse() == Ok(key)));
        }
    }

    #[test]
    fn what_is_too_short_too_long_or_signed_is_no_key() {
        for text in ["", "abc", &"A".repeat(66), &"A".repeat(68), &"+1".repeat(50), &"é".repeat(50)] {
            assert_eq!(text.parse::<LinkKey>(), Err(InvalidLinkKey), "{text}");
        }
        assert!(!format!("{:?}", LinkKey([7; LinkKey::BYTES])).contains('7'), "no secret in logs");
    }
}
