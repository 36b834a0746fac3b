//! Whether a file has rested: what changed a moment ago may change again.

use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use tintype_library::model::FileStamp;

use super::outgoing::open;
use crate::writers::is_written;

/// How long a file is to rest, unless somebody says otherwise.
pub const DEFAULT_SETTLE: Duration = Duration::from_secs(5);

/// Whether a file has not changed for some time, by the clock. A time that is still to come says nothing.
pub(super) fn has_rested(seen: FileStamp, now: Timestamp, settle: Duration) -> bool {
    let age = now.as_nanosecond() - i128::from(seen.modified_ns);
    settle.is_zero() || u128::try_from(age).is_ok_and(|age| age >= settle.as_nanos())
}

/// Whether somebody has a file open for writing, or it is another one by now.
pub(super) fn is_busy(file: &Path, seen: FileStamp) -> bool {
    // What cannot be opened is told of when it is sent.
    open(file, seen).is_ok_and(|opened| opened.is_none_or(|opened| is_written(&opened)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_time_that_has_passed_counts() {
        let now = Timestamp::from_second(1_000).unwrap();
        let settle = Duration::from_secs(5);
        for (modified_ms, settle, rested) in [
            (995_000, settle, true),
            (995_001, settle, false),
            (1_000_000, settle, false),
            (2_000_000, settle, false),
            (2_000_000, Duration::ZERO, true),
            (-5_000, settle, true),
        ] {
            let seen = FileStamp { size_bytes: 1, modified_ns: modified_ms * 1_000_000, inode: 1 };
            assert_eq!(has_rested(seen, now, settle), rested, "{modified_ms} {settle:?}");
        }
    }
}
