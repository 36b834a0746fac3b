//! Writing into originals: into a copy, which takes the original's place once it is proven to be the same picture.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::Path;

use sha1::{Digest as _, Sha1 as Hasher};
use tempfile::TempPath;
use tintype_library::model::ForeignPhoto;
use tintype_media::picture_data::fingerprint;
use tintype_media::sniff::{Container as Format, HEAD_BYTES, sniff};
use tintype_protocol::checksum::Sha1;

use super::Engine;
use super::decide::Draft;
use super::subject::{Place, Subject};
use crate::fault::Fault;
use crate::known::Taken;
use crate::order::Order;

/// Bytes copied at a time.
const COPY_BYTES: usize = 1 << 20;

/// What lies in the photo's place now.
pub(super) enum Rewritten {
    /// Under this key of the library.
    Own(String),
    /// In its folder.
    InFolder(ForeignPhoto),
}

impl Engine<'_> {
    /// Writes into a copy, proves it, and gives it the original's place.
    pub(super) fn write_embedded(&self, subject: &Subject, draft: &Draft, order: &Order) -> Result<Rewritten, Fault> {
        let original = self.original(subject)?;
        let from = subject.content().ok_or(Fault::Changed)?;
        let modified = std::fs::metadata(&original).and_then(|about| about.modified());
        let modified = modified.map_err(|error| Fault::io("reading", &original, error))?;
        let taken = subject.known.taken.filter(|_| order.dates_files).and_then(Taken::instant);
        let modified = taken.unwrap_or(modified);
        let copy = self.copied(&original, from)?;
        self.rewrite(&copy, draft)?;
        if self.halt.is_set() {
            return Err(Fault::Stopped);
        }
        match &subject.place {
            Place::Own { asset, .. } => {
                if let Some(folder) = &order.backup {
                    keep_copy(&original, &folder.join(&asset.original_path))?;
                }
                let kept = self.library.keep_rewritten(subject.id, from, &copy, modified)?;
                kept.map(Rewritten::Own).ok_or(Fault::Changed)
            }
            Place::Folder(found) => {
                if let Some(folder) = &order.backup {
                    keep_copy(&original, &folder.join(found.photo.path.trim_start_matches('/')))?;
                }
                self.replace_photo(found, &copy, modified).map(Rewritten::InFolder)
            }
            Place::Withheld(..) => Err(Fault::Changed),
        }
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
        let kind = format(copy)?;
        self.exiftool()?.write(copy, &draft.changes, &draft.state)?;
        if fingerprint(copy).map_err(reading)? != Some(before) || format(copy)? != kind {
            return Err(Fault::PictureChanged);
        }
        Ok(())
    }
}

/// What the first bytes of a file say that it is.
fn format(path: &Path) -> Result<Option<Format>, Fault> {
    let mut head = Vec::new();
    let read = File::open(path).and_then(|file| file.take(HEAD_BYTES as u64).read_to_end(&mut head));
    read.map_err(|error| Fault::io("reading", path, error))?;
    Ok(sniff(&head))
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

/// Puts a copy of the old file where the user wants it, once: an older copy is nearer to the camera's.
fn keep_copy(original: &Path, place: &Path) -> Result<(), Fault> {
    if place.exists() {
        return Ok(());
    }
    let failed = |error| Fault::io("writing", place, error);
    let folder = place.parent().unwrap_or(place);
    std::fs::create_dir_all(folder).map_err(failed)?;
    let mut new = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    let mut from = File::open(original).map_err(|error| Fault::io("reading", original, error))?;
    std::io::copy(&mut from, &mut new).map_err(failed)?;
    new.as_file().sync_all().map_err(failed)?;
    new.persist_noclobber(place).map_err(|error| failed(error.error))?;
    Ok(())
}
