//! Accounts that go for good: everything of theirs first, in batches that survive a crash, then the account itself.

use tintype_protocol::id::UserId;
use tintype_protocol::model::UserStatus;
use tintype_protocol::time::{DAY_MS, Timestamp};

use crate::error::LibraryError;
use crate::jobs::remove_asset;
use crate::library::Library;
use crate::model::{AssetFilter, User};
use crate::news::News;
use crate::recorder::Change;
use crate::store::Durability;

/// Days after which a deleted account goes for good (http-api §11).
pub const DELETE_DELAY_DAYS: u32 = 7;
/// Assets removed in one transaction.
const BATCH: u32 = 200;

impl Library {
    /// Marks an account to be removed with everything in it. [`Library::remove_marked_users`] does it.
    pub fn mark_user_removed(&self, id: UserId) -> Result<User, LibraryError> {
        self.set_user_status(id, UserStatus::Removing)
    }

    /// Removes the accounts that are marked, and those whose deletion nobody took back in time. A removal that was
    /// interrupted goes on where it was.
    pub fn remove_marked_users(&self) -> Result<(), LibraryError> {
        let before = Timestamp(self.clock.now().0 - i64::from(DELETE_DELAY_DAYS) * DAY_MS);
        for user in self.users(true)? {
            let is_over = user.status == UserStatus::Deleted && user.deleted_at.is_some_and(|at| at < before);
            if user.status == UserStatus::Removing || is_over {
                self.remove_user(&user)?;
            }
        }
        Ok(())
    }

    fn remove_user(&self, user: &User) -> Result<(), LibraryError> {
        let id = user.id;
        let all = AssetFilter { owners: vec![id], ..AssetFilter::default() };
        loop {
            let all = all.clone();
            let count = self.write(Durability::Full, move |tx| {
                let assets = tx.search_by_id(&all, BATCH)?;
                assets.iter().try_for_each(|asset| remove_asset(tx, asset))?;
                Ok(assets.len())
            })?;
            self.remove_orphans()?;
            if count == 0 {
                break;
            }
        }
        self.change(move |tx| {
            // An asset that came in during the last moments waits for the next round.
            if !tx.search_by_id(&all, 1)?.is_empty() {
                return Ok(((), Vec::new()));
            }
            let Some(user) = tx.user(id)? else { return Ok(((), Vec::new())) };
            for album in tx.owned_albums(id)? {
                tx.delete_album(&album)?;
            }
            if !user.profile_image_path.is_empty() {
                tx.orphan_key(&user.profile_image_path)?;
            }
            tx.delete_user(&user)?;
            Ok(((), vec![Change::UserRemoved(id)]))
        })?;
        self.listeners.tell(&News::UserRemoved(id));
        self.remove_orphans()
    }
}
