//! Colour profiles: their name, and the maker of the device they describe.

use super::Reading;

const HEADER_BYTES: usize = 128;
const MANUFACTURER_OFFSET: usize = 48;

/// Profiles have some twenty tags.
const MAX_TAGS: usize = 256;

/// Device manufacturers by signature, for pictures which do not name their camera.
const MANUFACTURERS: [(&[u8; 4], &str); 8] = [
    (b"\0\0\0\0", ""),
    (b"none", "none"),
    (b"APPL", "Apple Computer Inc."),
    (b"appl", "Apple Computer Inc."),
    (b"ADBE", "Adobe Systems Inc."),
    (b"IEC ", "Hewlett-Packard"),
    (b"HP  ", "Hewlett-Packard"),
    (b"GOOG", "Google"),
];

/// Reads a whole profile.
pub(super) fn apply(profile: &[u8], reading: &mut Reading) {
    let signature = profile.get(MANUFACTURER_OFFSET..MANUFACTURER_OFFSET + 4);
    match MANUFACTURERS.iter().find(|(known, _)| Some(known.as_slice()) == signature) {
        Some((_, name)) => reading.tags.set("DeviceManufacturer", *name),
        // It only matters where there is no camera, but then it does.
        None if !reading.tags.has("Make") => reading.doubt(),
        None => {}
    }
    match description(profile) {
        Some(name) if super::text::survives_json(&name) => reading.tags.set("ProfileDescription", name),
        _ => reading.doubt(),
    }
}

fn description(profile: &[u8]) -> Option<String> {
    let count = (u32_at(profile, HEADER_BYTES)? as usize).min(MAX_TAGS);
    let mut entries = (0..count).map(|index| HEADER_BYTES + 4 + index * 12);
    let entry = entries.find(|at| profile.get(*at..*at + 4) == Some(b"desc"))?;
    let (offset, size) = (u32_at(profile, entry + 4)? as usize, u32_at(profile, entry + 8)? as usize);
    let value = profile.get(offset..offset.checked_add(size)?)?;
    match value.get(..4)? {
        b"desc" => {
            let length = u32_at(value, 8)? as usize;
            let text = value.get(12..12usize.checked_add(length)?)?;
            super::text::until_nul(text).filter(|text| text.is_ascii()).map(str::to_owned)
        }
        b"mluc" => localised(value),
        _ => None,
    }
}

/// Several languages are only understood when there is one.
fn localised(value: &[u8]) -> Option<String> {
    if u32_at(value, 8)? != 1 {
        return None;
    }
    let (length, offset) = (u32_at(value, 20)? as usize, u32_at(value, 24)? as usize);
    let text = value.get(offset..offset.checked_add(length)?)?;
    let units = text.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).take_while(|unit| *unit != 0);
    char::decode_utf16(units).collect::<Result<_, _>>().ok()
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(*bytes.get(at..)?.first_chunk()?))
}
