//! Which XMP properties matter, and which may be ignored without a second look.

/// What to do with a property.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// It is this tag.
    Tag(&'static str),
    /// It is this tag where EXIF does not speak, and exiftool knows how the two go together.
    Shadow(&'static str),
    /// Latitude or longitude.
    Coordinate(&'static str),
    /// It says nothing about any field.
    Nothing,
    /// It might say something.
    Unknown,
}

const DC: &str = "http://purl.org/dc/elements/1.1/";
const XMP: &str = "http://ns.adobe.com/xap/1.0/";
const EXIF: &str = "http://ns.adobe.com/exif/1.0/";
const TIFF: &str = "http://ns.adobe.com/tiff/1.0/";
const DIGIKAM: &str = "http://www.digikam.org/ns/1.0/";
const LIGHTROOM: &str = "http://ns.adobe.com/lightroom/1.0/";
const PANORAMA: &str = "http://ns.google.com/photos/1.0/panorama/";
const CAMERA: &str = "http://ns.google.com/photos/1.0/camera/";
const PHOTOSHOP: &str = "http://ns.adobe.com/photoshop/1.0/";
const EXIF_EX: &str = "http://cipa.jp/exif/1.0/";

/// Namespaces in which nothing is called like a tag of ours.
const SILENT: [&str; 12] = [
    "http://ns.adobe.com/xap/1.0/mm/",
    "http://ns.adobe.com/xap/1.0/rights/",
    "http://ns.adobe.com/xmp/note/",
    "http://ns.adobe.com/camera-raw-settings/1.0/",
    "http://ns.adobe.com/hdr-gain-map/1.0/",
    "http://ns.apple.com/HDRGainMap/1.0/",
    "http://ns.apple.com/pixeldatainfo/1.0/",
    "http://ns.google.com/photos/1.0/container/",
    "http://ns.google.com/photos/1.0/container/item/",
    "http://ns.google.com/photos/dd/1.0/device/",
    "http://ns.adobe.com/xap/1.0/g/",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
];

/// Tags whose EXIF values win over the XMP ones of the same name.
const EXIF_SHADOWS: [(&str, &str); 10] = [
    ("DateTimeOriginal", "DateTimeOriginal"),
    ("FNumber", "FNumber"),
    ("FocalLength", "FocalLength"),
    ("ExposureTime", "ExposureTime"),
    ("ISOSpeedRatings", "ISO"),
    ("PhotographicSensitivity", "ISO"),
    ("LensModel", "LensModel"),
    ("OffsetTimeOriginal", "OffsetTimeOriginal"),
    ("OffsetTimeDigitized", "OffsetTimeDigitized"),
    ("GPSTimeStamp", "GPSDateTime"),
];

/// The role of the property `name` in `namespace`.
pub(super) fn role(namespace: &str, name: &str) -> Role {
    match (namespace, name) {
        (DC, "subject") => Role::Tag("Keywords"),
        (DC, "description") => Role::Tag("Description"),
        (DC, _) => Role::Nothing,
        (XMP, "Rating") => Role::Tag("Rating"),
        (XMP, "CreateDate") => Role::Shadow("CreateDate"),
        (XMP, _) => Role::Nothing,
        (DIGIKAM, "TagsList") => Role::Tag("TagsList"),
        (LIGHTROOM, "hierarchicalSubject") => Role::Tag("HierarchicalSubject"),
        (PANORAMA, "ProjectionType") => Role::Tag("ProjectionType"),
        (PANORAMA, _) => Role::Nothing,
        (CAMERA, "BurstID") => Role::Tag("BurstID"),
        (CAMERA, _) => Role::Nothing,
        (PHOTOSHOP, "DateCreated") => Role::Shadow("DateTimeOriginal"),
        (PHOTOSHOP, _) => Role::Nothing,
        (TIFF, "ImageDescription") => Role::Shadow("ImageDescription"),
        (TIFF, "Make") => Role::Shadow("Make"),
        (TIFF, "Model") => Role::Shadow("Model"),
        (TIFF, "Orientation") => Role::Shadow("Orientation"),
        (TIFF, _) => Role::Nothing,
        (EXIF, "GPSLatitude") => Role::Coordinate("GPSLatitude"),
        (EXIF, "GPSLongitude") => Role::Coordinate("GPSLongitude"),
        (EXIF | EXIF_EX, name) => {
            EXIF_SHADOWS.iter().find(|(xmp, _)| *xmp == name).map_or(Role::Nothing, |(_, tag)| Role::Shadow(tag))
        }
        (namespace, _) if SILENT.contains(&namespace) => Role::Nothing,
        _ => Role::Unknown,
    }
}
