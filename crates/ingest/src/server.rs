//! Any Immich-compatible server as the destination.

use std::fs::File;
use std::io::Read as _;
use std::sync::{Mutex, PoisonError};

use tintype_client::{ByteRange, Client, ClientError, Refusal, Upload};
use tintype_protocol::checksum::Sha1;
use tintype_protocol::disposition::Disposition;
use tintype_protocol::id::AssetId;
use tintype_protocol::model::Visibility;
use uuid::Uuid;

use crate::album_ids::AlbumIds;
use crate::delivery::{Delivered, Delivery, DeliveryError, Destination, Known};

/// Name that assets carry as their device.
const DEVICE: &str = "tintype";
/// Longest XMP file that goes along, in bytes.
const MAX_SIDECAR_BYTES: u64 = 16 << 20;

/// Why nobody was signed in to a server.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The server, or the way to it.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// What is needed for it cannot be used: a file with a key, say.
    #[error("{reason}")]
    Unprepared {
        /// What, and what to do.
        reason: String,
        /// What the system says, if anything.
        source: Option<std::io::Error>,
    },
}

/// Finds a server and signs in.
type Connect = dyn Fn() -> Result<Client, ConnectError> + Send + Sync;

/// A server, which is found when it is first needed: it may be away when the process begins.
pub struct Server {
    name: String,
    connect: Box<Connect>,
    client: Mutex<Option<Client>>,
    albums: AlbumIds,
}

impl Server {
    /// Delivers through a client that has a session or a key; `name` is what people call the server.
    pub fn new(name: String, connect: impl Fn() -> Result<Client, ConnectError> + Send + Sync + 'static) -> Self {
        Self { name, connect: Box::new(connect), client: Mutex::new(None), albums: AlbumIds::default() }
    }

    fn client(&self) -> Result<Client, DeliveryError> {
        let mut known = self.client.lock().unwrap_or_else(PoisonError::into_inner);
        match known.as_ref() {
            Some(client) => Ok(client.clone()),
            None => {
                let connected = (self.connect)().map_err(|error| match error {
                    ConnectError::Client(error) => failed(error),
                    error => DeliveryError::Away { after: None, source: Box::new(error) },
                });
                Ok(known.insert(connected?).clone())
            }
        }
    }
}

fn failed(error: ClientError) -> DeliveryError {
    let is_silent = matches!(&error, ClientError::Unreachable { .. } | ClientError::NoServer { .. });
    let (status, is_of_key, says_quota) = match &error {
        ClientError::Refused { refusal: Refusal::Other { status, message }, .. } => {
            let says_quota = message.to_ascii_lowercase().contains("quota");
            (Some(*status), matches!(status, 401 | 403), says_quota)
        }
        // A permission is missing, or the key was taken away.
        ClientError::Refused { .. } => (None, true, false),
        _ => (None, false, false),
    };
    let (disposition, source) = (error.disposition(), Box::new(error));
    let after = match disposition {
        Disposition::Retry { after } => after,
        _ => None,
    };
    match (disposition, status) {
        _ if says_quota || status == Some(507) => DeliveryError::NoRoom { source },
        // No file is to blame.
        _ if is_silent || is_of_key => DeliveryError::Away { after, source },
        (Disposition::Fatal, _) | (_, Some(429 | 502..=504)) => DeliveryError::Away { after, source },
        (Disposition::Retry { .. }, _) => DeliveryError::Failed { after, source },
        (Disposition::Permanent, _) => DeliveryError::Refused { source },
    }
}

/// What lies beside a photo is longer than anything that describes one.
#[derive(Debug, thiserror::Error)]
#[error("the sidecar beside it is longer than {} MiB: make it shorter, or move it away", MAX_SIDECAR_BYTES >> 20)]
struct SidecarTooLong;

/// A sidecar goes along whole, or the photo waits for a person.
fn read_sidecar(file: File) -> Result<Vec<u8>, DeliveryError> {
    let mut bytes = Vec::new();
    match file.take(MAX_SIDECAR_BYTES + 1).read_to_end(&mut bytes) {
        Err(source) => Err(DeliveryError::Failed { after: None, source: Box::new(source) }),
        Ok(count) if count as u64 > MAX_SIDECAR_BYTES => {
            Err(DeliveryError::Refused { source: Box::new(SidecarTooLong) })
        }
        Ok(_) => Ok(bytes),
    }
}

impl Destination for Server {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn look_up(&self, sha1: &Sha1) -> Result<Known, DeliveryError> {
        let known = self.client()?.known_content(sha1).map_err(failed)?;
        Ok(match known.and_then(|known| Some((known.asset_id?, known.is_trashed))) {
            Some((asset, true)) => Known::InTrash(asset),
            Some((asset, false)) => Known::Held(asset),
            None => Known::New,
        })
    }

    fn deliver(&self, delivery: Delivery) -> Result<Delivered, DeliveryError> {
        let sidecar = delivery.sidecar.map(read_sidecar).transpose()?;
        let uploaded = self.client()?.upload(Upload {
            device_asset_id: format!("{}-{}", delivery.name, delivery.size_bytes),
            name: delivery.name,
            checksum: delivery.sha1,
            device_id: DEVICE.to_owned(),
            created_at: delivery.modified,
            modified_at: delivery.modified,
            is_favorite: false,
            visibility: Visibility::Timeline,
            live_photo_video_id: delivery.motion,
            sidecar,
            length: delivery.size_bytes,
            source: Box::new(delivery.file),
        });
        let uploaded = uploaded.map_err(failed)?;
        Ok(Delivered { asset: uploaded.id, is_duplicate: uploaded.is_duplicate() })
    }

    fn checksum(&self, asset: Uuid) -> Result<Option<Sha1>, DeliveryError> {
        Ok(self.client()?.asset(AssetId(asset)).map_err(failed)?.map(|found| found.checksum))
    }

    /// No operation shows it.
    fn has_sidecar(&self, _asset: Uuid, _sha1: &Sha1) -> Result<Option<bool>, DeliveryError> {
        Ok(None)
    }

    /// Its first byte. The key may not be for downloads: then the server is believed.
    fn still_has(&self, asset: Uuid) -> Result<bool, DeliveryError> {
        let first = ByteRange { from: 0, to: Some(0) };
        match self
            .client()?
            .original(AssetId(asset), false, Some(first))
            .map(|mut original| original.reader.read(&mut [0]))
        {
            Ok(read) => read
                .map(|count| count == 1)
                .map_err(|error| DeliveryError::Failed { after: None, source: Box::new(error) }),
            Err(ClientError::Refused { refusal: Refusal::MissingPermission(_), .. }) => Ok(true),
            Err(error) => match failed(error) {
                DeliveryError::Refused { .. } => Ok(false),
                error => Err(error),
            },
        }
    }

    fn restore(&self, asset: Uuid) -> Result<(), DeliveryError> {
        self.client()?.restore_asset(asset).map_err(failed)
    }

    fn add_to_album(&self, album: &str, asset: Uuid) -> Result<(), DeliveryError> {
        let client = self.client()?;
        let find = || {
            let known = client.albums().map_err(failed)?.into_iter().find(|listed| listed.name == album);
            match known {
                Some(listed) => Ok(listed.id),
                None => client.create_album(album, "").map_err(failed),
            }
        };
        let add = |id| {
            client.add_album_assets(id, &[asset]).map_err(failed)?;
            Ok(())
        };
        self.albums.add(album, find, add)
    }

    fn stack(&self, assets: &[Uuid]) -> Result<(), DeliveryError> {
        self.client()?.create_stack(assets).map_err(failed)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sidecar_goes_along_whole_or_not_at_all() {
        let file = tempfile::tempfile().unwrap();
        file.set_len(MAX_SIDECAR_BYTES).unwrap();
        assert_eq!(read_sidecar(file.try_clone().unwrap()).unwrap().len() as u64, MAX_SIDECAR_BYTES);
        let file = tempfile::tempfile().unwrap();
        file.set_len(MAX_SIDECAR_BYTES + 1).unwrap();
        let error = read_sidecar(file).unwrap_err();
        assert!(
            matches!(&error, DeliveryError::Refused { source } if source.to_string().contains("longer than 16 MiB"))
        );
    }

    #[test]
    fn only_what_is_about_the_file_is_held_against_it() {
        let other = |status, message: &str| Refusal::Other { status, message: message.to_owned() };
        for (refusal, kind) in [
            (other(400, "Unsupported file type"), "refused"),
            (other(400, "Quota has been exceeded!"), "no room"),
            (other(403, "Forbidden"), "away"),
            (other(413, "too large"), "refused"),
            (other(429, "slow down"), "away"),
            (other(500, "oops"), "failed"),
            (other(503, "busy"), "away"),
            (other(507, "full"), "no room"),
            (Refusal::MissingPermission("asset.upload".to_owned()), "away"),
            (Refusal::Unauthenticated("Invalid API key".to_owned()), "away"),
        ] {
            let told = refusal.to_string();
            let found = match failed(ClientError::Refused { refusal, retry_after: None }) {
                DeliveryError::Away { .. } => "away",
                DeliveryError::NoRoom { .. } => "no room",
                DeliveryError::Failed { .. } => "failed",
                DeliveryError::Refused { .. } => "refused",
            };
            assert_eq!(found, kind, "{told}");
        }
        let nobody = ClientError::NoServer { tried: "http://127.0.0.1:1".to_owned(), source: None };
        assert!(matches!(failed(nobody), DeliveryError::Away { .. }));
    }
}
