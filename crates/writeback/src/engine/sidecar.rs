//! Sidecars: found, read, and made anew.

use std::collections::BTreeMap;

use tintype_library::blobs::BlobError;
use tintype_library::model::Asset;

use super::decide::{Base, Draft};
use super::subject::{Place, Subject};
use super::{Engine, in_folder};
use crate::exiftool::{Exiftool, check};
use crate::fault::Fault;
use crate::state::State;
use crate::xmp;

/// Longest sidecar that is read, in bytes.
pub(super) const MAX_SIDECAR_BYTES: u64 = 64 << 20;

pub(super) fn too_long() -> Fault {
    Fault::Refused { text: "the sidecar is too long".to_owned() }
}

impl Engine<'_> {
    pub(super) fn exiftool(&self) -> Result<&Exiftool, Fault> {
        self.exiftool.as_ref().ok_or(Fault::NoExiftool)
    }

    /// The sidecar of a photo, or the place where it would be, and what it says.
    pub(super) fn sidecar(&self, subject: &Subject) -> Result<(Base, State), Fault> {
        let (key, bytes) = match &subject.place {
            Place::Own { asset, .. } => self.own_sidecar(asset)?,
            Place::Folder(found) => in_folder::sidecar(&found.sidecar)?,
            Place::Withheld(..) => return Err(Fault::Changed),
        };
        let own = match &bytes {
            None => Some(BTreeMap::new()),
            Some(bytes) => xmp::read(bytes),
        };
        let is_foreign = own.is_none();
        let state = match own {
            Some(values) => State { values, ..State::default() },
            None => self.exiftool()?.read(&self.path(subject, &key)?)?,
        };
        Ok((Base::Sidecar { key, bytes, is_foreign }, state))
    }

    fn own_sidecar(&self, asset: &Asset) -> Result<(String, Option<Vec<u8>>), Fault> {
        let known = asset.sidecar_path.clone();
        let key = known.clone().unwrap_or_else(|| format!("{}.xmp", asset.original_path));
        let bytes = match self.library.blobs().open(&key) {
            Ok(_) if known.is_none() => return Err(Fault::Occupied { key }),
            Ok(blob) if blob.size_bytes > MAX_SIDECAR_BYTES => return Err(too_long()),
            Ok(mut blob) => Some(blob.read_whole(&key).map_err(tintype_library::LibraryError::from)?),
            Err(BlobError::NotFound { .. }) => None,
            Err(error) => return Err(tintype_library::LibraryError::from(error).into()),
        };
        Ok((key, bytes))
    }

    /// The bytes of a sidecar after changes, verified. Empty where it would say nothing.
    pub(super) fn made_sidecar(&self, draft: &Draft) -> Result<Vec<u8>, Fault> {
        let is_foreign = matches!(draft.base, Base::Sidecar { is_foreign: true, .. });
        let bytes = draft.base.bytes();
        let after = draft.state.after(&draft.changes);
        if !is_foreign {
            if after.values.is_empty() {
                return Ok(Vec::new());
            }
            if let Some(made) = xmp::write(&after.values) {
                let found = xmp::read(&made).unwrap_or_default();
                check(&after, &State { values: found, ..State::default() })?;
                return Ok(made);
            }
        }
        let empty = xmp::write(&BTreeMap::new()).unwrap_or_default();
        let copy = self.scratch_file(".xmp")?;
        let failed = |error| Fault::io("writing", &copy, error);
        std::fs::write(&copy, bytes.unwrap_or(&empty)).map_err(failed)?;
        self.exiftool()?.write(&copy, &draft.changes, &draft.state)?;
        std::fs::read(&copy).map_err(|error| Fault::io("reading", &copy, error))
    }

    /// A new name in the scratch folder; the file goes when the path is dropped.
    pub(super) fn scratch_file(&self, suffix: &str) -> Result<tempfile::TempPath, Fault> {
        let made = tempfile::Builder::new().prefix("copy-").suffix(suffix).tempfile_in(&self.scratch);
        made.map(tempfile::NamedTempFile::into_temp_path).map_err(|error| Fault::io("creating", &self.scratch, error))
    }
}
