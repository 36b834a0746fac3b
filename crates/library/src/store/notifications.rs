//! Notifications in a store.

use tintype_protocol::id::{NotificationId, UserId};
use tintype_protocol::time::Timestamp;

use super::StoreError;
use crate::model::{Notification, NotificationFilter};

type Result<T> = std::result::Result<T, StoreError>;

/// Questions about notifications.
pub trait ReadNotifications {
    /// One notification.
    fn notification(&self, id: NotificationId) -> Result<Option<Notification>>;
    /// A user's notifications, newest first, `limit` at most.
    fn notifications(&self, user: UserId, filter: NotificationFilter, limit: u32) -> Result<Vec<Notification>>;
}

/// Changes of notifications.
pub trait WriteNotifications {
    /// A new one.
    fn insert_notification(&mut self, notification: &Notification) -> Result<()>;
    /// It was read at a time, or is unread again.
    fn set_notification_read(&mut self, id: NotificationId, at: Option<Timestamp>) -> Result<()>;
    /// It goes.
    fn delete_notification(&mut self, id: NotificationId) -> Result<()>;
    /// Notifications that are older than `time` go.
    fn delete_notifications_before(&mut self, time: Timestamp) -> Result<u64>;
}
