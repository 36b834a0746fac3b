//! What an upstream changed, told to pages and apps that are open here, as a change made here would be.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Mutex, PoisonError};

use tintype_protocol::id::{AlbumId, AssetId, UpdateId, UserId};
use tintype_protocol::time::Timestamp;

use crate::feed::{FeedKind, FeedRow, Visit};
use crate::library::Library;
use crate::news::News;
use crate::recorder::Change;
use crate::store::{Read, StoreError};

/// News of changes on an upstream that a user is told in a minute. A mirror that begins, or one that was away for long,
/// brings more than a page can take in: whoever needs all of it reads the feed.
pub const TOLD_IN_A_MINUTE: usize = 200;
const MINUTE_MS: i64 = 60_000;

/// How many news users were told, and since when. One entry for each of those who follow a server.
#[derive(Default)]
pub(crate) struct Told(Mutex<HashMap<UserId, (Timestamp, usize)>>);

impl Told {
    /// How many more there may be.
    fn room(&self, user: UserId, now: Timestamp) -> usize {
        let told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match told.get(&user) {
            Some((since, count)) if (0..MINUTE_MS).contains(&(now.0 - since.0)) => TOLD_IN_A_MINUTE - count,
            _ => TOLD_IN_A_MINUTE,
        }
    }

    fn note(&self, user: UserId, now: Timestamp, count: usize) {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, sum) = told.entry(user).or_insert((now, 0));
        if !(0..MINUTE_MS).contains(&(now.0 - since.0)) {
            (*since, *sum) = (now, 0);
        }
        *sum = TOLD_IN_A_MINUTE.min(*sum + count);
    }
}

impl Library {
    /// Tells what changed behind a position for a user who follows a server; these assets were not here before. News are
    /// hints: what there is no room for, or what cannot be read now, stays untold.
    pub(crate) fn tell_since(&self, user: UserId, before: UpdateId, arrived: &HashSet<AssetId>) {
        if self.listeners.is_empty() {
            return;
        }
        let now = self.clock.now();
        let room = self.told.room(user, now);
        if room == 0 {
            return;
        }
        let Ok(news) = self.read(|tx| Ok(gather(tx, user, before, arrived, room)?)) else { return };
        self.told.note(user, now, news.len());
        news.iter().for_each(|news| self.listeners.tell(news));
    }
}

/// At most `room` news; of each kind of rows, no more are looked at.
fn gather(
    tx: &dyn Read,
    user: UserId,
    before: UpdateId,
    arrived: &HashSet<AssetId>,
    room: usize,
) -> Result<Vec<News>, StoreError> {
    let (mut trashed, mut changed, mut new) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
    let (mut albums, mut edited): (BTreeSet<AlbumId>, BTreeSet<AssetId>) = Default::default();
    let (mut news, mut has_stacks) = (Vec::new(), false);
    for kind in [
        FeedKind::AssetDeletes,
        FeedKind::Assets,
        FeedKind::Exifs,
        FeedKind::Edits,
        FeedKind::Stacks,
        FeedKind::StackDeletes,
        FeedKind::Albums,
        FeedKind::AlbumUsers,
        FeedKind::AlbumAssets,
        FeedKind::AlbumAssetDeletes,
        FeedKind::People,
    ] {
        let mut looked_at = 0;
        tx.changes(kind, user, before, &mut |_, row| {
            match row {
                FeedRow::AssetGone(asset) => news.push(News::Removed { owner: user, asset }),
                FeedRow::Asset(asset) if asset.deleted_at.is_some() => trashed.push(asset.id),
                FeedRow::Asset(asset) => drop(changed.insert(asset.id)),
                FeedRow::Exif(exif) if arrived.contains(&exif.asset_id) => drop(new.insert(exif.asset_id)),
                FeedRow::Exif(exif) => drop(changed.insert(exif.asset_id)),
                FeedRow::Edit(edit) => drop(edited.insert(edit.asset_id)),
                FeedRow::Stack(_) | FeedRow::StackGone(_) => has_stacks = true,
                FeedRow::Album(album) => drop(albums.insert(album.id)),
                FeedRow::AlbumUser { album_id, .. }
                | FeedRow::AlbumAsset { album_id, .. }
                | FeedRow::AlbumAssetGone { album_id, .. } => drop(albums.insert(album_id)),
                FeedRow::Person(person) => news.push(News::Changed(Change::PersonChanged(person.id, Vec::new()))),
                _ => {}
            }
            looked_at += 1;
            if looked_at < room { Visit::Continue } else { Visit::Stop }
        })?;
    }
    for asset in new.iter().filter(|id| !trashed.contains(id)) {
        // It may have come into the trash before.
        if tx.asset(*asset)?.is_some_and(|asset| asset.deleted_at.is_none()) {
            news.push(News::Arrived { owner: user, asset: *asset });
        }
    }
    for asset in changed.difference(&new).filter(|id| !trashed.contains(id)) {
        // One of which nothing more is known yet is told when it is.
        if tx.exif(*asset)?.is_some() {
            news.push(News::Changed(Change::AssetChanged(*asset, Vec::new())));
        }
    }
    if !trashed.is_empty() {
        news.push(News::Changed(Change::AssetsTrashed(trashed)));
    }
    news.extend(edited.into_iter().map(|asset| News::Edited { owner: user, asset }));
    if has_stacks {
        news.push(News::Changed(Change::StacksChanged(user, Vec::new())));
    }
    news.extend(albums.into_iter().map(|album| News::Changed(Change::AlbumChanged(album, Vec::new()))));
    news.truncate(room);
    Ok(news)
}
