//! Keeping originals as something smaller, and taking that back.
//!
//! The new file is proven and lies in its place before a single transaction exchanges the two; what is not wanted any more
//! goes after that. A crash leaves the one or the other, whole, and at most a file that the next start clears away.

use std::fs::File;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use tintype_media::recipes::{Derived, Destination, Engine, Input, Outcome, Profile, Refusal};
use tintype_protocol::id::AssetId;
use tintype_protocol::model::AssetStatus;

use crate::blobs::{BlobError, Received};
use crate::error::LibraryError;
use crate::library::Library;
use crate::model::{Asset, StoredForm};
use crate::store::{Durability, Ledger, Read, Write};
use crate::write_back::WRITE_BACK;

/// What became of an asset.
#[derive(Debug, Clone, PartialEq)]
pub enum Optimised {
    /// Something smaller lies in the place of its original.
    Stored {
        /// Bytes of the original.
        before: u64,
        /// Bytes of what lies there now.
        after: u64,
        /// What that is.
        form: StoredForm,
    },
    /// The recipe made nothing of it.
    Kept {
        /// What each step said; empty if no step takes such files.
        reasons: Vec<Refusal>,
    },
    /// It is not to be touched, or not now.
    LeftAlone(LeftAlone),
}

/// Why an asset is not touched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LeftAlone {
    /// It is kept in another form already.
    #[error("it is kept in another form already")]
    Already,
    /// Its original lies on another server.
    #[error("its original lies on another server")]
    Elsewhere,
    /// Its file belongs to a folder that is only read.
    #[error("its file is only read")]
    External,
    /// It is in the trash, or gone.
    #[error("it is in the trash or gone")]
    Trashed,
    /// Its pictures or metadata are still to be made: it is looked at again the next time.
    #[error("it waits for its pictures")]
    Waits,
    /// It was changed meanwhile.
    #[error("it was changed meanwhile")]
    Changed,
    /// Its file is not what was taken in: nothing may be made of that.
    #[error("its file is damaged: the SHA-1 differs")]
    Damaged,
}

/// What restoring an original did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Restored {
    /// It lies in its place again.
    Restored {
        /// Its bytes.
        bytes: u64,
    },
    /// It never went.
    Needless,
}

fn is_for_it(tx: &dyn Read, asset: &Asset) -> Result<Result<(), LeftAlone>, LibraryError> {
    Ok(if asset.status != AssetStatus::Active {
        Err(LeftAlone::Trashed)
    } else if asset.library_id.is_some() {
        Err(LeftAlone::External)
    } else if tx.is_remote(asset.id)? {
        Err(LeftAlone::Elsewhere)
    } else if tx.stored_form(asset.id)?.is_some() {
        Err(LeftAlone::Already)
    } else if tx.has_jobs(asset.id)? {
        Err(LeftAlone::Waits)
    } else {
        Ok(())
    })
}

fn may_be_optimised(tx: &dyn Read, asset: &Asset) -> Result<bool, LibraryError> {
    Ok(is_for_it(tx, asset)?.is_ok())
}

impl Library {
    /// Tries a profile on the original of an asset, and keeps what comes out of it in its place. What clients are told of
    /// the asset stays the same. Blocks for as long as the recipe takes, but not long once `stop` is set.
    pub fn optimise(
        &self,
        id: AssetId,
        (name, profile): (&str, &Profile),
        engine: &Engine,
        stop: &AtomicBool,
    ) -> Result<Optimised, LibraryError> {
        match self.derive(id, (name, profile), engine, stop)? {
            Ok((_, Outcome::Kept { reasons })) => Ok(Optimised::Kept { reasons }),
            Ok((asset, Outcome::Derived(derived))) => self.keep_derived(&asset, &derived),
            Err(why) => Ok(Optimised::LeftAlone(why)),
        }
    }

    /// Bytes before and after, if this were [optimised](Self::optimise); `None` if it would stay as it is. Changes nothing.
    pub fn try_recipe(
        &self,
        id: AssetId,
        recipe: (&str, &Profile),
        engine: &Engine,
        stop: &AtomicBool,
    ) -> Result<Option<(u64, u64)>, LibraryError> {
        Ok(match self.derive(id, recipe, engine, stop)? {
            Ok((_, Outcome::Derived(derived))) => Some((derived.original_bytes, derived.size_bytes)),
            Ok((_, Outcome::Kept { .. })) | Err(_) => None,
        })
    }

    /// Whether an asset may be optimised now.
    pub fn is_optimisable(&self, asset: &Asset) -> Result<Result<(), LeftAlone>, LibraryError> {
        self.read(|tx| is_for_it(tx, asset))
    }

    fn derive(
        &self,
        id: AssetId,
        (name, profile): (&str, &Profile),
        engine: &Engine,
        stop: &AtomicBool,
    ) -> Result<Result<(Asset, Outcome), LeftAlone>, LibraryError> {
        let found = self.read(|tx| match tx.asset(id)? {
            Some(asset) => Ok(is_for_it(tx, &asset)?.map(|()| asset)),
            None => Ok(Err(LeftAlone::Trashed)),
        })?;
        let asset = match found {
            Ok(asset) => asset,
            Err(why) => return Ok(Err(why)),
        };
        let file = self.blobs.local(&asset.original_path)?;
        let input = Input { path: &file.path, name: &asset.original_name, destination: Destination::Rebuilds };
        match engine.run(&input, name, profile, stop)? {
            Outcome::Derived(derived) if derived.original_sha1 != asset.checksum => Ok(Err(LeftAlone::Damaged)),
            outcome => Ok(Ok((asset, outcome))),
        }
    }

    fn keep_derived(&self, asset: &Asset, derived: &Derived) -> Result<Optimised, LibraryError> {
        let mut received = self.take_copy(&derived.file)?;
        if received.sha1 != derived.sha1 {
            return Err(BlobError::io("copying", &*derived.file, std::io::Error::other("it changed")).into());
        }
        let form = StoredForm {
            sha1: derived.sha1,
            size_bytes: signed(derived.size_bytes),
            media_type: derived.media_type.to_owned(),
            recipe: derived.recipe.clone(),
            is_exact: derived.proof.is_exact(),
            stored_at: self.now(),
        };
        let key = self.file_beside(&mut received, &asset.original_path, derived.extension)?;
        let (before, after) = (derived.original_bytes, derived.size_bytes);
        Ok(match self.exchange(asset, key, Some(form.clone()), after, may_be_optimised)? {
            true => Optimised::Stored { before, after, form },
            false => Optimised::LeftAlone(LeftAlone::Changed),
        })
    }

    /// A copy of a file on its way into the library, on disk.
    pub fn take_copy(&self, path: &Path) -> Result<Received, LibraryError> {
        let mut file = File::open(path).map_err(|source| BlobError::io("reading", path, source))?;
        self.copy_in(&mut file, path)
    }

    /// Puts a file beside another one, under a name that differs in the extension, and in a number where that is taken.
    /// The key stays reserved.
    pub(crate) fn file_beside(&self, file: &mut Received, key: &str, extension: &str) -> Result<String, LibraryError> {
        let (folder, name) = key.rsplit_once('/').unwrap_or(("library", key));
        let name = crate::stored::name_with_extension_of(name, &format!("x.{extension}"));
        self.file_as(file, folder, &name)
    }

    /// The bytes under `key` take the place of what an asset consists of, in one transaction, unless the asset is not what
    /// it was, or `may` says no; whether they did.
    pub(crate) fn exchange(
        &self,
        asset: &Asset,
        key: String,
        form: Option<StoredForm>,
        bytes: u64,
        may: fn(&dyn Read, &Asset) -> Result<bool, LibraryError>,
    ) -> Result<bool, LibraryError> {
        let (before, new_key) = (asset.clone(), key.clone());
        let outcome =
            self.write(Durability::Full, move |tx| exchange(tx, &before, &key, form.as_ref(), signed(bytes), may));
        match outcome {
            Ok(true) => {
                self.clear_orphans();
                Ok(true)
            }
            Ok(false) => {
                self.take_back(vec![new_key]);
                Ok(false)
            }
            Err(error) => {
                self.take_back(vec![new_key]);
                Err(error)
            }
        }
    }

    /// Puts the original of an asset into its place again, rebuilt and verified. What was made from it stays in the
    /// ledger. An original that was given up for something made with loss cannot be had again.
    pub fn restore_original(&self, id: AssetId) -> Result<Restored, LibraryError> {
        let found = self.read(|tx| Ok((tx.asset(id)?, tx.stored_form(id)?)))?;
        let (Some(asset), form) = found else { return Err(LibraryError::NotFound(format!("There is no asset {id}"))) };
        let Some(form) = form else { return Ok(Restored::Needless) };
        if form.recipe == WRITE_BACK {
            let text = "metadata was written into {name}; `tintype write-back undo` takes that back";
            return Err(LibraryError::invalid(text.replace("{name}", &asset.original_name)));
        }
        if !form.is_exact {
            let text = "{name} was made smaller with loss ({recipe}): its original is not here any more";
            let text = text.replace("{name}", &asset.original_name).replace("{recipe}", &form.recipe);
            return Err(LibraryError::invalid(text));
        }
        let rebuilt = self.original_file(&asset)?;
        let mut received = self.take_copy(rebuilt.path())?;
        if received.sha1 != asset.checksum {
            return Err(BlobError::io("copying", rebuilt.path(), std::io::Error::other("it changed")).into());
        }
        let bytes = received.size_bytes;
        let extension = asset.original_name.rsplit_once('.').map_or("jpg", |(_, extension)| extension);
        let key = self.file_beside(&mut received, &asset.original_path, extension)?;
        if self.exchange(&asset, key, None, bytes, |_, _| Ok(true))? {
            return Ok(Restored::Restored { bytes });
        }
        Err(LibraryError::invalid(format!("{} was changed meanwhile: try again", asset.original_name)))
    }
}

/// The bytes under `key`, so many, become what an asset consists of, unless it is not what it was before, or `may` says no;
/// whether they did.
pub(crate) fn exchange(
    tx: &mut dyn Write,
    before: &Asset,
    key: &str,
    form: Option<&StoredForm>,
    bytes: i64,
    may: fn(&dyn Read, &Asset) -> Result<bool, LibraryError>,
) -> Result<bool, LibraryError> {
    let is_same = |now: &Asset| {
        now.checksum == before.checksum
            && now.original_path == before.original_path
            && now.status != AssetStatus::Deleted
    };
    let Some(now) = tx.asset(before.id)?.filter(is_same) else { return Ok(false) };
    if !may(tx.as_read(), &now)? {
        return Ok(false);
    }
    let old_bytes = tx.stored_form(now.id)?.map_or(now.size_bytes, |form| form.size_bytes);
    if let Some(form) = form {
        tx.note(&Ledger::Content {
            sha1: form.sha1,
            size_bytes: form.size_bytes,
            media_type: form.media_type.clone(),
        })?;
        tx.note(&Ledger::Derivation {
            original: now.checksum,
            derived: form.sha1,
            recipe: form.recipe.clone(),
            lossless: form.is_exact,
        })?;
    }
    tx.set_stored_form(now.id, key, form)?;
    tx.release_key(key)?;
    tx.orphan_key(&now.original_path)?;
    tx.add_usage(now.owner_id, bytes.saturating_sub(old_bytes))?;
    Ok(true)
}

fn signed(bytes: u64) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}
