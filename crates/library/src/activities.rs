//! What members of an album say about it and what is in it.

use tintype_protocol::id::{ActivityId, AlbumId, AssetId};
use tintype_protocol::permission::Permission;

use crate::albums::allowed;
use crate::error::LibraryError;
use crate::library::Library;
use crate::model::{Activity, ActivityFilter, User};
use crate::sessions::Caller;
use crate::store::{Durability, Read};

/// An activity and who is behind it.
#[derive(Debug, Clone)]
#[allow(missing_docs)]
pub struct ActivityView {
    pub activity: Activity,
    pub user: User,
}

impl Library {
    /// Activities of an album that the caller can see, oldest first.
    pub fn activities(
        &self,
        caller: &Caller,
        album: AlbumId,
        filter: &ActivityFilter,
    ) -> Result<Vec<ActivityView>, LibraryError> {
        self.read(|tx| {
            allowed(tx, caller, album, Permission::AlbumRead)?;
            let activities = tx.activities(album)?.into_iter().filter(|activity| filter.takes(activity));
            activities.filter_map(|activity| view(tx, activity).transpose()).collect()
        })
    }

    /// Leaves a comment, or (without one) a like. Liking twice is liking once: then it is the first one that is
    /// answered, and `false`.
    pub fn create_activity(
        &self,
        caller: &Caller,
        album: AlbumId,
        asset: Option<AssetId>,
        comment: Option<String>,
    ) -> Result<(ActivityView, bool), LibraryError> {
        let (caller, id) = (caller.clone(), self.new_id().into());
        self.write(Durability::Full, move |tx| {
            let refused = LibraryError::NoAccess(Permission::ActivityCreate);
            let is_open = tx.album(album)?.is_some_and(|album| album.is_activity_enabled);
            if !is_open || tx.album_role(album, caller.user.id)?.is_none() {
                return Err(refused);
            }
            if let Some(asset) = asset
                && !tx.albums_with_asset(asset)?.contains(&album)
            {
                return Err(LibraryError::invalid("Asset not in album"));
            }
            let user_id = caller.user.id;
            let activity = Activity { id, album_id: album, user_id, asset_id: asset, comment, created_at: tx.now() };
            if activity.comment.is_none()
                && let Some(known) = tx.activities(album)?.into_iter().find(|known| is_same_like(known, &activity))
            {
                return Ok((ActivityView { activity: known, user: caller.user }, false));
            }
            tx.insert_activity(&activity)?;
            Ok((ActivityView { activity, user: caller.user }, true))
        })
    }

    /// Takes an activity back: one's own, or any in one's own album.
    pub fn delete_activity(&self, caller: &Caller, id: ActivityId) -> Result<(), LibraryError> {
        let me = caller.user.id;
        self.write(Durability::Full, move |tx| {
            let refused = LibraryError::NoAccess(Permission::ActivityDelete);
            let Some(activity) = tx.activity(id)? else { return Err(refused) };
            let is_own_album = tx.album(activity.album_id)?.is_some_and(|album| album.owner_id == me);
            if activity.user_id != me && !is_own_album {
                return Err(refused);
            }
            Ok(tx.delete_activity(id)?)
        })
    }
}

fn is_same_like(known: &Activity, new: &Activity) -> bool {
    known.comment.is_none() && (known.user_id, known.asset_id) == (new.user_id, new.asset_id)
}

fn view(tx: &dyn Read, activity: Activity) -> Result<Option<ActivityView>, LibraryError> {
    Ok(tx.user(activity.user_id)?.map(|user| ActivityView { activity, user }))
}
