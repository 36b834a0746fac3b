//! PNG: chunks up to the end; pictures with texts are left to exiftool, which knows a hundred keywords.

use std::io::{self, BufReader, Read, Seek, SeekFrom};

use super::{Reading, exif, read_block, set_size, xmp};

/// A file with more chunks than this is not walked to its end.
const MAX_CHUNKS: usize = 100_000;

const SIGNATURE_BYTES: u64 = 8;
const CHECKSUM_BYTES: u64 = 4;

/// Keyword, NUL, not compressed, method, no language, no translation.
const XMP: &[u8] = b"XML:com.adobe.xmp\0\0\0\0\0";

/// Reads the file from its start.
pub(super) fn read<R: Read + Seek>(file: R, reading: &mut Reading) -> io::Result<()> {
    let mut file = BufReader::new(file);
    file.seek(SeekFrom::Start(SIGNATURE_BYTES))?;
    for _ in 0..MAX_CHUNKS {
        let mut head = [0; 8];
        file.read_exact(&mut head)?;
        let [l0, l1, l2, l3, kind @ ..] = head;
        let length = u64::from(u32::from_be_bytes([l0, l1, l2, l3]));
        match &kind {
            b"IHDR" => {
                let header = read_block(&mut file, length)?;
                if let [w0, w1, w2, w3, h0, h1, h2, h3, ..] = *header {
                    set_size(
                        &mut reading.tags,
                        u32::from_be_bytes([w0, w1, w2, w3]),
                        u32::from_be_bytes([h0, h1, h2, h3]),
                    );
                }
            }
            b"eXIf" => exif::apply(&read_block(&mut file, length)?, reading),
            b"iTXt" => match read_block(&mut file, length)?.strip_prefix(XMP) {
                Some(packet) => xmp::apply(packet, reading),
                None => reading.doubt(),
            },
            b"IEND" => return Ok(()),
            // Compressed profiles, texts and animations.
            b"iCCP" | b"tEXt" | b"zTXt" | b"acTL" => {
                reading.doubt();
                skip(&mut file, length)?;
            }
            _ => skip(&mut file, length)?,
        }
        skip(&mut file, CHECKSUM_BYTES)?;
    }
    reading.doubt();
    Ok(())
}

fn skip<R: Read + Seek>(file: &mut BufReader<R>, length: u64) -> io::Result<()> {
    file.seek_relative(i64::try_from(length).map_err(|_| io::ErrorKind::InvalidData)?)
}
