//! Notifications.

use rusqlite::{Row, params};
use tintype_protocol::id::{NotificationId, UserId};
use tintype_protocol::time::Timestamp;

use super::tx::{Result, Tx};
use super::value::Columns;
use crate::model::{Notification, NotificationFilter};
use crate::store::{ReadNotifications, WriteNotifications};

const COLUMNS: &str = "n.id, n.user_id, n.type, n.level, n.title, n.description, n.data, n.created_at, n.read_at";

fn read_notification(row: &Row<'_>) -> rusqlite::Result<Notification> {
    let mut columns = Columns::of(row);
    Ok(Notification {
        id: columns.id()?,
        user_id: columns.id()?,
        kind: columns.name()?,
        level: columns.name()?,
        title: columns.string()?,
        description: columns.maybe_string()?,
        data: columns.maybe_string()?,
        created_at: columns.time()?,
        read_at: columns.maybe_time()?,
    })
}

impl ReadNotifications for Tx<'_> {
    fn notification(&self, id: NotificationId) -> Result<Option<Notification>> {
        let sql = format!("SELECT {COLUMNS} FROM notification n WHERE n.id = ?1");
        self.one(&sql, params![id.as_bytes()], read_notification)
    }

    fn notifications(&self, user: UserId, filter: NotificationFilter, limit: u32) -> Result<Vec<Notification>> {
        let sql = format!(
            "SELECT {COLUMNS} FROM notification n WHERE n.user_id = ?1 AND (?2 IS NULL OR n.id = ?2)
                AND (?3 IS NULL OR n.type = ?3) AND (?4 IS NULL OR n.level = ?4) AND (?5 = 0 OR n.read_at IS NULL)
             ORDER BY n.created_at DESC, n.rowid DESC LIMIT {limit}"
        );
        let wanted = params![
            user.as_bytes(),
            filter.id.as_ref().map(NotificationId::as_bytes),
            filter.kind.map(|kind| kind.as_str()),
            filter.level.map(|level| level.as_str()),
            filter.is_unread
        ];
        self.all(&sql, wanted, read_notification)
    }
}

impl WriteNotifications for Tx<'_> {
    fn insert_notification(&mut self, notification: &Notification) -> Result<()> {
        self.execute(
            "INSERT INTO notification (id, user_id, type, level, title, description, data, created_at, read_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            params![
                notification.id.as_bytes(),
                notification.user_id.as_bytes(),
                notification.kind.as_str(),
                notification.level.as_str(),
                notification.title,
                notification.description,
                notification.data,
                notification.created_at.0,
                notification.read_at.map(|at| at.0)
            ],
        )?;
        Ok(())
    }

    fn set_notification_read(&mut self, id: NotificationId, at: Option<Timestamp>) -> Result<()> {
        let sql = "UPDATE notification SET read_at = ?2 WHERE id = ?1";
        self.execute(sql, params![id.as_bytes(), at.map(|at| at.0)])?;
        Ok(())
    }

    fn delete_notification(&mut self, id: NotificationId) -> Result<()> {
        self.execute("DELETE FROM notification WHERE id = ?1", params![id.as_bytes()])?;
        Ok(())
    }

    fn delete_notifications_before(&mut self, time: Timestamp) -> Result<u64> {
        Ok(self.execute("DELETE FROM notification WHERE created_at < ?1", params![time.0])? as u64)
    }
}
