//! How often the password of a shared link was guessed wrong.
//!
//! The address of a link may be easy to guess, and its password, too: after some wrong ones in a row nobody may try for
//! a while. It is forgotten when the process ends.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use tintype_protocol::id::SharedLinkId;
use tintype_protocol::time::Timestamp;

/// Wrong passwords in a row before there is a pause.
const FREE_GUESSES: u32 = 10;
/// How long nobody may try after that. Whoever was let in before stays in.
const PAUSE_MS: i64 = 60_000;
/// Links remembered; more than are guessed at in the same minute.
const CAPACITY: usize = 1_024;

#[derive(Debug, Clone, Copy)]
struct Wrong {
    count: u32,
    last: Timestamp,
}

/// See the module's description.
#[derive(Debug, Default)]
pub(crate) struct Guesses(Mutex<HashMap<SharedLinkId, Wrong>>);

impl Guesses {
    /// Whether a password may be tried now.
    pub(crate) fn may_try(&self, link: SharedLinkId, now: Timestamp) -> bool {
        let wrong = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        wrong.get(&link).is_none_or(|wrong| wrong.count < FREE_GUESSES || now.0 - wrong.last.0 >= PAUSE_MS)
    }

    /// One was wrong. After a pause counting begins anew.
    pub(crate) fn note_wrong(&self, link: SharedLinkId, now: Timestamp) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= CAPACITY {
            all.retain(|_, wrong| now.0 - wrong.last.0 < PAUSE_MS);
        }
        let wrong = all.entry(link).or_insert(Wrong { count: 0, last: now });
        let is_over = now.0 - wrong.last.0 >= PAUSE_MS;
        *wrong = Wrong { count: if is_over { 1 } else { wrong.count + 1 }, last: now };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guessing_gets_slow() {
        let (guesses, link) = (Guesses::default(), SharedLinkId(uuid::Uuid::from_u128(1)));
        for second in 0..i64::from(FREE_GUESSES) {
            assert!(guesses.may_try(link, Timestamp(second * 1_000)));
            guesses.note_wrong(link, Timestamp(second * 1_000));
        }
        assert!(!guesses.may_try(link, Timestamp(10_000)));
        assert!(guesses.may_try(SharedLinkId(uuid::Uuid::from_u128(2)), Timestamp(10_000)));
        assert!(guesses.may_try(link, Timestamp(9_000 + PAUSE_MS)));
        guesses.note_wrong(link, Timestamp(9_000 + PAUSE_MS));
        assert!(guesses.may_try(link, Timestamp(9_001 + PAUSE_MS)));
    }
}
