//! Originals that only an upstream has become files of this library: a full copy, each of them verified.

mod again;

use std::time::{Duration, SystemTime};

use tintype_protocol::id::{AssetId, UpdateId, UserId};
use tintype_protocol::model::{AssetType, Visibility};
use tintype_protocol::time::Timestamp;

use crate::blobs::{BlobError, Incoming, Received};
use crate::error::LibraryError;
use crate::fetching::{FetchError, Verified, own_type_and_name, sources, take_in};
use crate::library::Library;
use crate::model::{Asset, HeldOriginals, JobKind, Upstream};
use crate::origin::{Arriving, Span, Wanted};
use crate::store::{Durability, Ledger, NewJob, Write};
use crate::uploads::fits;

/// Room that is left on the disk for the library itself, in bytes.
pub const SPARE_BYTES: u64 = 512 << 20;
/// Longest original, in bytes.
const MAX_ORIGINAL_BYTES: u64 = 256 << 30;
/// How long the beginning of a file waits for the rest of it.
const PARTIAL_KEPT: Duration = Duration::from_secs(30 * 86_400);

/// What became of an original.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BroughtHome {
    /// It lies here now, verified.
    Fetched {
        /// Bytes of the file.
        bytes: u64,
        /// Of these, how many came over the network this time.
        came: u64,
    },
    /// It lay here already, or the asset is gone.
    Needless,
}

impl Library {
    /// Assets of an owner whose originals are elsewhere, in the order of their ids; see
    /// [`remote_originals`](crate::store::ReadFetched::remote_originals).
    pub fn remote_originals(
        &self,
        owner: UserId,
        since: Option<Timestamp>,
        after: Option<AssetId>,
        limit: u32,
    ) -> Result<Vec<Asset>, LibraryError> {
        self.read(|tx| Ok(tx.remote_originals(owner, since, after, limit)?))
    }

    /// How much of an owner's library lies here.
    pub fn held_originals(&self, owner: UserId) -> Result<HeldOriginals, LibraryError> {
        self.read(|tx| Ok(tx.held_originals(owner)?))
    }

    /// Fetches the original of an asset into the library, to the place that an upload would have. Only when its SHA-1 is
    /// the asset's, the asset becomes one whose original lies here; its id and everything that is known of it stay. What
    /// came of a file that broke off is kept, and the next call goes on behind it.
    pub fn bring_home(&self, id: AssetId) -> Result<BroughtHome, LibraryError> {
        let found = self.read(|tx| {
            let asset = if tx.is_remote(id)? { tx.asset(id)? } else { None };
            let user = asset.as_ref().map(|asset| tx.user(asset.owner_id)).transpose()?.flatten();
            Ok(asset.zip(user))
        })?;
        let Some((asset, user)) = found else { return Ok(BroughtHome::Needless) };
        let size = u64::try_from(asset.size_bytes).unwrap_or(0);
        fits(&user, size)?;
        self.check_space(size)?;
        // Two at the same time would write to the same file.
        let _turn = self.claim_partial(&partial_name(&asset))?;
        let (verified, came) = self.receive_original(&asset, true)?;
        let bytes = verified.received.size_bytes;
        let is_home = self.settle_verified(&asset, verified)?;
        Ok(if is_home { BroughtHome::Fetched { bytes, came } } else { BroughtHome::Needless })
    }

    fn check_space(&self, size: u64) -> Result<(), LibraryError> {
        if self.blobs.capacity()?.available < size.saturating_add(SPARE_BYTES) {
            return Err(BlobError::Full { path: "an original".into() }.into());
        }
        Ok(())
    }

    /// The verified bytes, and how many came over the network: none where those do that somebody looked at, if they may.
    fn receive_original(&self, asset: &Asset, may_be_cached: bool) -> Result<(Verified, u64), LibraryError> {
        let name = partial_name(asset);
        let mut incoming = self.blobs.resume(&name)?;
        let before = incoming.size_bytes();
        let size = u64::try_from(asset.size_bytes).unwrap_or(0);
        let cached = if before == 0 && may_be_cached { self.cached_original(asset)? } else { None };
        let is_cached = cached.is_some();
        if let Some(arriving) = cached {
            take_in(arriving, &mut incoming, MAX_ORIGINAL_BYTES)?;
        } else if before == 0 || before != size {
            self.receive_rest(asset, &mut incoming)?;
        }
        let came = if is_cached { 0 } else { incoming.size_bytes().saturating_sub(before) };
        // What is not the right one is dropped, so that the next try begins anew.
        match self.verified(asset, incoming.finish()?) {
            Err(LibraryError::Fetch(FetchError::Damaged(_))) if is_cached => {
                tracing::warn!(asset = %asset.id, "what was kept of an original is damaged: it is fetched again");
                self.drop_cached_original(asset)?;
                self.receive_original(asset, false)
            }
            verified => Ok((verified?, came)),
        }
    }

    fn receive_rest(&self, asset: &Asset, incoming: &mut Incoming) -> Result<(), LibraryError> {
        let sources = self.read(|tx| sources(tx, asset))?;
        let from = incoming.size_bytes();
        let span = (from > 0).then_some(Span { from, to: None });
        let arriving = match self.ask(&sources, Wanted::Original, span) {
            // What is here is longer than the file is there.
            Err(FetchError::NoSuchPart) => self.ask(&sources, Wanted::Original, None)?,
            asked => asked?,
        };
        if arriving.begins_at == 0 {
            incoming.restart()?;
        } else if arriving.begins_at != from {
            return Err(FetchError::Damaged("another part came than was asked for".to_owned()).into());
        }
        Ok(take_in(arriving, incoming, MAX_ORIGINAL_BYTES)?)
    }

    /// What somebody looked at is here already.
    fn cached_original(&self, asset: &Asset) -> Result<Option<Arriving>, LibraryError> {
        let found = self.here(asset, Wanted::Original)?;
        Ok(found.map(|found| Arriving {
            length: Some(found.blob.size_bytes),
            whole: Some(found.blob.size_bytes),
            begins_at: 0,
            media_type: None,
            reader: Box::new(found.blob.reader),
        }))
    }

    /// Gives the original of an asset its path, and the asset its original. Whether the asset still wanted it.
    pub(crate) fn settle_original(&self, asset: &Asset, received: Received) -> Result<bool, LibraryError> {
        self.settle_verified(asset, self.verified(asset, received)?)
    }

    fn settle_verified(&self, asset: &Asset, verified: Verified) -> Result<bool, LibraryError> {
        let Verified { mut received, form } = verified;
        let stood_for_it = self.stored_form(asset)?.filter(|before| form.is_none() && !before.is_exact);
        let shown = stood_for_it.map(|_| own_type_and_name(asset, &received));
        let name = shown.as_ref().map_or(&asset.original_name, |(_, name)| name).clone();
        let size = i64::try_from(received.size_bytes).unwrap_or(i64::MAX);
        // Nothing that is made of it from now on may be taken for what an earlier content left behind.
        self.remove_orphans()?;
        let key = self.file_under(&mut received, asset.owner_id, &name, asset.local_date_time)?;
        let (asset, kept) = (asset.clone(), key.clone());
        let settled = self.write(Durability::Full, move |tx| {
            // Deleted, replaced or brought here by somebody else while it came.
            let now = tx.asset(asset.id)?.filter(|now| now.checksum == asset.checksum);
            let Some(now) = now.filter(|_| matches!(tx.is_remote(asset.id), Ok(true))) else { return Ok(false) };
            let user = tx.user(now.owner_id)?.ok_or_else(|| LibraryError::invalid("the owner is gone"))?;
            fits(&user, u64::try_from(size).unwrap_or(0))?;
            take_home(tx, &now, &key, size)?;
            if form.is_some() || tx.stored_form(now.id)?.is_some() {
                tx.set_stored_form(now.id, &key, form.as_ref())?;
            }
            match &shown {
                Some((media_type, name)) => Ok(tx.show_as(now.id, &now.checksum, media_type, name).map(|()| true)?),
                None => Ok(true),
            }
        });
        match settled {
            Ok(true) => self.signal.ring(),
            _ => self.take_back(vec![kept]),
        }
        settled
    }

    /// Removes beginnings of files that nobody has gone on with for long.
    pub(crate) fn remove_old_partials(&self) -> Result<(), LibraryError> {
        for (name, modified) in self.blobs.partials()? {
            let age = SystemTime::now().duration_since(modified).unwrap_or_default();
            if age > PARTIAL_KEPT {
                self.blobs.remove_partial(&name)?;
            }
        }
        Ok(())
    }

    /// Assets of the user who follows that changed since thumbnails were last fetched ahead, and up to where that is.
    pub fn unpictured(&self, upstream: &Upstream, limit: u32) -> Result<Vec<(Asset, UpdateId)>, LibraryError> {
        self.read(|tx| Ok(tx.remote_changes(upstream.user_id, tx.pictured(upstream)?, limit)?))
    }

    /// Thumbnails were fetched ahead up to here.
    pub fn note_pictured(&self, upstream: &Upstream, position: UpdateId) -> Result<(), LibraryError> {
        let id = upstream.id;
        self.write(Durability::Relaxed, move |tx| Ok(tx.set_pictured(id, position)?))
    }

    /// Whether fetching so many bytes ahead would make something go that somebody wanted.
    pub fn has_room_ahead(&self, bytes: u64) -> Result<bool, LibraryError> {
        Ok(!self.is_cache_full(bytes)?)
    }
}

/// The name says which content it is the beginning of.
fn partial_name(asset: &Asset) -> String {
    format!("{}-{}.part", asset.id, asset.checksum.to_hex())
}

/// The transaction that makes an original a file of this library. What is known of the asset came from the upstream and
/// is not read from the file again; nothing is a user's change.
fn take_home(tx: &mut dyn Write, asset: &Asset, key: &str, size: i64) -> Result<(), LibraryError> {
    tx.bring_home(asset.id, key, size)?;
    tx.release_key(key)?;
    tx.add_usage(asset.owner_id, size)?;
    let (sha1, media_type) = (asset.checksum, asset.media_type.clone());
    tx.note(&Ledger::Content { sha1, size_bytes: size, media_type })?;
    tx.note(&Ledger::Wanted { sha1, owner: asset.owner_id })?;
    let mut queue = |kind| tx.enqueue(NewJob { kind, asset_id: asset.id, not_before: None });
    if asset.visibility != Visibility::Hidden {
        queue(JobKind::Thumbnail)?;
    }
    if asset.asset_type == AssetType::Video {
        queue(JobKind::Video)?;
    }
    if asset.is_edited {
        queue(JobKind::Edit)?;
    }
    Ok(())
}
