//! The table of supported file formats: which extensions are accepted, and what they are served as.
//!
//! A file is accepted or refused by its extension alone, as clients do; what the bytes really are is decided by
//! [`crate::sniff`].

/// Whether a file is a picture or a video.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MediaKind {
    /// A still picture (possibly animated).
    Image,
    /// A video.
    Video,
}

/// One supported file extension.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Format {
    /// Lower-case extension without the dot.
    pub extension: &'static str,
    /// Media type the original is served with.
    pub media_type: &'static str,
    /// Picture or video.
    pub kind: MediaKind,
    /// Browsers display it, so that an original can stand for its own full-size rendition.
    pub web: bool,
    /// Sensor data of a camera.
    pub raw: bool,
}

/// Media type of a file nothing is known about.
pub const UNKNOWN_MEDIA_TYPE: &str = "application/octet-stream";

/// Extension of metadata side files.
const SIDECAR_EXTENSION: &str = "xmp";

/// Media type of metadata side files.
const SIDECAR_MEDIA_TYPE: &str = "application/xml";

const fn web(extension: &'static str, media_type: &'static str) -> Format {
    Format { extension, media_type, kind: MediaKind::Image, web: true, raw: false }
}

const fn image(extension: &'static str, media_type: &'static str) -> Format {
    Format { extension, media_type, kind: MediaKind::Image, web: false, raw: false }
}

const fn raw(extension: &'static str, media_type: &'static str) -> Format {
    Format { extension, media_type, kind: MediaKind::Image, web: false, raw: true }
}

const fn video(extension: &'static str, media_type: &'static str) -> Format {
    Format { extension, media_type, kind: MediaKind::Video, web: false, raw: false }
}

/// Every supported format; pictures for browsers first, then other pictures, raw files and videos, each by name.
static FORMATS: [Format; 67] = [
    web("avif", "image/avif"),
    web("bmp", "image/bmp"),
    web("gif", "image/gif"),
    web("jpeg", "image/jpeg"),
    web("jpg", "image/jpeg"),
    web("png", "image/png"),
    web("webp", "image/webp"),
    image("heic", "image/heic"),
    image("heif", "image/heif"),
    image("hif", "image/hif"),
    image("insp", "image/jpeg"),
    image("jp2", "image/jp2"),
    image("jpe", "image/jpeg"),
    image("jxl", "image/jxl"),
    image("svg", "image/svg+xml"),
    image("tif", "image/tiff"),
    image("tiff", "image/tiff"),
    raw("3fr", "image/3fr"),
    raw("ari", "image/ari"),
    raw("arw", "image/arw"),
    raw("cap", "image/cap"),
    raw("cin", "image/cin"),
    raw("cr2", "image/cr2"),
    raw("cr3", "image/cr3"),
    raw("crw", "image/crw"),
    raw("dcr", "image/dcr"),
    raw("dng", "image/dng"),
    raw("erf", "image/erf"),
    raw("fff", "image/fff"),
    raw("iiq", "image/iiq"),
    raw("k25", "image/k25"),
    raw("kdc", "image/kdc"),
    raw("mrw", "image/mrw"),
    raw("nef", "image/nef"),
    raw("nrw", "image/nrw"),
    raw("orf", "image/orf"),
    raw("ori", "image/ori"),
    raw("pef", "image/pef"),
    raw("psd", "image/psd"),
    raw("raf", "image/raf"),
    raw("raw", "image/raw"),
    raw("rw2", "image/rw2"),
    raw("rwl", "image/rwl"),
    raw("sr2", "image/sr2"),
    raw("srf", "image/srf"),
    raw("srw", "image/srw"),
    raw("x3f", "image/x3f"),
    video("3gp", "video/3gpp"),
    video("3gpp", "video/3gpp"),
    video("avi", "video/avi"),
    video("flv", "video/x-flv"),
    video("insv", "video/mp4"),
    video("m2t", "video/mp2t"),
    video("m2ts", "video/mp2t"),
    video("m4v", "video/x-m4v"),
    video("mkv", "video/x-matroska"),
    video("mov", "video/quicktime"),
    video("mp4", "video/mp4"),
    video("mpe", "video/mpeg"),
    video("mpeg", "video/mpeg"),
    video("mpg", "video/mpeg"),
    video("mts", "video/mp2t"),
    video("mxf", "application/mxf"),
    video("ts", "video/mp2t"),
    video("vob", "video/mpeg"),
    video("webm", "video/webm"),
    video("wmv", "video/x-ms-wmv"),
];

/// The format of a file by the extension of its name, in any case. `None` if it is not supported.
pub fn by_name(file_name: &str) -> Option<&'static Format> {
    let extension = extension_of(file_name)?;
    FORMATS.iter().find(|format| format.extension.eq_ignore_ascii_case(extension))
}

/// Every supported format.
pub fn all() -> &'static [Format] {
    &FORMATS
}

/// Whether the name is one of a metadata side file (`.xmp`).
pub fn is_sidecar(file_name: &str) -> bool {
    extension_of(file_name).is_some_and(|extension| extension.eq_ignore_ascii_case(SIDECAR_EXTENSION))
}

/// The media type a file of this name is served with; [`UNKNOWN_MEDIA_TYPE`] if the extension says nothing.
pub fn media_type_of(file_name: &str) -> &'static str {
    match by_name(file_name) {
        Some(format) => format.media_type,
        None if is_sidecar(file_name) => SIDECAR_MEDIA_TYPE,
        None => UNKNOWN_MEDIA_TYPE,
    }
}

/// What follows the last dot of the last path component. A name that starts with its only dot has no extension.
fn extension_of(file_name: &str) -> Option<&str> {
    let base = file_name.rsplit(['/', '\\']).next()?;
    let (stem, extension) = base.rsplit_once('.')?;
    (!stem.is_empty() && !extension.is_empty()).then_some(extension)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_formats_in_any_case() {
        assert_eq!(by_name("IMG_1.JPG").map(|f| f.media_type), Some("image/jpeg"));
        assert_eq!(by_name("a.b.HeIc").map(|f| (f.web, f.raw)), Some((false, false)));
        assert_eq!(by_name("x.CR3").map(|f| (f.raw, f.media_type)), Some((true, "image/cr3")));
        assert_eq!(by_name("clip.m2ts").map(|f| f.kind), Some(MediaKind::Video));
        for unsupported in ["a.mpo", "a.mp3", "jpg", ".jpg", "a.", "", "dir.jpg/a", "a.xmp"] {
            assert_eq!(by_name(unsupported), None, "{unsupported}");
        }
    }

    #[test]
    fn tells_sidecars_and_media_types() {
        assert!(is_sidecar("a.jpg.XMP"));
        assert!(!is_sidecar("xmp"));
        assert_eq!(media_type_of("a.mov"), "video/quicktime");
        assert_eq!(media_type_of("a_thumbnail.webp"), "image/webp");
        assert_eq!(media_type_of("notes.txt"), UNKNOWN_MEDIA_TYPE);
    }

    #[test]
    fn the_table_has_no_doubles_and_only_lower_case() {
        for (index, format) in all().iter().enumerate() {
            assert_eq!(format.extension, format.extension.to_ascii_lowercase());
            assert!(all()[index + 1..].iter().all(|other| other.extension != format.extension), "{}", format.extension);
        }
        assert_eq!(all().iter().filter(|format| format.kind == MediaKind::Video).count(), 20);
        assert_eq!(all().iter().filter(|format| format.raw).count(), 30);
    }
}
