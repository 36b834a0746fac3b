//! Whether a server is an older copy of itself. It keeps for each session which end of a stream arrived last, and this library keeps
//! which of these the server has noted: one that was put back to a backup remembers an earlier one, or no session at all. What is
//! not there then is not deleted, and nothing in the stream speaks of it.
//!
//! And whether this library is one: then the server has been told of rows that are not here, and will not show them again by itself.

use tintype_client::{Client, ClientError, Refusal};
use tintype_library::Disposition;
use tintype_protocol::id::UpdateId;
use tintype_protocol::sync::{AckId, AckToken, EntityType};

/// How old what a server has noted may get where nothing is new, in milliseconds. After 30 days it would begin again
/// (sync-protocol §3).
const NOTE_LIFETIME_MS: i64 = 24 * 3_600 * 1_000;

/// How far a server says that this session is: the last ack of each type. Nothing inside: it does not tell.
pub(crate) struct Checkpoints(Option<Vec<AckToken>>);

impl Checkpoints {
    pub(crate) fn ask(remote: &Client) -> Result<Self, ClientError> {
        match remote.checkpoints() {
            Ok(checkpoints) => Ok(Self(Some(checkpoints))),
            Err(error) if is_silence(&error) => Ok(Self(None)),
            Err(error) => Err(error),
        }
    }

    /// The end of a stream that was noted last. The outer `None`: the server does not tell.
    fn completion(&self) -> Option<Option<UpdateId>> {
        let complete = self.0.as_ref()?.iter().find(|ack| ack.entity == EntityType::SyncCompleteV1);
        Some(complete.and_then(|ack| ack.position()))
    }

    /// Whether the server knows less of this session than it did: `noted` is what it was known to have noted.
    pub(crate) fn are_of_an_older_server(&self, noted: Option<UpdateId>) -> bool {
        let Some(noted) = noted else { return false };
        // A later one may be there: it is noted here last.
        self.completion().is_some_and(|there| there.is_none_or(|there| there < noted))
    }

    /// Whether the server has been told of rows that are not here: this library was put back to a backup of its own. What is
    /// applied is on disk before the server hears of it, so nothing else looks like this.
    pub(crate) fn are_ahead_of(&self, cursors: &[AckToken]) -> bool {
        let here = |entity: EntityType| cursors.iter().find(|cursor| cursor.entity == entity).map(|cursor| cursor.id);
        let of_rows = self.0.iter().flatten().filter(|ack| ack.entity != EntityType::SyncCompleteV1);
        of_rows.into_iter().any(|there| match (there.id, here(there.entity)) {
            (AckId::Reset, _) => false,
            (_, None) => true,
            (AckId::At(there), Some(AckId::At(here))) => there > here,
            // How far a backfill is says nothing about other rows, which are ahead as well.
            _ => false,
        })
    }
}

/// Whether a server is an older copy of itself: see [`Checkpoints::are_of_an_older_server`].
pub(crate) fn is_older_copy(remote: &Client, noted: Option<UpdateId>) -> Result<bool, ClientError> {
    if noted.is_none() {
        return Ok(false);
    }
    Ok(Checkpoints::ask(remote)?.are_of_an_older_server(noted))
}

/// Whether a server has noted this end of a stream.
pub(crate) fn keeps(remote: &Client, complete: AckToken) -> Result<bool, ClientError> {
    Ok(Checkpoints::ask(remote)?.completion().flatten() == complete.position())
}

/// Whether a server does not know the question, or something before it does not let it through: then nothing is known, and
/// following goes on as it does without.
fn is_silence(error: &ClientError) -> bool {
    match error {
        ClientError::Refused { refusal: Refusal::Other { status: 500 | 501, .. }, .. } => true,
        error => error.disposition() == Disposition::Permanent,
    }
}

/// Whether the server need not be told of this end of a stream which brought nothing.
pub(crate) fn is_fresh(noted: Option<UpdateId>, complete: AckToken) -> bool {
    let (Some(noted), Some(now)) = (noted, complete.position()) else { return false };
    (0..NOTE_LIFETIME_MS).contains(&(now.unix_ms() - noted.unix_ms()))
}
