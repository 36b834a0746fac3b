//! EXIF: the directories of a TIFF structure that describe a picture and how it was taken.

use super::text;
use super::tiff::{Directory, Entry, Tiff};
use super::{Reading, apple};
use crate::metadata::stamp::{Stamp, parse_offset};
use crate::metadata::tags::Tags;

const IMAGE_WIDTH: u16 = 0x0100;
const IMAGE_HEIGHT: u16 = 0x0101;
const IMAGE_DESCRIPTION: u16 = 0x010e;
const MAKE: u16 = 0x010f;
const MODEL: u16 = 0x0110;
const ORIENTATION: u16 = 0x0112;
const SUB_IFDS: u16 = 0x014a;
const XMP_BLOCK: u16 = 0x02bc;
const RATING: u16 = 0x4746;
const IPTC_BLOCK: u16 = 0x83bb;
const PHOTOSHOP_BLOCK: u16 = 0x8649;
const EXIF_IFD: u16 = 0x8769;
const ICC_BLOCK: u16 = 0x8773;
const GPS_IFD: u16 = 0x8825;
const TIME_ZONE_OFFSET: u16 = 0x882a;
const EXPOSURE_TIME: u16 = 0x829a;
const F_NUMBER: u16 = 0x829d;
const ISO: u16 = 0x8827;
const DATE_TIME_ORIGINAL: u16 = 0x9003;
const CREATE_DATE: u16 = 0x9004;
const OFFSET_TIME_ORIGINAL: u16 = 0x9011;
const OFFSET_TIME_DIGITIZED: u16 = 0x9012;
const FOCAL_LENGTH: u16 = 0x920a;
const MAKER_NOTE: u16 = 0x927c;
const SUB_SEC_ORIGINAL: u16 = 0x9291;
const SUB_SEC_DIGITIZED: u16 = 0x9292;
const LENS_MODEL: u16 = 0xa434;
const DNG_PRIVATE: u16 = 0xc634;

/// Tags of IFD0 this reader leaves to exiftool.
const FOREIGN: [u16; 7] = [XMP_BLOCK, IPTC_BLOCK, PHOTOSHOP_BLOCK, ICC_BLOCK, TIME_ZONE_OFFSET, DNG_PRIVATE, SUB_IFDS];

/// Tags that would count if they stood in the directory of the thumbnail (IFD1) or of the other directory only.
const MEANINGFUL: [u16; 12] = [
    IMAGE_DESCRIPTION,
    MAKE,
    MODEL,
    ORIENTATION,
    EXPOSURE_TIME,
    F_NUMBER,
    ISO,
    DATE_TIME_ORIGINAL,
    CREATE_DATE,
    FOCAL_LENGTH,
    LENS_MODEL,
    RATING,
];

/// exiftool prints computed numbers with this many digits.
const PRINTED_DIGITS: usize = 15;

/// Maker notes in which nothing of interest can be.
const EMPTY_MAKER_NOTES: [&[u8]; 1] = [b"HDRP"];

/// Reads the TIFF data `bytes` of an EXIF block or a raw file.
pub(super) fn apply(bytes: &[u8], reading: &mut Reading) {
    let Some((tiff, main)) = Tiff::parse(bytes).and_then(|tiff| Some((tiff, tiff.directory(tiff.first())?))) else {
        return reading.doubt();
    };
    main_directory(&main, reading);
    let exif = pointed(&tiff, &main, EXIF_IFD, reading);
    exposure(&exif, reading);
    dates(&exif, reading);
    maker_note(&exif, reading);
    position(&pointed(&tiff, &main, GPS_IFD, reading), reading);
    // Where IFD0 is silent, exiftool takes the thumbnail's word; and misplaced tags count as well.
    let thumbnail = tiff.directory(main.next).unwrap_or_default();
    let elsewhere = |tag: &u16| {
        let at_home = if is_main_tag(*tag) { &main } else { &exif };
        let abroad = if is_main_tag(*tag) { &exif } else { &main };
        abroad.get(*tag).is_some() || (thumbnail.get(*tag).is_some() && at_home.get(*tag).is_none())
    };
    if MEANINGFUL.iter().any(elsewhere) || !main.sound || !exif.sound {
        reading.doubt();
    }
}

/// The pixel size of a raw file or TIFF: the largest of the main picture and its sub-pictures.
pub(super) fn apply_raw_size(bytes: &[u8], tags: &mut Tags) {
    let Some((tiff, main)) = Tiff::parse(bytes).and_then(|tiff| Some((tiff, tiff.directory(tiff.first())?))) else {
        return;
    };
    let subordinate =
        main.get(SUB_IFDS).into_iter().flat_map(|entry| (0..entry.count.min(8)).filter_map(|i| entry.unsigned_at(i)));
    let directories: Vec<_> = subordinate.filter_map(|offset| tiff.directory(offset as usize)).collect();
    let size = |directory: &Directory<'_>| {
        Some((directory.get(IMAGE_WIDTH)?.unsigned()?, directory.get(IMAGE_HEIGHT)?.unsigned()?))
    };
    let sizes = directories.iter().chain([&main]).filter_map(size);
    if let Some((width, height)) = sizes.max_by_key(|(width, height)| u64::from(*width) * u64::from(*height)) {
        super::set_size(tags, width, height);
    }
}

fn is_main_tag(tag: u16) -> bool {
    matches!(tag, IMAGE_DESCRIPTION | MAKE | MODEL | ORIENTATION | RATING)
}

fn pointed<'a>(tiff: &Tiff<'a>, main: &Directory<'a>, tag: u16, reading: &mut Reading) -> Directory<'a> {
    let Some(entry) = main.get(tag) else { return Directory { sound: true, ..Directory::default() } };
    let directory = entry.unsigned().and_then(|offset| tiff.directory(offset as usize));
    directory.unwrap_or_else(|| {
        reading.doubt();
        Directory::default()
    })
}

fn main_directory(main: &Directory<'_>, reading: &mut Reading) {
    for (tag, name) in [(IMAGE_DESCRIPTION, "ImageDescription"), (MAKE, "Make"), (MODEL, "Model")] {
        let Some(entry) = main.get(tag) else { continue };
        // Make and model lose their padding, descriptions keep it.
        set_text(reading, name, entry, tag != IMAGE_DESCRIPTION);
    }
    if let Some(entry) = main.get(ORIENTATION) {
        match entry.unsigned() {
            Some(orientation @ 1..=8) => reading.tags.set("Orientation", orientation),
            _ => reading.doubt(),
        }
    }
    if let Some(entry) = main.get(RATING) {
        match entry.unsigned() {
            Some(rating) => reading.tags.set("Rating", rating),
            None => reading.doubt(),
        }
    }
    if FOREIGN.iter().any(|tag| main.get(*tag).is_some()) {
        reading.doubt();
    }
}

fn set_text(reading: &mut Reading, name: &str, entry: &Entry<'_>, trim: bool) {
    match entry.text() {
        Some(value) => {
            let value = if trim { value.trim_end() } else { value };
            if !text::survives_json(value) || value.contains(char::is_control) {
                reading.doubt();
            }
            reading.tags.set(name, value);
        }
        None => reading.doubt(),
    }
}

fn exposure(exif: &Directory<'_>, reading: &mut Reading) {
    for (tag, name) in [(EXPOSURE_TIME, "ExposureTime"), (F_NUMBER, "FNumber"), (FOCAL_LENGTH, "FocalLength")] {
        let Some(entry) = exif.get(tag) else { continue };
        match entry.fraction(0) {
            Some(number) if entry.count == 1 => {
                let value = match tag {
                    EXPOSURE_TIME => text::exposure_time(number),
                    F_NUMBER => text::f_number(number).into(),
                    _ => number.into(),
                };
                reading.tags.set(name, value);
            }
            _ => reading.doubt(),
        }
    }
    if let Some(entry) = exif.get(ISO) {
        match entry.unsigned() {
            Some(iso) => reading.tags.set("ISO", iso),
            None => reading.doubt(),
        }
    }
    if let Some(entry) = exif.get(LENS_MODEL) {
        set_text(reading, "LensModel", entry, true);
    }
    if exif.get(TIME_ZONE_OFFSET).is_some() {
        reading.doubt();
    }
}

fn dates(exif: &Directory<'_>, reading: &mut Reading) {
    let original = (DATE_TIME_ORIGINAL, SUB_SEC_ORIGINAL, OFFSET_TIME_ORIGINAL);
    let digitized = (CREATE_DATE, SUB_SEC_DIGITIZED, OFFSET_TIME_DIGITIZED);
    date(exif, original, ["DateTimeOriginal", "SubSecDateTimeOriginal", "OffsetTimeOriginal"], reading);
    date(exif, digitized, ["CreateDate", "SubSecCreateDate", "OffsetTimeDigitized"], reading);
}

/// A date in up to three tags: time, fraction, offset. exiftool puts them together under a name of its own.
fn date(exif: &Directory<'_>, (date, fraction, offset): (u16, u16, u16), names: [&str; 3], reading: &mut Reading) {
    let mut part = |tag: u16| match exif.get(tag).map(|entry| entry.text().map(str::trim)) {
        Some(Some(text)) => text,
        Some(None) => {
            reading.doubt();
            ""
        }
        None => "",
    };
    let (date, fraction, offset) = (part(date), part(fraction), part(offset));
    let plain = |text: &str| Stamp::parse(text).is_some_and(|stamp| stamp.offset_minutes.is_none()) && text.len() == 19;
    if !(plain(date) || date.bytes().all(|byte| matches!(byte, b'0' | b':' | b' ')))
        || !fraction.bytes().all(|byte| byte.is_ascii_digit())
        || !(offset.is_empty() || (offset.len() == 6 && parse_offset(offset).is_some()))
    {
        reading.doubt();
    }
    if !offset.is_empty() {
        reading.tags.set(names[2], offset);
    }
    if date.is_empty() {
        return;
    }
    reading.tags.set(names[0], date);
    if !fraction.is_empty() || !offset.is_empty() {
        let point = if fraction.is_empty() { "" } else { "." };
        reading.tags.set(names[1], format!("{date}{point}{fraction}{offset}"));
    }
}

fn maker_note(exif: &Directory<'_>, reading: &mut Reading) {
    let Some(entry) = exif.get(MAKER_NOTE) else { return };
    if apple::is_maker_note(entry.bytes) {
        apple::apply(entry.bytes, reading);
    } else if !EMPTY_MAKER_NOTES.iter().any(|start| entry.bytes.starts_with(start)) {
        reading.doubt();
    }
}

/// Position and GPS clock. Half a position is left to exiftool.
fn position(gps: &Directory<'_>, reading: &mut Reading) {
    const LATITUDE: (u16, u16) = (1, 2);
    const LONGITUDE: (u16, u16) = (3, 4);
    if !gps.sound {
        reading.doubt();
    }
    let has_any = [LATITUDE.0, LATITUDE.1, LONGITUDE.0, LONGITUDE.1].iter().any(|tag| gps.get(*tag).is_some());
    match (degrees(gps, LATITUDE, ["N", "S"]), degrees(gps, LONGITUDE, ["E", "W"])) {
        (Some(latitude), Some(longitude)) => {
            reading.tags.set("GPSLatitude", latitude);
            reading.tags.set("GPSLongitude", longitude);
        }
        _ if has_any => reading.doubt(),
        _ => {}
    }
    if let (Some(date), Some(time)) = (gps.get(0x1d), gps.get(0x07)) {
        match gps_time(date, time) {
            Some(text) => reading.tags.set("GPSDateTime", text),
            None => reading.doubt(),
        }
    }
}

fn degrees(gps: &Directory<'_>, (reference, value): (u16, u16), [plus, minus]: [&str; 2]) -> Option<f64> {
    let reference = gps.get(reference)?.text()?;
    let value = gps.get(value).filter(|entry| entry.count == 3)?;
    let degrees = value.fraction(0)? + value.fraction(1)? / 60.0 + value.fraction(2)? / 3600.0;
    let degrees = text::significant(degrees, PRINTED_DIGITS);
    match reference {
        text if text == plus => Some(degrees),
        text if text == minus => Some(-degrees),
        _ => None,
    }
}

fn gps_time(date: &Entry<'_>, time: &Entry<'_>) -> Option<String> {
    let (hours, minutes, seconds) = (time.fraction(0)?, time.fraction(1)?, time.fraction(2)?);
    let whole = hours.fract() == 0.0 && minutes.fract() == 0.0 && hours < 24.0 && minutes < 60.0 && seconds < 60.0;
    let text =
        format!("{} {hours:02}:{minutes:02}:{}{seconds}Z", date.text()?.trim(), if seconds < 10.0 { "0" } else { "" });
    (whole && Stamp::parse(&text).is_some()).then_some(text)
}
