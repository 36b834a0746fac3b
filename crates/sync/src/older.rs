//! Whether a server is an older copy of itself. It keeps for each session which end of a stream arrived last, and this library keeps
//! which of these the server has noted: one that was put back to a backup remembers an earlier one, or no session at all. What is
//! not there then is not deleted, and nothing in the stream speaks of it.

use tintype_client::{Client, ClientError, Refusal};
use tintype_protocol::id::UpdateId;
use tintype_protocol::sync::{AckToken, EntityType};

/// How old what a server has noted may get where nothing is new, in milliseconds. After 30 days it would begin again
/// (sync-protocol §3).
const NOTE_LIFETIME_MS: i64 = 24 * 3_600 * 1_000;

/// Whether a server knows less of this session than it did: `noted` is what it was known to have noted.
pub(crate) fn is_older_copy(remote: &Client, noted: Option<UpdateId>) -> Result<bool, ClientError> {
    let Some(noted) = noted else { return Ok(false) };
    let checkpoints = match remote.checkpoints() {
        // It does not tell: then nothing is known.
        Err(ClientError::Refused { refusal: Refusal::Other { status: 400..=404, .. }, .. }) => return Ok(false),
        other => other?,
    };
    let complete = checkpoints.into_iter().find(|ack| ack.entity == EntityType::SyncCompleteV1);
    // A later one may be there: it is noted here last.
    Ok(complete.and_then(AckToken::position).is_none_or(|there| there < noted))
}

/// Whether the server need not be told of this end of a stream which brought nothing.
pub(crate) fn is_fresh(noted: Option<UpdateId>, complete: AckToken) -> bool {
    let (Some(noted), Some(now)) = (noted, complete.position()) else { return false };
    (0..NOTE_LIFETIME_MS).contains(&(now.unix_ms() - noted.unix_ms()))
}
