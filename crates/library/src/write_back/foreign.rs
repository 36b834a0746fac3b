//! What is remembered of photos of other servers that lie in folders here: where, with which content, and what their files
//! were given. The ledger knows what stands for their originals.

use std::path::Path;

use tintype_protocol::checksum::Sha1;
use tintype_protocol::id::AssetId;

use super::Settled;
use crate::error::LibraryError;
use crate::library::Library;
use crate::model::{ForeignPhoto, TagChange, WriteTarget, WrittenFile};
use crate::store::Durability;

/// What is remembered of one photo of another server.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ForeignMemory {
    /// Where it lies.
    pub photo: Option<ForeignPhoto>,
    /// What its files were given.
    pub written: Vec<WrittenFile>,
}

/// What became of one photo's files.
#[derive(Debug, Clone)]
pub struct ForeignSettled {
    /// What its files were given; nothing is reserved in folders that are not the library's.
    pub settled: Settled,
    /// Where it lies, and with which content.
    pub photo: ForeignPhoto,
}

impl Library {
    /// What is remembered of photos of a server, in their order.
    pub fn foreign_memories(&self, server: &str, ids: &[AssetId]) -> Result<Vec<ForeignMemory>, LibraryError> {
        self.read(|tx| {
            let memory = |id: &AssetId| -> Result<ForeignMemory, LibraryError> {
                let targets = [WriteTarget::Sidecar, WriteTarget::Embedded];
                let files = targets.iter().filter_map(|target| tx.foreign_file(server, *id, *target).transpose());
                Ok(ForeignMemory { photo: tx.foreign_photo(server, *id)?, written: files.collect::<Result<_, _>>()? })
            };
            ids.iter().map(memory).collect()
        })
    }

    /// Whether a content is another one, or was made of it.
    pub fn stands_for(&self, original: &Sha1, found: &Sha1) -> Result<bool, LibraryError> {
        Ok(original == found || self.read(|tx| Ok(tx.derivations(original)?))?.contains(found))
    }

    /// Notes what a run is about to change and where the photos lie, before any file is touched.
    pub fn begin_foreign_writes(
        &self,
        run: i64,
        server: &str,
        changes: Vec<TagChange>,
        given: Vec<WrittenFile>,
        photos: Vec<ForeignPhoto>,
    ) -> Result<(), LibraryError> {
        if changes.is_empty() && photos.is_empty() {
            return Ok(());
        }
        let server = server.to_owned();
        self.write(Durability::Full, move |tx| {
            photos.iter().try_for_each(|photo| tx.note_foreign_photo(&server, photo))?;
            given.iter().try_for_each(|file| tx.note_foreign_file(&server, file))?;
            Ok(changes.iter().try_for_each(|change| tx.note_tag_change(run, change))?)
        })
    }

    /// Notes what became of files of another server's photos, all together.
    pub fn settle_foreign_writes(
        &self,
        run: i64,
        server: &str,
        settled: Vec<ForeignSettled>,
    ) -> Result<(), LibraryError> {
        let server = server.to_owned();
        self.write(Durability::Full, move |tx| {
            for ForeignSettled { settled, photo } in &settled {
                tx.note_foreign_photo(&server, photo)?;
                for target in &settled.forgotten {
                    tx.forget_foreign_file(&server, settled.asset, *target)?;
                }
                settled.written.iter().try_for_each(|file| tx.note_foreign_file(&server, file))?;
                if settled.is_done {
                    tx.check_off(run, settled.asset)?;
                }
            }
            Ok(())
        })
    }
}

impl ForeignPhoto {
    /// Whether a file still looks as it did when its content was proven.
    pub fn looks_the_same(&self, path: &Path) -> bool {
        super::stamp(path).is_ok_and(|found| found == (self.size_bytes, self.modified_ns))
    }
}
