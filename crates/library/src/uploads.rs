//! Taking in new originals: received, checked, filed under a readable path, and only then given a row.
//!
//! The order makes a crash harmless at any point. The path is reserved in the store before the bytes get it, and the
//! reservation is released in the transaction that adds the row; what is still reserved at start has no row and goes.

mod naming;
mod replace;

pub(crate) use naming::shown_name;
pub use naming::{file_name, folder_name};

use tintype_media::formats::{self, MediaKind};
use tintype_media::metadata::quick_capture_date;
use tintype_media::sniff::sniff;
use tintype_protocol::checksum::Sha1;
use tintype_protocol::id::{AssetId, SharedLinkId, UserId};
use tintype_protocol::model::{AssetStatus, AssetType, Visibility};
use tintype_protocol::time::Timestamp;

use crate::blobs::{BlobError, Incoming, Received};
use crate::error::LibraryError;
use crate::jobs::remove_asset;
use crate::library::Library;
use crate::model::{Asset, JobKind, KnownContent, NewAsset, User};
use crate::news::News;
use crate::recorder::Change;
use crate::shared_links::place;
use crate::store::{Durability, Ledger, NewJob, Read, StoreError, Write};

/// Names tried before giving up on filing a file: `beach.jpg`, `beach+1.jpg`, …
const NAME_ATTEMPTS: u32 = 10_000;

/// An original on its way into the library.
#[derive(Debug)]
pub struct Upload {
    /// Whose it will be.
    pub owner: UserId,
    /// The bytes.
    pub file: Received,
    /// An XMP file that belongs to it.
    pub sidecar: Option<Received>,
    /// As the device named it.
    pub name: String,
    /// Id of the device's own.
    pub device_asset_id: String,
    /// Which device.
    pub device_id: String,
    /// By the device's word; what the camera wrote into the file goes before it.
    pub file_created_at: Timestamp,
    /// By the device's word.
    pub file_modified_at: Timestamp,
    /// By the device's word.
    pub duration_ms: Option<u64>,
    /// Marked by the owner.
    pub is_favorite: bool,
    /// Where it shows up.
    pub visibility: Visibility,
    /// The motion part of a live photo, uploaded before.
    pub live_photo_video_id: Option<AssetId>,
    /// Values that an app keeps with it: key and JSON object.
    pub metadata: Vec<(String, String)>,
    /// What the bytes should be.
    pub expected: Option<Sha1>,
    /// The link of the guest who brings it; it shows what they brought.
    pub link: Option<SharedLinkId>,
}

/// What became of an upload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Added {
    /// It is a new asset.
    Created(AssetId),
    /// The owner has the content already.
    Duplicate(KnownContent),
}

impl Added {
    /// The asset that holds the content now.
    pub fn id(self) -> AssetId {
        match self {
            Self::Created(id) => id,
            Self::Duplicate(known) => known.asset_id,
        }
    }
}

impl Library {
    /// Begins to receive a file.
    pub fn receive(&self) -> Result<Incoming, LibraryError> {
        Ok(self.blobs.receive()?)
    }

    /// The owner's asset that holds a content, in the trash or not. One that was deleted for good holds nothing, even if
    /// it has not been cleared away yet: whoever is told that it is here would let go of the original.
    pub fn known_content(&self, owner: UserId, checksum: &Sha1) -> Result<Option<KnownContent>, LibraryError> {
        self.read(|tx| held(tx, owner, checksum))
    }

    /// The same for many contents, in their order.
    pub fn known_contents(
        &self,
        owner: UserId,
        checksums: &[Option<Sha1>],
    ) -> Result<Vec<Option<KnownContent>>, LibraryError> {
        self.read(|tx| {
            let mut known = Vec::with_capacity(checksums.len());
            for checksum in checksums {
                known.push(match checksum {
                    Some(checksum) => held(tx, owner, checksum)?,
                    None => None,
                });
            }
            Ok(known)
        })
    }

    /// Refuses early what cannot fit. The check that counts is made with the row ([`Library::add`]).
    pub fn check_quota(&self, owner: UserId, more_bytes: u64) -> Result<(), LibraryError> {
        let user = self.read(|tx| Ok(tx.user(owner)?))?;
        match user {
            Some(user) => fits(&user, more_bytes),
            None => Err(LibraryError::Unauthenticated("Invalid user token")),
        }
    }

    /// Takes a received file into the library.
    pub fn add(&self, mut upload: Upload) -> Result<Added, LibraryError> {
        let checked = check(&upload)?;
        if let Some(known) = self.known_content(upload.owner, &upload.file.sha1)? {
            return self.known_already(&upload, known);
        }
        self.check_quota(upload.owner, upload.file.size_bytes)?;
        if let Some(video) = upload.live_photo_video_id {
            self.check_motion_part(upload.owner, video)?;
        }
        let key = self.file_original(&mut upload)?;
        let sidecar_key = match self.file_sidecar(&mut upload, &key) {
            Ok(sidecar_key) => sidecar_key,
            Err(error) => {
                self.take_back(vec![key]);
                return Err(error);
            }
        };
        let keys: Vec<String> = [Some(key.clone()), sidecar_key.clone()].into_iter().flatten().collect();
        let outcome = self.add_row(&upload, &checked, key, sidecar_key);
        if !matches!(outcome, Ok(Added::Created(_))) {
            self.take_back(keys);
        }
        outcome
    }

    /// There is nothing to add; the link of a guest shows it all the same.
    fn known_already(&self, upload: &Upload, known: KnownContent) -> Result<Added, LibraryError> {
        if let Some(link) = upload.link {
            self.change(move |tx| Ok(((), place(tx, link, known.asset_id)?)))?;
        }
        Ok(Added::Duplicate(known))
    }

    /// Gives the original its readable path.
    fn file_original(&self, upload: &mut Upload) -> Result<String, LibraryError> {
        self.file_under(&mut upload.file, upload.owner, &upload.name, upload.file_created_at)
    }

    /// Gives an original its readable path, which stays reserved until there is a row. The date is the camera's, or else
    /// `taken_at`.
    pub(crate) fn file_under(
        &self,
        file: &mut Received,
        owner: UserId,
        name: &str,
        taken_at: Timestamp,
    ) -> Result<String, LibraryError> {
        let taken_at = quick_capture_date(file.path()).map_or(taken_at, |c| Timestamp(c.local_ms));
        let user = self.read(|tx| Ok(tx.user(owner)?))?;
        let user = user.ok_or(LibraryError::Unauthenticated("Invalid user token"))?;
        // A name with a sidecar belongs to the one whose sidecar that is, whatever its file is called now.
        let is_free = |key: &str| !self.has_sidecar(key);
        self.file_as_free(file, &naming::folder(&user, taken_at), name, is_free)
    }

    fn has_sidecar(&self, key: &str) -> bool {
        self.blobs.open(&format!("{key}.xmp")).is_ok()
    }

    /// Gives a file this name in a folder, or one with a number where that is taken. The key stays reserved.
    pub(crate) fn file_as(&self, file: &mut Received, folder: &str, name: &str) -> Result<String, LibraryError> {
        self.file_as_free(file, folder, name, |_| true)
    }

    fn file_as_free(
        &self,
        file: &mut Received,
        folder: &str,
        name: &str,
        is_free: impl Fn(&str) -> bool,
    ) -> Result<String, LibraryError> {
        for attempt in 0..NAME_ATTEMPTS {
            let key = format!("{folder}/{}", naming::file_name(name, attempt));
            if !is_free(&key) {
                continue;
            }
            let reserved = key.clone();
            match self.write(Durability::Full, move |tx| Ok(tx.reserve_key(&reserved)?)) {
                Err(LibraryError::Store(StoreError::Conflict(_))) => continue,
                other => other?,
            }
            match self.blobs.adopt(file, &key) {
                Ok(()) => return Ok(key),
                // A file that is not ours lies there: leave it alone and take the next name.
                Err(BlobError::Occupied { .. }) => self.release(key)?,
                Err(error) => {
                    self.release(key)?;
                    return Err(error.into());
                }
            }
        }
        Err(LibraryError::invalid(format!("There are too many files named {name} in {folder}")))
    }

    /// Reserves keys for files that are to lie beside others, in one transaction: the names of those, with a number.
    pub(crate) fn reserve_beside(&self, keys: Vec<String>) -> Result<Vec<String>, LibraryError> {
        self.write(Durability::Full, move |tx| {
            let mut reserved = Vec::with_capacity(keys.len());
            for key in keys {
                let (folder, name) = key.rsplit_once('/').unwrap_or(("library", &key));
                let free = (1..NAME_ATTEMPTS).find_map(|attempt| {
                    let key = format!("{folder}/{}", naming::file_name(name, attempt));
                    match tx.reserve_key(&key) {
                        Err(StoreError::Conflict(_)) => None,
                        other => Some(other.map(|()| key)),
                    }
                });
                let too_many = || LibraryError::invalid(format!("There are too many files named {name} in {folder}"));
                reserved.push(free.ok_or_else(too_many)??);
            }
            Ok(reserved)
        })
    }

    /// Puts the sidecar beside its original.
    fn file_sidecar(&self, upload: &mut Upload, original: &str) -> Result<Option<String>, LibraryError> {
        let Some(sidecar) = &mut upload.sidecar else { return Ok(None) };
        let key = format!("{original}.xmp");
        let reserved = key.clone();
        self.write(Durability::Full, move |tx| Ok(tx.reserve_key(&reserved)?))?;
        if let Err(error) = self.blobs.adopt(sidecar, &key) {
            self.release(key)?;
            return Err(error.into());
        }
        Ok(Some(key))
    }

    /// Bytes that stay behind now are removed with the next ones, or at the next start.
    pub(crate) fn clear_orphans(&self) {
        if let Err(error) = self.remove_orphans() {
            tracing::warn!(error = &error as &dyn std::error::Error, "bytes of a deleted asset were not cleared away");
        }
    }

    pub(crate) fn release(&self, key: String) -> Result<(), LibraryError> {
        self.write(Durability::Relaxed, move |tx| Ok(tx.release_key(&key)?))
    }

    /// Undoes the filing of files that got no row. What fails here is done again at the next start.
    pub(crate) fn take_back(&self, keys: Vec<String>) {
        for key in keys {
            let undone = self.blobs.remove(&key).map_err(LibraryError::from).and_then(|()| self.release(key.clone()));
            if let Err(error) = undone {
                tracing::warn!(key, error = &error as &dyn std::error::Error, "a refused upload was not cleared away");
            }
        }
    }

    fn check_motion_part(&self, owner: UserId, video: AssetId) -> Result<(), LibraryError> {
        let asset = self.read(|tx| Ok(tx.asset(video)?))?;
        let asset = asset.ok_or_else(|| LibraryError::invalid("Live photo video not found"))?;
        if asset.asset_type != AssetType::Video {
            return Err(LibraryError::invalid("Live photo video must be a video"));
        }
        if asset.owner_id != owner {
            return Err(LibraryError::invalid("Live photo video does not belong to the user"));
        }
        Ok(())
    }

    fn add_row(
        &self,
        upload: &Upload,
        checked: &Checked,
        key: String,
        sidecar_key: Option<String>,
    ) -> Result<Added, LibraryError> {
        let asset = NewAsset {
            id: self.new_id().into(),
            owner_id: upload.owner,
            checksum: upload.file.sha1,
            asset_type: checked.asset_type,
            device_asset_id: upload.device_asset_id.clone(),
            device_id: upload.device_id.clone(),
            original_name: naming::shown_name(&upload.name),
            original_path: key,
            sidecar_path: sidecar_key,
            media_type: checked.media_type.to_owned(),
            size_bytes: checked.size_bytes,
            file_created_at: upload.file_created_at,
            file_modified_at: upload.file_modified_at,
            duration_ms: upload.duration_ms,
            is_favorite: upload.is_favorite,
            visibility: upload.visibility,
            live_photo_video_id: upload.live_photo_video_id,
        };
        let (metadata, link) = (upload.metadata.clone(), upload.link);
        let (owner, checksum) = (upload.owner, upload.file.sha1);
        let outcome = self.change(move |tx| {
            let removed = make_room(tx, asset.owner_id, &asset.checksum)?;
            insert(tx, &asset, &metadata)?;
            let mut changes = vec![Change::AssetAdded(asset.id)];
            if let Some(link) = link {
                changes.extend(place(tx, link, asset.id)?);
            }
            Ok(((asset.id, removed), changes))
        });
        match outcome {
            Ok((id, removed)) => {
                if let Some(asset) = removed {
                    self.listeners.tell(&News::Removed { owner, asset });
                    self.clear_orphans();
                }
                self.signal.ring();
                Ok(Added::Created(id))
            }
            // The same content came in through another door in the meantime.
            Err(LibraryError::Store(StoreError::Conflict(_))) => match self.known_content(owner, &checksum)? {
                Some(known) => self.known_already(upload, known),
                None => Err(LibraryError::Store(StoreError::Conflict("asset".to_owned()))),
            },
            Err(error) => Err(error),
        }
    }
}

/// What the bytes and the name say together.
pub(crate) struct Recognised {
    pub(crate) asset_type: AssetType,
    pub(crate) media_type: &'static str,
}

struct Checked {
    asset_type: AssetType,
    media_type: &'static str,
    size_bytes: i64,
}

fn check(upload: &Upload) -> Result<Checked, LibraryError> {
    if upload.expected.is_some_and(|expected| expected != upload.file.sha1) {
        let text = format!("{} did not arrive as it was sent: its SHA-1 differs from x-immich-checksum", upload.name);
        return Err(LibraryError::invalid(text));
    }
    let Recognised { asset_type, media_type } = recognise(&upload.name, upload.file.size_bytes, &upload.file.head)?;
    Ok(Checked { asset_type, media_type, size_bytes: i64::try_from(upload.file.size_bytes).unwrap_or(i64::MAX) })
}

/// What a file of this name is that begins with these bytes.
pub(crate) fn recognise(name: &str, size_bytes: u64, head: &[u8]) -> Result<Recognised, LibraryError> {
    let named =
        formats::by_name(name).ok_or_else(|| LibraryError::Unrecognised(format!("Unsupported file type {name}")))?;
    if size_bytes == 0 {
        return Err(LibraryError::Unrecognised(format!("{name} is empty")));
    }
    let found = sniff(head)
        .ok_or_else(|| LibraryError::Unrecognised(format!("{name} is no photo or video that is supported")))?;
    // Phones give files the wrong extension at times: the bytes decide what it is, the name stays.
    let says = found.media_type();
    let is_web = formats::all().iter().any(|format| format.web && format.media_type == says);
    let is_as_named = found.kind() == named.kind && (says == named.media_type || !(is_web || named.web));
    Ok(Recognised {
        asset_type: match found.kind() {
            MediaKind::Image => AssetType::Image,
            MediaKind::Video => AssetType::Video,
        },
        media_type: if is_as_named { named.media_type } else { says },
    })
}

pub(crate) fn fits(user: &User, more_bytes: u64) -> Result<(), LibraryError> {
    let more = i64::try_from(more_bytes).unwrap_or(i64::MAX);
    match user.quota_bytes {
        Some(quota) if user.usage_bytes.saturating_add(more) > quota => Err(LibraryError::QuotaExceeded),
        _ => Ok(()),
    }
}

/// The owner's asset with a content, on its way out or not.
fn holder(tx: &dyn Read, owner: UserId, checksum: &Sha1) -> Result<Option<(KnownContent, Asset)>, LibraryError> {
    let Some(known) = tx.asset_by_checksum(owner, checksum)? else { return Ok(None) };
    Ok(tx.asset(known.asset_id)?.map(|asset| (known, asset)))
}

fn held(tx: &dyn Read, owner: UserId, checksum: &Sha1) -> Result<Option<KnownContent>, LibraryError> {
    let is_kept = |asset: &Asset| asset.status != AssetStatus::Deleted;
    if let Some((known, _)) = holder(tx, owner, checksum)?.filter(|(_, asset)| is_kept(asset)) {
        return Ok(Some(known));
    }
    // What lies in the place of an original comes back from whoever downloaded it.
    let Some(known) = tx.asset_by_stored_form(owner, checksum)? else { return Ok(None) };
    Ok(tx.asset(known.asset_id)?.filter(is_kept).map(|_| known))
}

/// Clears away what held a content and was deleted for good, without waiting for the background.
fn make_room(tx: &mut dyn Write, owner: UserId, checksum: &Sha1) -> Result<Option<AssetId>, LibraryError> {
    let holder = holder(tx.as_read(), owner, checksum)?.filter(|(_, asset)| asset.status == AssetStatus::Deleted);
    let Some((_, asset)) = holder else { return Ok(None) };
    remove_asset(tx, &asset)?;
    Ok(Some(asset.id))
}

/// The transaction that makes an upload an asset.
fn insert(tx: &mut dyn Write, asset: &NewAsset, metadata: &[(String, String)]) -> Result<(), LibraryError> {
    let user = tx.user(asset.owner_id)?.ok_or(LibraryError::Unauthenticated("Invalid user token"))?;
    fits(&user, u64::try_from(asset.size_bytes).unwrap_or(0))?;
    tx.insert_asset(asset)?;
    tx.release_key(&asset.original_path)?;
    if let Some(sidecar) = &asset.sidecar_path {
        tx.release_key(sidecar)?;
    }
    tx.add_usage(asset.owner_id, asset.size_bytes)?;
    tx.note(&Ledger::Content {
        sha1: asset.checksum,
        size_bytes: asset.size_bytes,
        media_type: asset.media_type.clone(),
    })?;
    tx.note(&Ledger::Wanted { sha1: asset.checksum, owner: asset.owner_id })?;
    for (key, json) in metadata {
        tx.set_asset_metadata(asset.id, key, json)?;
    }
    hide_motion_part(tx, asset.live_photo_video_id)?;
    tx.enqueue(NewJob { kind: JobKind::Metadata, asset_id: asset.id, not_before: None })?;
    Ok(())
}

/// The motion part of a live photo does not show up by itself.
pub(crate) fn hide_motion_part(tx: &mut dyn Write, video: Option<AssetId>) -> Result<(), LibraryError> {
    let Some(video) = video else { return Ok(()) };
    if let Some(mut asset) = tx.asset(video)?
        && asset.visibility == Visibility::Timeline
    {
        asset.visibility = Visibility::Hidden;
        tx.update_asset(&asset)?;
    }
    Ok(())
}
