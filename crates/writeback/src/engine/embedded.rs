//! Writing into originals: into a copy, which takes the original's place once it is proven to be the same picture.
//!
//! Of a JPEG only what stands before the picture is shown to exiftool, and the picture is copied here: perl would take a third
//! of its time for that.

use std::fs::File;
use std::io::{self, BufReader, Read as _, Write as _};
use std::path::Path;

use sha1::{Digest as _, Sha1 as Hasher};
use tempfile::TempPath;
use tintype_library::LibraryError;
use tintype_library::blobs::Received;
use tintype_library::model::ForeignPhoto;
use tintype_library::write_back::Rewrite;
use tintype_media::jpeg_head::JpegHead;
use tintype_media::picture_data::fingerprint;
use tintype_media::sniff::{Container as Format, HEAD_BYTES, sniff};
use tintype_protocol::checksum::Sha1;

use super::Engine;
use super::decide::Draft;
use super::subject::{Place, Subject};
use crate::exiftool::check;
use crate::fault::Fault;
use crate::jpeg;
use crate::known::Taken;
use crate::merge::Change;
use crate::order::Order;
use crate::state::State;

/// Bytes copied at a time.
const COPY_BYTES: usize = 1 << 20;

/// Longest JPEG that is held in memory, in bytes; longer ones are copied on disk.
const MAX_HELD_BYTES: u64 = 32 << 20;

/// With less room than this, in bytes, a disk counts as full.
const LEAST_ROOM_BYTES: u64 = 1 << 20;

/// What a JPEG begins with.
const JPEG: [u8; 3] = [0xff, 0xd8, 0xff];

/// What lies in the photo's place now.
pub(super) enum Rewritten {
    /// Under this key of the library.
    Own(String),
    /// In its folder.
    InFolder(ForeignPhoto),
}

impl Engine<'_> {
    /// What an original says.
    pub(super) fn said_by(&self, original: &Path) -> Result<State, Fault> {
        // Without it nothing could be written either.
        let exiftool = self.exiftool()?;
        match jpeg::state_of(original).map_err(|error| Fault::io("reading", original, error))? {
            Some(state) => Ok(state),
            None => exiftool.read(original),
        }
    }

    /// Writes into a copy, proves it, and gives it the original's place.
    pub(super) fn write_embedded(&self, subject: &Subject, draft: &Draft, order: &Order) -> Result<Rewritten, Fault> {
        let original = self.original(subject)?;
        let from = subject.content().ok_or(Fault::Changed)?;
        let modified = std::fs::metadata(&original).and_then(|about| about.modified());
        let modified = modified.map_err(|error| Fault::io("reading", &original, error))?;
        let taken = subject.known.taken.filter(|_| order.dates_files).and_then(Taken::instant);
        let modified = taken.unwrap_or(modified);
        let file = self.rewritten(&original, from, draft)?;
        let dated = File::options().write(true).open(file.path()).and_then(|file| file.set_modified(modified));
        dated.map_err(|error| Fault::io("dating", file.path(), error))?;
        if self.halt.is_set() {
            return Err(Fault::Stopped);
        }
        match &subject.place {
            Place::Own { asset, .. } => {
                if let Some(folder) = &order.backup {
                    self.back_up(&original, &folder.join(&asset.original_path), asset.checksum)?;
                }
                self.keeping.keep(self.library, Rewrite { asset: subject.id, from, file }).map(Rewritten::Own)
            }
            Place::Folder(found) => {
                if let Some(folder) = &order.backup {
                    let place = folder.join(found.photo.path.trim_start_matches('/'));
                    self.back_up(&original, &place, found.photo.original)?;
                }
                self.replace_photo(found, &file, modified).map(Rewritten::InFolder)
            }
            Place::Withheld(..) => Err(Fault::Changed),
        }
    }

    /// A copy of an original of that content with the changes in it, proven and on disk.
    fn rewritten(&self, original: &Path, from: Sha1, draft: &Draft) -> Result<Received, Fault> {
        let _turn = self.turns.take();
        if self.halt.is_set() {
            return Err(Fault::Stopped);
        }
        if let Some(bytes) = held(original)? {
            if Sha1(Hasher::digest(&bytes).into()) != from {
                return Err(Fault::Changed);
            }
            if let Some((head, scan)) = JpegHead::split(&bytes) {
                match self.with_new_head((&head, scan), draft) {
                    // exiftool may do better when it sees the whole file.
                    Err(Fault::Refused { .. } | Fault::NotAsWritten { .. } | Fault::PictureChanged) => {}
                    other => return other,
                }
            }
        }
        let copy = self.copied(original, from)?;
        self.rewrite(&copy, draft)?;
        Ok(self.library.take_copy(&copy)?)
    }

    /// A JPEG with the changes in it, of which exiftool has seen no more than the head.
    fn with_new_head(&self, (head, scan): (&JpegHead, &[u8]), draft: &Draft) -> Result<Received, Fault> {
        let new = self.new_head(head, draft)?;
        let mut incoming = self.library.blobs().receive().map_err(LibraryError::from)?;
        let written = incoming.write(&new.to_bytes()).and_then(|()| incoming.write(scan));
        written.map_err(LibraryError::from)?;
        let file = incoming.finish().map_err(LibraryError::from)?;
        self.prove(&file, (head, scan), draft)?;
        Ok(file)
    }

    /// What is to stand before the picture. XMP is put in here where none is there but ours; all else is exiftool's work.
    fn new_head(&self, head: &JpegHead, draft: &Draft) -> Result<JpegHead, Fault> {
        let packet = jpeg::state(head).and_then(|_| jpeg::packet(&draft.state.after(&draft.changes).values));
        let is_left = |change: &&Change| packet.is_none() || !change.tag.is_xmp();
        let left: Vec<Change> = draft.changes.iter().filter(is_left).cloned().collect();
        let mut new = head.clone();
        if !left.is_empty() {
            let stub = self.stub(head)?;
            self.exiftool()?.change(&stub, &left, &draft.state).map_err(|fault| self.or_full(fault))?;
            let bytes = std::fs::read(&stub).map_err(|error| Fault::io("reading", &stub, error))?;
            (new, _) = JpegHead::split(&bytes).ok_or(Fault::PictureChanged)?;
        }
        if let Some(packet) = packet {
            jpeg::put(&mut new, packet);
        }
        Ok(new)
    }

    /// A file that has the head of a JPEG and next to nothing behind it.
    fn stub(&self, head: &JpegHead) -> Result<TempPath, Fault> {
        let stub = self.scratch_file(".jpg")?;
        std::fs::write(&stub, head.to_stub()).map_err(|error| Fault::io("writing", &stub, error))?;
        Ok(stub)
    }

    /// exiftool does not say why it cannot write: where next to no room is left, that is why.
    fn or_full(&self, fault: Fault) -> Fault {
        let is_full = || {
            let about = rustix::fs::statvfs(&self.scratch);
            about.is_ok_and(|about| about.f_bavail * about.f_frsize < LEAST_ROOM_BYTES)
        };
        let is_why = matches!(fault, Fault::Refused { .. }) && is_full();
        if is_why { Fault::Full { path: self.scratch.clone() } } else { fault }
    }

    /// Reads a written JPEG again: byte for byte the picture that it was, with what other programs keep in it, and it says what
    /// it should.
    fn prove(&self, file: &Received, (head, scan): (&JpegHead, &[u8]), draft: &Draft) -> Result<(), Fault> {
        let bytes = std::fs::read(file.path()).map_err(|error| Fault::io("reading", file.path(), error))?;
        let (found, same) = JpegHead::split(&bytes).ok_or(Fault::PictureChanged)?;
        if same != scan || !found.of_picture().eq(head.of_picture()) {
            return Err(Fault::PictureChanged);
        }
        if !jpeg::keeps_others(head, &found) {
            return Err(Fault::OthersChanged);
        }
        let said = match jpeg::state(&found) {
            Some(said) => said,
            // Of a name that tells it what to leave out.
            None => self.exiftool()?.read(&self.stub(&found)?)?,
        };
        check(&draft.state.after(&draft.changes), &said)
    }

    /// A copy of the original in the scratch folder, of the content that the library knows, under a name that says what it is.
    fn copied(&self, original: &Path, expected: Sha1) -> Result<TempPath, Fault> {
        let reading = |error| Fault::io("reading", original, error);
        let mut from = File::open(original).map_err(reading)?;
        let (mut buffer, mut hasher) = (vec![0; COPY_BYTES], Hasher::new());
        let mut length = from.read(&mut buffer).map_err(reading)?;
        let format = sniff(&buffer[..length.min(HEAD_BYTES)]).ok_or(Fault::UnknownPicture)?;
        let copy = self.scratch_file(extension(format))?;
        let writing = |error| Fault::io("writing", &copy, error);
        let mut to = File::create(&copy).map_err(writing)?;
        while length > 0 {
            hasher.update(&buffer[..length]);
            to.write_all(&buffer[..length]).map_err(writing)?;
            length = from.read(&mut buffer).map_err(reading)?;
        }
        let is_it = Sha1(hasher.finalize().into()) == expected;
        if is_it { Ok(copy) } else { Err(Fault::Changed) }
    }

    /// Changes a copy in its place, and proves that it is the same picture and says what it should.
    fn rewrite(&self, copy: &Path, draft: &Draft) -> Result<(), Fault> {
        let reading = |error| Fault::io("reading", copy, error);
        let before = fingerprint(copy).map_err(reading)?.ok_or(Fault::UnknownPicture)?;
        let (kind, head) = (format(copy)?, head(copy).map_err(reading)?);
        self.exiftool()?.write(copy, &draft.changes, &draft.state)?;
        if fingerprint(copy).map_err(reading)? != Some(before) || format(copy)? != kind {
            return Err(Fault::PictureChanged);
        }
        let is_kept = match (head, self::head(copy).map_err(reading)?) {
            (Some(before), Some(after)) => jpeg::keeps_others(&before, &after),
            (Some(_), None) => false,
            // It is no JPEG, or one that is not told apart here.
            (None, _) => true,
        };
        if is_kept { Ok(()) } else { Err(Fault::OthersChanged) }
    }
}

/// What stands before the picture of a JPEG.
fn head(path: &Path) -> io::Result<Option<JpegHead>> {
    JpegHead::read(&mut BufReader::new(File::open(path)?))
}

/// What the first bytes of a file say that it is.
fn format(path: &Path) -> Result<Option<Format>, Fault> {
    let mut head = Vec::new();
    let read = File::open(path).and_then(|file| file.take(HEAD_BYTES as u64).read_to_end(&mut head));
    read.map_err(|error| Fault::io("reading", path, error))?;
    Ok(sniff(&head))
}

/// The bytes of a JPEG that is not too long.
fn held(path: &Path) -> Result<Option<Vec<u8>>, Fault> {
    let reading = |error| Fault::io("reading", path, error);
    let mut file = File::open(path).map_err(reading)?;
    let length = file.metadata().map_err(reading)?.len();
    let mut start = [0; JPEG.len()];
    if length < start.len() as u64 || length > MAX_HELD_BYTES {
        return Ok(None);
    }
    file.read_exact(&mut start).map_err(reading)?;
    if start != JPEG {
        return Ok(None);
    }
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or(0));
    bytes.extend(start);
    file.take(MAX_HELD_BYTES).read_to_end(&mut bytes).map_err(reading)?;
    Ok(Some(bytes))
}

/// exiftool refuses files whose name says something else than their bytes.
fn extension(format: Format) -> &'static str {
    match format {
        Format::Jpeg => ".jpg",
        Format::Png => ".png",
        Format::WebP => ".webp",
        Format::Tiff => ".tif",
        Format::Heif => ".heic",
        Format::Avif => ".avif",
        Format::JpegXl => ".jxl",
        Format::Mp4 => ".mp4",
        Format::QuickTime => ".mov",
        _ => ".bin",
    }
}
