//! Thumbnails fetched before anybody asks for them, after a pull.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tintype_library::fetching::{FetchError, PICTURE_PATIENCE};
use tintype_library::model::{Asset, Upstream};
use tintype_library::origin::Wanted;
use tintype_library::renditions::Rendition;
use tintype_library::{Library, LibraryError};
use tintype_protocol::model::Visibility;

/// Assets after which others have their turn; the rest is for the next time.
pub const MAX_AHEAD: u64 = 2_000;
/// Thumbnails that are fetched at the same time.
const AT_ONCE: usize = 4;
/// Assets after which it is noted how far it has come.
const BATCH: u32 = 100;
/// What a thumbnail takes at most as a rule, in bytes; most take a third.
const ROOM: u64 = 64 * 1024;

/// How far it has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ahead {
    /// Assets that were looked at.
    pub assets: u64,
    /// Whether something else would have to go for more.
    pub is_full: bool,
}

/// Fetches thumbnails of assets that changed since the last time, in batches, up to [`MAX_AHEAD`] assets and as long as
/// nothing has to go for them. What the server does not give is left out; one that is away ends it.
pub fn fetch_thumbnails(library: &Arc<Library>, upstream: &Upstream) -> Result<Ahead, LibraryError> {
    let mut ahead = Ahead::default();
    while ahead.assets < MAX_AHEAD {
        let batch = library.unpictured(upstream, BATCH)?;
        let Some((_, position)) = batch.last() else { break };
        ahead.is_full = !library.has_room_ahead(ROOM * batch.len() as u64)?;
        if ahead.is_full {
            break;
        }
        let assets: Vec<&Asset> = batch.iter().map(|(asset, _)| asset).collect();
        fetch_all(library, &assets)?;
        library.note_pictured(upstream, *position)?;
        ahead.assets += batch.len() as u64;
    }
    Ok(ahead)
}

fn fetch_all(library: &Arc<Library>, assets: &[&Asset]) -> Result<(), LibraryError> {
    let (next, failure) = (AtomicUsize::new(0), Mutex::new(None));
    let work = || {
        while let Some(asset) = assets.get(next.fetch_add(1, Ordering::SeqCst)) {
            if let Err(error) = fetch(library, asset) {
                next.store(assets.len(), Ordering::SeqCst);
                failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(work);
        }
    });
    let failure = failure.into_inner().unwrap_or_else(PoisonError::into_inner);
    failure.map_or(Ok(()), Err)
}

fn fetch(library: &Arc<Library>, asset: &Asset) -> Result<(), LibraryError> {
    // Motion parts have none.
    if asset.visibility == Visibility::Hidden {
        return Ok(());
    }
    let rendition = if asset.is_edited { Rendition::EditedThumbnail } else { Rendition::Thumbnail };
    let wanted = Wanted::Picture(rendition);
    if library.here(asset, wanted)?.is_some() {
        return Ok(());
    }
    match library.fetch(asset, wanted, PICTURE_PATIENCE) {
        // Not made there yet, or not to be had: whoever looks at it will ask again.
        Err(LibraryError::Blob(_) | LibraryError::Fetch(FetchError::Refused(_) | FetchError::Damaged(_))) => Ok(()),
        fetched => fetched.map(drop),
    }
}
