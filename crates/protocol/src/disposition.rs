//! What to do with work that failed.

use std::time::Duration;

/// Whether failed work is worth another try. Everything that can be queued answers this; no queue reads error texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disposition {
    /// Try again, not before `after` if it is given.
    Retry {
        /// Shortest wait.
        after: Option<Duration>,
    },
    /// The same input will fail again.
    Permanent,
    /// Nothing else will work either: stop and say so.
    Fatal,
}
