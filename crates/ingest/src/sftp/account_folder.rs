//! What clients do to names in an account's folder, whatever they speak: look, open, rename, remove, make and remove
//! folders.

use std::fs::File;
use std::io;
use std::sync::Arc;

use rustix::fs::{AtFlags, FileType, Mode, mkdirat, unlinkat, utimensat};
use rustix::io::Errno;

use super::accounts::{MAX_OPEN_FILES, OpenFile, OpenFiles};
use super::claims::Claims;
use super::listing::{Listing, attributes};
use super::partial::partial_name;
use super::path::ZonePath;
use super::quota::Quota;
use super::refused::Refused;
use super::replaced::take_place;
use super::root::{Place, Root, kind};
use super::upload::{Upload, timestamps};
use super::wire::Attributes;
use crate::places::rename_free;

const FOLDER_MODE: Mode = Mode::from_raw_mode(0o755);
/// How file systems count in the answer to `statvfs`, and the flag that no set-user-id programs run from here.
const BLOCK_BYTES: u64 = 4_096;
const NO_SUID: u64 = 2;
const MAX_NAME_BYTES: u64 = 255;

/// See the module's description.
#[derive(Debug)]
pub(crate) struct AccountFolder {
    root: Root,
    claims: Claims,
    quota: Arc<Quota>,
    open_files: OpenFiles,
}

impl AccountFolder {
    pub(crate) fn new(root: Root, claims: Claims, quota: Arc<Quota>, open_files: OpenFiles) -> AccountFolder {
        AccountFolder { root, claims, quota, open_files }
    }

    /// Room for one more open file or folder. To be asked for before anything is opened.
    pub(crate) fn room(&self) -> Result<OpenFile, Refused> {
        let refused = || Refused::failure(format!("{MAX_OPEN_FILES} files of this account are open already"));
        self.open_files.open().ok_or_else(refused)
    }

    /// Opens a file for writing as the flags of the protocol say.
    pub(crate) fn write(&self, path: &ZonePath, flags: u32) -> Result<Upload, Refused> {
        Upload::open(self.file(path)?, flags, &self.claims, &self.quota)
    }

    /// Opens a file for reading, or what is left of an interrupted upload of it.
    pub(crate) fn read(&self, path: &ZonePath) -> Result<File, Refused> {
        let place = self.file(path)?;
        Ok(match place.open_file() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => self.partial_of(&place)?.open_file()?,
            opened => opened?,
        })
    }

    pub(crate) fn list(&self, path: &ZonePath) -> Result<Listing, Refused> {
        Ok(Listing::new(self.root.folder(path)?)?)
    }

    fn file(&self, path: &ZonePath) -> Result<Place, Refused> {
        self.root.place(path)?.ok_or_else(|| Refused::failure("that is a folder"))
    }

    /// Where the upload lies that broke off before it had this name.
    fn partial_of(&self, place: &Place) -> Result<Place, Refused> {
        Ok(place.sibling(partial_name(&place.name))?)
    }

    pub(crate) fn stat(&self, path: &ZonePath) -> Result<Attributes, Refused> {
        let Some(place) = self.root.place(path)? else {
            return Ok(attributes(&rustix::fs::fstat(self.root.descriptor())?));
        };
        let stat = match place.look()? {
            Some(stat) => stat,
            None => self.partial_of(&place)?.look()?.ok_or_else(Refused::missing)?,
        };
        Ok(attributes(&stat))
    }

    /// Times are set, rights and owners are what they are: clients that set them after every upload must not fail.
    pub(crate) fn set(&self, path: &ZonePath, wanted: &Attributes) -> Result<(), Refused> {
        let is = self.stat(path)?;
        if wanted.size_bytes.is_some() && wanted.size_bytes != is.size_bytes {
            return Err(Refused::failure("a file that is complete keeps its length: write it anew"));
        }
        let (Some((read, modified)), Some(place)) = (wanted.times, self.root.place(path)?) else { return Ok(()) };
        if place.look()?.is_none() {
            return Ok(()); // It is on its way; what it is told when it is closed counts.
        }
        utimensat(&place.folder, place.name.as_slice(), &timestamps(read, modified), AtFlags::SYMLINK_NOFOLLOW)?;
        Ok(())
    }

    /// Removes a file with what is left of an interrupted upload of it, or that alone. A link goes, not what it leads to.
    pub(crate) fn remove(&self, path: &ZonePath) -> Result<(), Refused> {
        let place = self.named(path)?;
        let removed = match place.look()? {
            Some(stat) if kind(&stat) == FileType::Directory => return Err(Refused::failure("that is a folder")),
            Some(_) => {
                unlinkat(&place.folder, place.name.as_slice(), AtFlags::empty())?;
                true
            }
            None => false,
        };
        let was_on_its_way = self.forget_partial(&place)?;
        if removed || was_on_its_way { Ok(()) } else { Err(Refused::missing()) }
    }

    fn forget_partial(&self, place: &Place) -> Result<bool, Refused> {
        self.quota.shrink();
        match unlinkat(&place.folder, partial_name(&place.name).as_slice(), AtFlags::empty()) {
            Ok(()) => Ok(true),
            Err(Errno::NOENT) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    pub(crate) fn make_folder(&self, path: &ZonePath) -> Result<(), Refused> {
        let Some(place) = self.root.place(path)? else { return Err(Refused::failure("it exists already")) };
        Ok(mkdirat(&place.folder, place.name.as_slice(), FOLDER_MODE)?)
    }

    pub(crate) fn remove_folder(&self, path: &ZonePath) -> Result<(), Refused> {
        let place = self.named(path)?;
        Ok(unlinkat(&place.folder, place.name.as_slice(), AtFlags::REMOVEDIR)?)
    }

    /// Gives something another name. What has that name already is replaced if `replaces`, as POSIX does it.
    pub(crate) fn rename(&self, from: &ZonePath, to: &ZonePath, replaces: bool) -> Result<(), Refused> {
        let (mut from, mut to) = (self.named(from)?, self.named(to)?);
        let is_taken = to.look()?.is_some();
        if from.look()?.is_none() {
            // Clients may rename what they have not finished.
            (from, to) = (self.partial_of(&from)?, self.partial_of(&to)?);
            if from.look()?.is_none() {
                return Err(Refused::missing());
            }
            if is_taken && !replaces {
                return Err(Refused::failure("it exists already"));
            }
        } else if replaces || !is_taken {
            self.forget_partial(&to)?;
        }
        if replaces {
            take_place(&from, from.open_file().ok().as_ref(), &to)?;
            return Ok(());
        }
        Ok(rename_free((&from.folder, &from.name), (&to.folder, &to.name))?)
    }

    /// The place of something that is not the account's folder itself.
    fn named(&self, path: &ZonePath) -> Result<Place, Refused> {
        self.root.place(path)?.ok_or_else(|| Refused::denied("that is the whole folder"))
    }

    /// The eleven numbers of `statvfs@openssh.com`. Where there is a quota, it is the size of the disk.
    pub(crate) fn capacity(&self) -> Result<[u64; 11], Refused> {
        let disk = rustix::fs::fstatvfs(self.root.descriptor())?;
        let (mut blocks, mut free) = (disk.f_blocks, disk.f_bavail);
        let unit = if disk.f_frsize == 0 { BLOCK_BYTES } else { disk.f_frsize };
        if let Some((limit, used)) = self.quota.state() {
            blocks = limit / unit;
            free = free.min(limit.saturating_sub(used) / unit);
        }
        let (files, free_files) = (disk.f_files, disk.f_favail);
        Ok([disk.f_bsize, unit, blocks, free, free, files, free_files, free_files, 0, NO_SUID, MAX_NAME_BYTES])
    }
}

/// A path where clients may make and change things.
pub(crate) fn changeable(raw: &[u8]) -> Result<ZonePath, Refused> {
    let path = ZonePath::resolve(raw)?;
    if path.is_in_own_folder() {
        return Err(Refused::denied("what lies in this folder can be read and deleted, not changed"));
    }
    Ok(path)
}
