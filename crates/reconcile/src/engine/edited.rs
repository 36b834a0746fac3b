//! Files whose metadata was written into by another program: the picture is the same, so the photo is. The ledger learns it,
//! and neither is the file a new photo nor is the one before deleted.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use tintype_library::Library;
use tintype_library::model::{Folder, FolderFile};
use tintype_media::formats;
use tintype_media::picture_data::fingerprint;
use tintype_protocol::checksum::Sha1;
use tintype_protocol::time::Timestamp;

use crate::error::ReconcileError;
use crate::file_path::FilePath;

/// How the ledger calls what became of such a file.
const RECIPE: &str = "metadata-elsewhere";

/// Looks at the files that were found just now to have another content than before.
pub(super) fn note_metadata_edits(
    library: &Library,
    folder: &Folder,
    root: &Path,
    rows: &[FolderFile],
    now: Timestamp,
) -> Result<(), ReconcileError> {
    let replaced: Vec<(&FolderFile, Sha1)> = rows
        .iter()
        .filter(|row| row.absent_since == Some(now))
        .filter_map(|row| Some((row, row.replaced_by?)))
        .collect();
    let wanted: HashSet<Sha1> = replaced.iter().map(|(_, sha1)| *sha1).collect();
    let there: HashMap<Sha1, &FolderFile> =
        rows.iter().filter(|row| row.is_present() && wanted.contains(&row.sha1)).map(|row| (row.sha1, row)).collect();
    for (before, sha1) in replaced {
        let Some(after) = there.get(&sha1) else { continue };
        let path = FilePath(after.path.clone());
        if library.derivations(&before.sha1)?.contains(&sha1) || !is_same_picture(library, folder, before, &path, root)
        {
            continue;
        }
        let media_type = formats::by_name(&path.name()).map_or(formats::UNKNOWN_MEDIA_TYPE, |format| format.media_type);
        let derived = (sha1, after.stamp.size_bytes, media_type);
        library.note_derivation(before.sha1, derived, RECIPE, false)?;
    }
    Ok(())
}

/// What cannot be compared is not the same.
fn is_same_picture(library: &Library, folder: &Folder, before: &FolderFile, after: &FilePath, root: &Path) -> bool {
    let original = || {
        let known = library.known_content(folder.owner_id, &before.sha1).ok()??;
        let asset = library.read(|tx| Ok(tx.asset(known.asset_id)?)).ok()??;
        let file = library.original_file(&asset).ok()?;
        fingerprint(file.path()).ok()?
    };
    let found = fingerprint(&after.below(root)).ok().flatten();
    found.is_some() && found == original()
}
