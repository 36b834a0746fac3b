//! Opening a file for writing: what is there already, and who may go on with it.

use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt as _;

use rustix::fs::{
    AtFlags, FileType, Mode, OFlags, SeekFrom, Stat, Timespec, Timestamps, UTIME_NOW, UTIME_OMIT, futimens, openat,
    renameat, unlinkat,
};
use rustix::io::Errno;

use super::claims::Claims;
use super::cut_short::is_cut_short;
use super::quota::Quota;
use super::refused::Refused;
use super::replaced::move_beside;
use super::root::{Place, kind, look, not_plain};
use super::wire::open_flags;
use crate::names::is_photo_or_sidecar;

const CREATE: OFlags = OFlags::RDWR.union(OFlags::CREATE).union(OFlags::EXCL).union(OFlags::CLOEXEC);
const CONTINUE: OFlags = OFlags::RDWR.union(OFlags::NOFOLLOW).union(OFlags::NONBLOCK).union(OFlags::CLOEXEC);
const FILE_MODE: Mode = Mode::from_raw_mode(0o644);
/// Two clients that start the same name at the same moment: one of them finds the other's file, and tries again.
const MAX_TRIES: usize = 8;

/// What is opened.
pub(super) enum Opened {
    Fresh,
    /// What a broken connection left.
    Partial,
    /// A complete file, whose name was taken from it.
    Complete,
    /// A photo or video that had its name and is certainly not all of it: what is there is only added to.
    CutShort,
}

/// Opens the file of an upload as the flags of the protocol say.
pub(super) fn open(
    place: &Place,
    partial: &[u8],
    flags: u32,
    claims: &Claims,
    quota: &Quota,
) -> Result<(File, Opened), Refused> {
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
        let goes_on = !is_exclusive && !has(open_flags::TRUNCATE);
        let opened = match (&complete, &left) {
            (Some(_), _) if goes_on => complete_file(place, partial)?,
            (None, Some(_)) if goes_on => found(left_over(place, partial))?,
            _ => fresh(place, partial, left.as_ref(), claims, quota)?,
        };
        if let Some(opened) = opened {
            return Ok(opened);
        }
    }
    Err(Refused::failure("too many uploads of this file at the same time"))
}

/// Nothing, if somebody else finished or removed it in this moment.
fn found<T>(opened: io::Result<T>) -> Result<Option<T>, Refused> {
    match opened {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        opened => Ok(Some(opened?)),
    }
}

/// Goes on with a file that has its name. It loses that until it is closed: the scan must not take it for one. Whoever sent a
/// photo may have deleted theirs by now, so it is left alone unless it is certainly not all of it: what another phone calls
/// by the same name would become one file with it.
fn complete_file(place: &Place, partial: &[u8]) -> Result<Option<(File, Opened)>, Refused> {
    let Some(file) = found(place.open_file())? else { return Ok(None) };
    let opened = match is_photo_or_sidecar(&place.name) {
        false => Opened::Complete,
        true if is_cut_short(&file)? => Opened::CutShort,
        true => return Err(Refused::failure("a photo of this name is here as a whole: send yours anew, not its rest")),
    };
    let about = file.metadata()?;
    let hidden = renameat(&place.folder, place.name.as_slice(), &place.folder, partial).map_err(io::Error::from);
    if found(hidden)?.is_none() {
        return Ok(None);
    }
    let hidden = File::from(openat(&place.folder, partial, CONTINUE, Mode::empty())?);
    let is = hidden.metadata()?;
    if (is.dev(), is.ino()) != (about.dev(), about.ino()) {
        // Somebody else's got the name after the look.
        move_beside((&place.folder, partial), (&place.folder, &place.name), 0)?;
        return Ok(None);
    }
    Ok(Some((hidden, opened)))
}

/// Goes on with what a broken connection left.
fn left_over(place: &Place, partial: &[u8]) -> io::Result<(File, Opened)> {
    let file = File::from(openat(&place.folder, partial, CONTINUE, Mode::empty())?);
    // From now on it counts as touched, and is not given up.
    let touched = Timespec { tv_sec: 0, tv_nsec: UTIME_NOW };
    let kept = Timespec { tv_sec: 0, tv_nsec: UTIME_OMIT };
    futimens(&file, &Timestamps { last_access: touched, last_modification: kept })?;
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

/// Begins anew. What is left of another upload goes.
fn fresh(
    place: &Place,
    partial: &[u8],
    left: Option<&Stat>,
    claims: &Claims,
    quota: &Quota,
) -> Result<Option<(File, Opened)>, Refused> {
    if let Some(left) = left {
        // Whoever still writes that one has lost it.
        drop(claims.claim((left.st_dev, left.st_ino)));
        match unlinkat(&place.folder, partial, AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => quota.shrink(),
            Err(error) => return Err(error.into()),
        }
    }
    match openat(&place.folder, partial, CREATE, FILE_MODE) {
        Ok(file) => Ok(Some((file.into(), Opened::Fresh))),
        Err(Errno::EXIST) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
