//! The library of this node as the destination.

use std::sync::Arc;

use tintype_library::landing::{Arrival, Standing};
use tintype_library::sessions::Caller;
use tintype_library::uploads::Added;
use tintype_library::{Disposition, Library, LibraryError};
use tintype_protocol::checksum::Sha1;
use tintype_protocol::id::{AlbumId, AssetId, UserId};
use tintype_protocol::model::SortOrder;
use uuid::Uuid;

use crate::album_ids::AlbumIds;
use crate::delivery::{Delivered, Delivery, DeliveryError, Destination, Known};

/// The library of this node, and who of its users gets the files.
pub struct Here {
    library: Arc<Library>,
    owner: UserId,
    name: String,
    albums: AlbumIds,
}

impl Here {
    /// Files are for `owner`; `name` is what people call them.
    pub fn new(library: Arc<Library>, owner: UserId, name: String) -> Self {
        Self { library, owner, name, albums: AlbumIds::default() }
    }

    fn caller(&self) -> Result<Caller, DeliveryError> {
        let user = self.library.user(self.owner).map_err(failed)?;
        let gone = || DeliveryError::NoRoom { source: "the account that the files are for is gone".into() };
        user.map(Caller::of).ok_or_else(gone)
    }
}

fn failed(error: LibraryError) -> DeliveryError {
    let is_full = matches!(&error, LibraryError::QuotaExceeded)
        || matches!(&error, LibraryError::Blob(tintype_library::blobs::BlobError::Full { .. }));
    let (disposition, source) = (error.disposition(), Box::new(error));
    match disposition {
        _ if is_full => DeliveryError::NoRoom { source },
        Disposition::Retry { after } => DeliveryError::Failed { after, source },
        Disposition::Fatal => DeliveryError::Away { after: None, source },
        Disposition::Permanent => DeliveryError::Refused { source },
    }
}

impl Destination for Here {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn look_up(&self, sha1: &Sha1) -> Result<Known, DeliveryError> {
        Ok(match self.library.standing(self.owner, sha1).map_err(failed)? {
            Standing::New => Known::New,
            Standing::Held(id) => Known::Held(id.0),
            Standing::InTrash(id) => Known::InTrash(id.0),
            Standing::DeletedOnPurpose => Known::DeletedOnPurpose,
        })
    }

    fn deliver(&self, mut delivery: Delivery) -> Result<Delivered, DeliveryError> {
        let added = self.library.take_in(Arrival {
            owner: self.owner,
            name: delivery.name,
            file: &mut delivery.file,
            expected: delivery.sha1,
            modified: delivery.modified,
            sidecar: delivery.sidecar.as_mut().map(|file| file as &mut dyn std::io::Read),
            live_photo_video_id: delivery.motion.map(AssetId),
        });
        let added = added.map_err(failed)?;
        Ok(Delivered { asset: added.id().0, is_duplicate: matches!(added, Added::Duplicate(_)) })
    }

    /// Computed from the bytes that were stored, not what the row says.
    fn checksum(&self, asset: Uuid) -> Result<Option<Sha1>, DeliveryError> {
        self.library.prove(AssetId(asset)).map_err(failed)
    }

    fn has_sidecar(&self, asset: Uuid, sha1: &Sha1) -> Result<Option<bool>, DeliveryError> {
        Ok(Some(self.library.prove_sidecar(AssetId(asset)).map_err(failed)?.as_ref() == Some(sha1)))
    }

    fn still_has(&self, asset: Uuid) -> Result<bool, DeliveryError> {
        self.library.has_original(AssetId(asset)).map_err(failed)
    }

    fn restore(&self, asset: Uuid) -> Result<(), DeliveryError> {
        self.library.restore_assets(&self.caller()?, &[AssetId(asset)]).map_err(failed)?;
        Ok(())
    }

    fn add_to_album(&self, album: &str, asset: Uuid) -> Result<(), DeliveryError> {
        let caller = self.caller()?;
        let find = || {
            let albums = self.library.albums(&caller, None).map_err(failed)?;
            let own = albums.iter().find(|view| view.album.owner_id == self.owner && view.album.name == album);
            if let Some(own) = own {
                return Ok(own.album.id.0);
            }
            let (name, order) = (album.to_owned(), SortOrder::Descending);
            let made = self.library.create_album(&caller, name, String::new(), order, Vec::new(), Vec::new());
            Ok(made.map_err(failed)?.album.id.0)
        };
        let add = |id| {
            self.library.add_album_assets(&caller, AlbumId(id), vec![AssetId(asset)]).map_err(failed)?;
            Ok(())
        };
        self.albums.add(album, find, add)
    }

    fn stack(&self, assets: &[Uuid]) -> Result<(), DeliveryError> {
        let (caller, assets): (_, Vec<AssetId>) = (self.caller()?, assets.iter().copied().map(AssetId).collect());
        let stacks = self.library.stacks(&caller, assets.first().copied()).map_err(failed)?;
        let has_all = |view: &tintype_library::stacks::StackView| {
            assets.iter().all(|id| view.assets.iter().any(|(asset, _)| asset.id == *id))
        };
        if !stacks.iter().any(has_all) {
            self.library.create_stack(&caller, &assets).map_err(failed)?;
        }
        Ok(())
    }
}
