//! The way of one unit: a file with its motion part and its sidecar. A unit is delivered whole, or not at all.

use std::fs::{self, File};
use std::io::Seek as _;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use tintype_library::model::{IngestDerivation, IngestFile, IngestState as State};
use tintype_protocol::checksum::Sha1;
use tintype_protocol::time::Timestamp;
use uuid::Uuid;

use crate::delivery::{Delivered, Delivery, Known};
use crate::fault::{Fault, of_file};
use crate::hash::content;
use crate::journal::Journal;
use crate::open::open_seen;
use crate::places::sync;
use crate::recipe::{Derived, Optimised};
use crate::release;
use crate::undone::put_aside;
use crate::writers::Writers;
use crate::zone::{Zone, file_name};

/// Everything that the steps of a unit need.
pub(crate) struct Way<'w> {
    pub(crate) journal: &'w Journal,
    pub(crate) zone: &'w Zone,
    pub(crate) work: &'w Path,
    pub(crate) stop: &'w AtomicBool,
    pub(crate) writers: &'w Writers,
}

/// Files that are delivered together.
pub(crate) struct Unit {
    pub(crate) leader: IngestFile,
    pub(crate) motion: Option<IngestFile>,
    pub(crate) sidecar: Option<IngestFile>,
}

impl Unit {
    pub(crate) fn files(&mut self) -> impl Iterator<Item = &mut IngestFile> {
        [Some(&mut self.leader), self.motion.as_mut(), self.sidecar.as_mut()].into_iter().flatten()
    }
}

type Step<T> = Result<T, Fault>;

impl Way<'_> {
    /// Takes a unit from wherever it stands until its originals are let go of.
    pub(crate) fn travel(&self, unit: &mut Unit) -> Step<()> {
        let motion = match &mut unit.motion {
            Some(part) => Some(self.deliver(part, None, None)?),
            None => None,
        };
        let asset = self.deliver(&mut unit.leader, motion, unit.sidecar.as_ref())?;
        if let Some(sidecar) = &mut unit.sidecar {
            self.confirm_sidecar(sidecar, asset, unit.leader.is_duplicate)?;
        }
        if let Some(album) = self.zone.album.as_ref().and_then(|rule| rule.album_of(&unit.leader.path)) {
            self.zone.destination.add_to_album(&album, asset)?;
        }
        // The leader last: as long as it is not released, the others are found with it.
        let parts = [unit.sidecar.as_mut(), unit.motion.as_mut(), Some(&mut unit.leader)];
        for part in parts.into_iter().flatten().filter(|part| !part.state.is_final()) {
            self.check_stop()?;
            release::release(self, part)?;
        }
        Ok(())
    }

    fn check_stop(&self) -> Step<()> {
        if self.stop.load(Ordering::SeqCst) { Err(Fault::Stopped) } else { Ok(()) }
    }

    /// Brings one file to the destination and confirms it there; what the destination calls it.
    fn deliver(&self, file: &mut IngestFile, motion: Option<Uuid>, sidecar: Option<&IngestFile>) -> Step<Uuid> {
        loop {
            self.check_stop()?;
            match file.state {
                State::Paired => self.optimise(file)?,
                State::Optimised => self.verify(file)?,
                State::Verified => self.hand_over(file, motion, sidecar)?,
                State::Delivered => self.confirm(file)?,
                State::Confirmed | State::Released => {
                    return file.asset.ok_or_else(|| Fault::Failed {
                        after: None,
                        reason: "what the destination calls it was not noted".to_owned(),
                        is_files: true,
                    });
                }
                other => {
                    let reason = format!("a file that is {} is not to be delivered", other.as_str());
                    return Err(Fault::Hopeless { reason });
                }
            }
        }
    }

    /// Opens a file of the zone, which must be the one that was seen.
    pub(crate) fn open(&self, file: &IngestFile) -> Step<File> {
        let path = PathBuf::from(std::ffi::OsStr::from_bytes(&file.path));
        match open_seen(self.zone, &path, file.stamp) {
            Ok(Some(opened)) => Ok(opened),
            Ok(None) => Err(Fault::Changed),
            Err(error) => Err(of_file("opening it", &error)),
        }
    }

    /// Makes something smaller of it, unless the destination has it already.
    fn optimise(&self, file: &mut IngestFile) -> Step<()> {
        if let Some(optimiser) = &self.zone.optimiser
            && self.known(file)?.is_none()
        {
            drop(self.open(file)?);
            let (path, name) = (self.zone.at(&file.path), file_name(&file.path));
            match optimiser.optimise(&path, &name, self.stop)? {
                // Made of something else than what was hashed.
                Optimised::Derived(derived) if Some(derived.original_sha1) != file.sha1 => return Err(Fault::Changed),
                Optimised::Derived(derived) => file.derivation = Some(self.put_ready(file, &name, derived)?),
                Optimised::Kept => {}
            }
            self.check_stop()?;
        }
        Ok(self.journal.advance(file, State::Optimised)?)
    }

    /// Gives what was made its place, durably, before the row says that it is there.
    fn put_ready(&self, file: &IngestFile, name: &str, derived: Derived) -> Step<IngestDerivation> {
        let ready = format!("{}.{}", file.id, derived.extension);
        let put = || -> std::io::Result<()> {
            File::open(&derived.path)?.sync_all()?;
            fs::rename(&derived.path, self.work.join(&ready))?;
            sync(self.work)
        };
        put().map_err(|error| of_file("keeping what was made of it", &error))?;
        let stem = Path::new(name).file_stem().unwrap_or_default().to_string_lossy().into_owned();
        Ok(IngestDerivation {
            sha1: derived.sha1,
            size_bytes: derived.size_bytes,
            file: ready,
            name: format!("{stem}.{}", derived.extension),
            media_type: derived.media_type,
            recipe: derived.recipe,
            is_lossless: derived.is_lossless,
        })
    }

    /// What was made is still what it was when it was proven; the ledger learns of it before anybody else does.
    fn verify(&self, file: &mut IngestFile) -> Step<()> {
        if let (Some(derivation), Some(original)) = (&file.derivation, file.sha1) {
            if self.open_ready(derivation)?.is_none() {
                return self.make_again(file);
            }
            let derived = (derivation.sha1, derivation.size_bytes, derivation.media_type.as_str());
            self.journal.library.note_derivation(original, derived, &derivation.recipe, derivation.is_lossless)?;
        }
        Ok(self.journal.advance(file, State::Verified)?)
    }

    /// Opens what lies ready; `None` if it is lost or damaged, so that it has to be made again.
    fn open_ready(&self, derivation: &IngestDerivation) -> Step<Option<File>> {
        let open = || -> std::io::Result<Option<File>> {
            let mut made = File::open(self.ready(derivation))?;
            let is_whole = content(&made)?.sha1 == derivation.sha1;
            made.rewind()?;
            Ok(is_whole.then_some(made))
        };
        match open() {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            opened => opened.map_err(|error| of_file("reading what was made of it", &error)),
        }
    }

    fn make_again(&self, file: &mut IngestFile) -> Step<()> {
        self.discard(file);
        file.derivation = None;
        Ok(self.journal.advance(file, State::Paired)?)
    }

    fn hand_over(&self, file: &mut IngestFile, motion: Option<Uuid>, sidecar: Option<&IngestFile>) -> Step<()> {
        if let Some(asset) = self.known(file)? {
            // As it is told of the original, that is what has to be confirmed.
            return self.delivered(file, Delivered { asset, is_duplicate: true });
        }
        let original = self.open(file)?;
        let (name, opened, size_bytes, sha1) = match &file.derivation {
            Some(made) => {
                let Some(opened) = self.open_ready(made)? else { return self.make_again(file) };
                (made.name.clone(), opened, made.size_bytes, made.sha1)
            }
            None => (file_name(&file.path), original, file.stamp.size_bytes, known_sha1(file)?),
        };
        let modified = Timestamp(file.stamp.modified_ns / 1_000_000);
        let sidecar = sidecar.map(|sidecar| self.open(sidecar)).transpose()?;
        let delivery = Delivery { name, file: opened, size_bytes, sha1, modified, sidecar, motion };
        match self.zone.destination.deliver(delivery) {
            Ok(delivered) => self.delivered(file, delivered),
            // What was sent may not have been what it was to be.
            Err(_) if !file.stamp.is_of(&self.zone.at(&file.path)) => Err(Fault::Changed),
            Err(error) => Err(error.into()),
        }
    }

    fn delivered(&self, file: &mut IngestFile, delivered: Delivered) -> Step<()> {
        (file.asset, file.is_duplicate) = (Some(delivered.asset), delivered.is_duplicate);
        Ok(self.journal.advance(file, State::Delivered)?)
    }

    /// What the destination calls the content, or anything that stands for it. What somebody put there into the trash, or
    /// deleted on purpose, is for a person to decide.
    fn known(&self, file: &IngestFile) -> Step<Option<Uuid>> {
        let sha1 = known_sha1(file)?;
        let mut contents = vec![sha1];
        contents.extend(self.journal.library.derivations(&sha1)?);
        for content in contents {
            match self.zone.destination.look_up(&content)? {
                Known::New => {}
                Known::Held(asset) => return Ok(Some(asset)),
                Known::InTrash(asset) if file.is_wanted => {
                    self.zone.destination.restore(asset)?;
                    return Ok(Some(asset));
                }
                Known::DeletedOnPurpose if file.is_wanted => {}
                Known::InTrash(_) => {
                    let reason = "it lies in the trash there: somebody deleted it";
                    return Err(Fault::Hopeless { reason: reason.to_owned() });
                }
                Known::DeletedOnPurpose => {
                    return Err(Fault::Hopeless { reason: "somebody deleted it there on purpose".to_owned() });
                }
            }
        }
        Ok(None)
    }

    /// The destination's checksum has to be that of the original, or of something that was proven to stand for it.
    fn confirm(&self, file: &mut IngestFile) -> Step<()> {
        let (sha1, asset) = (known_sha1(file)?, file.asset.unwrap_or_default());
        let there = self.zone.destination.checksum(asset)?;
        let is_it = match there {
            Some(there) if there == sha1 => true,
            Some(there) => self.journal.library.derivations(&sha1)?.contains(&there),
            None => false,
        };
        if is_it {
            return Ok(self.journal.advance(file, State::Confirmed)?);
        }
        let reason = match there {
            Some(there) => format!("the destination has the checksum {} for it, not {}", there.to_hex(), sha1.to_hex()),
            None => "the destination does not have what it said it has".to_owned(),
        };
        // Sent again the next time.
        self.journal.advance(file, State::Verified)?;
        Err(Fault::Failed { after: None, reason, is_files: true })
    }

    fn confirm_sidecar(&self, sidecar: &mut IngestFile, asset: Uuid, was_there_before: bool) -> Step<()> {
        if sidecar.state >= State::Delivered {
            return Ok(());
        }
        sidecar.asset = Some(asset);
        let sha1 = known_sha1(sidecar)?;
        match self.zone.destination.has_sidecar(asset, &sha1)? {
            Some(true) => Ok(self.journal.advance(sidecar, State::Confirmed)?),
            // What is not proven is not deleted: see `release`.
            None if !was_there_before => Ok(self.journal.advance(sidecar, State::Delivered)?),
            Some(false) | None => {
                put_aside(self, sidecar, "its photo was there before, and a sidecar is not added to it later")
            }
        }
    }

    fn ready(&self, derivation: &IngestDerivation) -> PathBuf {
        self.work.join(&derivation.file)
    }

    /// What was made of a file is not needed any more.
    pub(crate) fn discard(&self, file: &IngestFile) {
        if let Some(derivation) = &file.derivation
            && let Err(error) = fs::remove_file(self.ready(derivation))
            && error.kind() != std::io::ErrorKind::NotFound
        {
            tracing::warn!(zone = self.zone.name, %error, "a file that was made for delivery was not removed");
        }
    }
}

fn known_sha1(file: &IngestFile) -> Step<Sha1> {
    file.sha1.ok_or_else(|| Fault::Failed {
        after: None,
        reason: "its content was not noted".to_owned(),
        is_files: true,
    })
}
