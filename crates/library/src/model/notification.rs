//! Notifications.

use tintype_protocol::id::{NotificationId, UserId};
use tintype_protocol::model::{NotificationLevel, NotificationType};
use tintype_protocol::time::Timestamp;

/// Something that a user is told.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Notification {
    pub id: NotificationId,
    pub user_id: UserId,
    pub kind: NotificationType,
    pub level: NotificationLevel,
    pub title: String,
    pub description: Option<String>,
    /// JSON.
    pub data: Option<String>,
    pub created_at: Timestamp,
    pub read_at: Option<Timestamp>,
}

/// Which notifications are asked for; all conditions that are given must hold.
#[derive(Debug, Clone, Copy, Default)]
#[allow(missing_docs)]
pub struct NotificationFilter {
    pub id: Option<NotificationId>,
    pub kind: Option<NotificationType>,
    pub level: Option<NotificationLevel>,
    pub is_unread: bool,
}
