//! What lies here only is offered to an upstream: a library may have been full long before its user began to follow.
//!
//! Only what is new is recorded by itself. An offer has the recorder write down what was there before as if it came in
//! now: assets with all that people said of them, then albums with what is in them, then stacks. What is known to the
//! server, or waits already, is left alone, so an offer that was cut short is made whole by the next one.

use std::collections::BTreeSet;

use tintype_protocol::id::{AlbumId, AssetId, StackId, UserId};
use tintype_protocol::model::Visibility;

use crate::error::LibraryError;
use crate::library::Library;
use crate::model::{Album, Asset, ExternalKind, Stack, Subject, Upstream};
use crate::outbox::is_known;
use crate::recorder::{Change, StackChange};
use crate::store::{Read, StoreError, Write};

/// Assets that are recorded in one transaction.
const BATCH: u32 = 1_000;
/// The fewest assets that make a stack.
const LEAST: usize = 2;

/// What lies here only, and does not wait to be sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Offer {
    /// Photos and videos. The motion part of a photo is not one of them.
    pub photos: u64,
    /// What their originals take, motion parts included.
    pub bytes: u64,
    /// Albums that the user owns.
    pub albums: u64,
    /// Stacks of which the server has, or will have, two assets at least.
    pub stacks: u64,
}

impl Offer {
    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Library {
    /// What [`Library::offer_all`] would have sent; nothing for somebody who follows nobody. Looks at each asset of the
    /// user, which takes a while in a large library.
    pub fn only_here(&self, user: UserId) -> Result<Offer, LibraryError> {
        self.read(|tx| {
            let Some(upstream) = tx.upstream_of(user)? else { return Ok(Offer::default()) };
            let (photos, bytes) = tx.only_here_totals(&upstream)?;
            let albums = unknown_albums(tx, &upstream)?.len() as u64;
            let stacks = unknown_stacks(tx, &upstream)?.len() as u64;
            Ok(Offer { photos, bytes, albums, stacks })
        })
    }

    /// Everything of a user's that lies here only is to go up. Answers what that is; what waits already is left as it is.
    pub fn offer_all(&self, user: UserId) -> Result<Offer, LibraryError> {
        let (mut offer, mut after) = (Offer::default(), None);
        while let Some(last) = self.offer_assets(user, after, &mut offer)? {
            after = Some(last);
        }
        // By now the assets will be there, so albums and stacks are recorded with all that is in them.
        for album in self.of_upstream(user, unknown_albums)? {
            offer.albums += u64::from(self.offer_album(user, album.id)?);
        }
        for stack in self.of_upstream(user, unknown_stacks)? {
            offer.stacks += u64::from(self.offer_stack(user, stack.id)?);
        }
        Ok(offer)
    }

    fn of_upstream<T>(
        &self,
        user: UserId,
        list: impl FnOnce(&dyn Read, &Upstream) -> Result<Vec<T>, StoreError>,
    ) -> Result<Vec<T>, LibraryError> {
        self.read(|tx| Ok(tx.upstream_of(user)?.map(|upstream| list(tx, &upstream)).transpose()?.unwrap_or_default()))
    }

    /// Some assets, behind the one with the id `after`. Answers the last of them, if there was any.
    fn offer_assets(
        &self,
        user: UserId,
        after: Option<AssetId>,
        offer: &mut Offer,
    ) -> Result<Option<AssetId>, LibraryError> {
        let ((last, photos, bytes), _) = self.record(move |tx| {
            let Some(upstream) = tx.upstream_of(user)? else { return Ok(((None, 0, 0), Vec::new())) };
            let page = tx.only_here(&upstream, after, BATCH)?;
            let (last, mut seen) = (page.last().map(|asset| asset.id), BTreeSet::new());
            let (mut photos, mut bytes, mut changes) = (0, 0, Vec::new());
            for asset in page {
                // A push between two transactions would send the photo without its motion part.
                let part = motion_part(tx, &upstream, &asset)?;
                for asset in part.into_iter().chain([asset]).filter(|asset| seen.insert(asset.id)) {
                    photos += u64::from(!is_part(tx, &upstream, &asset)?);
                    bytes += u64::try_from(asset.size_bytes).unwrap_or(0);
                    changes.push(Change::AssetAdded(asset.id));
                }
            }
            Ok(((last, photos, bytes), changes))
        })?;
        offer.photos += photos;
        offer.bytes += bytes;
        Ok(last)
    }

    /// An album, with who takes part in it and what is in it.
    fn offer_album(&self, user: UserId, id: AlbumId) -> Result<bool, LibraryError> {
        let (is_new, _) = self.record(move |tx| {
            let (Some(upstream), Some(album)) = (tx.upstream_of(user)?, tx.album(id)?) else {
                return Ok((false, Vec::new()));
            };
            let is_new = is_unknown(tx.as_read(), &upstream, &album)?;
            Ok((is_new, is_new.then_some(Change::AlbumOffered(id)).into_iter().collect()))
        })?;
        Ok(is_new)
    }

    fn offer_stack(&self, user: UserId, id: StackId) -> Result<bool, LibraryError> {
        let (is_new, _) = self.record(move |tx| {
            let (Some(upstream), Some(stack)) = (tx.upstream_of(user)?, tx.stack(id)?) else {
                return Ok((false, Vec::new()));
            };
            let is_new = is_stack_unknown(tx.as_read(), &upstream, &stack)?;
            let change = Change::StacksChanged(user, vec![StackChange::Made(id)]);
            Ok((is_new, is_new.then_some(change).into_iter().collect()))
        })?;
        Ok(is_new)
    }
}

/// The motion part of an asset, if it is only here as well.
fn motion_part(tx: &dyn Write, upstream: &Upstream, asset: &Asset) -> Result<Option<Asset>, StoreError> {
    match asset.live_photo_video_id {
        Some(part) if tx.is_only_here(upstream, part)? => tx.asset(part),
        _ => Ok(None),
    }
}

/// Whether an asset is the motion part of a photo that is only here as well.
fn is_part(tx: &dyn Write, upstream: &Upstream, asset: &Asset) -> Result<bool, StoreError> {
    if asset.visibility != Visibility::Hidden {
        return Ok(false);
    }
    for still in tx.stills_of(asset.id)? {
        if tx.is_only_here(upstream, still)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn is_unknown(tx: &dyn Read, upstream: &Upstream, album: &Album) -> Result<bool, StoreError> {
    let is_own = album.owner_id == upstream.user_id;
    Ok(is_own && !is_known(tx, upstream, ExternalKind::Album, Subject::Album(album.id))?)
}

fn unknown_albums(tx: &dyn Read, upstream: &Upstream) -> Result<Vec<Album>, StoreError> {
    let mut found = Vec::new();
    for album in tx.owned_albums(upstream.user_id)? {
        if is_unknown(tx, upstream, &album)? {
            found.push(album);
        }
    }
    Ok(found)
}

/// Whether a stack is not there and can be made there: a stack of one is none.
fn is_stack_unknown(tx: &dyn Read, upstream: &Upstream, stack: &Stack) -> Result<bool, StoreError> {
    if is_known(tx, upstream, ExternalKind::Stack, Subject::Stack(stack.id))? {
        return Ok(false);
    }
    let mut members = 0;
    for asset in tx.stack_assets(stack)? {
        let is_there = is_known(tx, upstream, ExternalKind::Asset, Subject::Asset(asset.id))?
            || tx.is_only_here(upstream, asset.id)?;
        members += usize::from(is_there);
    }
    Ok(members >= LEAST)
}

fn unknown_stacks(tx: &dyn Read, upstream: &Upstream) -> Result<Vec<Stack>, StoreError> {
    let mut found = Vec::new();
    for stack in tx.stacks_of(upstream.user_id, None)? {
        if is_stack_unknown(tx, upstream, &stack)? {
            found.push(stack);
        }
    }
    Ok(found)
}
