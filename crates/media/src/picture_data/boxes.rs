//! Boxes: HEIC, AVIF, JPEG XL, MP4 and QuickTime (ISO/IEC 14496-12).

use std::io::{self, Read, Seek, SeekFrom};

use super::{Piece, bytes_at, items};

/// Boxes at the top level; fragmented films have thousands.
const MAX_TOP_BOXES: usize = 100_000;
/// Longest directory of a film or of pictures that is read, in bytes.
const MAX_DIRECTORY_BYTES: u64 = 256 << 20;
/// Of each track, so many pieces are looked up through its table.
const MAX_PROBES: usize = 1_000;
/// And so many bytes of each.
const PROBE_BYTES: u64 = 16;

/// What lies at the top level of a file.
#[derive(Default)]
struct Top {
    /// Boxes of JPEG XL that are the picture.
    picture: Vec<Piece>,
    media: Vec<Piece>,
    film: Option<Vec<u8>>,
    meta: Option<Vec<u8>>,
}

pub(super) fn pieces(file: &mut (impl Read + Seek), end: u64) -> io::Result<Option<Vec<Piece>>> {
    let Some(top) = top(file, end)? else { return Ok(None) };
    let mut pieces = top.picture;
    if let Some(meta) = &top.meta {
        let Some(found) = items::pieces(meta) else { return Ok(None) };
        pieces.extend(found);
    }
    if let Some(film) = &top.film {
        // Among pictures, metadata lies in the same box as they do: there only what tables point at counts.
        if top.meta.is_none() || pieces.is_empty() {
            pieces.extend(top.media);
        }
        for track in boxes(film).filter(|(kind, _)| kind == b"trak") {
            pieces.extend(probes(track.1, end));
        }
    }
    Ok(Some(pieces))
}

fn top(file: &mut (impl Read + Seek), end: u64) -> io::Result<Option<Top>> {
    let (mut top, mut at) = (Top::default(), 0);
    for _ in 0..MAX_TOP_BOXES {
        if at + 8 > end {
            return Ok(Some(top));
        }
        let size = u64::from(u32::from_be_bytes(bytes_at(file, at)?));
        let kind: [u8; 4] = bytes_at(file, at + 4)?;
        let (size, header) = match size {
            0 => (end - at, 8),
            1 => (u64::from_be_bytes(bytes_at(file, at + 8)?), 16),
            size => (size, 8),
        };
        if size < header || at.checked_add(size).is_none_or(|next| next > end) {
            return Ok(None);
        }
        let (from, length) = (at + header, size - header);
        match &kind {
            b"jxlc" | b"jxlp" | b"jbrd" => top.picture.push(Piece::Range(from, length)),
            b"mdat" => top.media.push(Piece::Range(from, length)),
            b"moov" | b"meta" if length > MAX_DIRECTORY_BYTES => return Ok(None),
            b"moov" => top.film = Some(read(file, from, length)?),
            b"meta" => top.meta = Some(read(file, from, length)?),
            _ => {}
        }
        at += size;
    }
    Ok(None)
}

fn read(file: &mut (impl Read + Seek), from: u64, length: u64) -> io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(from))?;
    let mut bytes = Vec::new();
    file.by_ref().take(length).read_to_end(&mut bytes)?;
    if bytes.len() as u64 == length { Ok(bytes) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}

/// The first bytes of what a track's table of chunks points at.
fn probes(track: &[u8], end: u64) -> Vec<Piece> {
    let path = [b"mdia", b"minf", b"stbl"];
    let Some(table) = path.iter().try_fold(track, |content, kind| inner(content, kind)) else { return Vec::new() };
    let offsets: Vec<u64> = if let Some(short) = inner(table, b"stco").and_then(|table| table.get(8..)) {
        short.as_chunks::<4>().0.iter().map(|bytes| u64::from(u32::from_be_bytes(*bytes))).collect()
    } else if let Some(long) = inner(table, b"co64").and_then(|table| table.get(8..)) {
        long.as_chunks::<8>().0.iter().map(|bytes| u64::from_be_bytes(*bytes)).collect()
    } else {
        Vec::new()
    };
    let step = offsets.len().div_ceil(MAX_PROBES).max(1);
    let probe = |at: &u64| Piece::Range(*at, PROBE_BYTES.min(end.saturating_sub(*at)));
    let count = (offsets.len() as u64).to_be_bytes().to_vec();
    [Piece::Bytes(count)].into_iter().chain(offsets.iter().step_by(step).map(probe)).collect()
}

/// The boxes inside `bytes`: kind and content. Ends at the first broken one.
pub(super) fn boxes(bytes: &[u8]) -> impl Iterator<Item = ([u8; 4], &[u8])> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let (size, header) = match u32::from_be_bytes(*rest.first_chunk()?) {
            0 => (rest.len(), 8),
            1 => (usize::try_from(u64::from_be_bytes(*rest.get(8..)?.first_chunk()?)).ok()?, 16),
            size => (size as usize, 8),
        };
        let kind = *rest.get(4..)?.first_chunk()?;
        let content = rest.get(header..size)?;
        rest = rest.get(size..)?;
        Some((kind, content))
    })
}

/// The content of the first box of this kind.
pub(super) fn inner<'a>(bytes: &'a [u8], kind: &[u8; 4]) -> Option<&'a [u8]> {
    boxes(bytes).find(|(found, _)| found == kind).map(|(_, content)| content)
}
