//! Letting go of an original. Its row says by then that the destination has it, on disk.

use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt as _;

use tintype_library::model::{FileStamp, IngestFile, IngestRole, IngestState as State};

use crate::fault::{Fault, of_file};
use crate::names::{DONE, WORK};
use crate::places::{Place, move_within};
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

/// Out of the way of whoever writes to it, looked at, and only then removed: what came in its place in this moment stays, and
/// so does what somebody still writes to.
fn delete(way: &Way<'_>, file: &mut IngestFile) -> Result<(), Fault> {
    let failed = |error: &std::io::Error| of_file("removing it", error);
    let aside = Place::make(&way.zone.folder, &aside_path(file)).map_err(|error| failed(&error))?;
    match Place::of(&way.zone.folder, &file.path).and_then(|place| place.move_to(&aside)) {
        Ok(()) => {}
        // A crash came right behind the move: what lies aside is looked at now.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        Err(error) if error.kind() == ErrorKind::NotFound && aside.is_taken() => {}
        // Somebody else removed it, or we did before a crash. It is delivered, so nothing is lost.
        Err(error) if error.kind() == ErrorKind::NotFound => {
            file.is_gone = true;
            return Ok(());
        }
        Err(error) => return Err(failed(&error)),
    }
    let lies = aside.open().and_then(|lies| Ok((lies.metadata()?, lies)));
    let Some((_, lies)) = lies.ok().filter(|(about, _)| about.is_file() && FileStamp::of(about) == file.stamp) else {
        put_back(way, file)?;
        return Err(Fault::Changed);
    };
    if way.writers.have_now(&lies).map_err(|error| failed(&error))? {
        put_back(way, file)?;
        return Err(still_open());
    }
    if file.is_duplicate && !still_has(way, file)? {
        put_back(way, file)?;
        let reason = "it is the very file that the destination keeps: this zone's folder is not to have that inside";
        return Err(Fault::Waits { reason: reason.to_owned() });
    }
    aside.remove().and_then(|()| aside.sync()).map_err(|error| failed(&error))?;
    file.is_gone = true;
    Ok(())
}

/// Whether the destination has what it had before this file came also while the file is out of its place.
fn still_has(way: &Way<'_>, file: &IngestFile) -> Result<bool, Fault> {
    match file.asset {
        Some(asset) => Ok(way.zone.destination.still_has(asset)?),
        None => Ok(true),
    }
}

fn still_open() -> Fault {
    Fault::Waits { reason: "somebody has it open to write to it".to_owned() }
}

fn aside_path(file: &IngestFile) -> Vec<u8> {
    [WORK.as_bytes(), b"/", aside_name(file).as_encoded_bytes()].concat()
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

/// What lies aside is not what was delivered, or not only that: it goes where it was, or beside it.
fn put_back(way: &Way<'_>, file: &mut IngestFile) -> Result<(), Fault> {
    let moved = move_within(&way.zone.folder, &aside_path(file), &file.path.clone());
    file.path = moved.map_err(|error| of_file("putting it back", &error))?;
    Ok(())
}

fn archive(way: &Way<'_>, file: &mut IngestFile) -> Result<(), Fault> {
    let failed = |error: &std::io::Error| of_file("archiving it", error);
    let lies = way.open(file)?;
    if way.writers.have_now(&lies).map_err(|error| failed(&error))? {
        return Err(still_open());
    }
    let path = [DONE.as_bytes(), b"/", &file.path].concat();
    let moved = move_within(&way.zone.folder, &file.path, &path).map_err(|error| failed(&error))?;
    // Asking who writes takes a while: another photo may have got the name, which nobody has delivered.
    if !file.stamp.is_of(&way.zone.at(&moved)) {
        file.path =
            move_within(&way.zone.folder, &moved, &file.path).map_err(|error| of_file("putting it back", &error))?;
        return Err(Fault::Changed);
    }
    file.came_as = Some(std::mem::replace(&mut file.path, moved));
    // Its place in the zone is free, and nobody looks for it there.
    file.is_gone = true;
    Ok(())
}
