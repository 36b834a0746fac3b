//! SHA-1 of file contents: the one identity of a photo that the protocol knows.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The SHA-1 of a content. Twenty bytes; base64 with padding on the wire (28 characters).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Sha1(pub [u8; 20]);

/// Length of the base64 form.
const BASE64_LENGTH: usize = 28;
/// Length of the hexadecimal form.
const HEX_LENGTH: usize = 40;

/// A text that is neither the base64 nor the hexadecimal form of a SHA-1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a SHA-1: 40 hexadecimal digits or 28 characters of base64 are expected")]
pub struct InvalidChecksum {
    /// What was given, cut to a readable length.
    pub text: String,
}

impl Sha1 {
    /// Room for [`Self::write_base64`].
    pub(crate) fn base64_buffer() -> [u8; BASE64_LENGTH] {
        [0; BASE64_LENGTH]
    }

    /// Writes the base64 form, and returns it.
    pub(crate) fn write_base64(self, buffer: &mut [u8; BASE64_LENGTH]) -> &[u8] {
        STANDARD.encode_slice(self.0, &mut *buffer).expect("twenty bytes give 28 characters");
        buffer
    }

    /// The hexadecimal form, lower case.
    pub fn to_hex(self) -> String {
        use fmt::Write as _;
        self.0.iter().fold(String::with_capacity(HEX_LENGTH), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
    }
}

impl fmt::Display for Sha1 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut buffer = Self::base64_buffer();
        f.write_str(std::str::from_utf8(self.write_base64(&mut buffer)).expect("base64 is ASCII"))
    }
}

impl fmt::Debug for Sha1 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sha1({})", self.to_hex())
    }
}

impl FromStr for Sha1 {
    type Err = InvalidChecksum;

    /// 28 characters are base64, anything else must be hexadecimal (http-api §5).
    fn from_str(text: &str) -> Result<Self, InvalidChecksum> {
        let invalid = || InvalidChecksum { text: text.chars().take(64).collect() };
        if text.len() == BASE64_LENGTH {
            let bytes = STANDARD.decode(text).map_err(|_| invalid())?;
            return bytes.try_into().map(Self).map_err(|_| invalid());
        }
        if text.len() != HEX_LENGTH || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(invalid());
        }
        let mut bytes = [0_u8; 20];
        for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            let pair = std::str::from_utf8(pair).map_err(|_| invalid())?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| invalid())?;
        }
        Ok(Self(bytes))
    }
}

impl Serialize for Sha1 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut text = [0_u8; BASE64_LENGTH];
        STANDARD.encode_slice(self.0, &mut text).expect("twenty bytes give 28 characters");
        serializer.serialize_str(std::str::from_utf8(&text).expect("base64 is ASCII"))
    }
}

impl<'de> Deserialize<'de> for Sha1 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn both_forms_round_trip(bytes in any::<[u8; 20]>()) {
            let sha1 = Sha1(bytes);
            prop_assert_eq!(sha1.to_string().parse::<Sha1>().unwrap(), sha1);
            prop_assert_eq!(sha1.to_hex().parse::<Sha1>().unwrap(), sha1);
            prop_assert_eq!(sha1.to_hex().to_uppercase().parse::<Sha1>().unwrap(), sha1);
        }

        #[test]
        fn any_text_is_parsed_or_refused(text in "\\PC{0,60}") {
            let _ = text.parse::<Sha1>();
        }
    }

    #[test]
    fn refuses_what_is_no_digest() {
        for bad in ["", "zzz", "+f", &"g".repeat(40), &"é".repeat(20), &"=".repeat(28), &"+1".repeat(20)] {
            let parsed = bad.parse::<Sha1>();
            assert!(parsed.is_err(), "{bad} gave {parsed:?}");
        }
    }
}
