//! Bytes as text.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Base64 with padding, the form of thumbhashes and checksums on the wire.
pub fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// The bytes of a text in base64 with padding; `None` when it is none.
pub fn parse_base64(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

/// Writes base64 with padding behind what `text` holds.
pub fn append_base64(bytes: &[u8], text: &mut String) {
    STANDARD.encode_string(bytes, text);
}
