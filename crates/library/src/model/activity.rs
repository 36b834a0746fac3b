//! Comments and likes.

use tintype_protocol::id::{ActivityId, AlbumId, AssetId, UserId};
use tintype_protocol::model::{ActivityType, ReactionLevel};
use tintype_protocol::time::Timestamp;

/// What a member left in an album.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Activity {
    pub id: ActivityId,
    pub album_id: AlbumId,
    pub user_id: UserId,
    /// `None` for the album as a whole.
    pub asset_id: Option<AssetId>,
    /// `None` is a like.
    pub comment: Option<String>,
    pub created_at: Timestamp,
}

impl Activity {
    /// What it is.
    pub fn kind(&self) -> ActivityType {
        if self.comment.is_some() { ActivityType::Comment } else { ActivityType::Like }
    }
}

/// Which activities of an album are asked for; all conditions that are given must hold.
#[derive(Debug, Clone, Copy, Default)]
#[allow(missing_docs)]
pub struct ActivityFilter {
    pub asset_id: Option<AssetId>,
    pub level: Option<ReactionLevel>,
    pub kind: Option<ActivityType>,
    pub user_id: Option<UserId>,
}

impl ActivityFilter {
    /// Whether an activity is asked for.
    pub fn takes(&self, activity: &Activity) -> bool {
        let is_level = self.level.is_none_or(|level| (level == ReactionLevel::Asset) == activity.asset_id.is_some());
        // Who asks for the album as a whole means no asset, whatever else is said.
        let is_asset = self.level == Some(ReactionLevel::Album)
            || self.asset_id.is_none_or(|asset| activity.asset_id == Some(asset));
        is_level
            && is_asset
            && self.kind.is_none_or(|kind| kind == activity.kind())
            && self.user_id.is_none_or(|user| user == activity.user_id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_condition_narrows() {
        let id = |n| uuid::Uuid::from_u128(n);
        let activity = |asset: Option<u128>, comment: Option<&str>| Activity {
            id: id(1).into(),
            album_id: id(2).into(),
            user_id: id(3).into(),
            asset_id: asset.map(|n| id(n).into()),
            comment: comment.map(str::to_owned),
            created_at: Timestamp(0),
        };
        let (comment, like) = (activity(Some(4), Some("nice")), activity(None, None));
        let both = |filter: ActivityFilter| (filter.takes(&comment), filter.takes(&like));
        let all = ActivityFilter::default();
        assert_eq!(both(all), (true, true));
        assert_eq!(both(ActivityFilter { asset_id: Some(id(4).into()), ..all }), (true, false));
        assert_eq!(both(ActivityFilter { asset_id: Some(id(5).into()), ..all }), (false, false));
        assert_eq!(both(ActivityFilter { level: Some(ReactionLevel::Album), ..all }), (false, true));
        assert_eq!(both(ActivityFilter { level: Some(ReactionLevel::Asset), ..all }), (true, false));
        assert_eq!(both(ActivityFilter { kind: Some(ActivityType::Like), ..all }), (false, true));
        assert_eq!(both(ActivityFilter { user_id: Some(id(9).into()), ..all }), (false, false));
    }
}
