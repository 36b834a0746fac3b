//! What users are told: that an album was shared with them, or what an admin wants them to know.

use std::collections::BTreeSet;

use serde_json::json;
use tintype_protocol::id::{NotificationId, UserId};
use tintype_protocol::model::{NotificationLevel, NotificationType};
use tintype_protocol::permission::Permission;
use tintype_protocol::time::{DAY_MS, Timestamp};

use crate::error::LibraryError;
use crate::library::Library;
use crate::model::{Album, Notification, NotificationFilter};
use crate::news::News;
use crate::sessions::Caller;
use crate::store::{Durability, Read, Write};

/// Most notifications of one answer.
const MAX_LISTED: u32 = 1_000;
/// Notifications are kept for this long.
const KEEP_MS: i64 = 90 * DAY_MS;

impl Library {
    /// The caller's notifications, newest first.
    pub fn notifications(
        &self,
        caller: &Caller,
        filter: NotificationFilter,
    ) -> Result<Vec<Notification>, LibraryError> {
        self.read(|tx| Ok(tx.notifications(caller.user.id, filter, MAX_LISTED)?))
    }

    /// One notification.
    pub fn notification(&self, caller: &Caller, id: NotificationId) -> Result<Notification, LibraryError> {
        self.read(|tx| own(tx, caller, id, Permission::NotificationRead))
    }

    /// Marks notifications as read at a time, or as unread: all of them or none.
    pub fn read_notifications(
        &self,
        caller: &Caller,
        ids: &[NotificationId],
        at: Option<Timestamp>,
    ) -> Result<(), LibraryError> {
        let (caller, ids) = (caller.clone(), ids.to_vec());
        self.write(Durability::Full, move |tx| {
            for id in ids {
                own(tx.as_read(), &caller, id, Permission::NotificationUpdate)?;
                tx.set_notification_read(id, at)?;
            }
            Ok(())
        })
    }

    /// Deletes notifications: all of them or none.
    pub fn delete_notifications(&self, caller: &Caller, ids: &[NotificationId]) -> Result<(), LibraryError> {
        // Named twice is deleted once.
        let (caller, ids) = (caller.clone(), ids.iter().copied().collect::<BTreeSet<_>>());
        self.write(Durability::Full, move |tx| {
            for id in ids {
                own(tx.as_read(), &caller, id, Permission::NotificationDelete)?;
                tx.delete_notification(id)?;
            }
            Ok(())
        })
    }

    /// Tells a user something; for admins.
    pub fn notify(&self, notification: Notification) -> Result<Notification, LibraryError> {
        let row = notification.clone();
        self.write(Durability::Full, move |tx| {
            if tx.user(row.user_id)?.is_none() {
                return Err(LibraryError::invalid("User not found"));
            }
            Ok(tx.insert_notification(&row)?)
        })?;
        self.listeners.tell(&News::Notified(notification.clone()));
        Ok(notification)
    }

    /// A new notification that was not read yet.
    pub fn new_notification(&self, user_id: UserId, title: String) -> Notification {
        Notification {
            id: self.new_id().into(),
            user_id,
            kind: NotificationType::Custom,
            level: NotificationLevel::Info,
            title,
            description: None,
            data: None,
            created_at: self.now(),
            read_at: None,
        }
    }

    /// Invitations to an album, one for each new member; they are written by whoever lets them join.
    pub(crate) fn invitations(&self, caller: &Caller, members: impl Iterator<Item = UserId>) -> Vec<Notification> {
        let invitation = |member| Notification {
            kind: NotificationType::AlbumInvite,
            level: NotificationLevel::Success,
            description: Some(caller.user.name.clone()),
            ..self.new_notification(member, "Shared Album Invitation".to_owned())
        };
        members.map(invitation).collect()
    }

    /// Tells those who are online, after the invitations were written.
    pub(crate) fn tell_of(&self, invitations: Vec<Notification>) {
        invitations.into_iter().for_each(|invitation| self.listeners.tell(&News::Notified(invitation)));
    }

    /// Old notifications go.
    pub(crate) fn expire_notifications(&self) -> Result<(), LibraryError> {
        let before = Timestamp(self.now().0 - KEEP_MS);
        self.write(Durability::Relaxed, move |tx| Ok(tx.delete_notifications_before(before)?))?;
        Ok(())
    }
}

/// Writes invitations to an album, in the transaction in which the members join.
pub(crate) fn invite(
    tx: &mut dyn Write,
    album: &Album,
    invitations: Vec<Notification>,
) -> Result<Vec<Notification>, LibraryError> {
    let complete = |invitation: Notification| Notification {
        description: invitation.description.map(|who| format!("{who} shared an album ({}) with you", album.name)),
        data: Some(json!({ "albumId": album.id }).to_string()),
        ..invitation
    };
    let invitations: Vec<Notification> = invitations.into_iter().map(complete).collect();
    invitations.iter().try_for_each(|invitation| tx.insert_notification(invitation))?;
    Ok(invitations)
}

fn own(tx: &dyn Read, caller: &Caller, id: NotificationId, need: Permission) -> Result<Notification, LibraryError> {
    let found = tx.notification(id)?.filter(|notification| notification.user_id == caller.user.id);
    found.ok_or(LibraryError::NoAccess(need))
}
