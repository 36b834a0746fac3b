//! An Immich-compatible server as the target.

use std::ffi::OsStr;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use tintype_client::{ByteRange, Client, ClientError, Refusal, Upload};
use tintype_protocol::disposition::Disposition;
use tintype_protocol::id::AssetId;
use tintype_protocol::model::Visibility;
use tintype_protocol::time::Timestamp;

use super::outgoing::open;
use super::pace::Pace;
use super::sidecar::sidecar_of;
use super::target::{Outgoing, Proof, SendError, Sent, Target};
use crate::hash::{Content, content};

/// Name that assets carry as their device.
const DEVICE: &str = "tintype push";
const NS_PER_MS: i64 = 1_000_000;

/// Finds a server and signs in.
type Connect = dyn Fn() -> Result<Client, ClientError>;

/// See the module's description. The server is found when the first file goes: it may be away before.
pub struct Http {
    name: String,
    connect: Box<Connect>,
    /// Whether `connect` begins sessions, which are to be ended.
    has_session: bool,
    client: Option<Client>,
    /// The asset that the last file was found to be.
    found: Option<AssetId>,
}

impl Http {
    /// A target through clients with a key.
    pub fn new(name: String, connect: impl Fn() -> Result<Client, ClientError> + 'static) -> Http {
        Http { name, connect: Box::new(connect), has_session: false, client: None, found: None }
    }

    /// A target through clients that sign in; their sessions end with it.
    pub fn with_session(name: String, connect: impl Fn() -> Result<Client, ClientError> + 'static) -> Http {
        let mut target = Http::new(name, connect);
        target.has_session = true;
        target
    }

    fn client(&mut self) -> Result<Client, SendError> {
        match &self.client {
            Some(client) => Ok(client.clone()),
            None => Ok(self.client.insert((self.connect)().map_err(failed)?).clone()),
        }
    }
}

fn failed(error: ClientError) -> SendError {
    let is_silent = matches!(&error, ClientError::Unreachable { .. } | ClientError::NoServer { .. });
    let (disposition, source) = (error.disposition(), Box::new(error));
    match disposition {
        Disposition::Retry { after } if is_silent => SendError::Away { after, source },
        Disposition::Retry { after } => SendError::Failed { after, source },
        Disposition::Permanent if is_silent => SendError::Away { after: None, source },
        Disposition::Permanent => SendError::Refused { source },
        Disposition::Fatal => SendError::Hopeless { source },
    }
}

impl Target for Http {
    fn name(&self) -> &str {
        &self.name
    }

    fn takes(&self, path: &[u8]) -> bool {
        name_of(path).is_some_and(|name| tintype_media::formats::by_name(&name).is_some())
    }

    /// A server may read its originals from the folder that is pushed. Where the key may not download, it is believed.
    fn still_has(&mut self) -> Result<bool, SendError> {
        let Some(asset) = self.found.take() else { return Ok(true) };
        let first = ByteRange { from: 0, to: Some(0) };
        match self.client()?.original(asset, false, Some(first)).map(|mut original| original.reader.read(&mut [0])) {
            Ok(Ok(1)) | Err(ClientError::Refused { refusal: Refusal::MissingPermission(_), .. }) => Ok(true),
            Ok(Ok(_)) => Ok(false),
            Ok(Err(error)) => Err(SendError::Failed { after: None, source: Box::new(error) }),
            Err(error) => match failed(error) {
                SendError::Refused { .. } => Ok(false),
                error => Err(error),
            },
        }
    }

    fn send(&mut self, file: &Outgoing<'_>, pace: &Pace) -> Result<Sent, SendError> {
        self.found = None;
        let was_connected = self.client.is_some();
        match self.send_once(file, pace) {
            // A session that lasted for a while may have been ended by somebody.
            Err(SendError::Hopeless { .. }) if was_connected && self.has_session => {
                self.client = None;
                self.send_once(file, pace)
            }
            sent => sent,
        }
    }
}

impl Drop for Http {
    fn drop(&mut self) {
        if let Some(client) = self.client.take().filter(|_| self.has_session)
            && let Err(error) = client.log_out()
        {
            tracing::debug!(error = &error as &dyn std::error::Error, "a session could not be ended");
        }
    }
}

impl Http {
    fn send_once(&mut self, file: &Outgoing<'_>, pace: &Pace) -> Result<Sent, SendError> {
        let mut bytes = open(file.file, file.stamp).map_err(SendError::Local)?.ok_or(SendError::Changed)?;
        let Content { sha1, size_bytes: length, .. } = content(&bytes).map_err(SendError::Local)?;
        let is_same = || file.stamp.is_of(file.file);
        if length != file.stamp.size_bytes || !is_same() {
            return Err(SendError::Changed);
        }
        let client = self.client()?;
        let known = client.known_content(&sha1).map_err(failed)?;
        let (asset, sent_bytes) = match known.and_then(|known| Some((known.asset_id?, known.is_trashed))) {
            // Whoever put it there does not want it back.
            Some((_, true)) => return Ok(Sent { sha1, proof: Proof::InTrash, sent_bytes: 0 }),
            Some((asset, false)) => {
                self.found = Some(AssetId(asset));
                (asset, 0)
            }
            None => {
                bytes.seek(SeekFrom::Start(0)).map_err(SendError::Local)?;
                let name = name_of(file.path).unwrap_or_default();
                let modified = Timestamp(file.stamp.modified_ns.div_euclid(NS_PER_MS));
                let upload = Upload {
                    device_asset_id: format!("{name}-{length}"),
                    name,
                    checksum: sha1,
                    device_id: DEVICE.to_owned(),
                    created_at: modified,
                    modified_at: modified,
                    is_favorite: false,
                    visibility: Visibility::Timeline,
                    live_photo_video_id: None,
                    sidecar: sidecar_of(file.file).map_err(SendError::Local)?,
                    length,
                    source: pace.reader(bytes),
                };
                match client.upload(upload) {
                    Ok(uploaded) => (uploaded.id, length),
                    // What was promised could not be read any more: the server is not to blame.
                    Err(_) if !is_same() => return Err(SendError::Changed),
                    Err(error) => return Err(failed(error)),
                }
            }
        };
        let there = client.asset(AssetId(asset)).map_err(failed)?;
        match there.map(|asset| (asset.checksum, asset.is_trashed)) {
            Some((there, true)) if there == sha1 => Ok(Sent { sha1, proof: Proof::InTrash, sent_bytes }),
            Some((there, false)) if there == sha1 => Ok(Sent { sha1, proof: Proof::Checksum, sent_bytes }),
            there => Err(SendError::Different {
                sent: sha1,
                there: there.map_or_else(|| "nothing".to_owned(), |(sha1, _)| sha1.to_hex()),
            }),
        }
    }
}

fn name_of(path: &[u8]) -> Option<String> {
    let name = Path::new(OsStr::from_bytes(path)).file_name()?;
    Some(name.to_string_lossy().into_owned())
}
