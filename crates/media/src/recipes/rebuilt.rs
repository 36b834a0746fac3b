//! The JPEG inside a JPEG XL, bit for bit.

use std::io::{self, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};

use jxl_oxide::{AllocTracker, JpegReconstructionStatus, JxlImage, JxlThreadPool};
use tintype_protocol::disposition::Disposition;

use super::comment::Comments;

/// Bytes of memory a pixel takes while its JPEG is rebuilt: three coefficients, and what the decoder keeps beside.
const BYTES_PER_PIXEL: u64 = 20;

/// Why no JPEG came out of a JPEG XL.
#[derive(Debug, thiserror::Error)]
pub enum RebuildError {
    /// The JPEG XL could not be read.
    #[error("the JPEG XL could not be read")]
    Read(#[source] io::Error),
    /// The JPEG could not be written.
    #[error("the JPEG could not be written")]
    Write(#[source] io::Error),
    /// There is no JPEG in it.
    #[error("there is no JPEG in this JPEG XL")]
    NotPacked,
    /// It has more pixels than the memory allowed holds.
    #[error("a picture of {width}x{height} pixels needs more than {limit} bytes of memory")]
    TooLarge {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
        /// The memory allowed, in bytes.
        limit: u64,
    },
    /// The decoder refused it.
    #[error("the JPEG XL is damaged: {0}")]
    Damaged(String),
}

impl RebuildError {
    /// Whether trying again helps: only if the trouble was with reading or writing.
    pub fn disposition(&self) -> Disposition {
        match self {
            Self::Read(_) | Self::Write(_) => Disposition::Retry { after: None },
            Self::NotPacked | Self::TooLarge { .. } | Self::Damaged(_) => Disposition::Permanent,
        }
    }
}

/// Keeps what went wrong with a reader or writer, which the decoder hides in an error of its own.
struct Heard<T> {
    inner: T,
    error: Option<io::Error>,
}

impl<T> Heard<T> {
    fn hear<R>(&mut self, result: io::Result<R>) -> io::Result<R> {
        result.map_err(|error| {
            let copy = io::Error::new(error.kind(), error.to_string());
            // An interruption is no trouble: whoever reads tries again.
            if error.kind() != io::ErrorKind::Interrupted {
                self.error = Some(error);
            }
            copy
        })
    }
}

impl<T: Read> Read for Heard<T> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let result = self.inner.read(buffer);
        self.hear(result)
    }
}

impl<T: Write> Write for Heard<T> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let result = self.inner.write(bytes);
        self.hear(result)
    }

    fn flush(&mut self) -> io::Result<()> {
        let result = self.inner.flush();
        self.hear(result)
    }
}

/// Writes the JPEG that was packed as the given JPEG XL, bit for bit, as it is being rebuilt. Takes about `max_memory` bytes
/// at most, and refuses pictures that need more. Nothing here says that the bytes are the right ones: compare their SHA-1.
pub fn rebuild(jxl: impl Read, jpeg: impl Write, max_memory: u64) -> Result<(), RebuildError> {
    let mut reader = Heard { inner: jxl, error: None };
    let mut writer = Heard { inner: jpeg, error: None };
    // The decoder is young: should it give up in the hard way, this file has no JPEG for us, and nothing else happens.
    let result = catch_unwind(AssertUnwindSafe(|| decode(&mut reader, &mut writer, max_memory)));
    if let Some(error) = reader.error {
        return Err(RebuildError::Read(error));
    }
    if let Some(error) = writer.error {
        return Err(RebuildError::Write(error));
    }
    result.unwrap_or_else(|_| Err(RebuildError::Damaged("the decoder panicked".to_owned())))
}

fn decode(reader: impl Read, writer: impl Write, max_memory: u64) -> Result<(), RebuildError> {
    let damaged = |error: Box<dyn std::error::Error + Send + Sync>| RebuildError::Damaged(error.to_string());
    let tracker = AllocTracker::with_limit(usize::try_from(max_memory).unwrap_or(usize::MAX));
    let image = JxlImage::builder().pool(JxlThreadPool::none()).alloc_tracker(tracker).read(reader).map_err(damaged)?;
    let (width, height) = (image.width(), image.height());
    if u64::from(width) * u64::from(height) > max_memory / BYTES_PER_PIXEL {
        return Err(RebuildError::TooLarge { width, height, limit: max_memory });
    }
    match image.jpeg_reconstruction_status() {
        JpegReconstructionStatus::Available => image.reconstruct_jpeg(Comments::new(writer)).map_err(damaged),
        JpegReconstructionStatus::Unavailable => Err(RebuildError::NotPacked),
        JpegReconstructionStatus::Invalid | JpegReconstructionStatus::NeedMoreData => {
            Err(RebuildError::Damaged("what is needed for the JPEG is broken or missing".to_owned()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEMORY: u64 = 1 << 30;

    #[test]
    fn what_is_no_packed_jpeg_is_refused() {
        let rebuilt = |bytes: &[u8]| rebuild(bytes, Vec::new(), MEMORY).unwrap_err();
        assert!(matches!(rebuilt(b"\xff\x0a"), RebuildError::Damaged(_)));
        assert!(matches!(rebuilt(b"hello hello hello"), RebuildError::Damaged(_)));
        assert_eq!(rebuilt(b"").disposition(), Disposition::Permanent);
    }

    #[test]
    fn a_reader_that_fails_is_told_from_a_damaged_file() {
        struct Broken;
        impl Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::other("the cable is out"))
            }
        }
        let error = rebuild(Broken, Vec::new(), MEMORY).unwrap_err();
        assert!(matches!(&error, RebuildError::Read(source) if source.to_string() == "the cable is out"), "{error}");
        assert_eq!(error.disposition(), Disposition::Retry { after: None });
    }
}
