//! How a photo makes way, with what belongs to it: its sidecars, its motion part, its raw data. A photo that got another name
//! alone would leave its sidecar to the newcomer, and with that its date, place and rating.
//!
//! What lies there came before the newcomer, so all that shares its name belongs to what makes way. The renames are written
//! down before the first of them: what a crash left half done is brought to its end ([`finish`]).

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::sync::{Mutex, PoisonError};

use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, fsync, openat, unlinkat};
use rustix::io::Errno;
use sha1::{Digest as _, Sha1};

use super::partial::final_name;
use super::path::is_reserved;
use super::root::{Place, kind, look};
use crate::names::{group_of, is_photo_or_sidecar};
use crate::places::{NAME_ATTEMPTS, rename_free};

/// How the names begin of what is written down; the SHA-1 of the shared name follows.
const PREFIX: &[u8] = b".tintype-way-";
/// Of what is written down, so much is read.
const MAX_PLAN_BYTES: u64 = 1 << 20;
/// Says that all of it was written.
const END: &[u8] = b".";

/// One group at a time: they are few, and two that share a name must not mix.
static MAKING_WAY: Mutex<()> = Mutex::new(());

/// A file that gets another name.
struct Step {
    inode: u64,
    from: Vec<u8>,
    to: Vec<u8>,
}

/// Whether a name is that of renames that were written down.
pub(super) fn is_plan(name: &[u8]) -> bool {
    name.starts_with(PREFIX)
}

/// Gives what lies in a place, and all that belongs to it, the first number that nothing has: `a+1.jpg`, `a+1.jpg.xmp`.
pub(super) fn make_way(place: &Place) -> io::Result<()> {
    let _alone = MAKING_WAY.lock().unwrap_or_else(PoisonError::into_inner);
    let group = group_of(&place.name);
    let plan = plan_name(&group);
    finish_plan(&place.folder, &plan)?;
    let steps = steps(place, &group)?;
    if let [step] = steps.as_slice() {
        return follow(&place.folder, step);
    }
    write_down(&place.folder, &plan, &steps)?;
    finish_plan(&place.folder, &plan)
}

/// Brings renames to their end that were written down before a crash.
pub(super) fn finish(folder: &OwnedFd, plan: &[u8]) -> io::Result<()> {
    let _alone = MAKING_WAY.lock().unwrap_or_else(PoisonError::into_inner);
    finish_plan(folder, plan)
}

fn plan_name(group: &[u8]) -> Vec<u8> {
    let hex: String = Sha1::digest(group).iter().map(|byte| format!("{byte:02x}")).collect();
    [PREFIX, hex.as_bytes()].concat()
}

/// What is to get which name. The name that is asked for goes last: as long as it is taken, no newcomer gets in between.
fn steps(place: &Place, group: &[u8]) -> io::Result<Vec<Step>> {
    let (mut members, mut taken) = (Vec::new(), Vec::new());
    for entry in Dir::read_from(&place.folder)? {
        let entry = entry?;
        let name = entry.file_name().to_bytes();
        // What is on its way to a name has it as good as taken.
        let of = group_of(final_name(name).unwrap_or(name));
        if of.strip_prefix(group).is_some_and(|rest| rest.starts_with(b"+")) {
            taken.push(of);
        } else if of == group && name != place.name && !is_reserved(name) && is_photo_or_sidecar(name) {
            members.push(name.to_vec());
        }
    }
    let numbers = (1..NAME_ATTEMPTS).map(|number| format!("+{number}").into_bytes());
    let is_free = |number: &Vec<u8>| !taken.contains(&[group, number].concat());
    let number = numbers.into_iter().find(is_free).ok_or(Errno::EXIST)?;
    members.push(place.name.clone());
    let step = |from: Vec<u8>| {
        let stat = look(&place.folder, &from)?.filter(|stat| kind(stat) == FileType::RegularFile);
        let to = [&from[..group.len()], &number, &from[group.len()..]].concat();
        Ok(stat.map(|stat| Step { inode: stat.st_ino, from, to }))
    };
    members.into_iter().map(step).filter_map(io::Result::transpose).collect()
}

fn write_down(folder: &OwnedFd, plan: &[u8], steps: &[Step]) -> io::Result<()> {
    // No name has either of these letters in it.
    let line = |step: &Step| [step.inode.to_string().as_bytes(), &step.from, &step.to].join(&b'/');
    let mut text: Vec<Vec<u8>> = steps.iter().map(line).collect();
    text.push(END.to_vec());
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mut file = File::from(openat(folder, plan, flags, Mode::RUSR | Mode::WUSR)?);
    file.write_all(&text.join(&0))?;
    file.sync_all()?;
    Ok(fsync(folder)?)
}

fn finish_plan(folder: &OwnedFd, plan: &[u8]) -> io::Result<()> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = match openat(folder, plan, flags, Mode::empty()) {
        Err(Errno::NOENT) => return Ok(()),
        file => File::from(file?),
    };
    let mut text = Vec::new();
    file.take(MAX_PLAN_BYTES).read_to_end(&mut text)?;
    for step in read(&text) {
        follow(folder, &step)?;
    }
    fsync(folder)?;
    Ok(unlinkat(folder, plan, AtFlags::empty())?)
}

/// What was written down; nothing if the crash came before all of it was, as nothing was renamed by then.
fn read(text: &[u8]) -> Vec<Step> {
    let Some(lines) = text.strip_suffix(&[&[0], END].concat()[..]) else { return Vec::new() };
    let step = |line: &[u8]| {
        let mut parts = line.split(|byte| *byte == b'/');
        let inode = std::str::from_utf8(parts.next()?).ok()?.parse().ok()?;
        Some(Step { inode, from: parts.next()?.to_vec(), to: parts.next()?.to_vec() })
    };
    lines.split(|byte| *byte == 0).filter_map(step).collect()
}

/// Renames a file that is still the one that it was. One that is gone, or whose name has another by now, is done with.
fn follow(folder: &OwnedFd, step: &Step) -> io::Result<()> {
    if look(folder, &step.from)?.is_none_or(|stat| stat.st_ino != step.inode) {
        return Ok(());
    }
    match rename_free((folder, &step.from), (folder, &step.to)) {
        Ok(()) | Err(Errno::NOENT | Errno::EXIST) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::path::ZonePath;
    use super::super::root::Root;
    use super::*;

    /// A folder with files that hold their own names.
    fn folder(names: &[&str]) -> (tempfile::TempDir, Place) {
        let dir = tempfile::tempdir().unwrap();
        for name in names {
            std::fs::write(dir.path().join(name), name).unwrap();
        }
        let root = Root::open(dir.path()).unwrap();
        let place = root.place(&ZonePath::resolve(names[0].as_bytes()).unwrap()).unwrap().unwrap();
        (dir, place)
    }

    /// What lies there, as `name: content`.
    fn lies(dir: &tempfile::TempDir) -> Vec<String> {
        let entries = std::fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().path());
        let told = entries.map(|path| {
            format!("{}: {}", path.file_name().unwrap().display(), std::fs::read_to_string(&path).unwrap())
        });
        let mut all: Vec<_> = told.collect();
        all.sort();
        all
    }

    const GROUP: [&str; 5] = ["S_1.JPG", "S_1.JPG.xmp", "s_1.cr2", "S_1.xmp", "S_1.mov"];
    const MOVED: [&str; 5] = [
        "S_1+1.JPG: S_1.JPG",
        "S_1+1.JPG.xmp: S_1.JPG.xmp",
        "S_1+1.mov: S_1.mov",
        "S_1+1.xmp: S_1.xmp",
        "s_1+1.cr2: s_1.cr2",
    ];

    #[test]
    fn what_belongs_together_makes_way_together() {
        let others = ["S_1.txt", "S_10.jpg", ".tintype-part-S_1.JPG"];
        let (dir, place) = folder(&[&GROUP[..], &others].concat());
        make_way(&place).unwrap();
        let moved = lies(&dir);
        assert!(MOVED.iter().all(|file| moved.contains(&(*file).to_owned())), "{moved:?}");
        assert!(moved.len() == 8 && others.iter().all(|name| dir.path().join(name).exists()), "{moved:?}");
        // A number that anything has, or is on its way to, is another group's.
        let (dir, place) = folder(&["a.jpg", "a.xmp", "A+1.png", ".tintype-part-a+2.jpg"]);
        make_way(&place).unwrap();
        assert_eq!(lies(&dir)[2..], ["a+3.jpg: a.jpg", "a+3.xmp: a.xmp"]);
    }

    #[test]
    fn what_a_crash_left_half_done_is_finished() {
        for done in 0..=GROUP.len() {
            let (dir, place) = folder(&GROUP);
            let plan = plan_name(b"s_1");
            let steps = steps(&place, b"s_1").unwrap();
            write_down(&place.folder, &plan, &steps).unwrap();
            steps[..done].iter().for_each(|step| follow(&place.folder, step).unwrap());
            // A newcomer's sidecar, in the place of one that has gone already.
            let is_theirs = !dir.path().join("S_1.xmp").exists();
            if is_theirs {
                std::fs::write(dir.path().join("S_1.xmp"), "theirs").unwrap();
            }
            finish(&place.folder, &plan).unwrap();
            let mut expected: Vec<_> = MOVED.iter().map(|file| (*file).to_owned()).collect();
            expected.extend(is_theirs.then(|| "S_1.xmp: theirs".to_owned()));
            expected.sort();
            assert_eq!(lies(&dir), expected, "{done}");
        }
        let (dir, place) = folder(&["a.jpg"]);
        std::fs::write(dir.path().join(".tintype-way-half"), b"1/a.jpg/b.jpg").unwrap();
        finish(&place.folder, b".tintype-way-half").unwrap();
        assert_eq!(lies(&dir), ["a.jpg: a.jpg"], "what was not written down to its end was not begun");
    }
}
