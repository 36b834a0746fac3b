//! What a camera writes into its files: model, date and place, as an EXIF segment of a JPEG.

/// Types of values in a TIFF.
const TEXT: u16 = 2;
const LONG: u16 = 4;
const RATIONAL: u16 = 5;

/// Bytes in front of the first directory.
const HEADER: &[u8] = b"II*\0\x08\0\0\0";

/// An APP1 segment. `taken` is `2025:08:01 10:00:00`; a place is degrees north and east.
pub(super) fn segment(taken: &str, place: Option<(f64, f64)>) -> Vec<u8> {
    let mut main = Directory::default();
    main.text(0x010f, "Tintype");
    main.text(0x0110, "Bench");
    main.text(0x0132, taken);
    let mut details = Directory::default();
    details.text(0x9003, taken);
    details.text(0x9004, taken);
    let mut position = Directory::default();
    if let Some((north, east)) = place {
        position.text(0x0001, if north < 0.0 { "S" } else { "N" });
        position.degrees(0x0002, north.abs());
        position.text(0x0003, if east < 0.0 { "W" } else { "E" });
        position.degrees(0x0004, east.abs());
    }
    // The main directory gets two more entries, which say where the others are.
    let details_at = HEADER.len() + main.length() + 2 * Directory::ENTRY;
    let position_at = details_at + details.length();
    main.number(0x8769, details_at);
    main.number(0x8825, position_at);
    let mut body = b"Exif\0\0".to_vec();
    let start = body.len();
    body.extend_from_slice(HEADER);
    for directory in [main, details, position] {
        let at = body.len() - start;
        directory.write(at, &mut body);
    }
    let length = u16::try_from(2 + body.len()).unwrap_or(u16::MAX);
    [&[0xff, 0xe1][..], &length.to_be_bytes(), &body].concat()
}

/// A directory of a TIFF: tag, type, number and bytes of each entry, in the order of tags.
#[derive(Default)]
struct Directory(Vec<(u16, u16, u32, Vec<u8>)>);

impl Directory {
    /// Bytes of an entry.
    const ENTRY: usize = 12;
    /// Bytes of the number of entries and of the place of the next directory.
    const FRAME: usize = 2 + 4;
    /// Longer values stand behind the entries.
    const INLINE: usize = 4;

    fn text(&mut self, tag: u16, text: &str) {
        let bytes = [text.as_bytes(), b"\0"].concat();
        self.0.push((tag, TEXT, u32::try_from(bytes.len()).unwrap_or(0), bytes));
    }

    fn number(&mut self, tag: u16, number: usize) {
        self.0.push((tag, LONG, 1, u32::try_from(number).unwrap_or(0).to_le_bytes().to_vec()));
    }

    /// Degrees, minutes and hundredths of seconds.
    fn degrees(&mut self, tag: u16, degrees: f64) {
        // Below 360 * 3600 * 100, so the cast keeps the value.
        let hundredths = (degrees * 360_000.0).round() as u32;
        let parts = [(hundredths / 360_000, 1), (hundredths / 6_000 % 60, 1), (hundredths % 6_000, 100_u32)];
        let bytes = parts.iter().flat_map(|(top, bottom)| [top.to_le_bytes(), bottom.to_le_bytes()]).flatten();
        self.0.push((tag, RATIONAL, 3, bytes.collect()));
    }

    fn length(&self) -> usize {
        let outside = |bytes: &[u8]| if bytes.len() > Self::INLINE { bytes.len().next_multiple_of(2) } else { 0 };
        Self::FRAME + self.0.iter().map(|entry| Self::ENTRY + outside(&entry.3)).sum::<usize>()
    }

    fn write(self, at: usize, file: &mut Vec<u8>) {
        let mut value_at = at + Self::FRAME + self.0.len() * Self::ENTRY;
        let mut values = Vec::new();
        file.extend(u16::try_from(self.0.len()).unwrap_or(0).to_le_bytes());
        for (tag, kind, count, mut bytes) in self.0 {
            file.extend([tag.to_le_bytes(), kind.to_le_bytes()].concat());
            file.extend(count.to_le_bytes());
            if bytes.len() > Self::INLINE {
                file.extend(u32::try_from(value_at).unwrap_or(0).to_le_bytes());
                bytes.resize(bytes.len().next_multiple_of(2), 0);
                value_at += bytes.len();
                values.extend(bytes);
            } else {
                bytes.resize(Self::INLINE, 0);
                file.extend(bytes);
            }
        }
        file.extend([0; 4]);
        file.extend(values);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directories_are_as_long_as_they_say() {
        let mut directory = Directory::default();
        directory.text(1, "N");
        directory.text(2, "a longer text");
        directory.degrees(3, 54.5);
        let expected = directory.length();
        let mut file = Vec::new();
        directory.write(0, &mut file);
        assert_eq!(file.len(), expected);
    }

    #[test]
    fn a_segment_says_how_long_it_is() {
        let segment = segment("2025:08:01 10:00:00", Some((-33.86, 151.2)));
        assert_eq!(usize::from(u16::from_be_bytes([segment[2], segment[3]])), segment.len() - 2);
    }
}
