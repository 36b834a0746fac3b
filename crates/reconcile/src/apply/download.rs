//! An original comes into the folder, with what belongs to it. It gets its name there only once it is whole.

use std::fs::{self, File};
use std::io::{self, Read, Write as _};
use std::path::Path;
use std::time::{Duration, SystemTime};

use tintype_library::folders::FolderFileChange;
use tintype_library::model::{Asset, FileStamp, FolderFile};
use tintype_library::origin::Wanted;
use tintype_media::formats;
use tintype_protocol::checksum::Sha1;
use tintype_protocol::model::AssetStatus;

use super::{ActionError, Became, Bench};
use crate::file_path::FilePath;
use crate::hashing::{hash, sha1_of};
use crate::places::{Moved, NAME_ATTEMPTS, UNFINISHED, move_into};
use crate::plan::{Action, Kind};
use crate::scan::is_excluded;

/// How long another server may take to begin with an original.
const PATIENCE: Duration = Duration::from_secs(600);

/// A file that is whole, under a name that nobody looks at.
struct Received {
    path: std::path::PathBuf,
    sha1: Sha1,
    name: String,
}

impl Drop for Received {
    fn drop(&mut self) {
        // Where it got its name, nothing is there any more.
        let _ = fs::remove_file(&self.path);
    }
}

impl Bench<'_> {
    pub(super) fn download(&self, action: &Action) -> Result<Became, ActionError> {
        let id = action.asset.ok_or_else(|| ActionError::refused("no asset is named"))?;
        let asset = self.library.read(|tx| Ok(tx.asset(id)?))?;
        let asset = asset.filter(|asset| asset.status == AssetStatus::Active);
        let asset = asset.ok_or_else(|| ActionError::refused("the asset is not as it was"))?;
        if self.content_of(&asset)? != Some(action.sha1) {
            return Err(ActionError::refused("the asset is not as it was"));
        }
        // All of it is here before any of it gets its name: a still without its motion part would never get it.
        let part = asset.live_photo_video_id.map(|video| self.library.read(|tx| Ok(tx.asset(video)?))).transpose()?;
        let part = part.flatten().map(|part| Ok::<_, ActionError>((self.receive(&part)?, part))).transpose()?;
        let sidecar = self.open_sidecar(&asset)?;
        let mut moved = vec![self.bring(&asset, &self.receive(&asset)?, None)?];
        if let Some((received, part)) = part {
            moved.push(self.bring(&part, &received, moved.first().map(|still| &still.to))?);
        }
        if let Some(sidecar) = sidecar {
            moved.extend(self.bring_sidecar(sidecar, &moved[0].to)?);
        }
        Ok(Became { asset: Some(id), moved, ..Became::said("it is in the folder") })
    }

    /// What the original's bytes are: of one that stays in place, its file's row says it.
    fn content_of(&self, asset: &Asset) -> Result<Option<Sha1>, ActionError> {
        if !asset.is_in_place() {
            return Ok(Some(asset.checksum));
        }
        Ok(self.library.folder_file_of(asset.id)?.filter(FolderFile::is_present).map(|row| row.sha1))
    }

    /// One file. A motion part goes beside its still, under its stem.
    fn bring(&self, asset: &Asset, received: &Received, still: Option<&FilePath>) -> Result<Moved, ActionError> {
        if formats::by_name(&received.name).is_none() {
            // It would not be seen again, and be taken for deleted.
            return Err(ActionError::refused(format!("{} is not the name of a photo or video", received.name)));
        }
        let before = if still.is_none() { self.place_before(asset, &received.name)? } else { None };
        for attempt in 0..NAME_ATTEMPTS {
            let in_tree = FilePath(self.tree.place(&received.name, asset.local_date_time, attempt));
            let place = match (still, &before) {
                (Some(still), _) => beside(still, &received.name, attempt),
                (None, Some(before)) => before.numbered(attempt),
                (None, None) => in_tree.clone(),
            };
            let full = place.below(&self.root);
            match move_into(&self.root, &received.path, &place) {
                Ok(()) => {}
                // A run that was interrupted may have put it there before.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    if sha1_of(&full).ok() != Some(received.sha1) {
                        continue;
                    }
                }
                Err(error) => return Err(ActionError::Io { what: "putting it into the folder", source: error }),
            }
            self.remember(&place, &full, received.sha1, if before.is_some() { &in_tree } else { &place })?;
            return Ok(self.moved(&place, Some(received.sha1)));
        }
        Err(ActionError::refused(format!("there are too many files named {}", received.name)))
    }

    /// Where the file lay before it went with its asset, from whichever side, which is out of the library's trash now: people
    /// look for it there.
    fn place_before(&self, asset: &Asset, name: &str) -> Result<Option<FilePath>, ActionError> {
        let kinds = [Kind::TrashFile.as_str(), Kind::TrashAsset.as_str()];
        let path = self.library.last_path_of(self.folder.id, asset.id, kinds)?.map(FilePath);
        let extension = |name: &str| name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
        let is_folder = |part: &Path| match fs::symlink_metadata(part) {
            Ok(about) => about.is_dir(),
            Err(_) => true,
        };
        let is_way = |path: &FilePath| {
            path.below(&self.root).ancestors().skip(1).take_while(|part| *part != self.root).all(is_folder)
        };
        Ok(path.filter(|path| {
            path.is_inside()
                && is_way(path)
                && extension(&path.name()) == extension(name)
                && !is_excluded(&path.0, &self.settings.exclusions())
        }))
    }

    fn moved(&self, to: &FilePath, sha1: Option<Sha1>) -> Moved {
        Moved {
            from: FilePath(Vec::new()),
            to: to.clone(),
            sha1: sha1.map(Sha1::to_hex),
            at: self.library.now().to_iso(),
            reason: "in the library".to_owned(),
        }
    }

    /// All bytes, whole and verified, on the disk of the folder.
    fn receive(&self, asset: &Asset) -> Result<Received, ActionError> {
        let found = match self.library.here(asset, Wanted::Original)? {
            Some(found) => found,
            None => self.library.fetch(asset, Wanted::Original, PATIENCE)?,
        };
        let path = self.root.join(format!("{UNFINISHED}{}", asset.id));
        let mut received = Received { path, sha1: Sha1([0; 20]), name: found.name };
        received.sha1 = copy(found.blob.reader, &received.path).map_err(ActionError::io("copying the original"))?;
        let content = self.content_of(asset)?.ok_or_else(|| ActionError::refused("its file is gone"))?;
        let is_it = received.sha1 == content || self.library.derivations(&content)?.contains(&received.sha1);
        if !is_it {
            return Err(ActionError::refused("the original is damaged: its bytes are not what they should be"));
        }
        let age = Duration::from_millis(u64::try_from(asset.file_modified_at.0).unwrap_or(0));
        let dated = File::options().write(true).open(&received.path);
        let dated = dated.and_then(|file| file.set_modified(SystemTime::UNIX_EPOCH + age));
        dated.map_err(ActionError::io("dating the file"))?;
        Ok(received)
    }

    /// The next look finds what it knows.
    fn remember(&self, place: &FilePath, full: &Path, sha1: Sha1, placed: &FilePath) -> Result<(), ActionError> {
        let about = fs::metadata(full).map_err(ActionError::io("looking at the file"))?;
        let now = self.library.now();
        let mut changes = Vec::new();
        match self.library.folder_file_at(self.folder.id, &place.0)? {
            Some(row) if row.sha1 == sha1 => return Ok(()),
            // Somebody took away what was there, and no look has seen that yet.
            Some(row) => changes.push(FolderFileChange::Update(FolderFile {
                last_seen: Some(row.first_seen),
                absent_since: Some(now),
                ..row
            })),
            None => {}
        }
        let gone = self.library.folder_files_with(self.folder.id, &sha1)?.into_iter().filter(|row| !row.is_present());
        changes.extend(gone.map(|row| FolderFileChange::Forget(row.id)));
        changes.push(FolderFileChange::Add(FolderFile {
            agreed_since: Some(now),
            placed: Some(placed.0.clone()),
            ..FolderFile::seen(self.folder.id, place.0.clone(), FileStamp::of(&about), sha1, now)
        }));
        Ok(self.library.note_folder_files(changes)?)
    }

    /// The XMP file of an asset; one in place has it beside its file.
    fn open_sidecar(&self, asset: &Asset) -> Result<Option<Box<dyn Read>>, ActionError> {
        if let Some(key) = &asset.sidecar_path {
            let blob = self.library.blobs().open(key).map_err(tintype_library::LibraryError::from)?;
            return Ok(Some(Box::new(blob.reader)));
        }
        Ok(self.library.sidecar_in_place(asset).map(|file| Box::new(file) as Box<dyn Read>))
    }

    fn bring_sidecar(&self, from: impl Read, photo: &FilePath) -> Result<Option<Moved>, ActionError> {
        let place = FilePath([photo.0.as_slice(), b".xmp"].concat());
        let path = self.root.join(format!("{UNFINISHED}xmp"));
        let received = Received { path, sha1: Sha1([0; 20]), name: String::new() };
        copy(from, &received.path).map_err(ActionError::io("copying the XMP file"))?;
        match move_into(&self.root, &received.path, &place) {
            Ok(()) => Ok(Some(self.moved(&place, None))),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(None),
            Err(source) => Err(ActionError::Io { what: "putting the XMP file into the folder", source }),
        }
    }
}

fn beside(still: &FilePath, name: &str, attempt: u32) -> FilePath {
    let extension = name.rsplit_once('.').map_or("mov", |(_, extension)| extension);
    let start = still.0.iter().rposition(|byte| *byte == b'/').map_or(0, |at| at + 1);
    let end = still.0.iter().rposition(|byte| *byte == b'.').filter(|at| *at > start).unwrap_or(still.0.len());
    let number = if attempt == 0 { String::new() } else { format!("+{attempt}") };
    FilePath([&still.0[..end], number.as_bytes(), b".", extension.as_bytes()].concat())
}

fn copy(from: impl Read, to: &Path) -> io::Result<Sha1> {
    let mut file = File::create(to)?;
    let sha1 = hash(from, |bytes| file.write_all(bytes))?;
    file.sync_all()?;
    Ok(sha1)
}
