//! What users are told: that an album was shared with them, or what an admin wants them to know.

use std::collections::BTreeSet;

use serde_json::json;
use tintype_protocol::id::{AlbumId, NotificationId, UserId};
use tintype_protocol::model::{NotificationLevel, NotificationType};
use tintype_protocol::permission::Permission;
use tintype_protocol::time::{DAY_MS, Timestamp};

use crate::error::LibraryError;
use crate::library::Library;
use crate::model::{Notification, NotificationFilter};
use crate::news::News;
use crate::sessions::Caller;
use crate::store::{Durability, Read};

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

    /// Tells new members of an album that it was shared with them. Called after they have joined.
    pub(crate) fn invite(&self, caller: &Caller, album: AlbumId, name: &str, members: &[UserId]) {
        for member in members {
            let invitation = Notification {
                kind: NotificationType::AlbumInvite,
                level: NotificationLevel::Success,
                description: Some(format!("{} shared an album ({name}) with you", caller.user.name)),
                data: Some(json!({ "albumId": album }).to_string()),
                ..self.new_notification(*member, "Shared Album Invitation".to_owned())
            };
            if let Err(error) = self.notify(invitation) {
                // The album is shared; that nobody was told is no reason to say otherwise.
                tracing::warn!(error = &error as &dyn std::error::Error, "a user was not told of an album");
            }
        }
    }

    /// Old notifications go.
    pub(crate) fn expire_notifications(&self) -> Result<(), LibraryError> {
        let before = Timestamp(self.now().0 - KEEP_MS);
        self.write(Durability::Relaxed, move |tx| Ok(tx.delete_notifications_before(before)?))?;
        Ok(())
    }
}

fn own(tx: &dyn Read, caller: &Caller, id: NotificationId, need: Permission) -> Result<Notification, LibraryError> {
    let found = tx.notification(id)?.filter(|notification| notification.user_id == caller.user.id);
    found.ok_or(LibraryError::NoAccess(need))
}
