//! Following a server: who does, how far they have come, and what could not be applied.

use tintype_protocol::id::{UpdateId, UserId};
use tintype_protocol::sync::{AckToken, EntityType};
use tintype_protocol::version::Version;

use crate::error::LibraryError;
use crate::library::Library;
use crate::model::{ExternalKind, Folder, FolderPolicy, NewUpstream, OutboxCounts, Quarantined, Upstream};
use crate::store::{Durability, StoreError, Write};

/// Lines in quarantine that are shown.
const QUARANTINE_SHOWN: u32 = 1_000;

/// How long a server is believed to be what it said it is, in milliseconds.
const VERSION_MS: i64 = 10 * 60 * 1_000;

/// Key of the time when a server last said what it is, in milliseconds.
fn version_asked_key(server: i64) -> String {
    format!("upstream-version-asked/{server}")
}

/// Key of who followed by an id that nobody has any more.
fn former_key(upstream: i64) -> String {
    format!("upstream-former/{upstream}")
}

/// How an upstream stands.
#[derive(Debug, Clone)]
#[allow(missing_docs)]
pub struct UpstreamStatus {
    pub upstream: Upstream,
    pub quarantined: u64,
}

impl Library {
    /// Everybody who follows a server, in the order they began.
    pub fn upstreams(&self) -> Result<Vec<Upstream>, LibraryError> {
        self.read(|tx| Ok(tx.upstreams()?))
    }

    /// The server that a user follows.
    pub fn upstream_of(&self, user: UserId) -> Result<Option<Upstream>, LibraryError> {
        self.read(|tx| Ok(tx.upstream_of(user)?))
    }

    /// A user begins to follow a server.
    pub fn link_upstream(&self, new: NewUpstream) -> Result<Upstream, LibraryError> {
        self.write(Durability::Full, move |tx| {
            let known = tx.upstreams()?.into_iter().find(|upstream| upstream.user_id == new.user_id);
            if let Some(known) = known {
                let text = format!("this user follows {} already: `tintype logout` first", known.address);
                return Err(LibraryError::invalid(text));
            }
            let is_index = |folder: &Folder| folder.owner_id == new.user_id && folder.policy == FolderPolicy::Index;
            if let Some(folder) = tx.reconciled_folders()?.into_iter().find(is_index) {
                let path = String::from_utf8_lossy(&folder.path).into_owned();
                let text = format!(
                    "the files of {path} are read in place, which no server that is followed knows of: \
                     `tintype folder remove` first"
                );
                return Err(LibraryError::invalid(text));
            }
            match tx.insert_upstream(&new) {
                Err(StoreError::Conflict(_)) => {
                    let text = format!("another user of this library follows {} as {} already", new.address, new.email);
                    Err(LibraryError::invalid(text))
                }
                made => take_up_again(tx, made?),
            }
        })
    }

    /// The last ack of each type that was applied, and that of the end of a stream that the server is known to have noted.
    pub fn cursors(&self, upstream: i64) -> Result<Vec<AckToken>, LibraryError> {
        let cursors = self.read(|tx| Ok(tx.cursors(upstream)?))?;
        Ok(cursors.into_iter().filter_map(|(_, ack)| ack.parse().ok()).collect())
    }

    /// The end of a stream that the server is known to have noted, by its ack.
    pub fn noted_completion(&self, upstream: i64) -> Result<Option<UpdateId>, LibraryError> {
        let complete = self.cursors(upstream)?.into_iter().find(|ack| ack.entity == EntityType::SyncCompleteV1);
        Ok(complete.and_then(AckToken::position))
    }

    /// The server has noted the end of a stream. To be called after it has said so: what is kept here is never ahead of it. Where
    /// this is lost, the note before stands.
    pub fn note_completion(&self, upstream: i64, ack: AckToken) -> Result<(), LibraryError> {
        self.write(Durability::Relaxed, move |tx| Ok(tx.set_cursor(upstream, ack.entity, &ack.to_string())?))
    }

    /// Stops following. What came from there stays.
    pub fn unlink_upstream(&self, id: i64) -> Result<(), LibraryError> {
        self.write(Durability::Full, move |tx| leave(tx, id))
    }

    /// Stops following, if nothing waits to be sent and no conflict is undecided: those would be lost by it. How many of these there
    /// are; it is done if there are none.
    pub fn unlink_settled_upstream(&self, id: i64) -> Result<OutboxCounts, LibraryError> {
        self.write(Durability::Full, move |tx| {
            let left = tx.outbox_counts(id)?;
            if left == OutboxCounts::default() {
                leave(tx, id)?;
            }
            Ok(left)
        })
    }

    /// Notes what a server says it is, now.
    pub fn note_upstream_version(&self, server: i64, version: Version) -> Result<(), LibraryError> {
        self.write(Durability::Relaxed, move |tx| {
            let now = tx.now().0.to_string();
            tx.set_server_metadata(&version_asked_key(server), &now)?;
            Ok(tx.set_server_version(server, version)?)
        })
    }

    /// Whether a server has said so lately what it is that it need not be asked again.
    pub fn knows_upstream_version(&self, server: i64) -> Result<bool, LibraryError> {
        let asked = self.read(|tx| Ok(tx.server_metadata(&version_asked_key(server))?))?;
        let asked: Option<i64> = asked.and_then(|text| text.parse().ok());
        // A clock that was set back says nothing about how long ago that was.
        Ok(asked.is_some_and(|asked| (0..VERSION_MS).contains(&(self.now().0 - asked))))
    }

    /// Whether somebody's access to rows of others there has ended since this was looked at; see
    /// [`Replica::prune`](crate::replica::Replica::prune).
    pub fn has_ended_accesses(&self, server: i64) -> Result<bool, LibraryError> {
        self.read(|tx| {
            let has = |kind| Ok::<_, LibraryError>(!tx.ended_accesses(server, kind, 1)?.is_empty());
            Ok(has(ExternalKind::Asset)? || has(ExternalKind::User)?)
        })
    }

    /// How all of them stand.
    pub fn upstream_statuses(&self) -> Result<Vec<UpstreamStatus>, LibraryError> {
        self.read(|tx| {
            let statuses = tx
                .upstreams()?
                .into_iter()
                .map(|upstream| Ok(UpstreamStatus { quarantined: tx.quarantine_count(upstream.id)?, upstream }));
            statuses.collect()
        })
    }

    /// Lines that could not be applied, oldest first.
    pub fn quarantined(&self, upstream: i64) -> Result<Vec<Quarantined>, LibraryError> {
        self.read(|tx| Ok(tx.quarantined(upstream, 0, QUARANTINE_SHOWN)?))
    }

    /// Whether this line is in quarantine.
    pub fn is_quarantined(&self, upstream: i64, id: i64) -> Result<bool, LibraryError> {
        self.read(|tx| Ok(tx.quarantined_line(upstream, id)?.is_some()))
    }

    /// How many lines are in quarantine.
    pub fn quarantine_count(&self, upstream: i64) -> Result<u64, LibraryError> {
        self.read(|tx| Ok(tx.quarantine_count(upstream)?))
    }

    /// Lets lines in quarantine go for good, or all of them; answers how many there were. What they say is not part of
    /// this library then.
    pub fn drop_quarantined(&self, upstream: i64, ids: Option<Vec<i64>>) -> Result<u64, LibraryError> {
        self.write(Durability::Full, move |tx| Ok(tx.drop_quarantined(upstream, ids.as_deref())?))
    }
}

/// Who followed by an id that nobody has any more, as what there. It has to be all the same for names to be taken up again.
fn former(upstream: &Upstream) -> String {
    let Upstream { server_id, user_id, external_user_id, mode, .. } = upstream;
    format!("{server_id} {user_id} {external_user_id} {mode:?}")
}

/// Stops following. Once everything was shown, it is noted by which id that is marked.
fn leave(tx: &mut dyn Write, id: i64) -> Result<(), LibraryError> {
    let known = tx.upstreams()?.into_iter().find(|upstream| upstream.id == id);
    if let Some(known) = known.filter(|known| known.synced_at.is_some()) {
        tx.set_server_metadata(&former_key(id), &former(&known))?;
    }
    Ok(tx.delete_upstream(id)?)
}

/// Who follows as before marks again what they were shown then, and is shown everything: what is not among it any more is gone, or
/// was lost. Else it would stay for good, as nobody would be asked for it.
fn take_up_again(tx: &mut dyn Write, made: Upstream) -> Result<Upstream, LibraryError> {
    // Where nothing was marked by an id it may be somebody else's now.
    tx.set_server_metadata(&former_key(made.id), "")?;
    let wanted = former(&made);
    for id in (1..made.id).rev() {
        if tx.server_metadata(&former_key(id))?.as_ref() == Some(&wanted) {
            tx.set_server_metadata(&former_key(id), "")?;
            tx.take_over_names(id, &made)?;
            let again = Upstream { epoch: made.epoch + 1, is_resetting: true, keeps_unshown: true, ..made };
            tx.update_upstream(&again)?;
            return Ok(again);
        }
    }
    Ok(made)
}
