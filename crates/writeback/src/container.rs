//! Which tags a file has a place for.

use crate::tag::Tag;

/// What is written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Container {
    /// An XMP file beside the original.
    Sidecar,
    /// JPEG and TIFF: EXIF, IPTC and XMP.
    Classic,
    /// PNG, WebP, HEIC, AVIF, JPEG XL: EXIF and XMP.
    Modern,
    /// MP4 and QuickTime: atoms and XMP.
    Film,
}

impl Container {
    /// That of a file's media type, for writing into the file itself; `None` where nothing is written into such files:
    /// raw files belong to the camera, and exiftool writes no others.
    pub fn of(media_type: &str) -> Option<Self> {
        match media_type {
            "image/jpeg" | "image/tiff" => Some(Self::Classic),
            "image/png" | "image/webp" | "image/heic" | "image/heif" | "image/hif" | "image/avif" | "image/jxl" => {
                Some(Self::Modern)
            }
            "video/mp4" | "video/quicktime" | "video/x-m4v" | "video/3gpp" => Some(Self::Film),
            _ => None,
        }
    }

    /// Whether there is a place for it.
    pub fn holds(self, tag: Tag) -> bool {
        // Of the XMP names for one thing, sidecars get those by which readers find it without EXIF beside it.
        let only_beside = matches!(tag, Tag::XmpImageDescription | Tag::XmpDateTimeOriginal | Tag::XmpCreateDate);
        match self {
            Self::Sidecar => tag.is_xmp(),
            Self::Classic => !tag.is_film() && !only_beside,
            Self::Modern => !tag.is_film() && !tag.is_iptc() && !only_beside,
            Self::Film => (tag.is_film() || tag.is_xmp()) && !only_beside,
        }
    }
}
