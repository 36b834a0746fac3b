//! The two ids in Apple's maker note which tie pictures together.

use super::Reading;
use super::tiff::Tiff;

const SIGNATURE: &[u8] = b"Apple iOS\0";

/// The directory follows the signature, a version and a byte order mark.
const DIRECTORY_OFFSET: usize = 14;

const BURST_UUID: u16 = 0x000b;
const CONTENT_IDENTIFIER: u16 = 0x0011;

/// Whether this is one of Apple's.
pub(super) fn is_maker_note(bytes: &[u8]) -> bool {
    bytes.starts_with(SIGNATURE)
}

/// Reads the ids; everything else in there is about focus and exposure.
pub(super) fn apply(bytes: &[u8], reading: &mut Reading) {
    let tiff = Tiff::headless(bytes, bytes.get(12..14) == Some(b"II"));
    let Some(directory) = tiff.directory(DIRECTORY_OFFSET) else { return reading.doubt() };
    for (tag, name) in [(BURST_UUID, "BurstUUID"), (CONTENT_IDENTIFIER, "ContentIdentifier")] {
        let Some(entry) = directory.get(tag) else { continue };
        match entry.text() {
            Some(id) => reading.tags.set(name, id),
            None => reading.doubt(),
        }
    }
    if !directory.sound {
        reading.doubt();
    }
}
