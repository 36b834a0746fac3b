//! The face of the library through which what an upstream said is applied.
//!
//! A [`Replica`] has no Recorder: what comes in by it cannot go out again as a change that a user made. It works inside
//! one transaction, so a batch of lines and the cursors behind them are kept together or not at all.

mod albums;
mod assets;
mod derived;
mod edits;
mod known;
mod listed;
mod memories;
mod news;
mod partners;
mod pending;
mod people;
mod prune;
mod quarantine;
mod retrying;
mod said;
mod shown;
mod stacks;
mod sweep;
mod swept;
#[cfg(test)]
pub(crate) mod tests;
mod texts;

mod users;
mod values;

pub use listed::KnownAsset;
pub use news::TOLD_IN_A_MINUTE;
pub(crate) use news::Told;
pub use pending::album_mark;
pub(crate) use pending::{is_mark, named};
pub use prune::Pruned;
pub use retrying::{Retries, Round};
pub use sweep::{Sweep, Swept};
pub use swept::Gone;

use std::collections::{HashSet, VecDeque};

use serde::Deserialize;
use tintype_protocol::id::AssetId;
use tintype_protocol::sync::{AckToken, EntityType};
use uuid::Uuid;

use self::assets::Through;
use crate::error::LibraryError;
use crate::library::Library;
use crate::model::Upstream;
use crate::store::{Durability, StoreError, Write};

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
    /// Others here who follow the same server.
    others: Vec<Upstream>,
    /// Whether lines wait.
    has_quarantine: bool,
    /// Rows that came in this transaction and that lines in quarantine may wait for: as many as it has lines at most.
    came: VecDeque<Uuid>,
    /// Whether any content here is known to be made of another one.
    has_derivations: bool,
    /// Assets that were not here before and are complete now, as far as there is room to tell of them.
    arrived: HashSet<AssetId>,
}

impl Library {
    /// Applies what an upstream says, in one transaction.
    pub fn replicate<T: Send + 'static>(
        &self,
        upstream: &Upstream,
        work: impl FnOnce(&mut Replica<'_>) -> Result<T, LibraryError> + Send + 'static,
    ) -> Result<T, LibraryError> {
        let (upstream, user) = (upstream.clone(), upstream.user_id);
        let (outcome, before, arrived) = self.write(Durability::Full, move |tx| {
            let before = tx.last_update_id()?;
            let mut others = tx.upstreams()?;
            others.retain(|other| other.server_id == upstream.server_id && other.id != upstream.id);
            let has_quarantine = tx.has_quarantine(upstream.id)?;
            let has_derivations = tx.has_derivations()?;
            let (came, arrived) = (VecDeque::new(), HashSet::new());
            let mut replica = Replica { tx, upstream, others, has_quarantine, came, has_derivations, arrived };
            let outcome = work(&mut replica)?;
            Ok((outcome, before, replica.arrived))
        })?;
        self.tell_since(user, before, &arrived);
        // Originals that lie here may have been edited there.
        self.signal.ring();
        Ok(outcome)
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
        if !self.has_quarantine {
            return self.attempt(entity, data);
        }
        let row = self.supersede(entity, data)?;
        let outcome = self.attempt(entity, data)?;
        if outcome == Outcome::Applied {
            self.note_came(row);
        }
        Ok(outcome)
    }

    fn note_came(&mut self, row: Option<Uuid>) {
        self.came.extend(row);
    }

    fn attempt(&mut self, entity: EntityType, data: &[u8]) -> Result<Outcome, LibraryError> {
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
            // Name and quota of an account are its own here; there are no others to carry, and nothing to do.
            E::AuthUserV1 | E::SyncAckV1 | E::SyncResetV1 | E::SyncCompleteV1 => Ok(Outcome::Applied),
            E::UserV1 => with!(data, |line| self.user(&line)),
            E::UserDeleteV1 => with!(data, |line| self.user_is_gone(line)),
            E::UserMetadataV1 => with!(data, |line| self.setting(&line)),
            E::UserMetadataDeleteV1 => with!(data, |line| self.setting_is_gone(line)),
            E::PartnerV1 => with!(data, |line| self.partner(line)),
            E::PartnerDeleteV1 => with!(data, |line| self.partner_is_gone(line)),
            E::AssetV1
            | E::AssetV2
            | E::AssetDeleteV1
            | E::AssetExifV1
            | E::PartnerAssetV1
            | E::PartnerAssetV2
            | E::PartnerAssetBackfillV1
            | E::PartnerAssetBackfillV2
            | E::PartnerAssetDeleteV1
            | E::PartnerAssetExifV1
            | E::PartnerAssetExifBackfillV1
            | E::AlbumAssetCreateV1
            | E::AlbumAssetCreateV2
            | E::AlbumAssetUpdateV1
            | E::AlbumAssetUpdateV2
            | E::AlbumAssetBackfillV1
            | E::AlbumAssetBackfillV2
            | E::AlbumAssetExifCreateV1
            | E::AlbumAssetExifUpdateV1
            | E::AlbumAssetExifBackfillV1 => self.dispatch_asset(entity, data),
            E::AlbumV1 | E::AlbumV2 => with!(data, |line| self.album(&line)),
            E::AlbumDeleteV1 => with!(data, |line| self.album_is_gone(line)),
            E::AlbumUserV1 | E::AlbumUserBackfillV1 => with!(data, |line| self.album_user(line)),
            E::AlbumUserDeleteV1 => with!(data, |line| self.album_user_is_gone(line)),
            E::AlbumToAssetV1 | E::AlbumToAssetBackfillV1 => with!(data, |line| self.album_asset(line)),
            E::AlbumToAssetDeleteV1 => with!(data, |line| self.album_asset_is_gone(line)),
            E::StackV1 | E::PartnerStackV1 | E::PartnerStackBackfillV1 => with!(data, |line| self.stack(line)),
            E::StackDeleteV1 | E::PartnerStackDeleteV1 => with!(data, |line| self.stack_is_gone(line)),
            E::MemoryV1 => with!(data, |line| self.memory(line)),
            E::MemoryDeleteV1 => with!(data, |line| self.memory_is_gone(line)),
            E::MemoryToAssetV1 => with!(data, |line| self.memory_asset(line)),
            E::MemoryToAssetDeleteV1 => with!(data, |line| self.memory_asset_is_gone(line)),
            E::PersonV1 => with!(data, |line| self.person(&line)),
            E::PersonDeleteV1 => with!(data, |line| self.person_is_gone(line)),
            E::AssetFaceV1 | E::AssetFaceV2 => with!(data, |line| self.face(line)),
            E::AssetFaceDeleteV1 => with!(data, |line| self.face_is_gone(line)),
            E::AssetEditV1 => with!(data, |line| self.edit(line)),
            E::AssetEditDeleteV1 => with!(data, |line| self.edit_is_gone(line)),
            E::AssetOcrV1 => with!(data, |line| self.text(&line)),
            E::AssetOcrDeleteV1 => with!(data, |line| self.text_is_gone(line)),
            E::AssetMetadataV1 => with!(data, |line| self.asset_value(&line)),
            E::AssetMetadataDeleteV1 => with!(data, |line| self.asset_value_is_gone(&line)),
        }
    }

    fn dispatch_asset(&mut self, entity: EntityType, data: &[u8]) -> Result<Outcome, LibraryError> {
        use EntityType as E;
        let through = match entity {
            E::AssetV1 | E::AssetV2 | E::AssetDeleteV1 | E::AssetExifV1 => Through::Own,
            E::PartnerAssetV1
            | E::PartnerAssetV2
            | E::PartnerAssetBackfillV1
            | E::PartnerAssetBackfillV2
            | E::PartnerAssetDeleteV1
            | E::PartnerAssetExifV1
            | E::PartnerAssetExifBackfillV1 => Through::Partner,
            _ => Through::Album,
        };
        match entity {
            E::AssetDeleteV1 => with!(data, |line| self.asset_is_gone(line)),
            E::PartnerAssetDeleteV1 => with!(data, |line| self.partner_asset_is_gone(line)),
            E::AssetExifV1
            | E::PartnerAssetExifV1
            | E::PartnerAssetExifBackfillV1
            | E::AlbumAssetExifCreateV1
            | E::AlbumAssetExifUpdateV1
            | E::AlbumAssetExifBackfillV1 => with!(data, |line| self.exif(&line, through)),
            _ => with!(data, |line| self.asset(&line, through)),
        }
    }

    /// Everything up to this ack is applied or in quarantine.
    pub fn move_cursor(&mut self, ack: AckToken) -> Result<(), LibraryError> {
        Ok(self.tx.set_cursor(self.upstream.id, ack.entity, &ack.to_string())?)
    }

    /// The server begins again: everything it has will be shown in a new epoch.
    pub fn begin_epoch(&mut self) -> Result<Upstream, LibraryError> {
        self.tx.clear_cursors(self.upstream.id)?;
        // What still is as a waiting line says comes again; the rest is not true any more.
        self.tx.drop_quarantined(self.upstream.id, None)?;
        (self.upstream.epoch, self.upstream.is_resetting) = (self.upstream.epoch + 1, true);
        self.upstream.held = 0;
        self.tx.update_upstream(&self.upstream)?;
        Ok(self.upstream.clone())
    }

    /// Likewise, where nobody is known to have deleted what will not be shown: the server is an older copy of itself, or the
    /// session another one.
    pub fn begin_doubtful_epoch(&mut self) -> Result<Upstream, LibraryError> {
        self.upstream.keeps_unshown = true;
        self.begin_epoch()
    }

    /// To be called when everything was shown, before anything of it goes. What this library knows from an earlier time of
    /// following, or of a server that is an older copy of itself now, and what was not shown now, stays as this library's own:
    /// nobody said that it was deleted. Its name there is lost, until the server shows it again. How many rows are only here since.
    pub fn lose_unshown(&mut self) -> Result<u64, LibraryError> {
        // Nobody has followed any server before the first one.
        let is_new = self.upstream.synced_at.is_none() && self.upstream.id > 1;
        if !is_new && !self.upstream.keeps_unshown {
            return Ok(0);
        }
        let count = self.tx.lose_unshown(&self.upstream)?;
        if count > 0 {
            tracing::info!(count, "the server does not know rows any more that it knew before");
        }
        Ok(count)
    }

    /// A stream was applied to its end.
    pub fn complete(&mut self) -> Result<Upstream, LibraryError> {
        self.lose_unshown()?;
        self.tx.complete_exif(self.upstream.position)?;
        (self.upstream.is_resetting, self.upstream.synced_at) = (false, Some(self.tx.now()));
        (self.upstream.held, self.upstream.keeps_unshown) = (0, false);
        self.upstream.position = self.tx.last_update_id()?;
        self.tx.update_upstream(&self.upstream)?;
        Ok(self.upstream.clone())
    }
}
