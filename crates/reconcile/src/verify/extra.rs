//! Files that nobody knows: of the library's own folders, and of folders beside it.

use std::collections::HashSet;

use tintype_library::blobs::BlobError;
use tintype_library::model::{Folder, FolderFile};
use tintype_library::{Library, LibraryError};

use super::{Fault, Finding, Happened, Verified, Witness};
use crate::error::ReconcileError;
use crate::file_path::FilePath;
use crate::places::root_of;
use crate::scan::scan;
use crate::settings::FolderSettings;

/// Where the library keeps originals and their sidecars.
const ORIGINALS: &str = "library";
/// Files that the library is asked about at a time.
const ASKED: usize = 500;

/// Tells of files among the originals that belong to no asset.
pub(super) fn in_library(
    library: &Library,
    done: &mut Verified,
    witness: &mut Witness<'_>,
) -> Result<(), ReconcileError> {
    let (mut batch, mut failure) = (Vec::with_capacity(ASKED), None);
    let listed = library.blobs().keys(ORIGINALS, &mut |key| {
        batch.push(key);
        if batch.len() == ASKED && failure.is_none() {
            failure = tell_unknown(library, &std::mem::take(&mut batch), done, witness).err();
        }
    });
    listed.map_err(LibraryError::from)?;
    match failure {
        Some(error) => Err(error),
        None => tell_unknown(library, &batch, done, witness),
    }
}

fn tell_unknown(
    library: &Library,
    keys: &[String],
    done: &mut Verified,
    witness: &mut Witness<'_>,
) -> Result<(), ReconcileError> {
    for key in library.read(|tx| Ok(tx.unknown_keys(keys)?))? {
        // One that was on its way out when it was listed is gone by now.
        match library.blobs().open(&key) {
            Err(BlobError::NotFound { .. }) => {}
            _ => tell(key, "it belongs to no asset", done, witness),
        }
    }
    Ok(())
}

/// Tells of photos and videos in a folder that are none of the `known` ones.
pub(super) fn in_folder(
    folder: &Folder,
    known: &[FolderFile],
    done: &mut Verified,
    witness: &mut Witness<'_>,
) -> Result<(), ReconcileError> {
    let root = root_of(&folder.path);
    let settings = FolderSettings::parse(&folder.settings)?;
    let known: HashSet<&[u8]> = known.iter().map(|row| row.path.as_slice()).collect();
    let found = scan(&root, &settings.exclusions());
    let found = found.map_err(|source| ReconcileError::Unreachable { path: root, source })?;
    for file in found.files.into_iter().filter(|file| file.is_media && !known.contains(file.path.as_slice())) {
        tell(FilePath(file.path).to_string(), "no plan has seen it yet", done, witness);
    }
    Ok(())
}

fn tell(name: String, text: &str, done: &mut Verified, witness: &mut Witness<'_>) {
    done.faults += 1;
    witness(Happened::Found(Finding { fault: Fault::Extra, name, asset: None, text: text.to_owned() }));
}
