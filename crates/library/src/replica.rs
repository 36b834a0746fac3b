//! The face of the library through which what an upstream said is applied.
//!
//! A [`Replica`] has no Recorder: what comes in by it cannot go out again as a change that a user made. It works inside
//! one transaction, so a batch of lines and the cursors behind them are kept together or not at all.

mod albums;
mod assets;
mod pending;
mod sweep;
mod users;

pub use pending::album_mark;
pub(crate) use pending::named;
pub use sweep::Swept;

use serde::Deserialize;
use tintype_protocol::id::UserId;
use tintype_protocol::sync::{AckToken, EntityType, RequestType};
use uuid::Uuid;

use crate::error::LibraryError;
use crate::library::Library;
use crate::model::{ExternalKind, Upstream};
use crate::store::{Durability, StoreError, Write};

/// Lines of the quarantine that are tried again at a time.
const RETRIES: u32 = 1_000;

/// Types that a [`Replica`] can apply, of both generations.
pub const APPLIED: &[RequestType] = &[
    RequestType::AuthUsersV1,
    RequestType::UsersV1,
    RequestType::AssetsV1,
    RequestType::AssetsV2,
    RequestType::AlbumsV1,
    RequestType::AlbumsV2,
    RequestType::AlbumUsersV1,
    RequestType::AlbumToAssetsV1,
    RequestType::AssetExifsV1,
];

/// What became of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The library is as the line says.
    Applied,
    /// It cannot be, for now or for good; the text says why. The line belongs into quarantine.
    Refused(String),
}

impl Outcome {
    /// A row that the line refers to has not come yet.
    fn waits_for(what: &str, id: Uuid) -> Self {
        Self::Refused(format!("the {what} {id} is not here"))
    }

    /// Something that did not come from there has the name.
    fn taken(what: &str, id: Uuid) -> Self {
        Self::Refused(format!("there is another {what} {id} here"))
    }
}

/// See the module's description.
pub struct Replica<'t> {
    tx: &'t mut dyn Write,
    upstream: Upstream,
}

impl Library {
    /// Applies what an upstream says, in one transaction.
    pub fn replicate<T: Send + 'static>(
        &self,
        upstream: &Upstream,
        work: impl FnOnce(&mut Replica<'_>) -> Result<T, LibraryError> + Send + 'static,
    ) -> Result<T, LibraryError> {
        let upstream = upstream.clone();
        self.write(Durability::Full, move |tx| work(&mut Replica { tx, upstream }))
    }
}

/// Reads what a line says; what is not as it should be is no fault of ours to fail on.
fn read<'d, T: Deserialize<'d>>(data: &'d [u8]) -> Result<T, Outcome> {
    serde_json::from_slice(data).map_err(|error| Outcome::Refused(format!("not understood: {error}")))
}

/// Applies a line that was understood.
macro_rules! with {
    ($data:expr, $apply:expr) => {
        match read($data) {
            Ok(line) => $apply(line),
            Err(refused) => Ok(refused),
        }
    };
}

impl Replica<'_> {
    /// Applies a line: `data` is its JSON.
    pub fn apply(&mut self, entity: EntityType, data: &[u8]) -> Result<Outcome, LibraryError> {
        let outcome = self.dispatch(entity, data);
        match outcome {
            // The row contradicts one that is here: a rule of ours, or of the protocol, is broken.
            Err(LibraryError::Store(StoreError::Conflict(what))) => Ok(Outcome::Refused(format!("not unique: {what}"))),
            // It may come later: the line is tried again.
            Err(LibraryError::Store(StoreError::Dangling(what))) => Ok(Outcome::Refused(what)),
            other => other,
        }
    }

    fn dispatch(&mut self, entity: EntityType, data: &[u8]) -> Result<Outcome, LibraryError> {
        use EntityType as E;
        match entity {
            E::AuthUserV1 => Ok(Outcome::Applied),
            E::UserV1 => with!(data, |line| self.user(&line)),
            E::UserDeleteV1 => with!(data, |line| self.user_is_gone(line)),
            E::AssetV1 | E::AssetV2 => with!(data, |line| self.asset(&line)),
            E::AssetDeleteV1 => with!(data, |line| self.asset_is_gone(line)),
            E::AssetExifV1 => with!(data, |line| self.exif(&line)),
            E::AlbumV1 | E::AlbumV2 => with!(data, |line| self.album(&line)),
            E::AlbumDeleteV1 => with!(data, |line| self.album_is_gone(line)),
            E::AlbumUserV1 | E::AlbumUserBackfillV1 => with!(data, |line| self.album_user(line)),
            E::AlbumUserDeleteV1 => with!(data, |line| self.album_user_is_gone(line)),
            E::AlbumToAssetV1 | E::AlbumToAssetBackfillV1 => with!(data, |line| self.album_asset(line)),
            E::AlbumToAssetDeleteV1 => with!(data, |line| self.album_asset_is_gone(line)),
            other => Ok(Outcome::Refused(format!("lines of type {} are not kept here", other.as_str()))),
        }
    }

    /// Keeps a line that could not be applied, to be tried again.
    pub fn quarantine(
        &mut self,
        entity: EntityType,
        data: &[u8],
        ack: AckToken,
        reason: &str,
    ) -> Result<(), LibraryError> {
        let data = String::from_utf8_lossy(data);
        Ok(self.tx.quarantine(self.upstream.id, entity, &data, &ack.to_string(), reason)?)
    }

    /// Tries lines in quarantine again; answers how many could be applied.
    pub fn retry_quarantine(&mut self) -> Result<u64, LibraryError> {
        let mut applied = 0;
        for line in self.tx.quarantined(self.upstream.id, RETRIES)? {
            match self.apply(line.entity, line.data.as_bytes())? {
                Outcome::Applied => {
                    self.tx.release_quarantined(line.id)?;
                    applied += 1;
                }
                Outcome::Refused(reason) => self.tx.note_attempt(line.id, &reason)?,
            }
        }
        Ok(applied)
    }

    /// How many lines are in quarantine.
    pub fn quarantine_count(&self) -> Result<u64, LibraryError> {
        Ok(self.tx.quarantine_count(self.upstream.id)?)
    }

    /// Everything up to this ack is applied or in quarantine.
    pub fn move_cursor(&mut self, ack: AckToken) -> Result<(), LibraryError> {
        Ok(self.tx.set_cursor(self.upstream.id, ack.entity, &ack.to_string())?)
    }

    /// The server begins again: everything it has will be shown in a new epoch.
    pub fn begin_epoch(&mut self) -> Result<Upstream, LibraryError> {
        self.tx.clear_cursors(self.upstream.id)?;
        (self.upstream.epoch, self.upstream.is_resetting) = (self.upstream.epoch + 1, true);
        self.tx.update_upstream(&self.upstream)?;
        Ok(self.upstream.clone())
    }

    /// A stream was applied to its end.
    pub fn complete(&mut self) -> Result<Upstream, LibraryError> {
        self.tx.complete_exif(self.upstream.user_id, self.upstream.position)?;
        (self.upstream.is_resetting, self.upstream.synced_at) = (false, Some(self.tx.now()));
        self.upstream.held = 0;
        self.upstream.position = self.tx.last_update_id()?;
        self.tx.update_upstream(&self.upstream)?;
        Ok(self.upstream.clone())
    }

    /// What a row of the server is called here.
    fn local(&self, kind: ExternalKind, external: Uuid) -> Result<Option<Uuid>, LibraryError> {
        Ok(self.tx.local_id(self.upstream.server_id, kind, external)?)
    }

    /// The user here who is a user there.
    fn local_user(&self, external: UserId) -> Result<Option<UserId>, LibraryError> {
        if external.0 == self.upstream.external_user_id {
            return Ok(Some(self.upstream.user_id));
        }
        Ok(self.local(ExternalKind::User, external.0)?.map(UserId))
    }

    /// Notes that the upstream shows a row, for the first time or again.
    fn is_shown(
        &mut self,
        kind: ExternalKind,
        external: Uuid,
        local: Uuid,
        is_known: bool,
    ) -> Result<(), LibraryError> {
        let shown = if is_known {
            self.tx.see_external_id(&self.upstream, kind, external)
        } else {
            self.tx.add_external_id(&self.upstream, kind, external, local)
        };
        Ok(shown?)
    }

    fn forget(&mut self, kind: ExternalKind, external: Uuid) -> Result<(), LibraryError> {
        Ok(self.tx.forget_external_id(self.upstream.server_id, kind, external)?)
    }
}
