//! What the writing of metadata into files asks of a library: what it knows, and to keep the files that were written.
//!
//! A sidecar lies beside its asset's original, under the key in `sidecar_path`, like one that came with an upload; reading the
//! asset's metadata again reads it. A file into which metadata was written takes the place of the original, the ledger knows
//! the pair, and the asset keeps the checksum of what the device has.

mod foreign;
mod rewritten;
mod sidecars;

pub use foreign::{ForeignMemory, ForeignSettled};
pub use rewritten::Rewrite;
pub use sidecars::NewSidecar;

use std::collections::HashMap;
use std::io;
use std::path::Path;

use tintype_media::metadata::Metadata;
use tintype_protocol::id::{AlbumId, AssetId, PersonId};
use tintype_protocol::model::AssetStatus;

use crate::error::LibraryError;
use crate::library::Library;
use crate::model::FileStamp;
use crate::model::{Asset, Exif, FaceBox, LockedField, Person, StoredForm, TagChange, WriteTarget, WrittenFile};
use crate::store::{Durability, Read, StoreError};

/// The recipe of originals into which metadata was written.
pub const WRITE_BACK: &str = "write-back";

/// The tag that holds paths of tags.
const TAGS_LIST: &str = "XMP-digiKam:TagsList";
/// The tag that holds stars.
const RATING: &str = "XMP-xmp:Rating";

/// Everything about an asset that files have a place for.
#[derive(Debug, Clone)]
pub struct Facts {
    /// The asset.
    pub asset: Asset,
    /// What was read from its file, or said by a person.
    pub exif: Exif,
    /// People with a name who are not hidden, each with their shown faces as in the original.
    pub people: Vec<(String, Vec<FaceBox>)>,
    /// Names of its owner's albums that it is in.
    pub albums: Vec<String>,
    /// Paths of its tags.
    pub tags: Vec<String>,
    /// In which form it is kept.
    pub form: Option<StoredForm>,
    /// Why nothing is to be written for it.
    pub withheld: Option<Withheld>,
    /// What files were given before.
    pub written: Vec<WrittenFile>,
}

/// Why nothing is written for an asset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Withheld {
    /// Its original lies on another server.
    #[error("its original lies on another server")]
    Elsewhere,
    /// Its file belongs to a folder that is only read.
    #[error("its file is only read")]
    External,
    /// It is in the trash, or gone.
    #[error("it is in the trash or gone")]
    Trashed,
    /// What its file says was not read yet.
    #[error("its file was not read yet")]
    Waits,
}

impl Withheld {
    /// Under which name it is counted.
    pub fn reason(self) -> &'static str {
        match self {
            Self::Elsewhere => "elsewhere",
            Self::External => "external",
            Self::Trashed => "trashed",
            Self::Waits => "not-read-yet",
        }
    }
}

/// What became of one asset's files.
#[derive(Debug, Clone)]
pub struct Settled {
    /// The asset.
    pub asset: AssetId,
    /// A key that was reserved for a sidecar, and whether it lies there now.
    pub reserved: Option<(String, bool)>,
    /// The key of a sidecar that says nothing any more, and goes.
    pub emptied: Option<String>,
    /// What files were given.
    pub written: Vec<WrittenFile>,
    /// Files of which nothing is to be known any more.
    pub forgotten: Vec<WriteTarget>,
    /// Whether all that was to be done is done.
    pub is_done: bool,
}

impl Settled {
    /// Nothing happened yet.
    pub fn of(asset: AssetId) -> Self {
        Self { asset, reserved: None, emptied: None, written: Vec::new(), forgotten: Vec::new(), is_done: false }
    }

    /// Whether there is nothing to note.
    fn is_nothing(&self) -> bool {
        let Self { asset: _, reserved, emptied, written, forgotten, is_done } = self;
        reserved.is_none() && emptied.is_none() && written.is_empty() && forgotten.is_empty() && !is_done
    }
}

/// What a library wrote into an asset's files itself, and must not take for news when it reads them again: keywords that
/// stand for people and albums, and stars that stand for a favourite.
#[derive(Debug, Default)]
pub(crate) struct OwnWords {
    tags: Vec<String>,
    rating: Option<i8>,
}

impl OwnWords {
    pub(crate) fn of(tx: &dyn Read, id: AssetId) -> Result<Self, LibraryError> {
        let mut own = Self::default();
        for target in [WriteTarget::Sidecar, WriteTarget::Embedded] {
            let Some(file) = tx.written_file(id, target)? else { continue };
            // What another version wrote may look different: then it counts as anybody's.
            let entries: Vec<(String, String, serde_json::Value)> =
                serde_json::from_str(&file.entries).unwrap_or_default();
            entries.iter().for_each(|(module, tag, value)| own.take(module, tag, value));
        }
        Ok(own)
    }

    fn take(&mut self, module: &str, tag: &str, value: &serde_json::Value) {
        match (module, tag) {
            ("people" | "albums", TAGS_LIST) => {
                let list = value["list"].as_array().map(Vec::as_slice).unwrap_or_default();
                self.tags.extend(list.iter().filter_map(|entry| entry.as_str()).map(str::to_owned));
            }
            ("rating", RATING) => self.rating = value["text"].as_str().and_then(|stars| stars.parse().ok()),
            _ => {}
        }
    }

    /// Leaves them out of what a file says. With faces taken in, tags that only repeat the names of people in it go as well,
    /// whoever wrote them.
    pub(crate) fn leave_out(&self, found: &mut Metadata, known: &Exif, takes_people: bool) {
        let path = |name: &String| format!("People/{}", name.replace('/', "|"));
        let people: Vec<String> = if takes_people { found.people.iter().map(path).collect() } else { Vec::new() };
        found.tags.retain(|tag| !self.tags.contains(tag) && !people.contains(tag));
        if known.rating.is_none() && found.rating == self.rating {
            found.rating = None;
        }
    }
}

/// Names that were looked up before.
#[derive(Default)]
struct Names {
    people: HashMap<PersonId, Option<Person>>,
    albums: HashMap<AlbumId, Option<(tintype_protocol::id::UserId, String)>>,
}

impl Library {
    /// What is known of assets, in their order, those that are gone left out; all of it as of one moment.
    pub fn facts(&self, ids: &[AssetId]) -> Result<Vec<Facts>, LibraryError> {
        self.read(|tx| {
            let mut names = Names::default();
            let facts = ids.iter().map(|id| facts(tx, *id, &mut names));
            facts.filter_map(Result::transpose).collect()
        })
    }

    /// Notes what a run is about to change and what files may have been `given` then, and reserves keys of new sidecars, before
    /// any file is touched. The keys that others have.
    pub fn begin_writes(
        &self,
        run: i64,
        changes: Vec<TagChange>,
        given: Vec<WrittenFile>,
        keys: Vec<String>,
    ) -> Result<Vec<String>, LibraryError> {
        if changes.is_empty() && given.is_empty() && keys.is_empty() {
            return Ok(Vec::new());
        }
        self.write(Durability::Full, move |tx| {
            let mut taken = Vec::new();
            for key in keys {
                match tx.reserve_key(&key) {
                    Ok(()) => {}
                    Err(StoreError::Conflict(_)) => taken.push(key),
                    Err(error) => return Err(error.into()),
                }
            }
            changes.iter().try_for_each(|change| tx.note_tag_change(run, change))?;
            for file in &given {
                // An asset may have gone meanwhile.
                if tx.asset(file.asset)?.is_some() {
                    tx.note_written_file(file)?;
                }
            }
            Ok(taken)
        })
    }

    /// Notes what became of files, all together.
    pub fn settle_writes(&self, run: i64, settled: Vec<Settled>) -> Result<(), LibraryError> {
        let settled: Vec<Settled> = settled.into_iter().filter(|settled| !settled.is_nothing()).collect();
        if settled.is_empty() {
            return Ok(());
        }
        let has_emptied = settled.iter().any(|settled| settled.emptied.is_some());
        self.write(Durability::Full, move |tx| {
            for one in &settled {
                if let Some((key, is_there)) = &one.reserved {
                    if *is_there {
                        tx.set_sidecar(one.asset, Some(key))?;
                    }
                    tx.release_key(key)?;
                }
                if let Some(key) = &one.emptied {
                    tx.set_sidecar(one.asset, None)?;
                    tx.orphan_key(key)?;
                }
                for target in &one.forgotten {
                    tx.forget_written_file(one.asset, *target)?;
                }
                // An asset may have gone meanwhile.
                if !one.written.is_empty() && tx.asset(one.asset)?.is_some() {
                    one.written.iter().try_for_each(|file| tx.note_written_file(file))?;
                }
                if one.is_done {
                    tx.check_off(run, one.asset)?;
                }
            }
            Ok(())
        })?;
        if has_emptied {
            self.clear_orphans();
        }
        Ok(())
    }
}

/// Whether an asset's file may be exchanged for one with other metadata.
pub fn may_be_rewritten(tx: &dyn Read, asset: &Asset) -> Result<bool, LibraryError> {
    let form = tx.stored_form(asset.id)?;
    Ok(asset.status == AssetStatus::Active
        && asset.library_id.is_none()
        && !tx.is_remote(asset.id)?
        && form.is_none_or(|form| form.recipe == WRITE_BACK))
}

fn facts(tx: &dyn Read, id: AssetId, names: &mut Names) -> Result<Option<Facts>, LibraryError> {
    let Some(asset) = tx.asset(id)? else { return Ok(None) };
    let exif = tx.exif(id)?.unwrap_or_default();
    let withheld = if asset.status != AssetStatus::Active {
        Some(Withheld::Trashed)
    } else if asset.library_id.is_some() {
        Some(Withheld::External)
    } else if tx.is_remote(id)? {
        Some(Withheld::Elsewhere)
    } else if tx.has_jobs(id)? {
        Some(Withheld::Waits)
    } else {
        None
    };
    let targets = [WriteTarget::Sidecar, WriteTarget::Embedded];
    let written = targets.iter().filter_map(|target| tx.written_file(id, *target).transpose());
    Ok(Some(Facts {
        people: people(tx, id, names)?,
        albums: albums(tx, &asset, names)?,
        tags: tx.tags_of(id)?.into_iter().map(|tag| tag.value).collect(),
        form: tx.stored_form(id)?,
        written: written.collect::<Result<_, _>>()?,
        withheld,
        exif,
        asset,
    }))
}

fn people(tx: &dyn Read, id: AssetId, names: &mut Names) -> Result<Vec<(String, Vec<FaceBox>)>, LibraryError> {
    let mut people: Vec<(PersonId, String, Vec<FaceBox>)> = Vec::new();
    for face in tx.faces_on(id)?.into_iter().filter(|face| face.deleted_at.is_none()) {
        let Some(id) = face.person_id else { continue };
        if let std::collections::hash_map::Entry::Vacant(slot) = names.people.entry(id) {
            slot.insert(tx.person(id)?);
        }
        let Some(Some(person)) = names.people.get(&id) else { continue };
        if person.is_hidden || person.name.trim().is_empty() {
            continue;
        }
        match people.iter_mut().find(|(known, ..)| *known == id) {
            Some((_, _, faces)) => faces.push(face.area),
            None => people.push((id, person.name.clone(), vec![face.area])),
        }
    }
    Ok(people.into_iter().map(|(_, name, faces)| (name, faces)).collect())
}

fn albums(tx: &dyn Read, asset: &Asset, names: &mut Names) -> Result<Vec<String>, LibraryError> {
    let mut albums = Vec::new();
    for id in tx.albums_with_asset(asset.id)? {
        if let std::collections::hash_map::Entry::Vacant(slot) = names.albums.entry(id) {
            slot.insert(tx.album(id)?.map(|album| (album.owner_id, album.name)));
        }
        if let Some(Some((owner, name))) = names.albums.get(&id)
            && *owner == asset.owner_id
        {
            albums.push(name.clone());
        }
    }
    albums.sort();
    Ok(albums)
}

/// What a file looks like: length in bytes, and the time of the last change in nanoseconds.
pub fn stamp(path: &Path) -> io::Result<(u64, i64)> {
    let FileStamp { size_bytes, modified_ns, .. } = FileStamp::of(&std::fs::metadata(path)?);
    Ok((size_bytes, modified_ns))
}

/// Whether a person decided about the date of an asset.
pub fn is_dated_by_person(exif: &Exif) -> bool {
    exif.is_locked(LockedField::DateTimeOriginal) || exif.is_locked(LockedField::TimeZone)
}
