//! What an upstream has comes into the library where there is only an API key, which the stream refuses: everything
//! that the key shows is asked for, page by page, each time.
//!
//! A search says what is there and nothing of what is gone, so a run is an epoch of its own: all that it shows is marked,
//! and only after the last page the rest goes, as after a reset. Pages shift while photos come and go, so whatever was
//! not shown is asked for by its name first.

pub(crate) mod lines;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use serde::Serialize;
use tintype_client::{Client, ClientError, FoundAlbum, FoundAsset, FoundStack, FoundUser, Refusal};
use tintype_library::LibraryError;
use tintype_library::model::Upstream;
use tintype_library::replica::{Outcome, Replica};
use tintype_protocol::checksum::Sha1;
use tintype_protocol::id::{AlbumId, AssetId, StackId, UpdateId, UserId};
use tintype_protocol::model::Visibility;
use tintype_protocol::sync::{AckToken, AlbumToAssetV1, EntityType};

use crate::preview::Counting;
use crate::pull::{PullError, Pulling, Wishes};

/// Where photos may be; a search looks into one of them at a time.
const PLACES: [Visibility; 4] = [Visibility::Timeline, Visibility::Archive, Visibility::Hidden, Visibility::Locked];
/// Where photos of albums may be: what is locked away is in none.
const ALBUM_PLACES: [Visibility; 3] = [Visibility::Timeline, Visibility::Archive, Visibility::Hidden];

type Stacks = Arc<HashMap<AssetId, StackId>>;
/// Takes a page of the user's own assets.
type Take<'t, P> = dyn FnMut(&mut P, Vec<FoundAsset>) -> Result<(), PullError> + 't;

/// Applies rows as lines and counts them.
#[derive(Default)]
struct Applied {
    lines: u64,
    quarantined: u64,
}

impl Applied {
    fn put(
        &mut self,
        replica: &mut Replica<'_>,
        entity: EntityType,
        line: &impl Serialize,
    ) -> Result<(), LibraryError> {
        let data = serde_json::to_vec(line).map_err(|error| LibraryError::invalid(error.to_string()))?;
        self.lines += 1;
        if let Outcome::Refused(reason) = replica.apply(entity, &data)? {
            // No stream said it, so there is no position to go back to.
            replica.quarantine(entity, &data, AckToken::at(entity, UpdateId::MIN), &reason)?;
            self.quarantined += 1;
        }
        Ok(())
    }

    fn put_assets(
        &mut self,
        replica: &mut Replica<'_>,
        found: &[FoundAsset],
        stacks: &Stacks,
    ) -> Result<(), LibraryError> {
        for asset in found {
            let stack = stacks.get(&asset.id).copied();
            let known = replica.known(asset.id)?;
            self.put(replica, EntityType::AssetV2, &lines::asset(asset, known.as_ref(), stack))?;
            if let Some(exif) = &asset.exif_info {
                // An asset that has just got its name may have been here before.
                let known = if known.is_some() { known } else { replica.known(asset.id)? };
                let known = known.as_ref().and_then(|known| known.exif.as_ref());
                self.put(replica, EntityType::AssetExifV1, &lines::exif(asset.id, exif, known))?;
            }
        }
        Ok(())
    }

    fn put_album(
        &mut self,
        replica: &mut Replica<'_>,
        album: &FoundAlbum,
        listed: &HashSet<AssetId>,
    ) -> Result<(), LibraryError> {
        for (user, _) in lines::people(album) {
            self.put(replica, EntityType::UserV1, &lines::user(user))?;
        }
        self.put(replica, EntityType::AlbumV1, &lines::album(album))?;
        // Those that are not among them any more, the sweep finds.
        for member in lines::members(album) {
            self.put(replica, EntityType::AlbumUserV1, &member)?;
        }
        for &asset_id in listed {
            self.put(replica, EntityType::AlbumToAssetV1, &AlbumToAssetV1 { asset_id, album_id: album.id })?;
        }
        Ok(())
    }
}

impl Pulling<'_> {
    /// Asks for everything, applies it, and lets go of what is gone.
    pub(crate) fn search(&mut self, wishes: Wishes) -> Result<(), PullError> {
        self.upstream = self.library.replicate(&self.upstream, |replica| replica.begin_epoch())?;
        let users = optional(self.remote.users())?.unwrap_or_default();
        self.put(move |applied, replica| {
            users.iter().try_for_each(|user: &FoundUser| applied.put(replica, EntityType::UserV1, &lines::user(user)))
        })?;
        let found = optional(self.remote.stacks())?.unwrap_or_default();
        let stacks: Stacks = Arc::new(members(&found));
        let mut sees_locked = true;
        for place in PLACES {
            sees_locked &= self.pages(place, None, &mut |pulling, assets| pulling.put_assets(assets, &stacks))?;
        }
        let me = UserId(self.upstream.external_user_id);
        self.put(move |applied, replica| {
            found.iter().try_for_each(|stack| applied.put(replica, EntityType::StackV1, &lines::stack(stack, me)))
        })?;
        for album in self.remote.all_albums()? {
            self.album(album)?;
        }
        self.look_for_missing(sees_locked, &stacks, wishes)?;
        self.finish(wishes)
    }

    fn put(
        &mut self,
        work: impl FnOnce(&mut Applied, &mut Replica<'_>) -> Result<(), LibraryError> + Send + 'static,
    ) -> Result<(), PullError> {
        let Applied { lines, quarantined } = self.library.replicate(&self.upstream, move |replica| {
            let mut applied = Applied::default();
            work(&mut applied, replica)?;
            Ok(applied)
        })?;
        self.pulled.quarantined += quarantined;
        self.note(lines)
    }

    fn put_assets(&mut self, assets: Vec<FoundAsset>, stacks: &Stacks) -> Result<(), PullError> {
        let stacks = Arc::clone(stacks);
        self.put(move |applied, replica| applied.put_assets(replica, &assets, &stacks))
    }

    /// The user's own assets in a place, page by page; whether the key reaches that place.
    fn pages(
        &mut self,
        place: Visibility,
        album: Option<AlbumId>,
        take: &mut Take<'_, Self>,
    ) -> Result<bool, PullError> {
        let me = UserId(self.upstream.external_user_id);
        let mut page = Some(1);
        while let Some(number) = page {
            let Some(mut found) = self.remote.search(place, album, number)? else { return Ok(false) };
            // Partners' photos may be among them.
            found.assets.retain(|asset| asset.owner_id == me);
            take(self, found.assets)?;
            page = found.next;
        }
        Ok(true)
    }

    fn album(&mut self, album: FoundAlbum) -> Result<(), PullError> {
        let mut listed = HashSet::new();
        for place in ALBUM_PLACES {
            self.pages(place, Some(album.id), &mut |_, assets| {
                listed.extend(assets.iter().map(|asset| asset.id));
                Ok(())
            })?;
        }
        self.put(move |applied, replica| applied.put_album(replica, &album, &listed))
    }

    /// Asks for each asset that was shown before and was not shown now. What is still there without being in reach has
    /// been locked away; what is left is gone, and the sweep will find it.
    fn look_for_missing(&mut self, sees_locked: bool, stacks: &Stacks, wishes: Wishes) -> Result<(), PullError> {
        let unseen = self.library.replicate(&self.upstream, move |replica| replica.unseen(wishes.sweep))?;
        // So many that the sweep will ask a person first.
        let Some(unseen) = unseen else { return Ok(()) };
        let mut missing = Vec::new();
        for id in unseen {
            match self.remote.asset(id)? {
                Some(asset) => self.put_assets(vec![asset], stacks)?,
                None => missing.push(id),
            }
        }
        if sees_locked || missing.is_empty() {
            return Ok(());
        }
        let asked = self.library.replicate(&self.upstream, move |replica| contents(replica, &missing))?;
        let still_there = match self.remote.still_there(&asked) {
            Ok(still_there) => still_there,
            Err(ClientError::Refused { refusal: Refusal::MissingPermission(permission), .. }) => {
                if wishes.sweep {
                    return Ok(());
                }
                return Err(PullError::InDoubt { count: asked.len(), permission });
            }
            Err(error) => return Err(error.into()),
        };
        let me = UserId(self.upstream.external_user_id);
        self.put(move |applied, replica| {
            for id in still_there {
                if let Some(known) = replica.known(id)? {
                    applied.put(replica, EntityType::AssetV2, &lines::locked_away(id, me, &known))?;
                }
            }
            Ok(())
        })
    }
}

/// Counts what a search would bring.
pub(crate) fn count_all(remote: &Client, upstream: &Upstream, counting: &mut Counting<'_>) -> Result<(), PullError> {
    for place in PLACES {
        let mut page = Some(1);
        while let Some(number) = page {
            let Some(found) = remote.search(place, None, number)? else { break };
            let own = || found.assets.iter().filter(|asset| asset.owner_id.0 == upstream.external_user_id);
            counting.add(EntityType::AssetV2, own().count() as u64)?;
            counting.add(EntityType::AssetExifV1, own().filter(|asset| asset.exif_info.is_some()).count() as u64)?;
            page = found.next;
        }
    }
    counting.add(EntityType::AlbumV1, remote.all_albums()?.len() as u64)
}

/// In which stack assets are.
fn members(stacks: &[FoundStack]) -> HashMap<AssetId, StackId> {
    stacks.iter().flat_map(|stack| stack.assets.iter().map(|asset| (asset.id, stack.id))).collect()
}

/// What assets hold, by which a server knows them wherever they are kept.
fn contents(replica: &Replica<'_>, assets: &[AssetId]) -> Result<Vec<(AssetId, Sha1)>, LibraryError> {
    let known = assets.iter().map(|id| Ok(replica.known(*id)?.map(|known| (*id, known.content))));
    known.filter_map(Result::transpose).collect()
}

/// An answer that a key need not have the permission for.
fn optional<T>(answer: Result<T, ClientError>) -> Result<Option<T>, ClientError> {
    match answer {
        Err(ClientError::Refused { refusal: Refusal::MissingPermission(_), .. }) => Ok(None),
        other => other.map(Some),
    }
}
