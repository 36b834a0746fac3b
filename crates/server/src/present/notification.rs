//! Notifications.

use tintype_library::model::Notification;
use tintype_protocol::dto::notification::NotificationDto;

/// A notification.
pub(crate) fn notification(row: Notification) -> NotificationDto {
    NotificationDto {
        id: row.id,
        created_at: row.created_at,
        level: row.level,
        kind: row.kind,
        title: row.title,
        description: row.description,
        data: row.data,
        read_at: row.read_at,
    }
}
