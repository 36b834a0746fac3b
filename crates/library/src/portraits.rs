//! Pictures of people: cut from the preview of the asset on which their face is, when somebody first asks for them.

use std::sync::Arc;

use tintype_media::pictures::{Limits, Part, face};
use tintype_protocol::id::PersonId;
use tintype_protocol::permission::Permission;

use crate::blobs::BlobError;
use crate::error::LibraryError;
use crate::fetching::{FetchError, PICTURE_PATIENCE};
use crate::library::Library;
use crate::model::{Asset, FaceBox};
use crate::origin::Wanted;
use crate::people::own_person;
use crate::renditions::{Rendition, portrait_key};
use crate::sessions::Caller;

/// What is said when somebody has no picture yet.
const NO_PORTRAIT: &str = "Not Found";

fn none() -> LibraryError {
    LibraryError::NotFound(NO_PORTRAIT.to_owned())
}

impl Library {
    /// The key of somebody's picture, which is made if it is not there yet. Blocks, for some milliseconds then.
    pub fn portrait(self: &Arc<Self>, caller: &Caller, id: PersonId) -> Result<String, LibraryError> {
        let found = self.read(|tx| {
            let person = own_person(tx, caller, id, Permission::PersonRead)?;
            let face = person.feature_face.map(|face| tx.face(face)).transpose()?.flatten();
            let asset = face.as_ref().map(|face| tx.asset(face.asset_id)).transpose()?.flatten();
            Ok((person, face, asset))
        })?;
        let (person, Some(face), Some(asset)) = found else { return Err(none()) };
        let key = portrait_key(person.owner_id, id, face.id);
        match self.blobs.open(&key) {
            Ok(_) => return Ok(key),
            Err(BlobError::NotFound { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        let made = self.cut_out(&asset, face.area)?;
        self.blobs.put(&key, &made)?;
        Ok(key)
    }

    fn cut_out(self: &Arc<Self>, asset: &Asset, area: FaceBox) -> Result<Vec<u8>, LibraryError> {
        let wanted = Wanted::Picture(Rendition::Preview);
        let found = match self.here(asset, wanted)? {
            Some(found) => Ok(found),
            None => self.fetch(asset, wanted, PICTURE_PATIENCE),
        };
        let mut found = match found {
            Err(LibraryError::Blob(BlobError::NotFound { .. }) | LibraryError::Fetch(FetchError::Refused(_))) => {
                return Err(none());
            }
            found => found?,
        };
        let preview = found.blob.read_whole(&found.key)?;
        let (across, down) = (f64::from(area.image_width.max(1)), f64::from(area.image_height.max(1)));
        let part = Part {
            x1: f64::from(area.x1) / across,
            y1: f64::from(area.y1) / down,
            x2: f64::from(area.x2) / across,
            y2: f64::from(area.y2) / down,
        };
        // A preview that this program made or checked can be read; one that a disk has damaged is as good as none.
        face(&preview, part, &Limits::default()).map_err(|error| {
            tracing::warn!(asset = %asset.id, error = &error as &dyn std::error::Error, "a preview cannot be read");
            none()
        })
    }
}
