//! Joins a library to an upstream server.
//!
//! [`pull()`] streams what changed there into the library. Lines are applied in batches; a batch and the cursors behind
//! it are one transaction, and the server is told only after that is safe. So whatever breaks, the next pull begins
//! where the last batch ended, and nothing is lost or applied twice with effect. Where there is only an API key, which
//! the stream refuses, it searches for everything instead. [`preview()`] reads and applies nothing.

mod batch;
mod older;
mod originals;
mod outbox;
mod preview;
mod pull;
mod push;
mod reading;
mod search;
mod thumbnails;
mod types;
mod unfinished;

pub use originals::{
    COPIES_AT_ONCE, Copied, CopyFailure, CopyProgress, CopyWishes, NAMED_FAILURES, RECENT_DAYS, copy_originals,
};
pub use outbox::Outbox;
pub use preview::{Preview, preview};
pub use pull::{Progress, PullError, Pulled, Wishes, pull};
pub use push::{Pace, PushError, Pushed, push};
pub use thumbnails::{Ahead, MAX_AHEAD, fetch_thumbnails};
pub use unfinished::{Sends, push_after};
