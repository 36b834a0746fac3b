//! How long, how large and how hungry one run of a program may be.

use std::time::Duration;

/// Longest time one picture takes in one step, unless the recipe says otherwise.
pub const MAX_PICTURE_TIME: Duration = Duration::from_secs(10 * 60);

/// Longest time one video takes in one step, however long it is, unless the recipe says otherwise.
pub const MAX_VIDEO_TIME: Duration = Duration::from_secs(12 * 3_600);

/// How much longer than the video lasts making another of it may take, besides [`MAX_PICTURE_TIME`]: slow encoders do a
/// frame in a few seconds. Without it an encoder that hangs would be waited for half a day.
const VIDEO_TIMES: f64 = 100.0;

/// Address space of a program, in bytes, unless the recipe says otherwise.
pub const MAX_MEMORY_BYTES: u64 = 6 << 30;

/// How many times as large as its input what a program writes may be, all its files together. A result that is larger
/// than the original is of no use; writing metadata takes a second copy for a moment.
const OUTPUT_TIMES: u64 = 3;

/// Small files may grow by more than [`OUTPUT_TIMES`]: containers have a size of their own.
const OUTPUT_ALLOWANCE: u64 = 4 << 20;

/// Bounds on one program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// It is killed after this time, with all that it started.
    pub time: Duration,
    /// Address space it may have, in bytes.
    pub memory: u64,
    /// What may lie in its folder, in bytes; it is killed when there is more.
    pub output: u64,
}

impl Bounds {
    /// For a program that reads `input` bytes.
    pub(crate) fn new(time: Duration, memory: u64, input: u64) -> Self {
        Self { time, memory, output: output_bound(input) }
    }
}

/// Longest time for a step over a video that lasts so many seconds, unless the recipe says otherwise.
pub(crate) fn video_time(seconds: f64) -> Duration {
    let longest = MAX_VIDEO_TIME.as_secs_f64();
    let seconds = MAX_PICTURE_TIME.as_secs_f64() + seconds.max(0.0) * VIDEO_TIMES;
    Duration::try_from_secs_f64(seconds.min(longest)).unwrap_or(MAX_VIDEO_TIME)
}

/// What a program that reads `input` bytes may write, in bytes.
pub(crate) fn output_bound(input: u64) -> u64 {
    input.saturating_mul(OUTPUT_TIMES).saturating_add(OUTPUT_ALLOWANCE)
}
