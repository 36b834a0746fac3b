//! How long to wait after a failure.

use std::time::Duration;

/// After the first one.
const FIRST: Duration = Duration::from_secs(1);
/// At most, unless the server asks for more.
const LONGEST: Duration = Duration::from_secs(60);
/// What a server may ask for at most.
const LONGEST_ASKED: Duration = Duration::from_secs(600);

/// The wait after so many failures in a row (from 1): doubling, less up to a half by chance (`chance` is from 0 to 1),
/// and never less than the server asks for.
pub(crate) fn wait(failures: u32, chance: f64, asked: Option<Duration>) -> Duration {
    let doubled = FIRST.saturating_mul(1_u32.checked_shl(failures.saturating_sub(1)).unwrap_or(u32::MAX));
    let wait = doubled.min(LONGEST).mul_f64(1.0 - chance.clamp(0.0, 1.0) / 2.0);
    wait.max(asked.unwrap_or_default().min(LONGEST_ASKED))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_a_limit_and_differ() {
        let seconds =
            |failures, chance, asked: Option<u64>| wait(failures, chance, asked.map(Duration::from_secs)).as_secs_f64();
        assert_eq!([1, 2, 3, 7, 99].map(|failures| seconds(failures, 0.0, None)), [1.0, 2.0, 4.0, 60.0, 60.0]);
        assert_eq!((seconds(3, 1.0, None), seconds(1, 0.5, Some(5)), seconds(1, 0.0, Some(9_999))), (2.0, 5.0, 600.0));
    }
}
