//! What the landing zone asks of a library: to keep how far files have come, to take them in, and to prove that it has
//! them.

use std::io::Read;
use std::ops::RangeInclusive;
use std::path::Path;

use sha1::{Digest as _, Sha1 as Hasher};
use tintype_protocol::checksum::Sha1;
use tintype_protocol::id::{AssetId, UserId};
use tintype_protocol::model::{AssetStatus, Visibility};
use tintype_protocol::time::Timestamp;

use crate::blobs::BlobError;
use crate::error::LibraryError;
use crate::library::Library;
use crate::model::{IngestCount, IngestFile, IngestState};
use crate::store::{Durability, Ledger};
use crate::uploads::{Added, Upload};

/// Bytes read at a time.
const READ_BYTES: usize = 256 * 1024;

/// Name that assets from landing zones carry as their device.
const DEVICE: &str = "landing";

/// A change of what is known about files in landing zones.
#[derive(Debug, Clone)]
pub enum IngestChange {
    /// There is a new file; what was known at its place is forgotten.
    Add(IngestFile),
    /// A file is as this says.
    Update(IngestFile),
    /// A file is not there any more.
    Remove(i64),
    /// A file was not found where it was when it was in this state. Whoever has moved it since has said so in its row, and that
    /// stays.
    Miss {
        /// Which.
        id: i64,
        /// Where it was.
        path: Vec<u8>,
        /// What it was then.
        state: IngestState,
    },
}

/// A file that comes from a landing zone.
pub struct Arrival<'f> {
    /// Whose it will be.
    pub owner: UserId,
    /// As the device named it.
    pub name: String,
    /// The bytes, from the beginning.
    pub file: &'f mut dyn Read,
    /// What they are.
    pub expected: Sha1,
    /// When the device last changed it.
    pub modified: Timestamp,
    /// An XMP file that belongs to it.
    pub sidecar: Option<&'f mut dyn Read>,
    /// The motion part of a live photo, taken in before.
    pub live_photo_video_id: Option<AssetId>,
}

impl std::fmt::Debug for Arrival<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Arrival").field("name", &self.name).field("expected", &self.expected).finish_non_exhaustive()
    }
}

/// What a library says of a content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Nobody has brought it yet.
    New,
    /// An asset holds it.
    Held(AssetId),
    /// An asset in the trash holds it.
    InTrash(AssetId),
    /// Somebody deleted it on purpose.
    DeletedOnPurpose,
}

impl Library {
    /// Keeps changes, together or not at all.
    pub fn note_ingest(&self, durability: Durability, changes: Vec<IngestChange>) -> Result<(), LibraryError> {
        self.write(durability, move |tx| {
            for change in &changes {
                match change {
                    IngestChange::Add(file) => drop(tx.add_ingest_file(file)?),
                    IngestChange::Update(file) => tx.update_ingest_file(file)?,
                    IngestChange::Remove(id) => tx.remove_ingest_file(*id)?,
                    IngestChange::Miss { id, path, state } => tx.remove_missed_ingest_file(*id, path, *state)?,
                }
            }
            Ok(())
        })
    }

    /// Visits every file of a zone that is known, in no order.
    pub fn ingest_files(&self, zone: &str, mut visit: impl FnMut(IngestFile)) -> Result<(), LibraryError> {
        self.read(|tx| Ok(tx.ingest_files(zone, &mut visit)?))
    }

    /// Files of a zone that belong together.
    pub fn ingest_group(&self, zone: &str, group: &[u8]) -> Result<Vec<IngestFile>, LibraryError> {
        self.read(|tx| Ok(tx.ingest_group(zone, group)?))
    }

    /// Files of a zone that something is to be done with now; see
    /// [`due_ingest_files`](crate::store::ReadIngest::due_ingest_files).
    pub fn due_ingest_files(
        &self,
        zone: &str,
        sizes: RangeInclusive<u64>,
        limit: u32,
    ) -> Result<Vec<IngestFile>, LibraryError> {
        let now = self.now();
        self.read(|tx| Ok(tx.due_ingest_files(zone, now, sizes, limit)?))
    }

    /// Files of a zone whose assets are to be made smaller; see
    /// [`ingest_files_to_pack`](crate::store::ReadIngest::ingest_files_to_pack).
    pub fn ingest_files_to_pack(&self, zone: &str, limit: u32) -> Result<Vec<IngestFile>, LibraryError> {
        let now = self.now();
        self.read(|tx| Ok(tx.ingest_files_to_pack(zone, now, limit)?))
    }

    /// Files in a state, of one zone or all, behind `after` in the order of their ids.
    pub fn ingest_files_in(
        &self,
        zone: Option<&str>,
        state: IngestState,
        after: i64,
        limit: u32,
    ) -> Result<Vec<IngestFile>, LibraryError> {
        self.read(|tx| Ok(tx.ingest_files_in(zone, state, after, limit)?))
    }

    /// One file.
    pub fn ingest_file(&self, id: i64) -> Result<Option<IngestFile>, LibraryError> {
        self.read(|tx| Ok(tx.ingest_file(id)?))
    }

    /// How many files of a zone are in which state.
    pub fn ingest_counts(&self, zone: &str) -> Result<Vec<IngestCount>, LibraryError> {
        self.read(|tx| Ok(tx.ingest_counts(zone)?))
    }

    /// Forgets files that a zone let go of before; how many.
    pub fn forget_released(&self, zone: &str, before: Timestamp) -> Result<u64, LibraryError> {
        let zone = zone.to_owned();
        self.write(Durability::Relaxed, move |tx| Ok(tx.forget_released(&zone, before)?))
    }

    /// What is known of a content of this owner's: the ledger is asked, too.
    pub fn standing(&self, owner: UserId, sha1: &Sha1) -> Result<Standing, LibraryError> {
        self.read(|tx| {
            let held = match tx.asset_by_checksum(owner, sha1)? {
                Some(known) => Some(known.asset_id),
                None => tx.asset_by_derivation(owner, sha1)?,
            };
            // What lies elsewhere only is not proven to be anywhere: it is welcome here.
            let held = held.filter(|id| !matches!(tx.is_remote(*id), Ok(true)));
            if let Some(asset) = held.map(|id| tx.asset(id)).transpose()?.flatten() {
                match asset.status {
                    AssetStatus::Active => return Ok(Standing::Held(asset.id)),
                    AssetStatus::Trashed => return Ok(Standing::InTrash(asset.id)),
                    AssetStatus::Deleted => {}
                }
            }
            let is_deleted = tx.is_deleted_content(owner, sha1)?;
            Ok(if is_deleted { Standing::DeletedOnPurpose } else { Standing::New })
        })
    }

    /// Takes a file of a landing zone in. An asset whose bytes were elsewhere gets them. Whether it is a new asset, is for
    /// [`Added`] to say; a file that is not `expected` any more is refused.
    pub fn take_in(&self, arrival: Arrival<'_>) -> Result<Added, LibraryError> {
        let name = Path::new(&arrival.name);
        let file = self.copy_in(arrival.file, name)?;
        if file.sha1 != arrival.expected {
            return Err(LibraryError::invalid(format!("{} changed while it was read", arrival.name)));
        }
        if let Some(known) = self.known_content(arrival.owner, &file.sha1)? {
            let asset =
                self.read(|tx| if tx.is_remote(known.asset_id)? { Ok(tx.asset(known.asset_id)?) } else { Ok(None) })?;
            if let Some(asset) = asset {
                self.settle_original(&asset, file)?;
            }
            return Ok(Added::Duplicate(known));
        }
        let sidecar = arrival.sidecar.map(|sidecar| self.copy_in(sidecar, name)).transpose()?;
        self.add(Upload {
            owner: arrival.owner,
            device_asset_id: format!("{}-{}", arrival.name, file.size_bytes),
            device_id: DEVICE.to_owned(),
            file,
            sidecar,
            name: arrival.name,
            file_created_at: arrival.modified,
            file_modified_at: arrival.modified,
            duration_ms: None,
            is_favorite: false,
            visibility: Visibility::Timeline,
            live_photo_video_id: arrival.live_photo_video_id,
            metadata: Vec::new(),
            expected: Some(arrival.expected),
            link: None,
        })
    }

    /// The SHA-1 of an asset's original, computed from the bytes that lie here now; `None` if there is no such asset, or
    /// its bytes are elsewhere.
    pub fn prove(&self, id: AssetId) -> Result<Option<Sha1>, LibraryError> {
        let Some(asset) = self.read(|tx| Ok(tx.asset(id)?))? else { return Ok(None) };
        if asset.status == AssetStatus::Deleted || self.read(|tx| Ok(tx.is_remote(id)?))? {
            return Ok(None);
        }
        let original = self.open_original(&asset)?;
        let found = hash(original.blob.reader);
        let found = found.map_err(|error| BlobError::io("reading", asset.original_path, error))?;
        // What was made with loss was proven to stand for the original; that it is still that, is proven here.
        Ok(Some(if found == original.sha1 { asset.checksum } else { found }))
    }

    /// Whether the bytes of an asset's original lie at their place. Nothing is read.
    pub fn has_original(&self, id: AssetId) -> Result<bool, LibraryError> {
        let Some(asset) = self.read(|tx| Ok(tx.asset(id)?))? else { return Ok(false) };
        match self.at_its_place(&asset, |key, _| Ok(self.blobs.open(key)?)) {
            Ok(_) => Ok(true),
            Err(LibraryError::Blob(BlobError::NotFound { .. })) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The SHA-1 of the XMP file beside an asset's original; `None` if there is none.
    pub fn prove_sidecar(&self, id: AssetId) -> Result<Option<Sha1>, LibraryError> {
        let asset = self.read(|tx| Ok(tx.asset(id)?))?;
        let Some(key) = asset.and_then(|asset| asset.sidecar_path) else { return Ok(None) };
        let blob = self.blobs.open(&key)?;
        Ok(Some(hash(blob.reader).map_err(|error| BlobError::io("reading", key, error))?))
    }

    /// What a content was made of, and what was made of it.
    pub fn derivations(&self, sha1: &Sha1) -> Result<Vec<Sha1>, LibraryError> {
        self.read(|tx| Ok(tx.derivations(sha1)?))
    }

    /// Notes that one content was made of another, and that this was verified.
    pub fn note_derivation(
        &self,
        original: Sha1,
        derived: (Sha1, u64, &str),
        recipe: &str,
        lossless: bool,
    ) -> Result<(), LibraryError> {
        let (derived, bytes, media_type) = (derived.0, derived.1, derived.2.to_owned());
        let (size_bytes, recipe) = (i64::try_from(bytes).unwrap_or(i64::MAX), recipe.to_owned());
        self.write(Durability::Full, move |tx| {
            tx.note(&Ledger::Content { sha1: derived, size_bytes, media_type })?;
            Ok(tx.note(&Ledger::Derivation { original, derived, recipe, lossless })?)
        })
    }
}

/// The SHA-1 of everything that is read.
fn hash(mut source: impl Read) -> std::io::Result<Sha1> {
    let (mut hasher, mut buffer) = (Hasher::new(), vec![0; READ_BYTES]);
    loop {
        match source.read(&mut buffer)? {
            0 => return Ok(Sha1(hasher.finalize().into())),
            count => hasher.update(&buffer[..count]),
        }
    }
}
