//! The few tags of EXIF and IPTC that write-back compares, each value as exiftool prints it, EXIF under the name of its group.
//! `None` wherever exiftool might print something else: then it is to be asked.

use super::text::significant;
use super::tiff::{Directory, Entry, Tiff};

/// exiftool prints computed numbers with this many digits.
const PRINTED_DIGITS: usize = 15;
/// How IPTC says that its texts are UTF-8 (ISO 2022).
const UTF8: &[u8] = b"\x1b%G";
/// What a segment with blocks of Photoshop's begins with.
const PHOTOSHOP: &[u8] = b"Photoshop 3.0\0";
/// Photoshop's block of IPTC.
const IPTC_BLOCK: u16 = 0x0404;
/// Photoshop's note of what its block of IPTC was.
const IPTC_DIGEST: u16 = 0x0425;

/// Tags of IFD0 that hold what also has a segment of its own: XMP, IPTC and blocks of Photoshop's.
const ELSEWHERE: [u16; 3] = [0x02bc, 0x83bb, 0x8649];
const IMAGE_DESCRIPTION: u16 = 0x010e;
const EXIF_IFD: u16 = 0x8769;
const GPS_IFD: u16 = 0x8825;
const DATES: [(u16, &str); 2] = [(0x9003, "ExifIFD:DateTimeOriginal"), (0x9004, "ExifIFD:CreateDate")];
const OFFSETS: [(u16, &str); 2] = [(0x9011, "ExifIFD:OffsetTimeOriginal"), (0x9012, "ExifIFD:OffsetTimeDigitized")];
const FRACTIONS: [(u16, &str); 2] = [(0x9291, "ExifIFD:SubSecTimeOriginal"), (0x9292, "ExifIFD:SubSecTimeDigitized")];
const DEGREES: [(u16, &str); 2] = [(2, "GPS:GPSLatitude"), (4, "GPS:GPSLongitude")];
const LETTERS: [(u16, &str, [&str; 2]); 2] =
    [(1, "GPS:GPSLatitudeRef", ["N", "S"]), (3, "GPS:GPSLongitudeRef", ["E", "W"])];
const ALTITUDE: (u16, &str) = (6, "GPS:GPSAltitude");
const ALTITUDE_REF: (u16, &str) = (5, "GPS:GPSAltitudeRef");

/// What a block of IPTC says, as far as write-back compares it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IptcWords {
    /// `IPTC:Keywords`.
    pub keywords: Vec<String>,
    /// `IPTC:Caption-Abstract`.
    pub caption: Option<String>,
    /// Whether it says that its texts are UTF-8.
    pub is_utf8: bool,
    /// Whether any of its texts, those that are not compared as well, is not ASCII.
    pub is_beyond_ascii: bool,
}

/// The values of an EXIF block, by exiftool's names with their groups. Empty texts are left out.
pub fn exif_words(block: &[u8]) -> Option<Vec<(&'static str, String)>> {
    let tiff = Tiff::parse(block)?;
    let main = tiff.directory(tiff.first()).filter(|main| main.sound)?;
    if ELSEWHERE.iter().any(|tag| main.get(*tag).is_some()) {
        return None;
    }
    let (exif, gps) = (pointed(&tiff, &main, EXIF_IFD)?, pointed(&tiff, &main, GPS_IFD)?);
    let mut words = Vec::new();
    if let Some(entry) = only(&main, IMAGE_DESCRIPTION)? {
        words.push(("IFD0:ImageDescription", plain(entry.text()?)?));
    }
    let dated = |text: &str| text.len() == 19 && is_like(text, "0000:00:00 00:00:00");
    let ahead = |text: &str| is_like(text, "+00:00") || is_like(text, "-00:00");
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    texts(&exif, &DATES, dated, &mut words)?;
    texts(&exif, &OFFSETS, ahead, &mut words)?;
    texts(&exif, &FRACTIONS, digits, &mut words)?;
    for (tag, name, letters) in LETTERS {
        texts(&gps, &[(tag, name)], |text| letters.contains(&text), &mut words)?;
    }
    for (tag, name) in DEGREES {
        if let Some(entry) = only(&gps, tag)? {
            let part = |index| entry.fraction(index).filter(|_| entry.count == 3);
            let degrees = part(0)? + part(1)? / 60.0 + part(2)? / 3600.0;
            words.push((name, significant(degrees, PRINTED_DIGITS).to_string()));
        }
    }
    if let Some(entry) = only(&gps, ALTITUDE.0)? {
        words.push((ALTITUDE.1, entry.fraction(0).filter(|_| entry.count == 1)?.to_string()));
    }
    if let Some(entry) = only(&gps, ALTITUDE_REF.0)? {
        words.push((ALTITUDE_REF.1, entry.unsigned().filter(|below| *below < 2)?.to_string()));
    }
    words.retain(|(_, text)| !text.is_empty());
    Some(words)
}

/// The directory that an entry points at; an empty one where there is no such entry.
fn pointed<'a>(tiff: &Tiff<'a>, main: &Directory<'a>, tag: u16) -> Option<Directory<'a>> {
    match only(main, tag)? {
        None => Some(Directory::default()),
        Some(entry) => tiff.directory(entry.unsigned()? as usize).filter(|directory| directory.sound),
    }
}

/// The entry with this number; the outer `None` where there are several.
fn only<'d, 'a>(directory: &'d Directory<'a>, tag: u16) -> Option<Option<&'d Entry<'a>>> {
    let mut found = directory.entries.iter().filter(|entry| entry.tag == tag);
    let first = found.next();
    found.next().is_none().then_some(first)
}

fn texts(
    directory: &Directory<'_>,
    tags: &[(u16, &'static str)],
    is_usual: impl Fn(&str) -> bool,
    words: &mut Vec<(&'static str, String)>,
) -> Option<()> {
    for (tag, name) in tags {
        if let Some(entry) = only(directory, *tag)? {
            let text = entry.text().filter(|text| is_usual(text))?;
            words.push((name, text.to_owned()));
        }
    }
    Some(())
}

/// A text that is printed as it is.
fn plain(text: &str) -> Option<String> {
    let is_odd = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    (text.trim() == text && !text.contains(is_odd)).then(|| text.to_owned())
}

/// Whether a text has digits where `form` has zeros, and else the same characters.
fn is_like(text: &str, form: &str) -> bool {
    let matches = |(found, wanted): (u8, u8)| if wanted == b'0' { found.is_ascii_digit() } else { found == wanted };
    text.len() == form.len() && text.bytes().zip(form.bytes()).all(matches)
}

/// The values of a segment with blocks of Photoshop's.
pub fn iptc_words(segment: &[u8]) -> Option<IptcWords> {
    let mut rest = segment.strip_prefix(PHOTOSHOP)?;
    let mut words = None;
    while !rest.is_empty() {
        let [b'8', b'B', b'I', b'M', high, low, name, ..] = *rest else { return None };
        let id = u16::from_be_bytes([high, low]);
        // The name and the content are filled up to an even length.
        rest = rest.get(6 + (usize::from(name) + 2) / 2 * 2..)?;
        let length = u32::from_be_bytes(*rest.first_chunk()?) as usize;
        let content = rest.get(4..4_usize.checked_add(length)?)?;
        rest = rest.get(4 + length.checked_add(1)? / 2 * 2..).unwrap_or_default();
        match id {
            IPTC_BLOCK if words.is_none() => words = Some(iptc(content)?),
            IPTC_BLOCK | IPTC_DIGEST => return None,
            _ => {}
        }
    }
    Some(words.unwrap_or_default())
}

fn iptc(mut block: &[u8]) -> Option<IptcWords> {
    let mut words = IptcWords::default();
    while !block.is_empty() {
        let [0x1c, record, number, high, low, ..] = *block else { return None };
        let length = usize::from(u16::from_be_bytes([high, low]));
        let value = block.get(5..5 + length)?;
        block = &block[5 + length..];
        match (record, number) {
            // Versions of the two records.
            (1 | 2, 0) => {}
            (1, 90) if value == UTF8 => words.is_utf8 = true,
            (2, _) => {
                let text = plain(std::str::from_utf8(value).ok()?)?;
                words.is_beyond_ascii |= !text.is_ascii();
                match number {
                    25 if !text.is_empty() => words.keywords.push(text),
                    120 if words.caption.is_none() => words.caption = Some(text),
                    25 | 120 => return None,
                    _ => {}
                }
            }
            _ => return None,
        }
    }
    // In which characters it is, nobody knows then.
    let is_certain = words.is_utf8 || !words.is_beyond_ascii;
    words.caption = words.caption.filter(|text| !text.is_empty());
    is_certain.then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn photoshop(blocks: &[(u16, &[u8])]) -> Vec<u8> {
        let mut bytes = PHOTOSHOP.to_vec();
        for (id, content) in blocks {
            bytes.extend(b"8BIM");
            bytes.extend(id.to_be_bytes());
            bytes.extend([0, 0]);
            bytes.extend((content.len() as u32).to_be_bytes());
            bytes.extend(*content);
            bytes.extend(vec![0; content.len() % 2]);
        }
        bytes
    }

    #[test]
    fn texts_of_iptc_are_read_where_their_characters_are_known() {
        let keyword = |text: &[u8]| [&[0x1c, 2, 25, 0, text.len() as u8], text].concat();
        let charset = [&[0x1c, 1, 90, 0, 3], UTF8].concat();
        let both = [charset.clone(), keyword("Straße".as_bytes()), keyword(b"a")].concat();
        let words = iptc_words(&photoshop(&[(0x03ed, b"odd"), (IPTC_BLOCK, &both)])).unwrap();
        assert_eq!(words.keywords, ["Straße", "a"]);
        assert!(words.is_utf8 && words.is_beyond_ascii);
        assert_eq!(iptc_words(&photoshop(&[])), Some(IptcWords::default()));
        let refused = [
            photoshop(&[(IPTC_BLOCK, &keyword("Straße".as_bytes()))]),
            photoshop(&[(IPTC_BLOCK, &keyword(b"\xdf"))]),
            photoshop(&[(IPTC_BLOCK, &keyword(b"a\0"))]),
            photoshop(&[(IPTC_BLOCK, &keyword(b"a")), (IPTC_DIGEST, &[0; 16])]),
            photoshop(&[(IPTC_BLOCK, &both[..both.len() - 1])]),
            photoshop(&[(IPTC_BLOCK, &charset), (IPTC_BLOCK, &charset)]),
            b"Adobe_CM".to_vec(),
        ];
        for segment in refused {
            assert_eq!(iptc_words(&segment), None, "{segment:?}");
        }
    }
}
