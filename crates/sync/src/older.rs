//! Whether a server is an older copy of itself. It keeps for each session which end of a stream arrived last, and this library keeps
//! which of these the server has noted: one that was put back to a backup remembers an earlier one, or no session at all. What is
//! not there then is not deleted, and nothing in the stream speaks of it.

use tintype_client::{Client, ClientError, Refusal};
use tintype_library::Disposition;
use tintype_protocol::id::UpdateId;
use tintype_protocol::sync::{AckToken, EntityType};

/// How old what a server has noted may get where nothing is new, in milliseconds. After 30 days it would begin again
/// (sync-protocol §3).
const NOTE_LIFETIME_MS: i64 = 24 * 3_600 * 1_000;

/// Whether a server knows less of this session than it did: `noted` is what it was known to have noted.
pub(crate) fn is_older_copy(remote: &Client, noted: Option<UpdateId>) -> Result<bool, ClientError> {
    let Some(noted) = noted else { return Ok(false) };
    // A later one may be there: it is noted here last.
    Ok(completion(remote)?.is_some_and(|there| there.is_none_or(|there| there < noted)))
}

/// Whether a server has noted this end of a stream.
pub(crate) fn keeps(remote: &Client, complete: AckToken) -> Result<bool, ClientError> {
    Ok(completion(remote)?.flatten() == complete.position())
}

/// The end of a stream that a server has noted last for this session. The outer `None`: it does not tell.
fn completion(remote: &Client) -> Result<Option<Option<UpdateId>>, ClientError> {
    let checkpoints = match remote.checkpoints() {
        Ok(checkpoints) => checkpoints,
        Err(error) if is_silence(&error) => return Ok(None),
        Err(error) => return Err(error),
    };
    let complete = checkpoints.into_iter().find(|ack| ack.entity == EntityType::SyncCompleteV1);
    Ok(Some(complete.and_then(AckToken::position)))
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
