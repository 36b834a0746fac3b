//! Assets whose originals are files of indexed folders: an external library on the wire. Their files are read where they lie,
//! and never changed, moved or removed; they take no room of the library's, so no quota counts them.
//!
//! The wire's checksum of such an asset names its place and not its content (sync-protocol: the SHA-1 of the text
//! `path:<absolute path>`), so one file may be there as an upload, too. What its content is, the folder's row for the file
//! knows ([`Indexed`]).

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Component, Path};

use rustix::fs::{CWD, Mode, OFlags, openat};
use sha1::{Digest as _, Sha1 as Hasher};
use tintype_media::sniff::HEAD_BYTES;
use tintype_protocol::checksum::Sha1;
use tintype_protocol::id::{AssetId, LibraryId, UserId};
use tintype_protocol::model::{AssetStatus, Visibility};
use tintype_protocol::time::Timestamp;

use crate::blobs::Blob;
use crate::error::LibraryError;
use crate::jobs::remove_asset;
use crate::library::Library;
use crate::model::{
    Asset, AssetFilter, FileStamp, FolderFile, InPlace, Indexed, JobKind, LibraryUsage, Match, NewAsset,
};
use crate::news::News;
use crate::recorder::Change;
use crate::sessions::Caller;
use crate::store::{Durability, Ledger, NewJob, Place, Write};
use crate::trash::trash;
use crate::uploads::{Recognised, recognise, shown_name};

/// Says to clients that no device of theirs brought the asset.
const DEVICE: &str = "index";
/// Where the original of an asset is said to be whose file is gone while another one has taken its place: below the
/// folder, in this one, which nobody makes.
const GONE: &str = ".tintype-gone";
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
            let asset = match row.indexed {
                Some(indexed) => tx.asset(indexed.asset)?.filter(|asset| asset.status != AssetStatus::Deleted),
                None => None,
            };
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

/// What the file is, if it is still the one whose content is known.
fn look_at(file: &FileInPlace) -> Result<Recognised, LibraryError> {
    let path = file.absolute();
    let out_of_reach = |source| LibraryError::OutOfReach { path: path.clone().into(), source };
    let opened = open_plain(Path::new(&path)).map_err(out_of_reach)?;
    if FileStamp::of(&opened.metadata().map_err(out_of_reach)?) != file.stamp {
        return Err(LibraryError::invalid(format!("{path} was changed meanwhile")));
    }
    let mut head = Vec::with_capacity(HEAD_BYTES);
    opened.take(HEAD_BYTES as u64).read_to_end(&mut head).map_err(out_of_reach)?;
    recognise(&file.name(), file.stamp.size_bytes, &head)
}

fn place_of(file: &FileInPlace) -> Place {
    let path = file.absolute();
    Place {
        library: file.library,
        checksum: place_checksum(&path),
        path,
        name: file.name(),
        size_bytes: i64::try_from(file.stamp.size_bytes).unwrap_or(i64::MAX),
    }
}

/// When the file was last changed, as whole milliseconds.
fn modified_at(file: &FileInPlace) -> Timestamp {
    Timestamp(file.stamp.modified_ns.div_euclid(1_000_000))
}

/// Another asset whose file was at this place, and is not any more, gives it up: no two may show the same checksum.
fn vacate(tx: &mut dyn Write, file: &FileInPlace, id: AssetId) -> Result<(), LibraryError> {
    let holder = tx.asset_in_place(&file.absolute())?.filter(|holder| *holder != id);
    let Some(holder) = holder.map(|holder| tx.asset(holder)).transpose()?.flatten() else { return Ok(()) };
    if holder.library_id != Some(file.library) {
        return Err(LibraryError::invalid("The file belongs to another library"));
    }
    let path = absolute(&file.root, &format!("{GONE}/{}/{}", holder.id, file.path));
    let place = Place {
        library: file.library,
        checksum: place_checksum(&path),
        path,
        name: holder.original_name,
        size_bytes: holder.size_bytes,
    };
    Ok(tx.set_in_place(holder.id, &place)?)
}

/// The place that an asset has given up.
fn place_before(asset: &Asset) -> Option<String> {
    let (root, path) = asset.original_path.split_once(&format!("/{GONE}/{}/", asset.id))?;
    Some(absolute(root, path))
}

fn insert(tx: &mut dyn Write, file: &FileInPlace, found: &Recognised, id: AssetId) -> Result<(), LibraryError> {
    let (place, modified) = (place_of(file), modified_at(file));
    tx.insert_asset(&NewAsset {
        id,
        owner_id: file.owner,
        checksum: place.checksum,
        asset_type: found.asset_type,
        device_asset_id: place.name.clone(),
        device_id: DEVICE.to_owned(),
        original_name: place.name.clone(),
        original_path: place.path.clone(),
        sidecar_path: None,
        media_type: found.media_type.to_owned(),
        size_bytes: place.size_bytes,
        file_created_at: modified,
        file_modified_at: modified,
        duration_ms: None,
        is_favorite: false,
        visibility: Visibility::Timeline,
        live_photo_video_id: None,
    })?;
    tx.set_in_place(id, &place)?;
    tx.note(&Ledger::Wanted { sha1: place.checksum, owner: file.owner })?;
    Ok(tx.enqueue(NewJob { kind: JobKind::Metadata, asset_id: id, not_before: None })?)
}

/// The asset is what the file is now. What people said of it stays.
fn follow(
    tx: &mut dyn Write,
    file: &FileInPlace,
    found: &Recognised,
    row: &FolderFile,
    asset: Asset,
) -> Result<(), LibraryError> {
    let is_changed = row.indexed.is_none_or(|indexed| indexed.sha1 != file.sha1);
    tx.set_in_place(asset.id, &place_of(file))?;
    let mut asset = asset;
    if asset.is_offline && asset.status == AssetStatus::Trashed {
        (asset.status, asset.deleted_at) = (AssetStatus::Active, None);
    }
    asset.is_offline = false;
    if is_changed {
        asset.asset_type = found.asset_type;
        asset.media_type = found.media_type.to_owned();
        asset.file_modified_at = modified_at(file);
        // Of the content before.
        asset.is_encoded = false;
        if !asset.is_edited {
            (asset.width, asset.height) = (None, None);
        }
    }
    tx.update_asset(&asset)?;
    if is_changed {
        let mut queue = |kind| tx.enqueue(NewJob { kind, asset_id: asset.id, not_before: None });
        queue(JobKind::Metadata)?;
        if asset.is_edited {
            queue(JobKind::Edit)?;
        }
    }
    Ok(())
}

/// The bytes of an asset in place.
pub(crate) fn open_in_place(asset: &Asset) -> Result<Blob, LibraryError> {
    let out_of_reach = |source| LibraryError::OutOfReach { path: asset.original_path.clone().into(), source };
    let file = open_plain(Path::new(&asset.original_path)).map_err(out_of_reach)?;
    let about = file.metadata().map_err(out_of_reach)?;
    let modified = about.modified().map_err(out_of_reach)?;
    Ok(Blob { reader: Box::new(file), size_bytes: about.len(), modified })
}

/// Opens a plain file at an absolute path none of whose parts is a link: whoever may write into the folder must not lead
/// readers out of it.
fn open_plain(path: &Path) -> io::Result<File> {
    let (step, last) = (OFlags::PATH | OFlags::DIRECTORY, OFlags::RDONLY | OFlags::NONBLOCK);
    let mut at = openat(CWD, "/", step | OFlags::CLOEXEC, Mode::empty())?;
    let mut parts = path.components().skip(1).peekable();
    while let Some(part) = parts.next() {
        let Component::Normal(name) = part else { return Err(io::ErrorKind::InvalidInput.into()) };
        let flags = if parts.peek().is_some() { step } else { last };
        at = openat(&at, name, flags | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty())?;
    }
    let file = File::from(at);
    if file.metadata()?.is_file() { Ok(file) } else { Err(io::Error::other("it is no plain file")) }
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

    #[test]
    fn no_link_leads_out() {
        let dir = tempfile::tempdir().unwrap();
        let root = std::fs::canonicalize(dir.path()).unwrap();
        std::fs::create_dir(root.join("a")).unwrap();
        std::fs::write(root.join("a/b.jpg"), "x").unwrap();
        std::os::unix::fs::symlink(root.join("a"), root.join("link")).unwrap();
        std::os::unix::fs::symlink(root.join("a/b.jpg"), root.join("a/c.jpg")).unwrap();
        assert!(open_plain(&root.join("a/b.jpg")).is_ok());
        for wrong in ["link/b.jpg", "a/c.jpg", "a", "a/../a/b.jpg", "none.jpg"] {
            assert!(open_plain(&root.join(wrong)).is_err(), "{wrong}");
        }
    }
}
