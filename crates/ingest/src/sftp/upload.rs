//! A file on its way: under a name of its own until it is closed, complete or not at all under the name that it was
//! sent to.

use std::fs::File;
use std::io;
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::sync::Arc;

use rustix::fs::{
    AtFlags, FileType, Mode, OFlags, RenameFlags, SeekFrom, Timestamps, openat, renameat, renameat_with, unlinkat,
};

use super::claims::{Claim, Claims};
use super::extents::Extents;
use super::partial::partial_name;
use super::quota::Quota;
use super::refused::Refused;
use super::replaced::make_way;
use super::root::{Place, kind, look, not_plain};
use super::wire::{Attributes, open_flags};

const CREATE: OFlags = OFlags::RDWR.union(OFlags::CREATE).union(OFlags::EXCL).union(OFlags::CLOEXEC);
const CONTINUE: OFlags = OFlags::RDWR.union(OFlags::NOFOLLOW).union(OFlags::NONBLOCK).union(OFlags::CLOEXEC);
const FILE_MODE: Mode = Mode::from_raw_mode(0o644);
/// Two clients that start the same name at the same moment: one of them finds the other's file, and tries again.
const MAX_TRIES: usize = 8;
/// File systems count in signed numbers.
const MAX_LENGTH: u64 = i64::MAX as u64;

/// See the module's description. When it is dropped without [`Upload::close`], the connection broke: what goes without
/// a gap from the beginning is kept, to be continued.
#[derive(Debug)]
pub(crate) struct Upload {
    place: Place,
    partial: Vec<u8>,
    file: File,
    claim: Claim,
    quota: Arc<Quota>,
    extents: Extents,
    length: u64,
    appends: bool,
    /// It had its name before and was opened to be continued.
    was_complete: bool,
    is_changed: bool,
    /// Why it will never be complete.
    fault: Option<Refused>,
    times: Option<(u32, u32)>,
    is_done: bool,
}

/// What is opened.
enum Opened {
    Fresh,
    /// What a broken connection left.
    Partial,
    /// A complete file, whose name was taken from it.
    Complete,
}

impl Upload {
    /// Opens a file for writing as the flags of the protocol say.
    pub(crate) fn open(place: Place, flags: u32, claims: &Claims, quota: &Arc<Quota>) -> Result<Upload, Refused> {
        let partial = partial_name(&place.name);
        let (file, opened) = open(&place, &partial, flags, claims, quota)?;
        let about = file.metadata()?;
        if !about.is_file() {
            return Err(not_plain().into());
        }
        Ok(Upload {
            claim: claims.claim((about.dev(), about.ino())),
            quota: Arc::clone(quota),
            extents: Extents::prefix(about.len()),
            length: about.len(),
            appends: flags & open_flags::APPEND != 0,
            was_complete: matches!(opened, Opened::Complete),
            is_changed: matches!(opened, Opened::Fresh),
            fault: None,
            times: None,
            is_done: false,
            place,
            partial,
            file,
        })
    }

    /// Writes a part, in whatever order parts come.
    pub(crate) fn write(&mut self, offset: u64, data: &[u8]) -> Result<(), Refused> {
        self.check()?;
        let offset = if self.appends { self.length } else { offset };
        let written = self.write_at(offset, data);
        if let Err(refused) = &written {
            self.fault = Some(refused.clone());
        }
        written
    }

    fn write_at(&mut self, offset: u64, data: &[u8]) -> Result<(), Refused> {
        let end = offset.checked_add(data.len() as u64).filter(|end| *end <= MAX_LENGTH);
        let end = end.ok_or_else(|| Refused::failure("files are not that long"))?;
        self.grow_to(end)?;
        self.is_changed = true;
        self.file.write_all_at(data, offset)?;
        self.extents.add(offset, end).map_err(|disorder| Refused::failure(disorder.to_string()))?;
        self.length = self.length.max(end);
        Ok(())
    }

    fn grow_to(&self, end: u64) -> Result<(), Refused> {
        let more = end.saturating_sub(self.length);
        if more > 0 {
            self.quota.grow(more).map_err(|exceeded| Refused::failure(exceeded.to_string()))?;
        }
        Ok(())
    }

    pub(crate) fn read(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.file.read_at(buffer, offset)
    }

    /// What a client sets while it writes. Times are set when the file is closed: every write would change them again.
    pub(crate) fn set(&mut self, attributes: &Attributes) -> Result<(), Refused> {
        self.check()?;
        if let Some(length) = attributes.size_bytes.filter(|length| *length != self.length) {
            if length > MAX_LENGTH {
                return Err(Refused::failure("files are not that long"));
            }
            self.grow_to(length)?;
            self.is_changed = true;
            self.file.set_len(length)?;
            self.extents.truncate(length);
            self.length = length;
            self.quota.shrink();
        }
        self.times = attributes.times.or(self.times);
        Ok(())
    }

    pub(crate) fn attributes(&self) -> io::Result<Attributes> {
        let about = self.file.metadata()?;
        let modified = u32::try_from(about.mtime()).unwrap_or(0);
        Ok(Attributes {
            size_bytes: Some(about.len()),
            mode: Some(about.mode()),
            times: self.times.or(Some((modified, modified))),
        })
    }

    /// Everything written so far is on the disk.
    pub(crate) fn sync(&self) -> Result<(), Refused> {
        self.check()?;
        Ok(self.file.sync_data()?)
    }

    fn check(&self) -> Result<(), Refused> {
        if !self.claim.holds() {
            return Err(Refused::failure("another upload of this file took over"));
        }
        self.fault.clone().map_or(Ok(()), Err)
    }

    /// The client has sent everything: the file gets its name, on the disk, in place of what had it before.
    pub(crate) fn close(mut self) -> Result<(), Refused> {
        self.check()?;
        if self.extents.whole_until() != self.length {
            return Err(Refused::failure("parts of the file were never written"));
        }
        if !self.is_still_there()? {
            return Err(Refused::failure("the file was removed meanwhile"));
        }
        if let Some((read, modified)) = self.times {
            rustix::fs::futimens(&self.file, &timestamps(read, modified))?;
        }
        if self.is_changed {
            self.file.sync_all()?;
        }
        let replaces = make_way(&self.place, &self.file)?;
        renameat(&self.place.folder, self.partial.as_slice(), &self.place.folder, self.place.name.as_slice())?;
        self.is_done = true;
        if replaces {
            self.quota.shrink();
        }
        rustix::fs::fsync(&self.place.folder)?;
        Ok(())
    }

    /// Whether what lies under the temporary name is what this upload writes.
    fn is_still_there(&self) -> io::Result<bool> {
        let lies = look(&self.place.folder, &self.partial)?;
        Ok(lies.is_some_and(|stat| (stat.st_dev, stat.st_ino) == self.claim.key()))
    }

    /// Nobody will close it.
    fn abandon(&mut self) -> io::Result<()> {
        if !self.claim.holds() || !self.is_still_there()? {
            return Ok(());
        }
        let (folder, partial) = (&self.place.folder, self.partial.as_slice());
        if self.was_complete && !self.is_changed {
            renameat_with(folder, partial, folder, self.place.name.as_slice(), RenameFlags::NOREPLACE)?;
            return Ok(());
        }
        let whole = self.extents.whole_until();
        if !self.was_complete && (whole == 0 || self.fault.is_some()) {
            unlinkat(folder, partial, AtFlags::empty())?;
        } else {
            self.file.set_len(whole)?;
        }
        self.quota.shrink();
        Ok(())
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        if self.is_done {
            return;
        }
        if let Err(error) = self.abandon() {
            let name = String::from_utf8_lossy(&self.place.name);
            tracing::warn!(%name, error = &error as &dyn std::error::Error, "an interrupted upload could not be set aside");
        }
    }
}

/// Seconds as the protocol has them.
pub(crate) fn timestamps(read: u32, modified: u32) -> Timestamps {
    let at = |seconds: u32| rustix::fs::Timespec { tv_sec: i64::from(seconds), tv_nsec: 0 };
    Timestamps { last_access: at(read), last_modification: at(modified) }
}

fn open(place: &Place, partial: &[u8], flags: u32, claims: &Claims, quota: &Quota) -> Result<(File, Opened), Refused> {
    let has = |flag: u32| flags & flag != 0;
    for _ in 0..MAX_TRIES {
        let complete = place.look()?;
        if complete.as_ref().is_some_and(|stat| kind(stat) != FileType::RegularFile) {
            return Err(not_plain().into());
        }
        let is_exclusive = has(open_flags::CREATE) && has(open_flags::EXCLUSIVE);
        if is_exclusive && complete.is_some() {
            return Err(Refused::failure("it exists already"));
        }
        let left = look(&place.folder, partial)?;
        if complete.is_none() && left.is_none() && !has(open_flags::CREATE) {
            return Err(Refused::missing());
        }
        let is_fresh = is_exclusive || has(open_flags::TRUNCATE) || (complete.is_none() && left.is_none());
        if !is_fresh {
            let opened = continued(place, partial, complete.is_some());
            match opened {
                // Somebody else finished or removed it in this moment.
                Err(rustix::io::Errno::NOENT) => continue,
                opened => return Ok(opened?),
            }
        }
        if let Some(left) = left {
            // Whoever still writes that one has lost it.
            drop(claims.claim((left.st_dev, left.st_ino)));
            match unlinkat(&place.folder, partial, AtFlags::empty()) {
                Ok(()) | Err(rustix::io::Errno::NOENT) => quota.shrink(),
                Err(error) => return Err(error.into()),
            }
        }
        match openat(&place.folder, partial, CREATE, FILE_MODE) {
            Ok(file) => return Ok((file.into(), Opened::Fresh)),
            Err(rustix::io::Errno::EXIST) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Refused::failure("too many uploads of this file at the same time"))
}

/// Goes on with what is there. A complete file loses its name until it is closed: the scan must not take it for one.
fn continued(place: &Place, partial: &[u8], is_complete: bool) -> rustix::io::Result<(File, Opened)> {
    if is_complete {
        renameat(&place.folder, place.name.as_slice(), &place.folder, partial)?;
    }
    let file = File::from(openat(&place.folder, partial, CONTINUE, Mode::empty())?);
    if is_complete {
        return Ok((file, Opened::Complete));
    }
    // The process that wrote it may have been killed with parts missing in the middle: nothing behind them is trusted.
    let end = rustix::fs::seek(&file, SeekFrom::End(0))?;
    if end > 0
        && let Ok(hole) = rustix::fs::seek(&file, SeekFrom::Hole(0))
        && hole < end
    {
        rustix::fs::ftruncate(&file, hole)?;
    }
    Ok((file, Opened::Partial))
}
