//! What lies in a PNG besides its pixels.

/// The keyword under which XMP lies.
const XMP_KEYWORD: &[u8] = b"XML:com.adobe.xmp\0";

/// What the chunks of a PNG tell.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct PngChunks {
    /// In pixels.
    pub(crate) width: u32,
    /// In pixels.
    pub(crate) height: u32,
    /// Bits of a sample, as stored.
    pub(crate) depth: u8,
    pub(crate) is_animated: bool,
    pub(crate) has_exif: bool,
    pub(crate) has_xmp: bool,
    pub(crate) has_profile: bool,
    /// It says that its colours are sRGB.
    pub(crate) is_srgb: bool,
    /// Colours described by numbers: gamma, primaries, code points.
    pub(crate) colour_numbers: Option<&'static str>,
    /// The transfer function of high dynamic range.
    pub(crate) is_hdr: bool,
    /// What a JPEG XL has no place for, in words.
    pub(crate) no_place: Option<String>,
    /// Its end was found.
    pub(crate) is_whole: bool,
}

/// Reads the chunks. `None` if it is no PNG.
pub(crate) fn read(bytes: &[u8]) -> Option<PngChunks> {
    let mut rest = bytes.strip_prefix(b"\x89PNG\r\n\x1a\n")?;
    let mut chunks = PngChunks::default();
    while let Some((length, behind)) = rest.split_first_chunk::<4>() {
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        let Some((name, behind)) = behind.split_first_chunk::<4>() else { return Some(chunks) };
        let Some((data, behind)) = behind.split_at_checked(length) else { return Some(chunks) };
        let Some((_checksum, behind)) = behind.split_first_chunk::<4>() else { return Some(chunks) };
        rest = behind;
        if name == b"IEND" {
            chunks.is_whole = true;
            if !rest.is_empty() {
                chunks.has_no_place(format!("{} bytes behind the end", rest.len()));
            }
            return Some(chunks);
        }
        chunks.take(name, data);
    }
    Some(chunks)
}

impl PngChunks {
    fn has_no_place(&mut self, what: String) {
        self.no_place.get_or_insert(what);
    }

    fn take(&mut self, name: &[u8; 4], data: &[u8]) {
        match name {
            b"IHDR" => {
                if let &[w3, w2, w1, w0, h3, h2, h1, h0, depth, ..] = data {
                    self.width = u32::from_be_bytes([w3, w2, w1, w0]);
                    self.height = u32::from_be_bytes([h3, h2, h1, h0]);
                    self.depth = depth;
                }
            }
            // The pixels, and how they were quantised: no part of what is seen is only here.
            b"PLTE" | b"IDAT" | b"tRNS" | b"sBIT" | b"hIST" | b"sPLT" | b"bKGD" => {}
            b"acTL" | b"fcTL" | b"fdAT" => self.is_animated = true,
            b"eXIf" => self.has_exif = true,
            b"iTXt" if data.starts_with(XMP_KEYWORD) => self.has_xmp = true,
            b"iCCP" => self.has_profile = true,
            b"sRGB" => self.is_srgb = true,
            b"gAMA" => self.colour_numbers = self.colour_numbers.or(Some("gamma")),
            b"cHRM" => self.colour_numbers = self.colour_numbers.or(Some("primaries")),
            b"cICP" => {
                self.colour_numbers = Some("code points");
                self.is_hdr = matches!(data.get(1), Some(16 | 18));
            }
            b"tEXt" | b"zTXt" | b"iTXt" => {
                let keyword = data.split(|byte| *byte == 0).next().unwrap_or_default();
                self.has_no_place(format!("the text `{}`", String::from_utf8_lossy(keyword)));
            }
            // The shape of a pixel is seen, the number of them on an inch of paper is not.
            b"pHYs" if data.get(..4) == data.get(4..8) => {}
            b"pHYs" => self.has_no_place("pixels that are no squares".to_owned()),
            b"tIME" => self.has_no_place("the time of the last change".to_owned()),
            other => self.has_no_place(format!("the chunk {}", String::from_utf8_lossy(other))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn png(chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
        let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
        for (name, data) in chunks {
            bytes.extend(u32::try_from(data.len()).unwrap().to_be_bytes());
            bytes.extend_from_slice(*name);
            bytes.extend_from_slice(data);
            bytes.extend_from_slice(&[0; 4]);
        }
        bytes
    }

    #[test]
    fn chunks_are_told_apart() {
        let header = (b"IHDR", &b"\0\0\0\x03\0\0\0\x02\x10\x02\0\0\0"[..]);
        let read = |chunks: &[(&[u8; 4], &[u8])]| super::read(&png(&[&[header], chunks].concat())).unwrap();
        let end = (b"IEND", &b""[..]);
        let plain = read(&[(b"IDAT", b"x"), end]);
        assert_eq!((plain.width, plain.height, plain.depth, plain.is_whole), (3, 2, 16, true));
        assert_eq!(plain.no_place, None);
        assert!(!read(&[]).is_whole);
        assert!(read(&[(b"acTL", b"x"), end]).is_animated);
        assert!(read(&[(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0<x/>"), end]).has_xmp);
        assert!(read(&[(b"cICP", b"\x09\x10\0\x01"), end]).is_hdr);
        for (name, data, lost) in [
            (b"tEXt", &b"Author\0me"[..], "the text `Author`"),
            (b"tIME", b"x", "the time of the last change"),
            (b"caBX", b"x", "the chunk caBX"),
            (b"pHYs", b"\0\0\0\x01\0\0\0\x02\0", "pixels that are no squares"),
        ] {
            assert_eq!(read(&[(name, data), end]).no_place.as_deref(), Some(lost));
        }
        assert_eq!(read(&[(b"pHYs", b"\0\0\0\x02\0\0\0\x02\x01"), end]).no_place, None);
        let behind = super::read(&[png(&[header, end]), b"zip".to_vec()].concat()).unwrap();
        assert_eq!(behind.no_place.as_deref(), Some("3 bytes behind the end"));
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(tail in proptest::collection::vec(any::<u8>(), 0..100)) {
            let _ = read(&[b"\x89PNG\r\n\x1a\n".to_vec(), tail].concat());
        }
    }
}
