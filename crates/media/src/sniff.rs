//! Recognises files by their first bytes. Extensions lie (a HEIC named `.jpg` is common), first bytes rarely do.
//!
//! Only the container is told, never whether the file is whole.

use crate::formats::{MediaKind, UNKNOWN_MEDIA_TYPE};

/// How many bytes from the start of a file [`sniff`] wants to see. Fewer will do if the file is shorter.
pub const HEAD_BYTES: usize = 4096;

/// How far into a text file the `<svg` tag may begin, after comments and a document type.
const SVG_SEARCH_BYTES: usize = 1024;

/// Distance between the sync bytes of an MPEG transport stream, plain and with the four-byte stamps of camcorders.
const TRANSPORT_PACKETS: [(usize, usize); 2] = [(188, 0), (192, 4)];

/// How many sync bytes in a row make a transport stream (as far as the head reaches).
const TRANSPORT_SYNCS: usize = 4;

/// What kind of file the bytes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Container {
    /// JPEG, also as a motion photo or with further pictures behind the first.
    Jpeg,
    /// PNG, also animated.
    Png,
    /// GIF, also animated.
    Gif,
    /// WebP, also animated.
    WebP,
    /// TIFF; also raw files that look like one and are only told apart by their name (`DNG`, `NEF`, `ARW`, …).
    Tiff,
    /// Windows bitmap.
    Bmp,
    /// HEIF with HEVC pictures.
    Heif,
    /// HEIF with AV1 pictures.
    Avif,
    /// JPEG XL, bare or boxed.
    JpegXl,
    /// JPEG 2000, bare or boxed.
    Jpeg2000,
    /// Scalable vector graphics.
    Svg,
    /// Photoshop.
    Psd,
    /// Raw files with a signature of their own.
    Raw(RawKind),
    /// MPEG-4 and its relatives (`mp4`, `m4v`, `3gp`).
    Mp4,
    /// `QuickTime` movie.
    QuickTime,
    /// Matroska and `WebM`.
    Matroska,
    /// AVI.
    Avi,
    /// MPEG transport stream.
    MpegTs,
    /// MPEG program stream or bare MPEG video.
    MpegPs,
    /// Flash video.
    Flv,
    /// Advanced systems format (`wmv`).
    Asf,
    /// Material exchange format.
    Mxf,
}

/// Raw files that can be told from plain TIFF by their first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum RawKind {
    /// Canon, TIFF with a mark.
    Cr2,
    /// Canon, boxes as in MP4.
    Cr3,
    /// Canon, heap of records.
    Crw,
    /// Fujifilm.
    Raf,
    /// Olympus, TIFF with another magic number.
    Orf,
    /// Panasonic and Leica, TIFF with another magic number.
    Rw2,
    /// Sigma.
    X3f,
    /// Minolta.
    Mrw,
}

impl Container {
    /// Picture or video.
    pub fn kind(self) -> MediaKind {
        match self {
            Self::Mp4
            | Self::QuickTime
            | Self::Matroska
            | Self::Avi
            | Self::MpegTs
            | Self::MpegPs
            | Self::Flv
            | Self::Asf
            | Self::Mxf => MediaKind::Video,
            _ => MediaKind::Image,
        }
    }

    /// Media type of the container.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Gif => "image/gif",
            Self::WebP => "image/webp",
            Self::Tiff => "image/tiff",
            Self::Bmp => "image/bmp",
            Self::Heif => "image/heic",
            Self::Avif => "image/avif",
            Self::JpegXl => "image/jxl",
            Self::Jpeg2000 => "image/jp2",
            Self::Svg => "image/svg+xml",
            Self::Psd => "image/psd",
            Self::Raw(kind) => kind.media_type(),
            Self::Mp4 => "video/mp4",
            Self::QuickTime => "video/quicktime",
            Self::Matroska => "video/x-matroska",
            Self::Avi => "video/avi",
            Self::MpegTs => "video/mp2t",
            Self::MpegPs => "video/mpeg",
            Self::Flv => "video/x-flv",
            Self::Asf => "video/x-ms-wmv",
            Self::Mxf => "application/mxf",
        }
    }
}

impl RawKind {
    fn media_type(self) -> &'static str {
        let name = match self {
            Self::Cr2 => "a.cr2",
            Self::Cr3 => "a.cr3",
            Self::Crw => "a.crw",
            Self::Raf => "a.raf",
            Self::Orf => "a.orf",
            Self::Rw2 => "a.rw2",
            Self::X3f => "a.x3f",
            Self::Mrw => "a.mrw",
        };
        crate::formats::by_name(name).map_or(UNKNOWN_MEDIA_TYPE, |format| format.media_type)
    }
}

/// Signatures at the start of a file. More specific ones come before the ones they begin with.
const SIGNATURES: &[(&[u8], Container)] = &[
    (b"\xff\xd8\xff", Container::Jpeg),
    (b"\x89PNG\r\n\x1a\n", Container::Png),
    (b"GIF87a", Container::Gif),
    (b"GIF89a", Container::Gif),
    (b"\xff\x0a", Container::JpegXl),
    (b"\0\0\0\x0cJXL \r\n\x87\n", Container::JpegXl),
    (b"\0\0\0\x0cjP  \r\n\x87\n", Container::Jpeg2000),
    (b"\xff\x4f\xff\x51", Container::Jpeg2000),
    (b"8BPS", Container::Psd),
    (b"FUJIFILMCCD-RAW", Container::Raw(RawKind::Raf)),
    (b"FOVb", Container::Raw(RawKind::X3f)),
    (b"\0MRM", Container::Raw(RawKind::Mrw)),
    (b"II\x1a\0\0\0HEAPCCDR", Container::Raw(RawKind::Crw)),
    (b"IIRO", Container::Raw(RawKind::Orf)),
    (b"IIRS", Container::Raw(RawKind::Orf)),
    (b"MMOR", Container::Raw(RawKind::Orf)),
    (b"IIU\0", Container::Raw(RawKind::Rw2)),
    (b"II*\0", Container::Tiff),
    (b"MM\0*", Container::Tiff),
    (b"II+\0", Container::Tiff),
    (b"MM\0+", Container::Tiff),
    (b"\x1a\x45\xdf\xa3", Container::Matroska),
    (b"FLV\x01", Container::Flv),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", Container::Asf),
    (b"\x06\x0e\x2b\x34\x02\x05\x01\x01", Container::Mxf),
    (b"\0\0\x01\xba", Container::MpegPs),
    (b"\0\0\x01\xb3", Container::MpegPs),
];

/// Tells what a file is by its first bytes (up to [`HEAD_BYTES`]). `None` if nothing fits.
pub fn sniff(head: &[u8]) -> Option<Container> {
    let head = &head[..head.len().min(HEAD_BYTES)];
    canon_tiff(head)
        .or_else(|| by_signature(head))
        .or_else(|| riff(head))
        .or_else(|| boxes(head))
        .or_else(|| bitmap(head))
        .or_else(|| transport_stream(head))
        .or_else(|| svg(head))
}

fn by_signature(head: &[u8]) -> Option<Container> {
    SIGNATURES.iter().find(|(signature, _)| head.starts_with(signature)).map(|&(_, container)| container)
}

fn canon_tiff(head: &[u8]) -> Option<Container> {
    (head.starts_with(b"II*\0") && head.get(8..10) == Some(b"CR")).then_some(Container::Raw(RawKind::Cr2))
}

fn riff(head: &[u8]) -> Option<Container> {
    if !head.starts_with(b"RIFF") {
        return None;
    }
    match head.get(8..12)? {
        b"WEBP" => Some(Container::WebP),
        b"AVI " => Some(Container::Avi),
        _ => None,
    }
}

/// Files made of boxes: the brands of `ftyp` decide. Old `QuickTime` files have no `ftyp` and begin with other atoms.
fn boxes(head: &[u8]) -> Option<Container> {
    match head.get(4..8)? {
        b"ftyp" => {
            let size = u32::from_be_bytes(head[..4].try_into().expect("the slice has four bytes")) as usize;
            let brands = head.get(8..size.clamp(12, HEAD_BYTES).min(head.len()))?;
            by_brands(brands)
        }
        b"moov" | b"mdat" | b"wide" | b"pnot" | b"skip" | b"free" => Some(Container::QuickTime),
        _ => None,
    }
}

/// `brands` is the body of `ftyp`: the major brand, four bytes of version, the compatible brands.
fn by_brands(brands: &[u8]) -> Option<Container> {
    let major = brands.get(..4)?;
    let compatible = brands.get(8..).unwrap_or_default().chunks_exact(4);
    let known = std::iter::once(major).chain(compatible).find_map(|brand| match brand {
        b"crx " => Some(Container::Raw(RawKind::Cr3)),
        b"avif" | b"avis" => Some(Container::Avif),
        b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" | b"hevm" | b"hevs" => Some(Container::Heif),
        b"jxl " => Some(Container::JpegXl),
        b"jp2 " | b"jpx " | b"jph " => Some(Container::Jpeg2000),
        b"qt  " => Some(Container::QuickTime),
        _ => None,
    });
    // A video may list `qt  ` as merely compatible, and a picture `mif1` as major: the major brand has the last word
    // between the two movie containers, and a bare `mif1` is taken for HEIF.
    match (known, major) {
        (None, b"mif1" | b"msf1" | b"mif2") => Some(Container::Heif),
        (Some(Container::QuickTime), b"qt  ") => Some(Container::QuickTime),
        (None | Some(Container::QuickTime), _) => Some(Container::Mp4),
        (other, _) => other,
    }
}

/// `BM` alone is too little: the size of the second header must be one of those that exist.
fn bitmap(head: &[u8]) -> Option<Container> {
    let header_size = u32::from_le_bytes(head.get(14..18)?.try_into().ok()?);
    (head.starts_with(b"BM") && matches!(header_size, 12 | 16 | 40 | 52 | 56 | 64 | 108 | 124))
        .then_some(Container::Bmp)
}

fn transport_stream(head: &[u8]) -> Option<Container> {
    TRANSPORT_PACKETS.iter().find_map(|&(step, start)| {
        let mut syncs = head.iter().skip(start).step_by(step).take(TRANSPORT_SYNCS);
        let enough = head.len() > start + step * (TRANSPORT_SYNCS - 1);
        (enough && syncs.all(|&byte| byte == 0x47)).then_some(Container::MpegTs)
    })
}

fn svg(head: &[u8]) -> Option<Container> {
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    let start = &text[..text.len().min(SVG_SEARCH_BYTES)];
    (start.starts_with(b"<") && memchr::memmem::find(start, b"<svg").is_some()).then_some(Container::Svg)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ftyp(brands: &[&[u8; 4]]) -> Vec<u8> {
        let mut bytes = u32::try_from(12 + 4 * brands.len()).unwrap().to_be_bytes().to_vec();
        bytes.extend_from_slice(b"ftyp");
        bytes.extend_from_slice(brands[0]);
        bytes.extend_from_slice(&[0; 4]);
        brands[1..].iter().for_each(|brand| bytes.extend_from_slice(*brand));
        bytes
    }

    #[test]
    fn box_files_go_by_their_brands() {
        for (brands, expected) in [
            (&[b"heic", b"mif1"][..], Container::Heif),
            (&[b"mif1", b"heic"], Container::Heif),
            (&[b"mif1", b"avif"], Container::Avif),
            (&[b"mif1"], Container::Heif),
            (&[b"crx ", b"isom"], Container::Raw(RawKind::Cr3)),
            (&[b"qt  "], Container::QuickTime),
            (&[b"mp42", b"qt  "], Container::Mp4),
            (&[b"isom", b"mp41"], Container::Mp4),
            (&[b"3gp4"], Container::Mp4),
        ] {
            assert_eq!(sniff(&ftyp(brands)), Some(expected), "{brands:?}");
        }
        assert_eq!(sniff(b"\0\0\0\x08wide\0\0\0\0mdat"), Some(Container::QuickTime));
    }

    #[test]
    fn other_files_go_by_their_signatures() {
        let mut bitmap = b"BM".to_vec();
        bitmap.extend_from_slice(&[0; 12]);
        bitmap.extend_from_slice(&40u32.to_le_bytes());
        let mut stream = vec![0; 188 * 4];
        stream.iter_mut().step_by(188).for_each(|byte| *byte = 0x47);
        for (head, expected) in [
            (&b"\xff\xd8\xff\xe1"[..], Some(Container::Jpeg)),
            (b"RIFF\0\0\0\0WEBPVP8 ", Some(Container::WebP)),
            (b"RIFF\0\0\0\0AVI LIST", Some(Container::Avi)),
            (b"RIFF\0\0\0\0WAVEfmt ", None),
            (b"II*\0\x10\0\0\0CR\x02\0", Some(Container::Raw(RawKind::Cr2))),
            (b"II*\0\x08\0\0\0\0\0", Some(Container::Tiff)),
            (b"\xef\xbb\xbf<?xml version='1.0'?><!-- x --><svg>", Some(Container::Svg)),
            (b"<html>", None),
            (b"BMjust some text that is long enough", None),
            (b"This is not a picture", None),
            (b"", None),
            (&bitmap, Some(Container::Bmp)),
            (&stream, Some(Container::MpegTs)),
            (&stream[..188 * 2], None),
        ] {
            assert_eq!(sniff(head), expected, "{head:?}");
        }
    }

    #[test]
    fn every_container_has_a_media_type_of_its_kind() {
        for (_, container) in SIGNATURES {
            let prefix = if container.kind() == MediaKind::Video { "video/" } else { "image/" };
            let media_type = container.media_type();
            assert!(media_type.starts_with(prefix) || media_type == "application/mxf", "{container:?}: {media_type}");
        }
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(head in proptest::collection::vec(any::<u8>(), 0..600)) {
            let _ = sniff(&head);
        }

        #[test]
        fn arbitrary_boxes_never_panic(size in any::<u32>(), rest in proptest::collection::vec(any::<u8>(), 0..64)) {
            let mut head = size.to_be_bytes().to_vec();
            head.extend_from_slice(b"ftyp");
            head.extend_from_slice(&rest);
            let _ = sniff(&head);
        }
    }
}
