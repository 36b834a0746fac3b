//! Notifications.

use serde::{Deserialize, Serialize};

use super::present;
use crate::id::{NotificationId, UserId};
use crate::model::{NotificationLevel, NotificationType};
use crate::time::Timestamp;

/// Something that a user is told.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct NotificationDto {
    pub id: NotificationId,
    pub created_at: Timestamp,
    pub level: NotificationLevel,
    #[serde(rename = "type")]
    pub kind: NotificationType,
    pub title: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// JSON in a text, as the reference sends it and its web application reads it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read_at: Option<Timestamp>,
}

/// `PUT /notifications/{id}`.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NotificationUpdateDto {
    /// `null` makes it unread again.
    #[serde(default, deserialize_with = "present")]
    pub read_at: Option<Option<Timestamp>>,
}

/// `PUT /notifications`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct NotificationUpdateAllDto {
    pub ids: Vec<NotificationId>,
    #[serde(default, deserialize_with = "present")]
    pub read_at: Option<Option<Timestamp>>,
}

/// `DELETE /notifications`.
#[derive(Debug, Clone, Deserialize)]
#[allow(missing_docs)]
pub struct NotificationDeleteAllDto {
    pub ids: Vec<NotificationId>,
}

/// `POST /admin/notifications`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct NotificationCreateDto {
    pub user_id: UserId,
    pub title: String,
    pub description: Option<String>,
    pub level: Option<NotificationLevel>,
    #[serde(rename = "type")]
    pub kind: Option<NotificationType>,
    pub data: Option<serde_json::Map<String, serde_json::Value>>,
    pub read_at: Option<Timestamp>,
}
