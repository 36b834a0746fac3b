//! Bytes of assets from the servers that have them, in the sessions of those who follow them.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use tintype_client::{ByteRange, Client, ClientError, Download, PictureSize};
use tintype_library::Disposition;
use tintype_library::model::Upstream;
use tintype_library::origin::{Arriving, Ask, Origin, OriginError, Wanted};
use tintype_library::renditions::Rendition;
use tintype_protocol::id::AssetId;

use crate::{follower, tokens};

/// The servers that are followed from a data folder.
pub(crate) struct Upstreams {
    data: PathBuf,
    /// By address and token: connections are kept and shared.
    clients: Mutex<HashMap<i64, (String, String, Client)>>,
}

impl Upstreams {
    pub(crate) fn new(data: &Path) -> Self {
        Self { data: data.to_owned(), clients: Mutex::default() }
    }

    fn client(&self, upstream: &Upstream) -> anyhow::Result<Client> {
        let token = tokens::get(&self.data, upstream.id)?;
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        // Who logs out and in again has another session.
        if let Some((address, known, client)) = clients.get(&upstream.id)
            && *address == upstream.address
            && *known == token
        {
            return Ok(client.clone());
        }
        let client = follower::known_as(upstream, token.clone());
        clients.insert(upstream.id, (upstream.address.clone(), token, client.clone()));
        Ok(client)
    }
}

impl Origin for Upstreams {
    fn ask(&self, ask: &Ask<'_>) -> Result<Arriving, OriginError> {
        let client = self.client(ask.upstream).map_err(|error| OriginError::LoggedOut { source: error.into() })?;
        let Download { media_type, begins_at, length, whole, reader } = download(&client, ask).map_err(failure)?;
        Ok(Arriving { reader, begins_at, length, whole, media_type })
    }
}

fn download(client: &Client, ask: &Ask<'_>) -> Result<Download, ClientError> {
    let asset = AssetId(ask.asset);
    let range = ask.span.map(|span| ByteRange { from: span.from, to: span.to });
    match ask.wanted {
        Wanted::Picture(Rendition::Thumbnail) => client.picture(asset, PictureSize::Thumbnail, false),
        Wanted::Picture(Rendition::Preview) => client.picture(asset, PictureSize::Preview, false),
        Wanted::Picture(Rendition::EditedThumbnail) => client.picture(asset, PictureSize::Thumbnail, true),
        Wanted::Picture(Rendition::EditedPreview) => client.picture(asset, PictureSize::Preview, true),
        Wanted::Picture(Rendition::EditedFullSize) => client.original(asset, true, None),
        Wanted::Original => client.original(asset, false, range),
        Wanted::Playback => client.playback(asset, range),
    }
}

fn failure(error: ClientError) -> OriginError {
    if let ClientError::Refused { refusal: tintype_client::Refusal::Other { status: 416, .. }, .. } = &error {
        return OriginError::NoSuchPart;
    }
    match error.disposition() {
        Disposition::Retry { after } => OriginError::Away { after, source: error.into() },
        Disposition::Fatal => OriginError::LoggedOut { source: error.into() },
        Disposition::Permanent => OriginError::Refused { source: error.into() },
    }
}
