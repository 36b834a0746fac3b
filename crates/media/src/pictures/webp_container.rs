//! Puts a colour profile into a WebP file. The encoder writes pictures only.

/// Flag of the extended header: there is a colour profile.
const PROFILE_FLAG: u8 = 0x20;

/// Bytes in front of the first chunk: `RIFF`, size, `WEBP`.
const RIFF_HEADER_BYTES: usize = 12;

/// Bytes of the extended header's body.
const EXTENDED_HEADER_BYTES: usize = 10;

/// The same WebP file with a colour profile. `None` if `webp` is no WebP file, or the result would be too large for
/// the format.
pub(super) fn with_profile(webp: &[u8], icc: &[u8], width: u32, height: u32) -> Option<Vec<u8>> {
    let chunks = webp.get(RIFF_HEADER_BYTES..)?;
    let (header, pictures) = if chunks.starts_with(b"VP8X") {
        let (header, pictures) = chunks.split_at_checked(8 + EXTENDED_HEADER_BYTES)?;
        let mut body: [u8; EXTENDED_HEADER_BYTES] = header[8..].try_into().ok()?;
        body[0] |= PROFILE_FLAG;
        (body, pictures)
    } else {
        (extended_header(width, height)?, chunks)
    };
    let mut body = b"WEBP".to_vec();
    push_chunk(&mut body, *b"VP8X", &header)?;
    push_chunk(&mut body, *b"ICCP", icc)?;
    body.extend_from_slice(pictures);
    let mut file = Vec::with_capacity(body.len() + 8);
    push_chunk(&mut file, *b"RIFF", &body)?;
    Some(file)
}

/// Flags, three reserved bytes, then both sides less one in 24 bits each.
fn extended_header(width: u32, height: u32) -> Option<[u8; EXTENDED_HEADER_BYTES]> {
    let [w0, w1, w2, w3] = width.checked_sub(1)?.to_le_bytes();
    let [h0, h1, h2, h3] = height.checked_sub(1)?.to_le_bytes();
    (w3 == 0 && h3 == 0).then_some([PROFILE_FLAG, 0, 0, 0, w0, w1, w2, h0, h1, h2])
}

fn push_chunk(file: &mut Vec<u8>, name: [u8; 4], body: &[u8]) -> Option<()> {
    file.extend_from_slice(&name);
    file.extend_from_slice(&u32::try_from(body.len()).ok()?.to_le_bytes());
    file.extend_from_slice(body);
    if body.len() % 2 == 1 {
        file.push(0);
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_picture_gets_an_extended_header() {
        let file = with_profile(b"RIFF\x0c\0\0\0WEBPVP8 \0\0\0\0", b"abc", 258, 1).unwrap();
        assert_eq!(file.len(), 8 + 4 + 18 + 12 + 8);
        assert_eq!(file[4..8], u32::try_from(file.len() - 8).unwrap().to_le_bytes());
        assert_eq!(&file[12..30], b"VP8X\x0a\0\0\0\x20\0\0\0\x01\x01\0\0\0\0");
        assert_eq!(&file[30..42], b"ICCP\x03\0\0\0abc\0");
        assert_eq!(&file[42..], b"VP8 \0\0\0\0");
    }

    #[test]
    fn an_extended_header_keeps_its_flags() {
        let file = with_profile(b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\x10\0\0\0\x01\0\0\x02\0\0ALPH", b"ab", 9, 9).unwrap();
        assert_eq!(&file[12..30], b"VP8X\x0a\0\0\0\x30\0\0\0\x01\0\0\x02\0\0");
        assert_eq!(&file[30..], b"ICCP\x02\0\0\0abALPH");
    }

    #[test]
    fn what_is_no_webp_is_refused() {
        assert_eq!(with_profile(b"", b"ab", 1, 1), None);
        assert_eq!(with_profile(b"RIFF\0\0\0\0WEBPVP8X", b"ab", 1, 1), None);
        assert_eq!(with_profile(b"RIFF\0\0\0\0WEBPVP8 ", b"ab", (1 << 24) + 1, 1), None);
    }
}
