//! Whether a photo or video that lies under its name is certainly not all of it. A client that is stopped by hand closes its
//! files like one that has finished, and goes on with them later; a photo of another phone that has the same name is
//! whole. Only the formats themselves can tell the two apart.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;

use tintype_media::sniff::{Container, HEAD_BYTES, RawKind, sniff};

/// Segments, boxes or chunks that are looked at; fragmented films have thousands.
const MAX_PIECES: usize = 100_000;
/// Bytes in which the end of a JPEG is looked for at a time.
const WINDOW_BYTES: usize = 256 * 1024;
const JPEG_END: [u8; 2] = [0xff, 0xd9];

/// Whether its own format says that something is missing at the end. What nobody can tell counts as whole.
pub(super) fn is_cut_short(file: &File) -> io::Result<bool> {
    let end = file.metadata()?.len();
    if end == 0 {
        return Ok(true);
    }
    let mut head = vec![0; usize::try_from(end).unwrap_or(HEAD_BYTES).min(HEAD_BYTES)];
    file.read_exact_at(&mut head, 0)?;
    match sniff(&head) {
        Some(Container::Jpeg) => jpeg(file, end),
        Some(Container::Png) => png(file, end),
        Some(Container::WebP) => Ok(u64::from(u32::from_le_bytes(bytes_at(file, 4)?)) + 8 > end),
        Some(
            Container::Heif | Container::Avif | Container::Mp4 | Container::QuickTime | Container::Raw(RawKind::Cr3),
        ) => boxes(file, end),
        _ => Ok(false),
    }
}

/// Ends behind its picture, not behind the thumbnail in its head.
fn jpeg(file: &File, end: u64) -> io::Result<bool> {
    let mut at = 2;
    for _ in 0..MAX_PIECES {
        if at + 4 > end {
            return Ok(true);
        }
        let [mark, kind, high, low] = bytes_at(file, at)?;
        match kind {
            _ if mark != 0xff => return Ok(false),
            // As many of these as somebody likes stand before a mark.
            0xff => at += 1,
            0xda => return Ok(!has_jpeg_end(file, at, end)?),
            _ => at += 2 + u64::from(u16::from_be_bytes([high, low])),
        }
    }
    Ok(false)
}

fn has_jpeg_end(file: &File, mut at: u64, end: u64) -> io::Result<bool> {
    let mut window = vec![0; WINDOW_BYTES];
    while at + 1 < end {
        let count = usize::try_from(end - at).unwrap_or(WINDOW_BYTES).min(WINDOW_BYTES);
        file.read_exact_at(&mut window[..count], at)?;
        if window[..count].windows(JPEG_END.len()).any(|pair| pair == JPEG_END) {
            return Ok(true);
        }
        // The mark may lie across two windows.
        at += count as u64 - 1;
    }
    Ok(false)
}

fn png(file: &File, end: u64) -> io::Result<bool> {
    let mut at = 8;
    for _ in 0..MAX_PIECES {
        if at + 12 > end {
            return Ok(true);
        }
        let (length, kind) = (u32::from_be_bytes(bytes_at(file, at)?), bytes_at::<4>(file, at + 4)?);
        at += 12 + u64::from(length);
        if &kind == b"IEND" {
            return Ok(at > end);
        }
    }
    Ok(false)
}

fn boxes(file: &File, end: u64) -> io::Result<bool> {
    let mut at = 0;
    for _ in 0..MAX_PIECES {
        if at == end {
            return Ok(false);
        }
        if at > end || end - at < 8 {
            return Ok(true);
        }
        let size = match u64::from(u32::from_be_bytes(bytes_at(file, at)?)) {
            // To the end, wherever that is.
            0 => return Ok(false),
            1 if end - at < 16 => return Ok(true),
            1 => u64::from_be_bytes(bytes_at(file, at + 8)?),
            size => size,
        };
        let Some(next) = at.checked_add(size).filter(|_| size >= 8) else { return Ok(false) };
        at = next;
    }
    Ok(false)
}

fn bytes_at<const COUNT: usize>(file: &File, at: u64) -> io::Result<[u8; COUNT]> {
    let mut bytes = [0; COUNT];
    file.read_exact_at(&mut bytes, at)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn is_cut(bytes: &[u8]) -> bool {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        is_cut_short(&file).unwrap()
    }

    /// Every beginning of what is whole is cut, as soon as one can see what it is.
    fn only_all_of_it_is_whole(whole: &[u8], first: usize) {
        assert!(is_cut(b"") && !is_cut(whole));
        for length in first..whole.len() {
            assert!(is_cut(&whole[..length]), "{length} of {}", whole.len());
        }
    }

    #[test]
    fn formats_say_where_they_end() {
        // With a thumbnail, which ends before the picture does.
        let jpeg = b"\xff\xd8\xff\xe1\0\x08\xff\xd8..\xff\xd9\xff\xda\0\x02 a picture \xff\0 \xff\xd9";
        only_all_of_it_is_whole(jpeg, 3);
        assert!(!is_cut(&[&jpeg[..], b"a film behind it"].concat()));
        let film = b"\0\0\0\x10ftypisom....\0\0\0\x0cmdat1234\0\0\0\x01moov\0\0\0\0\0\0\0\x14....";
        let borders = [16, 28];
        assert!(!is_cut(film) && borders.iter().all(|at| !is_cut(&film[..*at])), "a border says nothing");
        assert!((17..film.len()).filter(|at| !borders.contains(at)).all(|at| is_cut(&film[..at])));
        let png = b"\x89PNG\r\n\x1a\n\0\0\0\x02IDAT12crc.\0\0\0\0IENDcrc.";
        only_all_of_it_is_whole(png, 8);
        only_all_of_it_is_whole(b"RIFF\x0c\0\0\0WEBPVP8 1234", 16);
        assert!(!is_cut(b"II*\0 and the rest") && !is_cut(b"nobody knows"), "what cannot be told counts as whole");
    }
}
