//! Files that nobody knows, of the library's own folders and of folders beside it; and what nobody could look at there.

use std::collections::HashSet;

use tintype_library::blobs::BlobError;
use tintype_library::model::Folder;
use tintype_library::{Library, LibraryError};

use super::{Fault, Finding, Happened, Verified, Witness};
use crate::error::ReconcileError;
use crate::file_path::FilePath;
use crate::places::root_of;
use crate::scan::scan;
use crate::settings::FolderSettings;

/// Where the library keeps originals and their sidecars.
const ORIGINALS: &str = "library";

/// Tells of files among the originals that belong to no asset, and are on no way in or out.
pub(super) fn in_library(
    library: &Library,
    done: &mut Verified,
    witness: &mut Witness<'_>,
) -> Result<(), ReconcileError> {
    let mut strays = HashSet::new();
    // Files before rows: one that comes in has its row, or its place is reserved, by the time that those are read.
    let listed = library.blobs().keys(ORIGINALS, &mut |key| {
        strays.insert(key);
    });
    listed.map_err(LibraryError::from)?;
    library.read(|tx| {
        tx.visit_blob_keys(&mut |key| {
            strays.remove(key);
        })?;
        let on_their_way = tx.reserved_keys()?.into_iter().chain(tx.orphaned_keys(u32::MAX)?);
        for key in on_their_way {
            strays.remove(&key);
        }
        Ok(())
    })?;
    let mut strays: Vec<String> = strays.into_iter().collect();
    strays.sort_unstable();
    for key in strays {
        // One that was on its way out when it was listed is gone by now.
        match library.blobs().open(&key) {
            Err(BlobError::NotFound { .. }) => {}
            _ => tell(key, "it belongs to no asset", done, witness),
        }
    }
    Ok(())
}

/// Tells of photos and videos in a folder that no plan has seen, and of what cannot be read: what lies there is proven by nobody.
pub(super) fn in_folder(
    library: &Library,
    folder: &Folder,
    done: &mut Verified,
    witness: &mut Witness<'_>,
) -> Result<(), ReconcileError> {
    let root = root_of(&folder.path);
    let settings = FolderSettings::parse(&folder.settings)?;
    // Files before rows, as above: reading the others may have taken hours, in which plans were made.
    let found = scan(&root, &settings.exclusions());
    let found = found.map_err(|source| ReconcileError::Unreachable { path: root.clone(), source })?;
    for (path, error) in found.errors {
        let name = if path.as_os_str().is_empty() { root.display().to_string() } else { path.display().to_string() };
        done.faults += 1;
        let text = format!("what lies there could not be looked at: {error}");
        witness(Happened::Found(Finding { fault: Fault::Unreadable, name, asset: None, text, mended: false }));
    }
    let known = library.folder_files(folder.id)?.into_iter().filter(|row| row.is_present());
    let known: HashSet<Vec<u8>> = known.map(|row| row.path).collect();
    for file in found.files.into_iter().filter(|file| file.is_media && !known.contains(file.path.as_slice())) {
        tell(FilePath(file.path).to_string(), "no plan has seen it yet", done, witness);
    }
    Ok(())
}

fn tell(name: String, text: &str, done: &mut Verified, witness: &mut Witness<'_>) {
    done.faults += 1;
    witness(Happened::Found(Finding { fault: Fault::Extra, name, asset: None, text: text.to_owned(), mended: false }));
}
