//! A file on its way: under a name of its own until it is closed, complete or not at all under the name that it was
//! sent to.

use std::fs::File;
use std::io;
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::sync::Arc;

use rustix::fs::{AtFlags, Timestamps, unlinkat};

use super::claims::{Claim, Claims};
use super::extents::Extents;
use super::opening::{Opened, open};
use super::partial::partial_name;
use super::quota::Quota;
use super::refused::Refused;
use super::replaced::{move_beside, take_place};
use super::root::{Place, look, not_plain};
use super::wire::{Attributes, open_flags};

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
    /// So many bytes had been closed as a photo or video before, and stay what they are.
    kept: u64,
    /// What was sent is not the rest of what lies here.
    is_anothers: bool,
    /// Why it will never be complete.
    fault: Option<Refused>,
    times: Option<(u32, u32)>,
    is_done: bool,
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
            was_complete: matches!(opened, Opened::Complete | Opened::CutShort),
            is_changed: matches!(opened, Opened::Fresh),
            kept: if matches!(opened, Opened::CutShort) { about.len() } else { 0 },
            is_anothers: false,
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
        self.check_kept(offset, data)?;
        self.grow_to(end)?;
        self.is_changed = true;
        self.file.write_all_at(data, offset)?;
        self.extents.add(offset, end).map_err(|disorder| Refused::failure(disorder.to_string()))?;
        self.length = self.length.max(end);
        Ok(())
    }

    /// What had been closed may be sent again, not become something else.
    fn check_kept(&mut self, offset: u64, data: &[u8]) -> Result<(), Refused> {
        let count = self.kept.saturating_sub(offset).min(data.len() as u64);
        let mut there = vec![0; usize::try_from(count).unwrap_or(data.len())];
        self.file.read_exact_at(&mut there, offset)?;
        if data.starts_with(&there) {
            return Ok(());
        }
        self.is_anothers = true;
        Err(Refused::failure("another file has this name: send it anew, or under another name"))
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
            if length < self.kept {
                return Err(Refused::failure("what was closed before stays: send it anew, or under another name"));
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
        let partial = self.place.sibling(self.partial.clone())?;
        let replaces = take_place(&partial, Some(&self.file), &self.place)?;
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
        if self.was_complete && (!self.is_changed || self.is_anothers) {
            if self.is_changed {
                self.file.set_len(self.kept)?;
                self.quota.shrink();
            }
            return Ok(move_beside((folder, partial), (folder, &self.place.name), 0)?);
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
