//! Letting go of an original. Its row says by then that the destination has it, on disk.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;

use tintype_library::model::{IngestFile, IngestRole, IngestState as State};

use crate::fault::{Fault, of_file};
use crate::names::DONE;
use crate::places::{move_to, rename_new, sync};
use crate::scan::is_unchanged;
use crate::unit::Way;
use crate::zone::After;

/// In the name of an original on its way out.
pub(crate) const ASIDE: &str = ".original";

/// Does with an original what the zone says. A sidecar that the destination cannot prove to have is archived where others
/// are deleted.
pub(crate) fn release(way: &Way<'_>, file: &mut IngestFile) -> Result<(), Fault> {
    match (file.state, way.zone.after) {
        (State::Released, _) => return Ok(()),
        (State::Confirmed, After::Delete) => delete(way, file)?,
        (State::Confirmed | State::Delivered, After::Archive) | (State::Delivered, After::Delete) => {
            archive(way, file)?;
        }
        (State::Confirmed | State::Delivered, After::Keep) => {}
        (other, After::Delete | After::Keep | After::Archive) => {
            let reason = format!("a file that is {} is not to be released", other.as_str());
            return Err(Fault::Hopeless { reason });
        }
    }
    way.discard(file);
    let is_photo_or_video = !matches!(file.belongs_to, Some((_, IngestRole::Sidecar)));
    file.packs_with = way.zone.packing.as_ref().filter(|_| is_photo_or_video).map(|packing| packing.recipe.clone());
    Ok(way.journal.advance(file, State::Released)?)
}

/// Out of the way of whoever writes to it, looked at, and only then removed: what came in its place in this moment stays.
fn delete(way: &Way<'_>, file: &mut IngestFile) -> Result<(), Fault> {
    let (place, aside) = (way.zone.at(&file.path), aside(way, file)?);
    match rename_new(&place, &aside) {
        Ok(()) => {}
        // A crash came right behind the move: what lies aside is looked at now.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        Err(error) if error.kind() == ErrorKind::NotFound && fs::symlink_metadata(&aside).is_ok() => {}
        // Somebody else removed it, or we did before a crash. It is delivered, so nothing is lost.
        Err(error) if error.kind() == ErrorKind::NotFound => {
            file.is_gone = true;
            return Ok(());
        }
        Err(error) => return Err(of_file("removing it", &error)),
    }
    if !is_unchanged(&aside, file.stamp) {
        put_back(&aside, way, file)?;
        return Err(Fault::Changed);
    }
    let remove = || fs::remove_file(&aside).and_then(|()| aside.parent().map_or(Ok(()), sync));
    remove().map_err(|error| of_file("removing it", &error))?;
    file.is_gone = true;
    Ok(())
}

fn aside(way: &Way<'_>, file: &IngestFile) -> Result<PathBuf, Fault> {
    Ok(way.exit_folder()?.join(aside_name(file)))
}

/// `7.original.jpg`: it says what it is even if its row is lost.
pub(crate) fn aside_name(file: &IngestFile) -> std::ffi::OsString {
    let mut name = std::ffi::OsString::from(format!("{}{ASIDE}", file.id));
    if let Some(extension) = std::path::Path::new(std::ffi::OsStr::from_bytes(&file.path)).extension() {
        name.push(".");
        name.push(extension);
    }
    name
}

/// What lies aside is not what was delivered: it goes where it was, or beside it.
fn put_back(aside: &std::path::Path, way: &Way<'_>, file: &IngestFile) -> Result<(), Fault> {
    let moved = move_to(aside, &way.zone.folder, &file.path);
    moved.map(drop).map_err(|error| of_file("putting it back", &error))
}

fn archive(way: &Way<'_>, file: &mut IngestFile) -> Result<(), Fault> {
    if !is_unchanged(&way.zone.at(&file.path), file.stamp) {
        return Err(Fault::Changed);
    }
    let path = [DONE.as_bytes(), b"/", &file.path].concat();
    let moved = move_to(&way.zone.at(&file.path), &way.zone.folder, &path);
    let moved = moved.map_err(|error| of_file("archiving it", &error))?;
    file.came_as = Some(std::mem::replace(&mut file.path, moved));
    Ok(())
}
