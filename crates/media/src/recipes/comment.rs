//! Comments in rebuilt JPEGs.

use std::io::{self, Write};

/// Marker of a comment (ITU-T T.81, B.2.4.5).
const MARKER: [u8; 2] = [0xff, 0xfe];

/// Corrects what jxl-oxide (jxl-jbr 0.2) writes for a comment: the marker as one piece, and then the segment as it is kept in
/// the JPEG XL, which begins with the marker's second byte again. JPEGs with a comment came back one byte longer.
///
/// A comment whose length begins with this byte as well has 65,022 bytes at least; should the decoder learn to do it right, only
/// such files would come back wrong, which their SHA-1 tells before anything relies on them.
pub(super) struct Comments<W> {
    inner: W,
    is_after_marker: bool,
}

impl<W: Write> Comments<W> {
    pub(super) fn new(inner: W) -> Self {
        Self { inner, is_after_marker: false }
    }
}

impl<W: Write> Write for Comments<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let repeated = usize::from(self.is_after_marker && bytes.first() == Some(&MARKER[1]));
        let written = self.inner.write(&bytes[repeated..])?;
        self.is_after_marker = bytes == MARKER && written == MARKER.len();
        Ok(repeated + written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(pieces: &[&[u8]]) -> Vec<u8> {
        let mut out = Vec::new();
        let mut comments = Comments::new(&mut out);
        for piece in pieces {
            comments.write_all(piece).unwrap();
        }
        out
    }

    #[test]
    fn a_marker_is_written_once() {
        assert_eq!(
            written(&[b"\xff\xd8", b"\xff\xfe", b"\xfe\x00\x04hi", b"\xff\xd9"]),
            b"\xff\xd8\xff\xfe\x00\x04hi\xff\xd9"
        );
        assert_eq!(written(&[b"\xff\xfe", b"\x00\x04hi"]), b"\xff\xfe\x00\x04hi", "one that does it right");
        assert_eq!(written(&[b"x\xff\xfe", b"\xfe\x00"]), b"x\xff\xfe\xfe\x00", "bytes that only look so");
    }
}
