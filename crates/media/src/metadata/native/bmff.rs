//! Boxes, the structure shared by MP4, QuickTime, HEIC and AVIF.

use std::io::{self, BufReader, Read, Seek, SeekFrom};

use super::{MAX_BLOCK_BYTES, Reading, bmff_items, movie, read_at_most, read_block};

/// Boxes at the top level that are looked at; fragmented films have thousands.
const MAX_TOP_BOXES: usize = 10_000;

/// Boxes inside one box.
const MAX_INNER_BOXES: usize = 10_000;

/// Whether a file whose first box is of this kind is one of ours.
pub(super) fn is_first_box(kind: [u8; 4]) -> bool {
    matches!(&kind, b"ftyp" | b"moov" | b"mdat" | b"wide" | b"free" | b"skip" | b"pnot")
}

/// Reads the file from its start. Readings are never complete: boxes carry too many dialects.
pub(super) fn read<R: Read + Seek>(file: R, reading: &mut Reading) -> io::Result<()> {
    reading.doubt();
    // Old QuickTime files do not introduce themselves.
    reading.tags.set("MIMEType", "video/quicktime");
    let mut file = BufReader::new(file);
    let end = file.seek(SeekFrom::End(0))?;
    let mut at = 0;
    for _ in 0..MAX_TOP_BOXES {
        if at + 8 > end {
            break;
        }
        file.seek(SeekFrom::Start(at))?;
        let mut head = [0; 8];
        file.read_exact(&mut head)?;
        let [s0, s1, s2, s3, kind @ ..] = head;
        let (size, header) = match u32::from_be_bytes([s0, s1, s2, s3]) {
            0 => (end - at, 8),
            1 => {
                let mut large = [0; 8];
                file.read_exact(&mut large)?;
                (u64::from_be_bytes(large), 16)
            }
            size => (u64::from(size), 8),
        };
        let Some(length) = size.checked_sub(header) else { break };
        match &kind {
            b"ftyp" => brands(&read_block(&mut file, length.min(end - at))?, reading),
            // Of a very long film the first tables suffice.
            b"moov" => movie::apply(&read_at_most(&mut file, length.min(MAX_BLOCK_BYTES))?, reading),
            b"meta" => bmff_items::apply(&read_block(&mut file, length)?, &mut file, reading)?,
            _ => {}
        }
        let Some(next) = at.checked_add(size) else { break };
        at = next;
    }
    Ok(())
}

/// A picture, or else a film, whose dates are UTC.
fn brands(bytes: &[u8], reading: &mut Reading) {
    let is_picture = matches!(
        bytes.get(..4),
        Some(b"heic" | b"heix" | b"hevc" | b"heim" | b"heis" | b"mif1" | b"msf1" | b"avif" | b"avis")
    );
    reading.tags.set("MIMEType", if is_picture { "image/heif" } else { "video/mp4" });
}

/// The boxes inside `bytes`: kind and content. Ends at the first broken one.
pub(super) fn boxes(bytes: &[u8]) -> impl Iterator<Item = ([u8; 4], &[u8])> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let size: usize = match u32::from_be_bytes(*rest.first_chunk()?) {
            0 => rest.len(),
            1 => usize::try_from(u64::from_be_bytes(*rest.get(8..)?.first_chunk()?)).ok()?,
            size => size as usize,
        };
        let header = if rest.get(..4)? == [0, 0, 0, 1] { 16 } else { 8 };
        let kind = *rest.get(4..)?.first_chunk()?;
        let content = rest.get(header..size)?;
        rest = &rest[size..];
        Some((kind, content))
    })
    .take(MAX_INNER_BOXES)
}

/// The content of the first inner box of this kind.
pub(super) fn inner<'a>(bytes: &'a [u8], kind: &[u8; 4]) -> Option<&'a [u8]> {
    boxes(bytes).find(|(found, _)| found == kind).map(|(_, content)| content)
}
