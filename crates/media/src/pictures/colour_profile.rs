//! Decides which embedded colour profiles are worth carrying over to renditions.

/// The largest profile that is carried over, in bytes. Display profiles have 0.5 to 4 KiB; what is larger are tables
/// for printers, which no photo meant for a screen needs.
const MAX_PROFILE_BYTES: usize = 64 << 10;

/// Bytes of the fixed header of a profile.
const HEADER_BYTES: usize = 128;

/// How far into a profile its description is looked for.
const DESCRIPTION_SEARCH_BYTES: usize = 1024;

/// The profile if it has to travel with the RGB pixels: one for RGB data, not too large, and not sRGB itself, which is
/// what pictures without a profile are taken for.
pub(crate) fn worth_keeping(icc: Option<Vec<u8>>) -> Option<Vec<u8>> {
    icc.filter(|icc| {
        let is_profile = icc.get(36..40) == Some(b"acsp") && icc.len() > HEADER_BYTES;
        is_profile && icc.len() <= MAX_PROFILE_BYTES && &icc[16..20] == b"RGB " && !describes_srgb(icc)
    })
}

/// Whether the description names sRGB, as ASCII (version 2) or UTF-16 (version 4).
fn describes_srgb(icc: &[u8]) -> bool {
    let text = &icc[HEADER_BYTES..icc.len().min(HEADER_BYTES + DESCRIPTION_SEARCH_BYTES)];
    [&b"sRGB"[..], b"s\0R\0G\0B"].iter().any(|name| memchr::memmem::find(text, name).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(colours: &[u8; 4], description: &[u8]) -> Vec<u8> {
        let mut icc = vec![0; HEADER_BYTES];
        icc[16..20].copy_from_slice(colours);
        icc[36..40].copy_from_slice(b"acsp");
        icc.extend_from_slice(description);
        icc
    }

    #[test]
    fn only_profiles_that_matter_are_kept() {
        assert!(worth_keeping(Some(profile(b"RGB ", b"Display P3"))).is_some());
        for useless in [
            profile(b"RGB ", b"sRGB IEC61966-2.1"),
            profile(b"RGB ", b"\0s\0R\0G\0B\0 \0p"),
            profile(b"CMYK", b"Coated"),
            profile(b"GRAY", b"Dot Gain 20%"),
            profile(b"RGB ", &[b'x'; MAX_PROFILE_BYTES]),
            b"no profile".to_vec(),
        ] {
            assert_eq!(worth_keeping(Some(useless)), None);
        }
    }
}
