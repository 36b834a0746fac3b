//! How large and how slow a picture may be.

use std::time::Duration;

use super::error::PictureError;

/// Default of [`Limits::max_pixels`]: twice what today's largest medium-format and phone sensors deliver at once in
/// everyday modes.
pub const DEFAULT_MAX_PIXELS: u64 = 120_000_000;

/// Default of [`Limits::max_bytes`].
pub const DEFAULT_MAX_BYTES: u64 = 1 << 30;

/// Default of [`Limits::timeout`].
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(60);

/// Bounds on the work one picture may cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Pixels of the decoded picture.
    pub max_pixels: u64,
    /// Bytes of memory decoding one picture may take.
    pub max_bytes: u64,
    /// Time a decoder in a process of its own may take; it is killed then.
    pub timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_pixels: DEFAULT_MAX_PIXELS, max_bytes: DEFAULT_MAX_BYTES, timeout: DEFAULT_TIMEOUT }
    }
}

impl Limits {
    /// Refuses a picture by the size its header claims, before anything is decoded.
    pub(crate) fn check_size(&self, width: u32, height: u32, bytes_per_pixel: u64) -> Result<(), PictureError> {
        let limit = self.max_pixels.min(self.max_bytes / bytes_per_pixel.max(1));
        if u64::from(width) * u64::from(height) > limit {
            return Err(PictureError::TooLarge { width, height, limit });
        }
        Ok(())
    }
}
