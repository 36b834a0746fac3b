//! The timeline in months.

use tintype_protocol::id::{AlbumId, UserId};
use tintype_protocol::model::Visibility;
use tintype_protocol::permission::Permission;

use crate::error::LibraryError;
use crate::library::Library;
use crate::model::{BucketFilter, BucketRow, MonthCount, SharedLink};
use crate::sessions::Caller;
use crate::sharing::Direction;

impl Library {
    /// Months that have assets, with their numbers.
    pub fn months(&self, caller: &Caller, filter: &BucketFilter) -> Result<Vec<MonthCount>, LibraryError> {
        self.check_timeline(caller, filter)?;
        self.read(|tx| Ok(tx.months(filter)?))
    }

    /// The assets of one month (see [`MonthCount::month`]).
    pub fn month(&self, caller: &Caller, filter: &BucketFilter, month: i64) -> Result<Vec<BucketRow>, LibraryError> {
        self.check_timeline(caller, filter)?;
        self.read(|tx| Ok(tx.month(filter, month)?))
    }

    fn check_timeline(&self, caller: &Caller, filter: &BucketFilter) -> Result<(), LibraryError> {
        if filter.visibilities.contains(&Visibility::Locked) && !caller.is_elevated {
            return Err(LibraryError::Unauthenticated("Elevated permission is required"));
        }
        if let Some(link) = caller.link() {
            return check_guest(link, filter);
        }
        let others: Vec<UserId> = filter.owners.iter().copied().filter(|owner| *owner != caller.user.id).collect();
        if !others.is_empty() {
            let shown = self.partners(caller, Direction::SharedWith)?;
            let is_shown = |owner: &UserId| shown.iter().any(|(_, user)| user.id == *owner);
            let is_open = |visibility: &Visibility| *visibility == Visibility::Timeline;
            if !others.iter().all(is_shown)
                || !filter.visibilities.iter().all(is_open)
                || filter.is_trashed == Some(true)
            {
                return Err(LibraryError::NoAccess(Permission::TimelineRead));
            }
        }
        if let Some(tag) = filter.tag {
            self.tag(caller, tag, Permission::TagRead)?;
        }
        if let Some(person) = filter.person {
            self.person(caller, person)?;
        }
        match filter.album {
            Some(album) => self.check_album(caller, album),
            None => Ok(()),
        }
    }

    fn check_album(&self, caller: &Caller, album: AlbumId) -> Result<(), LibraryError> {
        let role = self.read(|tx| Ok(tx.album_role(album, caller.user.id)?))?;
        role.map(|_| ()).ok_or(LibraryError::NoAccess(Permission::AlbumRead))
    }
}

/// Guests see the whole album of their link. Questions that would tell what the link does not are refused; those that
/// are new have to be thought about here.
fn check_guest(link: &SharedLink, filter: &BucketFilter) -> Result<(), LibraryError> {
    let BucketFilter {
        owners,
        album,
        is_favorite,
        is_trashed,
        visibilities,
        bbox,
        order: _,
        is_stacked: _,
        tag,
        person,
    } = filter;
    let is_open = |visibility: &Visibility| matches!(visibility, Visibility::Timeline | Visibility::Archive);
    let is_whole = owners.is_empty()
        && is_favorite.is_none()
        && *is_trashed != Some(true)
        && visibilities.iter().all(is_open)
        && (tag.is_none() && person.is_none())
        && (bbox.is_none() || link.show_metadata);
    if link.album_id.is_some() && *album == link.album_id && is_whole {
        Ok(())
    } else {
        Err(LibraryError::NoAccess(Permission::TimelineRead))
    }
}
