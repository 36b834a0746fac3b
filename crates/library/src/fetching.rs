//! Bytes of assets that only an upstream has: fetched when somebody wants them, verified, and kept for a while.
//!
//! [`Library::here`] answers from this machine alone. [`Library::fetch`] gets what is not here; it waits for so long and
//! no longer, while the fetch itself goes on. Large files are not kept but [relayed](Library::relay).

mod cache;
mod error;
mod flights;
mod outages;
mod relay;
mod verified;

pub use cache::DEFAULT_CACHE_BYTES;
pub use error::FetchError;
pub use flights::MAX_FLIGHTS;
pub use relay::MAX_KEPT_ORIGINAL;

use std::io::Read as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tintype_media::pictures::{Limits, check_whole};
use tintype_media::sniff::{HEAD_BYTES, sniff};
use uuid::Uuid;

use crate::blobs::{Blob, BlobError, Incoming};
use crate::error::LibraryError;
use crate::library::Library;
use crate::model::{Asset, ExternalKind, Upstream};
use crate::origin::{Arriving, Ask, OriginError, Span, Wanted};
use crate::renditions::{Rendition, video_key};
use crate::store::Read;
use crate::stored::OpenOriginal;
use error::not_kept;
use flights::{Boarding, Flights, Ticket};
use outages::Outages;
use tintype_protocol::causes::with_causes;
pub(crate) use verified::{Verified, own_type_and_name};

/// How long somebody waits for a picture that has to be fetched.
pub const PICTURE_PATIENCE: Duration = Duration::from_secs(20);
/// How long somebody waits for an original that has to be fetched.
pub const ORIGINAL_PATIENCE: Duration = Duration::from_secs(45);
/// Longest picture that is taken, in bytes; it is in memory while it is verified.
pub const MAX_PICTURE_BYTES: u64 = 64 << 20;
/// How long a fetch may wait for its turn.
const TURN_LIMIT: Duration = Duration::from_secs(60);
/// How long one may take, however slowly it comes.
const FLIGHT_LIMIT: Duration = Duration::from_secs(600);
/// After a connection that broke in the middle.
const AFTER_BROKEN: Duration = Duration::from_secs(5);
/// Bytes read at a time.
const PIECE_BYTES: usize = 128 * 1024;

/// What a library knows while it fetches.
#[derive(Default)]
pub(crate) struct Fetches {
    flights: Arc<Flights>,
    outages: Mutex<Outages>,
    cache: cache::State,
}

impl Fetches {
    fn outages(&self) -> MutexGuard<'_, Outages> {
        self.outages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Who has an asset, and what it is called there.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    upstream: Upstream,
    external: Uuid,
}

/// Bytes that are here.
#[derive(Debug)]
pub struct Found {
    /// The bytes.
    pub blob: Blob,
    /// Their key.
    pub key: String,
    /// What they are.
    pub media_type: String,
    /// Which picture, if they are one.
    pub rendition: Option<Rendition>,
    /// The name of the asset, with the extension of what the bytes are if they are not its original.
    pub name: String,
}

/// Who has an asset beside this library, its owner's upstream first.
pub(crate) fn sources(tx: &dyn Read, asset: &Asset) -> Result<Vec<Source>, LibraryError> {
    let mut sources = Vec::new();
    for upstream in tx.upstreams()? {
        if let Some(external) = tx.external_id(upstream.server_id, ExternalKind::Asset, asset.id.0)? {
            sources.push(Source { upstream, external });
        }
    }
    sources.sort_by_key(|source| source.upstream.user_id != asset.owner_id);
    Ok(sources)
}

impl Library {
    /// What is on this machine of the bytes of an asset: made here, or fetched before.
    pub fn here(&self, asset: &Asset, wanted: Wanted) -> Result<Option<Found>, LibraryError> {
        let rendition = match wanted {
            Wanted::Picture(rendition) => Some(rendition),
            _ => None,
        };
        for (key, media_type) in own_keys(asset, wanted) {
            if rendition.is_none() && key == asset.original_path {
                match self.open_original(asset) {
                    Ok(OpenOriginal { blob, media_type, name, .. }) => {
                        return Ok(Some(Found { blob, key, media_type, rendition, name }));
                    }
                    Err(LibraryError::Blob(BlobError::NotFound { .. })) => continue,
                    Err(error) => return Err(error),
                }
            }
            match self.blobs.open(&key) {
                Ok(blob) => {
                    let name = asset.original_name.clone();
                    return Ok(Some(Found { blob, key, media_type, rendition, name }));
                }
                Err(BlobError::NotFound { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        let Some(key) = cache::key(asset, wanted) else { return Ok(None) };
        let Some(mut blob) = self.cached(&key)? else { return Ok(None) };
        let media_type = match wanted {
            // Servers are set to make one kind or the other.
            Wanted::Picture(_) => sniffed(&mut blob, &key)?,
            _ => asset.media_type.clone(),
        };
        Ok(Some(Found { blob, key, media_type, rendition, name: asset.original_name.clone() }))
    }

    /// Gets bytes that are not [here](Library::here), verified. Waits up to `patience`; the fetch goes on behind that.
    /// Where nobody else has the asset, they are [not there](BlobError::NotFound).
    pub fn fetch(self: &Arc<Self>, asset: &Asset, wanted: Wanted, patience: Duration) -> Result<Found, LibraryError> {
        let missing = || BlobError::NotFound { key: asset.original_path.clone() };
        let sources = self.read(|tx| sources(tx, asset))?;
        let key = cache::key(asset, wanted).filter(|_| !sources.is_empty()).ok_or_else(missing)?;
        self.is_worth_asking(&key, &sources)?;
        let flight = match self.fetches.flights.board(&key)? {
            Boarding::Waits(flight) => flight,
            Boarding::First(ticket) => {
                let (flight, library, asset) = (ticket.flight(), Arc::clone(self), asset.clone());
                let fly = move || library.fly(ticket, &asset, wanted, &key, &sources);
                let spawned = std::thread::Builder::new().name("fetch".to_owned()).spawn(fly);
                spawned.map_err(|_| FetchError::Busy)?;
                flight
            }
        };
        flight.wait(patience)?;
        // Made room for something else in this moment: as if it had not come yet.
        self.here(asset, wanted)?.ok_or(LibraryError::Fetch(FetchError::Slow))
    }

    /// The right to go on with a file that is received in more than one go.
    pub(crate) fn claim_partial(&self, name: &str) -> Result<Ticket, FetchError> {
        match self.fetches.flights.board(name)? {
            Boarding::First(ticket) => Ok(ticket),
            Boarding::Waits(_) => Err(FetchError::Busy),
        }
    }

    /// Fails at once where the answer is known.
    fn is_worth_asking(&self, key: &str, sources: &[Source]) -> Result<(), FetchError> {
        let (outages, now) = (self.fetches.outages(), self.now());
        if let Some(error) = outages.of_file(key, now) {
            return Err(error);
        }
        let away: Option<Vec<Duration>> =
            sources.iter().map(|source| outages.away_for(source.upstream.server_id, now)).collect();
        match away.and_then(|all| all.into_iter().min()) {
            Some(after) => Err(FetchError::Away { after }),
            None => Ok(()),
        }
    }

    fn fly(&self, mut ticket: Ticket, asset: &Asset, wanted: Wanted, key: &str, sources: &[Source]) {
        let outcome = ticket.take_off(TURN_LIMIT).and_then(|()| {
            let fetched = self.fetch_now(asset, wanted, key, sources);
            fetched.inspect_err(|error| self.fetches.outages().note_file(key, error, self.now()))
        });
        if let Err(error) = &outcome {
            tracing::warn!(asset = %asset.id, ?wanted, error = error as &dyn std::error::Error, "nothing was fetched");
        }
        ticket.land(outcome);
    }

    fn fetch_now(&self, asset: &Asset, wanted: Wanted, key: &str, sources: &[Source]) -> Result<(), FetchError> {
        // Somebody else's fetch may have ended after the look that said it is not here.
        if self.cached(key).map_err(not_kept)?.is_some() {
            return Ok(());
        }
        let arriving = self.ask(sources, wanted, None)?;
        let received = match wanted {
            Wanted::Picture(_) => self.receive_picture(arriving)?,
            _ => {
                let mut incoming = self.blobs.receive().map_err(|error| not_kept(error.into()))?;
                take_in(arriving, &mut incoming, self.settings.cache_bytes)?;
                let received = incoming.finish().map_err(|error| not_kept(error.into()))?;
                self.verified(asset, received).map_err(not_kept)?.received
            }
        };
        self.keep_fetched(asset, key, received).map_err(not_kept)
    }

    /// Reads a picture and checks that it is one, whole.
    fn receive_picture(&self, arriving: Arriving) -> Result<crate::blobs::Received, FetchError> {
        let mut bytes = Vec::new();
        pour(arriving, MAX_PICTURE_BYTES, &mut |piece| {
            bytes.extend_from_slice(piece);
            Ok(())
        })?;
        check_whole(&bytes, &Limits::default()).map_err(|error| FetchError::Damaged(with_causes(&error)))?;
        let keep = || {
            let mut incoming = self.blobs.receive()?;
            incoming.write(&bytes)?;
            incoming.finish()
        };
        keep().map_err(|error| not_kept(error.into()))
    }

    /// Asks those who have an asset, one after the other.
    pub(crate) fn ask(&self, sources: &[Source], wanted: Wanted, span: Option<Span>) -> Result<Arriving, FetchError> {
        let mut failure = None;
        for Source { upstream, external } in sources {
            let server = upstream.server_id;
            if let Err(away) = self.fetches.outages().may_ask(server, self.now()) {
                failure = Some(away);
                continue;
            }
            let answer = self.origin.ask(&Ask { upstream, asset: *external, wanted, span });
            let mut outages = self.fetches.outages();
            let error = match answer {
                Ok(arriving) => {
                    outages.is_back(server);
                    return Ok(arriving);
                }
                Err(OriginError::Away { after, source }) => {
                    tracing::info!(address = upstream.address, error = source.as_ref(), "an upstream is away");
                    outages.note_away(server, after, self.now())
                }
                Err(OriginError::NoSuchPart) => FetchError::NoSuchPart,
                Err(OriginError::LoggedOut { .. }) => FetchError::LoggedOut,
                Err(OriginError::Refused { source }) => FetchError::Refused(with_causes(source.as_ref())),
            };
            if !matches!(error, FetchError::Away { .. }) {
                outages.is_back(server);
            }
            // What may come right by itself is what matters most.
            failure = failure.filter(|known| matches!(known, FetchError::Away { .. })).or(Some(error));
        }
        Err(failure.unwrap_or_else(|| FetchError::Refused("nobody has it".to_owned())))
    }
}

/// Where bytes lie that did not come from an upstream's cache, and what they are; the best first.
fn own_keys(asset: &Asset, wanted: Wanted) -> Vec<(String, String)> {
    let original = || (asset.original_path.clone(), asset.media_type.clone());
    match wanted {
        Wanted::Picture(rendition) => {
            vec![(rendition.key(asset.owner_id, asset.id), rendition.media_type().to_owned())]
        }
        Wanted::Original => vec![original()],
        Wanted::Playback if asset.is_encoded => {
            vec![(video_key(asset.owner_id, asset.id), "video/mp4".to_owned()), original()]
        }
        Wanted::Playback => vec![original()],
    }
}

/// What a picture is by its first bytes; it is read from the beginning afterwards.
fn sniffed(blob: &mut Blob, key: &str) -> Result<String, BlobError> {
    let mut head = Vec::with_capacity(HEAD_BYTES);
    let mut look = || {
        blob.reader.by_ref().take(HEAD_BYTES as u64).read_to_end(&mut head)?;
        blob.reader.rewind()
    };
    look().map_err(|source| BlobError::Io { action: "reading", path: key.into(), source })?;
    Ok(sniff(&head).map_or("application/octet-stream", |container| container.media_type()).to_owned())
}

/// Writes what comes.
pub(crate) fn take_in(arriving: Arriving, incoming: &mut Incoming, limit: u64) -> Result<(), FetchError> {
    pour(arriving, limit, &mut |piece| incoming.write(piece).map_err(|error| not_kept(error.into())))
}

/// Hands on what comes, up to `limit` bytes, and sees that as much came as was said.
fn pour(
    mut arriving: Arriving,
    limit: u64,
    take: &mut dyn FnMut(&[u8]) -> Result<(), FetchError>,
) -> Result<(), FetchError> {
    let (begin, mut came, mut buffer) = (Instant::now(), 0_u64, vec![0; PIECE_BYTES]);
    loop {
        let count = match arriving.reader.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => {
                tracing::info!(%error, "a fetch broke off");
                return Err(FetchError::Away { after: AFTER_BROKEN });
            }
        };
        came += count as u64;
        if came > limit {
            return Err(FetchError::Damaged(format!("it is longer than {limit} bytes")));
        }
        take(&buffer[..count])?;
        if begin.elapsed() > FLIGHT_LIMIT {
            return Err(FetchError::Away { after: AFTER_BROKEN });
        }
    }
    match arriving.length {
        Some(said) if said != came => Err(FetchError::Damaged(format!("{came} of {said} bytes came"))),
        _ => Ok(()),
    }
}
