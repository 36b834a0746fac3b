//! Originals, whatever lies in their place: every reader of an original goes through here.
//!
//! An asset may be kept as something smaller that was made from its original ([`StoredForm`]). Where the original's bytes
//! can be rebuilt from that, they are, each time somebody wants them, and nobody gets them before their SHA-1 is the
//! asset's. Where they cannot, what lies here is handed out as what it is.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex, PoisonError};

use tintype_media::recipes::{RebuildError, rebuild};
use tintype_protocol::checksum::Sha1;

use crate::blobs::{Blob, BlobError, Incoming, LocalFile, Received};
use crate::error::LibraryError;
use crate::in_place::open_in_place;
use crate::library::Library;
use crate::model::{Asset, StoredForm};

/// Originals that are rebuilt at the same time; others wait for their turn.
const MAX_REBUILDS: usize = 2;

/// Memory for rebuilding one original, in bytes.
const REBUILD_BYTES: u64 = 1 << 30;

/// The name of an original without an extension.
const NAMELESS: &str = "file";

/// Turns at rebuilding originals.
#[derive(Debug, Default)]
pub(crate) struct Rebuilds {
    running: Mutex<usize>,
    changed: Condvar,
}

/// The right to rebuild one original now.
struct Turn<'a>(&'a Rebuilds);

impl Rebuilds {
    fn take(&self) -> Turn<'_> {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        let is_full = |running: &mut usize| *running >= MAX_REBUILDS;
        *self.changed.wait_while(running, is_full).unwrap_or_else(PoisonError::into_inner) += 1;
        Turn(self)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        *self.0.running.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        self.0.changed.notify_one();
    }
}

/// An original open for reading, or what stands for it.
#[derive(Debug)]
pub struct OpenOriginal {
    /// The bytes.
    pub blob: Blob,
    /// What they are.
    pub media_type: String,
    /// The asset's name, with the extension of what the bytes are.
    pub name: String,
    /// The bytes' own SHA-1: the asset's, unless something else stands for the original.
    pub sha1: Sha1,
}

/// An original as a file on this machine, while this lives.
#[derive(Debug)]
pub struct OriginalFile {
    path: PathBuf,
    /// Goes with this.
    _rebuilt: Option<Received>,
}

impl OriginalFile {
    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// Passes bytes on to a file that is being received.
struct Filling<'a>(&'a mut Incoming);

impl Write for Filling<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes).map(|()| bytes.len()).map_err(io::Error::other)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The name of an asset under which something that stands for its original is handed out: with the extension of `key`.
pub(crate) fn name_with_extension_of(name: &str, key: &str) -> String {
    let stem = match name.rsplit_once('.') {
        Some((stem, _)) if !stem.is_empty() => stem,
        _ if name.is_empty() => NAMELESS,
        _ => name,
    };
    match key.rsplit_once('.') {
        Some((_, extension)) if !extension.contains('/') => format!("{stem}.{extension}"),
        _ => stem.to_owned(),
    }
}

impl Library {
    /// In which form an asset is kept; `None`: as it came.
    pub fn stored_form(&self, asset: &Asset) -> Result<Option<StoredForm>, LibraryError> {
        self.read(|tx| Ok(tx.stored_form(asset.id)?))
    }

    /// What is handed out when an asset's original is asked for.
    pub fn handed_out_type(&self, asset: &Asset) -> Result<String, LibraryError> {
        let form = self.stored_form(asset)?.filter(|form| !form.is_exact);
        Ok(form.map_or_else(|| asset.media_type.clone(), |form| form.media_type))
    }

    /// Opens the original of an asset. Blocks for as long as it takes to rebuild it where it has to be: some seconds, and
    /// longer when many want theirs. Where only something made with loss lies here, that is what is opened.
    pub fn open_original(&self, asset: &Asset) -> Result<OpenOriginal, LibraryError> {
        if let Some(now) = self.in_place_now(asset)? {
            let (blob, media_type, name) = (open_in_place(&now)?, now.media_type, now.original_name);
            return Ok(OpenOriginal { blob, media_type, name, sha1: now.checksum });
        }
        self.at_its_place(asset, |key, form| {
            let stored = self.blobs.open(key)?;
            let Some(form) = form else {
                let (media_type, name) = (asset.media_type.clone(), asset.original_name.clone());
                return Ok(OpenOriginal { blob: stored, media_type, name, sha1: asset.checksum });
            };
            if !form.is_exact {
                let name = name_with_extension_of(&asset.original_name, key);
                return Ok(OpenOriginal { blob: stored, media_type: form.media_type, name, sha1: form.sha1 });
            }
            // Of the stored file's age, so that whoever asks twice sees that it is the same.
            let modified = stored.modified;
            let rebuilt = self.rebuilt(asset, stored.reader)?;
            let file = File::open(rebuilt.path()).map_err(|error| BlobError::io("opening", rebuilt.path(), error))?;
            // The name goes now, the bytes with whoever reads them.
            let blob = Blob { reader: Box::new(file), size_bytes: rebuilt.size_bytes, modified };
            let (media_type, name) = (asset.media_type.clone(), asset.original_name.clone());
            Ok(OpenOriginal { blob, media_type, name, sha1: asset.checksum })
        })
    }

    /// The same as a file, for programs that want one.
    pub fn original_file(&self, asset: &Asset) -> Result<OriginalFile, LibraryError> {
        if let Some(now) = self.in_place_now(asset)? {
            open_in_place(&now)?;
            return Ok(OriginalFile { path: now.original_path.into(), _rebuilt: None });
        }
        self.at_its_place(asset, |key, form| {
            if form.is_some_and(|form| form.is_exact) {
                let rebuilt = self.rebuilt(asset, self.blobs.open(key)?.reader)?;
                return Ok(OriginalFile { path: rebuilt.path().to_owned(), _rebuilt: Some(rebuilt) });
            }
            let LocalFile { path } = self.blobs.local(key)?;
            Ok(OriginalFile { path, _rebuilt: None })
        })
    }

    /// An asset in place as it is now: its file may have been moved since somebody looked.
    fn in_place_now(&self, asset: &Asset) -> Result<Option<Asset>, LibraryError> {
        if !asset.is_in_place() {
            return Ok(None);
        }
        let now = self.read(|tx| Ok(tx.asset(asset.id)?))?;
        Ok(Some(now.filter(Asset::is_in_place).unwrap_or_else(|| asset.clone())))
    }

    /// Calls with the key under which the asset's bytes lie now, and their form. The file may be exchanged between the
    /// look and the opening; then it is looked again.
    pub(crate) fn at_its_place<T>(
        &self,
        asset: &Asset,
        open: impl Fn(&str, Option<StoredForm>) -> Result<T, LibraryError>,
    ) -> Result<T, LibraryError> {
        let look = || {
            self.read(|tx| {
                // A replaced asset has other bytes: whoever looked before wants those of then, or none.
                let now = tx.asset(asset.id)?.filter(|now| now.checksum == asset.checksum);
                let form = if now.is_some() { tx.stored_form(asset.id)? } else { None };
                Ok((now.map_or_else(|| asset.original_path.clone(), |now| now.original_path), form))
            })
        };
        let (key, form) = look()?;
        match open(&key, form) {
            Err(LibraryError::Blob(BlobError::NotFound { .. })) => {
                let (again, form) = look()?;
                if again == key { Err(BlobError::NotFound { key }.into()) } else { open(&again, form) }
            }
            other => other,
        }
    }

    /// The original's bytes out of what lies here, proven to be the right ones.
    pub(crate) fn rebuilt(&self, asset: &Asset, stored: impl io::Read) -> Result<Received, LibraryError> {
        let _turn = self.rebuilds.take();
        let mut incoming = self.blobs.receive()?;
        rebuild(io::BufReader::new(stored), Filling(&mut incoming), REBUILD_BYTES)?;
        let received = incoming.finish()?;
        if received.sha1 != asset.checksum {
            return Err(RebuildError::Damaged("the original's SHA-1 does not come out of it".to_owned()).into());
        }
        Ok(received)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_get_the_extension_of_what_they_name() {
        for (name, key, expected) in [
            ("beach.JPG", "library/a/beach.avif", "beach.avif"),
            ("beach", "library/a/beach+1.avif", "beach.avif"),
            ("a.b.jpg", "library/a.b/c", "a.b"),
            (".jpg", "x.avif", ".jpg.avif"),
            ("", "x.avif", "file.avif"),
        ] {
            assert_eq!(name_with_extension_of(name, key), expected, "{name} {key}");
        }
    }

    #[test]
    fn no_more_are_rebuilt_at_once_than_may_be() {
        let (rebuilds, most) = (Rebuilds::default(), Mutex::new((0_usize, 0_usize)));
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    let _turn = rebuilds.take();
                    let mut count = most.lock().unwrap();
                    *count = (count.0 + 1, count.1.max(count.0 + 1));
                    drop(count);
                    std::thread::sleep(std::time::Duration::from_millis(5));
                    most.lock().unwrap().0 -= 1;
                });
            }
        });
        assert_eq!(*most.lock().unwrap(), (0, MAX_REBUILDS));
    }
}
