//! Assets whose originals are files of indexed folders: an external library on the wire. Their files are read where they lie,
//! and never changed, moved or removed; they take no room of the library's, so no quota counts them.
//!
//! The wire's checksum of such an asset names its place and not its content (sync-protocol: the SHA-1 of the text
//! `path:<absolute path>`), so one file may be there as an upload, too. What its content is, the folder's row for the file
//! knows ([`Indexed`]).

mod opening;
mod taking;

pub(crate) use opening::{open_in_place, sidecar_in_place};

use std::fs::File;
use std::path::Path;

use sha1::{Digest as _, Sha1 as Hasher};
use tintype_protocol::checksum::Sha1;
use tintype_protocol::id::{AssetId, LibraryId, UserId};
use tintype_protocol::model::AssetStatus;

use crate::error::LibraryError;
use crate::jobs::remove_asset;
use crate::library::Library;
use crate::model::{Asset, AssetFilter, FileStamp, FolderFile, InPlace, Indexed, LibraryUsage, Match};
use crate::news::News;
use crate::recorder::Change;
use crate::sessions::Caller;
use crate::store::Durability;
use crate::trash::trash;
use crate::uploads::shown_name;
use opening::{look_at, open_sidecar};
use taking::{follow, insert, place_before, vacate};

/// Assets removed in one transaction.
const BATCH: u32 = 200;

/// A file of an indexed folder that is to be an asset.
#[derive(Debug, Clone)]
pub struct FileInPlace {
    /// The folder.
    pub folder: i64,
    /// Its external library.
    pub library: LibraryId,
    /// Whose it is.
    pub owner: UserId,
    /// Where the folder is.
    pub root: String,
    /// The file, below the folder.
    pub path: String,
    /// How it looked when its content was read.
    pub stamp: FileStamp,
    /// Its content.
    pub sha1: Sha1,
}

impl FileInPlace {
    /// The file, absolute.
    fn absolute(&self) -> String {
        absolute(&self.root, &self.path)
    }

    fn name(&self) -> String {
        shown_name(self.path.rsplit('/').next().unwrap_or(&self.path))
    }
}

/// What became of a file of an indexed folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Took {
    /// It is a new asset.
    Added(AssetId),
    /// Its asset has followed it.
    Followed(AssetId),
}

impl Took {
    /// The asset that the file is.
    pub fn id(self) -> AssetId {
        match self {
            Self::Added(id) | Self::Followed(id) => id,
        }
    }
}

/// Where a file below a folder is.
pub fn absolute(root: &str, path: &str) -> String {
    format!("{}/{path}", root.trim_end_matches('/'))
}

/// The wire's checksum of a file in place.
pub fn place_checksum(path: &str) -> Sha1 {
    Sha1(Hasher::digest(format!("path:{path}")).into())
}

impl Library {
    /// A file of an indexed folder becomes an asset, or the asset that it is follows it: to its new place, to its new content,
    /// or back from the trash into which it went when the file was gone. The file is read and nothing else.
    pub fn take_in_place(&self, file: &FileInPlace) -> Result<Took, LibraryError> {
        let found = look_at(file)?;
        let (file, new_id) = (file.clone(), AssetId(self.new_id()));
        let took = self.change(move |tx| {
            let row = tx.folder_file_at(file.folder, file.path.as_bytes())?.filter(|row| row.sha1 == file.sha1);
            let row = row.ok_or_else(|| LibraryError::invalid("The file is not known with this content any more"))?;
            let known = row.indexed.map(|indexed| tx.asset(indexed.asset)).transpose()?;
            // Between the plan and now, somebody may have deleted it. What is to come again in spite of that is forgotten
            // first; an asset that goes because its file was gone would be.
            let is_deleted = |known: &Option<Asset>| match known {
                Some(asset) => asset.status == AssetStatus::Deleted && !asset.is_offline,
                None => true,
            };
            if known.as_ref().is_some_and(is_deleted) {
                return Err(LibraryError::invalid("It was deleted in the library for good"));
            }
            let asset = known.flatten().filter(|asset| asset.status != AssetStatus::Deleted);
            let id = asset.as_ref().map_or(new_id, |asset| asset.id);
            vacate(tx, &file, id)?;
            let took = match asset {
                Some(asset) => {
                    follow(tx, &file, &found, &row, asset)?;
                    Took::Followed(id)
                }
                None => {
                    insert(tx, &file, &found, id)?;
                    Took::Added(id)
                }
            };
            let indexed = Some(Indexed { asset: id, sha1: file.sha1 });
            let agreed_since = row.agreed_since.or(Some(tx.now()));
            tx.update_folder_file(&FolderFile { indexed, agreed_since, ..row })?;
            let changes = if took == Took::Added(id) { vec![Change::AssetAdded(id)] } else { Vec::new() };
            Ok((took, changes))
        })?;
        self.signal.ring();
        Ok(took)
    }

    /// The file of an asset in place is gone: the asset goes into the trash, and comes back when the file does.
    pub fn trash_gone(&self, caller: &Caller, id: AssetId) -> Result<(), LibraryError> {
        let owner = caller.user.id;
        self.change(move |tx| {
            let asset = tx.asset(id)?.filter(|asset| asset.owner_id == owner && asset.is_in_place());
            let Some(mut asset) = asset.filter(|asset| asset.status == AssetStatus::Active) else {
                return Ok(((), Vec::new()));
            };
            asset.is_offline = true;
            let place = place_before(&asset);
            trash(tx, asset)?;
            // Who took its place comes behind it: clients that were away learn first that it is not there any more.
            let holder = place.map(|place| tx.asset_in_place(&place)).transpose()?.flatten();
            if let Some(holder) = holder.map(|holder| tx.asset(holder)).transpose()?.flatten() {
                tx.update_asset(&holder)?;
            }
            Ok(((), vec![Change::AssetsTrashed(vec![id])]))
        })
    }

    /// The XMP file beside the file of an asset in place, for reading.
    pub fn sidecar_in_place(&self, asset: &Asset) -> Option<File> {
        asset.is_in_place().then(|| open_sidecar(Path::new(&asset.original_path))).flatten()
    }

    /// The assets of an external library, and where their files are.
    pub fn assets_in_place(&self, library: LibraryId) -> Result<Vec<InPlace>, LibraryError> {
        let mut found = Vec::new();
        self.read(|tx| Ok(tx.assets_in_place(library, &mut |asset| found.push(asset))?))?;
        Ok(found)
    }

    /// The file of a folder that is an asset in place.
    pub fn folder_file_of(&self, asset: AssetId) -> Result<Option<FolderFile>, LibraryError> {
        self.read(|tx| Ok(tx.folder_file_of(asset)?))
    }

    /// What an external library holds outside the trash.
    pub fn library_usage(&self, library: LibraryId) -> Result<LibraryUsage, LibraryError> {
        self.read(|tx| Ok(tx.library_usage(library)?))
    }

    /// The assets of an external library leave this library, with all that was made of them; their files stay. Nobody
    /// deleted them on purpose: where the folder is indexed again, they come again.
    pub fn remove_in_place(&self, owner: UserId, library: LibraryId) -> Result<u64, LibraryError> {
        let library = Some(Match::Is(library));
        let filter = AssetFilter { owners: vec![owner], library, ..AssetFilter::default() };
        let mut removed = 0;
        loop {
            let filter = filter.clone();
            let gone = self.write(Durability::Full, move |tx| {
                let assets = tx.search_by_id(&filter, BATCH)?;
                for asset in assets.iter().filter(|asset| asset.is_in_place()) {
                    tx.forget_indexed(asset.id)?;
                    remove_asset(tx, asset)?;
                }
                Ok(assets.into_iter().filter(Asset::is_in_place).map(|asset| asset.id).collect::<Vec<_>>())
            })?;
            self.remove_orphans()?;
            if gone.is_empty() {
                return Ok(removed);
            }
            removed += gone.len() as u64;
            gone.into_iter().for_each(|asset| self.listeners.tell(&News::Removed { owner, asset }));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_has_the_checksum_of_the_wire() {
        // printf 'path:/mnt/photos/a.jpg' | sha1sum
        let expected = "7f15e20d9d657c610c94dfc189832afc2fef47be";
        assert_eq!(place_checksum(&absolute("/mnt/photos/", "a.jpg")).to_hex(), expected);
    }
}
