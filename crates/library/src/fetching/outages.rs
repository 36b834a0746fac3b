//! Failures that are remembered for a while, so that a server that is away is not waited for by each thumbnail.

use std::collections::HashMap;
use std::time::Duration;

use tintype_protocol::time::Timestamp;

use super::FetchError;

/// How long a server that did not answer is not asked again.
const AWAY_MS: i64 = 30_000;
/// Longest that a server may ask to be left alone.
const LONGEST_AWAY_MS: i64 = 600_000;
/// How long one question may find out whether a server is back, while others are not asked.
const PROBE_MS: i64 = 20_000;
/// How long a file that was refused or damaged is not asked for again.
const REFUSED_MS: i64 = 60_000;
/// Files whose failures are remembered.
const MAX_FILES: usize = 1_000;

/// See the module's description.
#[derive(Debug, Default)]
pub(super) struct Outages {
    /// Until when servers are left alone.
    servers: HashMap<i64, Timestamp>,
    files: HashMap<String, (Timestamp, FetchError)>,
}

impl Outages {
    /// Whether a server may be asked. Of many who ask one that was away, one finds out whether it is back.
    pub(super) fn may_ask(&mut self, server: i64, now: Timestamp) -> Result<(), FetchError> {
        if let Some(after) = self.away_for(server, now) {
            return Err(FetchError::Away { after });
        }
        if let Some(until) = self.servers.get_mut(&server) {
            *until = Timestamp(now.0 + PROBE_MS);
        }
        Ok(())
    }

    /// How long a server that is known to be away is left alone yet.
    pub(super) fn away_for(&self, server: i64, now: Timestamp) -> Option<Duration> {
        // A clock that was set back must not make it wait for years.
        let left = self.servers.get(&server)?.0 - now.0;
        (1..=LONGEST_AWAY_MS).contains(&left).then(|| Duration::from_millis(left.unsigned_abs()))
    }

    /// A server answered.
    pub(super) fn is_back(&mut self, server: i64) {
        self.servers.remove(&server);
    }

    /// A server did not answer, or said for how long it wants to be left alone.
    pub(super) fn note_away(&mut self, server: i64, after: Option<Duration>, now: Timestamp) -> FetchError {
        let asked = after.map_or(AWAY_MS, |after| i64::try_from(after.as_millis()).unwrap_or(i64::MAX));
        let wait = asked.clamp(1, LONGEST_AWAY_MS);
        self.servers.insert(server, Timestamp(now.0 + wait));
        FetchError::Away { after: Duration::from_millis(wait.unsigned_abs()) }
    }

    /// What is known to be wrong with a file.
    pub(super) fn of_file(&self, key: &str, now: Timestamp) -> Option<FetchError> {
        let (until, error) = self.files.get(key)?;
        (1..=REFUSED_MS).contains(&(until.0 - now.0)).then(|| error.clone())
    }

    /// A file is not to be had. Other failures are not the file's.
    pub(super) fn note_file(&mut self, key: &str, error: &FetchError, now: Timestamp) {
        if !matches!(error, FetchError::Refused(_) | FetchError::Damaged(_) | FetchError::LoggedOut) {
            return;
        }
        if self.files.len() >= MAX_FILES {
            self.files.retain(|_, (until, _)| until.0 > now.0);
        }
        if self.files.len() < MAX_FILES {
            self.files.insert(key.to_owned(), (Timestamp(now.0 + REFUSED_MS), error.clone()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_000_000);

    fn later(ms: i64) -> Timestamp {
        Timestamp(NOW.0 + ms)
    }

    #[test]
    fn a_server_that_is_away_is_left_alone_and_then_asked_once() {
        let mut outages = Outages::default();
        assert_eq!(outages.may_ask(1, NOW), Ok(()));
        let away = outages.note_away(1, None, NOW);
        assert_eq!(away, FetchError::Away { after: Duration::from_secs(30) });
        assert!(matches!(outages.may_ask(1, later(10_000)), Err(FetchError::Away { after }) if after.as_secs() == 20));
        assert!(outages.away_for(1, later(10_000)).is_some() && outages.away_for(2, later(10_000)).is_none());
        assert_eq!(outages.may_ask(2, later(10_000)), Ok(()), "another server");
        assert_eq!(outages.may_ask(1, later(AWAY_MS)), Ok(()), "one finds out");
        assert!(outages.may_ask(1, later(AWAY_MS + 1)).is_err(), "the others do not wait for that");
        outages.is_back(1);
        assert_eq!(outages.may_ask(1, later(AWAY_MS + 2)), Ok(()));
    }

    #[test]
    fn a_server_says_itself_how_long_within_reason() {
        let mut outages = Outages::default();
        outages.note_away(1, Some(Duration::from_secs(90)), NOW);
        assert!(outages.may_ask(1, later(80_000)).is_err() && outages.may_ask(1, later(90_000)).is_ok());
        outages.note_away(1, Some(Duration::from_secs(1 << 40)), NOW);
        assert!(outages.may_ask(1, later(LONGEST_AWAY_MS)).is_ok());
        // The clock was set back by a day.
        outages.note_away(1, None, NOW);
        assert!(outages.may_ask(1, later(-86_400_000)).is_ok());
    }

    #[test]
    fn files_are_remembered_for_what_is_their_own_fault() {
        let mut outages = Outages::default();
        let refused = FetchError::Refused("no".to_owned());
        outages.note_file("a", &refused, NOW);
        outages.note_file("b", &FetchError::Slow, NOW);
        assert_eq!(outages.of_file("a", later(REFUSED_MS - 1)), Some(refused.clone()));
        assert_eq!((outages.of_file("a", later(REFUSED_MS)), outages.of_file("b", NOW)), (None, None));
        for number in 0..2 * MAX_FILES {
            outages.note_file(&number.to_string(), &refused, NOW);
        }
        assert_eq!(outages.files.len(), MAX_FILES);
        outages.note_file("new", &refused, later(REFUSED_MS));
        assert_eq!(outages.files.len(), 1, "what is over makes room");
    }
}
