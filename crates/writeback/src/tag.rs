//! The tags that are written, by the names that exiftool gives them.

use serde::{Deserialize, Serialize};

/// How values of a tag are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Text,
    /// Separate entries.
    List,
    /// Degrees; equal to within 10⁻⁶.
    Degrees,
    /// Metres; equal to within a centimetre.
    Metres,
    /// Any other number.
    Number,
    /// The digits behind a second's point.
    Fraction,
    /// `2024:03:09 12:34:56`, perhaps with a fraction and an offset.
    Date,
    /// Latitude, longitude and perhaps altitude in one text.
    Coordinates,
    /// Regions as the Metadata Working Group defines them.
    Regions,
}

macro_rules! tags {
    ($($(#[$doc:meta])* $variant:ident = $name:literal: $kind:ident,)*) => {
        /// A tag.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Tag {
            $($(#[$doc])* #[serde(rename = $name)] $variant,)*
        }

        impl Tag {
            /// Every tag.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// exiftool's name for it, with its group.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }

            /// How its values are compared.
            pub fn kind(self) -> Kind {
                match self {
                    $(Self::$variant => Kind::$kind,)*
                }
            }
        }
    };
}

tags! {
    /// Flat keywords.
    XmpSubject = "XMP-dc:Subject": List,
    /// Flat keywords of 64 bytes at most (IPTC-IIM 2:25).
    IptcKeywords = "IPTC:Keywords": List,
    /// digiKam's tags, levels separated by `/`.
    XmpTagsList = "XMP-digiKam:TagsList": List,
    /// Names of people (IPTC Extension).
    XmpPersonInImage = "XMP-iptcExt:PersonInImage": List,
    /// Lightroom's keywords, levels separated by `|`.
    XmpHierarchicalSubject = "XMP-lr:HierarchicalSubject": List,
    /// Faces and other regions (MWG guidelines 2.0, section 5.9).
    XmpRegions = "XMP-mwg-rs:RegionInfo": Regions,
    /// The caption.
    XmpDescription = "XMP-dc:Description": Text,
    /// The caption under the name that some readers prefer.
    XmpImageDescription = "XMP-tiff:ImageDescription": Text,
    /// The caption, 2,000 bytes at most (IPTC-IIM 2:120).
    IptcCaption = "IPTC:Caption-Abstract": Text,
    /// The caption.
    ExifDescription = "IFD0:ImageDescription": Text,
    /// How the texts of IPTC are encoded.
    IptcCharset = "IPTC:CodedCharacterSet": Text,
    /// Without its sign.
    GpsLatitude = "GPS:GPSLatitude": Degrees,
    /// `N` or `S`.
    GpsLatitudeRef = "GPS:GPSLatitudeRef": Text,
    /// Without its sign.
    GpsLongitude = "GPS:GPSLongitude": Degrees,
    /// `E` or `W`.
    GpsLongitudeRef = "GPS:GPSLongitudeRef": Text,
    /// Without its sign.
    GpsAltitude = "GPS:GPSAltitude": Metres,
    /// 0: above the sea, 1: below it.
    GpsAltitudeRef = "GPS:GPSAltitudeRef": Number,
    /// With its sign here; the file says N or S.
    XmpLatitude = "XMP-exif:GPSLatitude": Degrees,
    /// With its sign here; the file says E or W.
    XmpLongitude = "XMP-exif:GPSLongitude": Degrees,
    /// Without its sign.
    XmpAltitude = "XMP-exif:GPSAltitude": Metres,
    /// 0: above the sea, 1: below it.
    XmpAltitudeRef = "XMP-exif:GPSAltitudeRef": Number,
    /// Where a film was taken (ISO 6709 in the file).
    KeysCoordinates = "Keys:GPSCoordinates": Coordinates,
    /// Wall-clock time of the capture.
    ExifDateTimeOriginal = "ExifIFD:DateTimeOriginal": Date,
    /// The same: when it was digitised.
    ExifCreateDate = "ExifIFD:CreateDate": Date,
    /// `+02:00`, of the former.
    ExifOffsetOriginal = "ExifIFD:OffsetTimeOriginal": Text,
    /// `+02:00`, of the latter.
    ExifOffsetDigitized = "ExifIFD:OffsetTimeDigitized": Text,
    /// Parts of a second.
    ExifSubSecOriginal = "ExifIFD:SubSecTimeOriginal": Fraction,
    /// Parts of a second.
    ExifSubSecDigitized = "ExifIFD:SubSecTimeDigitized": Fraction,
    /// With the offset.
    XmpDateCreated = "XMP-photoshop:DateCreated": Date,
    /// With the offset.
    XmpDateTimeOriginal = "XMP-exif:DateTimeOriginal": Date,
    /// With the offset.
    XmpCreateDate = "XMP-xmp:CreateDate": Date,
    /// UTC (ISO/IEC 14496-12).
    QuickTimeCreateDate = "QuickTime:CreateDate": Date,
    /// Wall-clock time with the offset, as Apple's cameras write it.
    KeysCreationDate = "Keys:CreationDate": Date,
    /// Stars 1 to 5, −1 for rejected.
    XmpRating = "XMP-xmp:Rating": Number,
    /// A label's text.
    XmpLabel = "XMP-xmp:Label": Text,
}

impl Tag {
    /// Whether it is written as the number itself, not as the text that people see.
    pub fn is_raw(self) -> bool {
        matches!(self.kind(), Kind::Degrees | Kind::Metres | Kind::Number | Kind::Coordinates)
            || matches!(self, Self::GpsLatitudeRef | Self::GpsLongitudeRef)
    }

    /// exiftool's name for it where it is written. Of a text that may be there in several languages, the one that is shown where
    /// none is asked for is written (XMP specification part 1, 8.2.2.4): without a language exiftool drops all others.
    pub fn written_name(self) -> String {
        let has_languages = matches!(self, Self::XmpDescription | Self::XmpImageDescription);
        format!("{}{}", self.name(), if has_languages { "-x-default" } else { "" })
    }

    /// Whether it lies in a block of XMP.
    pub fn is_xmp(self) -> bool {
        self.name().starts_with("XMP-")
    }

    /// Whether it lies in a block of IPTC-IIM.
    pub fn is_iptc(self) -> bool {
        self.name().starts_with("IPTC:")
    }

    /// Whether it lies in a block of EXIF.
    pub fn is_exif(self) -> bool {
        ["IFD0:", "ExifIFD:", "GPS:"].iter().any(|group| self.name().starts_with(group))
    }

    /// Whether it lies among the atoms of a film.
    pub fn is_film(self) -> bool {
        ["QuickTime:", "Keys:"].iter().any(|group| self.name().starts_with(group))
    }

    /// The tag of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|tag| tag.name() == name)
    }
}
