//! One photo or video whose files are written: what is known of it, and where its files lie.

use std::path::{Path, PathBuf};

use tintype_library::model::{Asset, ForeignPhoto, StoredForm, WriteTarget, WrittenFile};
use tintype_library::write_back::{Facts, WRITE_BACK, stamp};
use tintype_protocol::checksum::Sha1;
use tintype_protocol::id::AssetId;

use super::{Engine, facts};
use crate::fault::Fault;
use crate::known::Known;

/// See the module's description.
#[derive(Debug)]
pub(super) struct Subject {
    pub(super) id: AssetId,
    /// How people call it.
    pub(super) name: String,
    pub(super) known: Known,
    /// What its files were given before.
    pub(super) written: Vec<WrittenFile>,
    pub(super) place: Place,
}

/// Where the files of a photo lie.
#[derive(Debug)]
pub(super) enum Place {
    /// In the library.
    Own { asset: Box<Asset>, form: Option<StoredForm> },
    /// In a folder: a photo of another server.
    Folder(Box<InFolder>),
    /// Nothing is written: why, as it is counted and for people.
    Withheld(&'static str, String),
}

/// A photo of another server.
#[derive(Debug)]
pub(super) struct InFolder {
    pub(super) photo: ForeignPhoto,
    /// Where its sidecar lies, or would.
    pub(super) sidecar: PathBuf,
}

impl Subject {
    /// An asset of the library.
    pub(super) fn own(facts: Facts) -> Self {
        let known = facts::known(&facts);
        let Facts { asset, form, withheld, written, .. } = facts;
        let (id, name) = (asset.id, asset.original_name.clone());
        let place = match withheld {
            Some(why) => Place::Withheld(why.reason(), why.to_string()),
            None => Place::Own { asset: Box::new(asset), form },
        };
        Self { id, name, known, written, place }
    }

    pub(super) fn file(&self, target: WriteTarget) -> Option<&WrittenFile> {
        self.written.iter().find(|file| file.target == target)
    }

    /// Why nothing is written into its file, whatever that says: as it is counted, and for people.
    pub(super) fn refusal(&self) -> Option<(&'static str, &'static str)> {
        let Place::Own { form: Some(form), .. } = &self.place else { return None };
        if form.recipe == WRITE_BACK {
            None
        } else if form.is_exact {
            Some(("packed", "its original is packed without loss, which writing into it would end: use the sidecar"))
        } else {
            Some(("made-smaller", "something smaller lies in its place: use the sidecar"))
        }
    }

    /// The content that lies there.
    pub(super) fn content(&self) -> Option<Sha1> {
        match &self.place {
            Place::Own { asset, form } => Some(form.as_ref().map_or(asset.checksum, |form| form.sha1)),
            Place::Folder(found) => Some(found.photo.sha1),
            Place::Withheld(..) => None,
        }
    }
}

impl Engine<'_> {
    /// Where something with a key lies: keys of photos in folders are paths.
    pub(super) fn path(&self, subject: &Subject, key: &str) -> Result<PathBuf, Fault> {
        match &subject.place {
            Place::Own { .. } => {
                let file = self.library.blobs().local(key);
                Ok(file.map_err(tintype_library::LibraryError::from)?.path)
            }
            Place::Folder(_) | Place::Withheld(..) => Ok(PathBuf::from(key)),
        }
    }

    /// Where the photo's file lies.
    pub(super) fn original(&self, subject: &Subject) -> Result<PathBuf, Fault> {
        match &subject.place {
            Place::Own { asset, .. } => self.path(subject, &asset.original_path),
            Place::Folder(found) => Ok(PathBuf::from(&found.photo.path)),
            Place::Withheld(..) => Err(Fault::Changed),
        }
    }

    /// What the original's or the sidecar's file looks like, if it is there.
    pub(super) fn look(&self, subject: &Subject, target: WriteTarget) -> Option<(u64, i64)> {
        let path = match (&subject.place, target) {
            (_, WriteTarget::Embedded) => self.original(subject).ok()?,
            (Place::Own { asset, .. }, WriteTarget::Sidecar) => {
                self.path(subject, asset.sidecar_path.as_deref()?).ok()?
            }
            (Place::Folder(found), WriteTarget::Sidecar) => found.sidecar.clone(),
            (Place::Withheld(..), _) => return None,
        };
        stamp(&path).ok()
    }
}

/// Where the sidecar of a file in a folder lies, or would: `NAME.EXT.xmp`, or the `NAME.xmp` that another program laid there,
/// where that can only belong to this file.
pub(super) fn sidecar_beside(photo: &Path) -> PathBuf {
    let mut name = photo.as_os_str().to_owned();
    name.push(".xmp");
    let usual = PathBuf::from(name);
    let short = photo.with_extension("xmp");
    if usual.exists() || !short.is_file() || has_namesakes(photo) {
        return usual;
    }
    short
}

/// Whether other files share the name up to the extension, sidecars left aside.
fn has_namesakes(photo: &Path) -> bool {
    let Some(entries) = photo.parent().and_then(|folder| std::fs::read_dir(folder).ok()) else { return true };
    let others = entries.flatten().map(|entry| entry.path()).filter(|path| path != photo);
    let is_sidecar = |path: &PathBuf| path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("xmp"));
    others.filter(|path| !is_sidecar(path)).any(|path| path.file_stem() == photo.file_stem())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_sidecar_is_taken_where_it_has_one_owner() {
        let folder = tempfile::tempdir().unwrap();
        let lay = |name: &str| std::fs::write(folder.path().join(name), b"x").unwrap();
        let beside = |name: &str| {
            let found = sidecar_beside(&folder.path().join(name));
            found.file_name().unwrap().to_str().unwrap().to_owned()
        };
        lay("a.jpg");
        assert_eq!(beside("a.jpg"), "a.jpg.xmp");
        lay("a.xmp");
        assert_eq!(beside("a.jpg"), "a.xmp");
        lay("a.cr2");
        assert_eq!(beside("a.jpg"), "a.jpg.xmp", "it is the raw file's");
        std::fs::remove_file(folder.path().join("a.cr2")).unwrap();
        lay("a.jpg.xmp");
        assert_eq!(beside("a.jpg"), "a.jpg.xmp");
    }
}
