//! Lines of people and faces (sync-protocol §9).

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::dto::present;
use crate::id::{AssetId, FaceId, PersonId, UserId};
use crate::model::FaceSource;
use crate::time::Timestamp;

/// Somebody on photos.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct PersonV1<'a> {
    pub id: PersonId,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub owner_id: UserId,
    /// Empty: not named yet.
    #[serde(borrow)]
    pub name: Cow<'a, str>,
    /// A calendar day, as its midnight in UTC.
    pub birth_date: Option<Timestamp>,
    pub is_hidden: bool,
    pub is_favorite: bool,
    #[serde(borrow)]
    pub color: Option<Cow<'a, str>>,
    /// A face, despite the name.
    pub face_asset_id: Option<FaceId>,
}

/// A person is gone.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct PersonDelete {
    pub person_id: PersonId,
}

/// A face, for `AssetFaceV1`, and with its last two fields for `AssetFaceV2`.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct AssetFaceV1 {
    pub id: FaceId,
    pub asset_id: AssetId,
    pub person_id: Option<PersonId>,
    /// Pixels of the image that the box refers to: upright, before edits.
    pub image_width: i32,
    pub image_height: i32,
    #[serde(rename = "boundingBoxX1")]
    pub x1: i32,
    #[serde(rename = "boundingBoxY1")]
    pub y1: i32,
    #[serde(rename = "boundingBoxX2")]
    pub x2: i32,
    #[serde(rename = "boundingBoxY2")]
    pub y2: i32,
    pub source_type: FaceSource,
    /// Only in `AssetFaceV2`; `null` while nobody took it away.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<Option<Timestamp>>,
    /// Only in `AssetFaceV2`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_visible: Option<bool>,
}

/// A face is gone.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct AssetFaceDelete {
    pub asset_face_id: FaceId,
}
