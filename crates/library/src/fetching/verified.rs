//! Whether what came is what an asset is: its original, or what the server is known to have in the place of that.

use std::fs::File;

use tintype_media::{formats, sniff};

use super::FetchError;
use crate::blobs::{BlobError, Received};
use crate::error::LibraryError;
use crate::library::Library;
use crate::model::{Asset, StoredForm};
use crate::stored::name_with_extension_of;

/// Bytes that are the right ones.
#[derive(Debug)]
pub(crate) struct Verified {
    /// The original's, or what was made of it.
    pub(crate) received: Received,
    /// What was made of it, if it is that.
    pub(crate) form: Option<StoredForm>,
}

impl Library {
    /// What came has to have the asset's SHA-1, or that of what the server has in the place of its original; where the
    /// original can be rebuilt of that, it is.
    pub(crate) fn verified(&self, asset: &Asset, received: Received) -> Result<Verified, LibraryError> {
        if received.sha1 == asset.checksum {
            return Ok(Verified { received, form: None });
        }
        match self.stored_form(asset)?.filter(|form| form.sha1 == received.sha1) {
            Some(form) if form.is_exact => {
                let path = received.path();
                let file = File::open(path).map_err(|error| BlobError::io("opening", path, error))?;
                Ok(Verified { received: self.rebuilt(asset, file)?, form: None })
            }
            Some(form) => Ok(Verified { received, form: Some(form) }),
            None => Err(FetchError::Damaged("its SHA-1 is not that of the asset".to_owned()).into()),
        }
    }
}

/// The type of an original and its name, where it came in the place of something that was made of it with loss and had
/// given the asset its type and its name.
pub(crate) fn own_type_and_name(asset: &Asset, original: &Received) -> (String, String) {
    let media_type = sniff::sniff(&original.head).map_or(asset.media_type.as_str(), |container| container.media_type());
    let extension = match media_type {
        // The table knows several.
        "image/jpeg" => "jpg",
        other => formats::all().iter().find(|format| format.media_type == other).map_or("", |format| format.extension),
    };
    let name = match extension {
        "" => asset.original_name.clone(),
        extension => name_with_extension_of(&asset.original_name, &format!("x.{extension}")),
    };
    (media_type.to_owned(), name)
}
