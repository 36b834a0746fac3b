//! People and faces.

use serde::{Deserialize, Serialize};

use super::present;
use crate::id::{AssetId, FaceId, PersonId};
use crate::model::FaceSource;
use crate::time::Timestamp;

/// A person.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct PersonResponseDto {
    pub id: PersonId,
    pub name: String,
    /// `YYYY-MM-DD`.
    pub birth_date: Option<String>,
    /// Always empty: paths on the server's disk are nobody's business. The picture is at `/people/{id}/thumbnail`.
    pub thumbnail_path: &'static str,
    pub is_hidden: bool,
    pub is_favorite: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub color: Option<String>,
    pub updated_at: Timestamp,
    /// With the faces on one asset; generation 2, in answers about that asset.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub faces: Option<Vec<AssetFaceWithoutPersonResponseDto>>,
}

/// A page of people.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct PeopleResponseDto {
    pub people: Vec<PersonResponseDto>,
    /// Everybody with a face in the timeline, listed or not.
    pub total: u64,
    pub hidden: u64,
    pub has_next_page: bool,
}

/// A face, without the person.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct AssetFaceWithoutPersonResponseDto {
    pub id: FaceId,
    pub image_height: i32,
    pub image_width: i32,
    #[serde(rename = "boundingBoxX1")]
    pub x1: i32,
    #[serde(rename = "boundingBoxX2")]
    pub x2: i32,
    #[serde(rename = "boundingBoxY1")]
    pub y1: i32,
    #[serde(rename = "boundingBoxY2")]
    pub y2: i32,
    pub source_type: FaceSource,
}

/// A face and whose it is.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs)]
pub struct AssetFaceResponseDto {
    #[serde(flatten)]
    pub face: AssetFaceWithoutPersonResponseDto,
    pub person: Option<PersonResponseDto>,
}

/// `POST /people`, and with `feature_face_asset_id` `PUT /people/{id}`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[allow(missing_docs)]
pub struct PersonUpdateDto {
    pub name: Option<String>,
    /// `YYYY-MM-DD`; `null` or an empty text for none.
    #[serde(deserialize_with = "present")]
    pub birth_date: Option<Option<String>>,
    pub is_hidden: Option<bool>,
    pub is_favorite: Option<bool>,
    #[serde(deserialize_with = "present")]
    pub color: Option<Option<String>>,
    /// An asset on which the person is; the picture is taken from there.
    pub feature_face_asset_id: Option<AssetId>,
}

/// `PUT /people`.
#[derive(Debug, Clone, Deserialize)]
#[allow(missing_docs)]
pub struct PeopleUpdateDto {
    pub people: Vec<PeopleUpdateItem>,
}

/// Changes of one of many people.
#[derive(Debug, Clone, Deserialize)]
#[allow(missing_docs)]
pub struct PeopleUpdateItem {
    pub id: PersonId,
    #[serde(flatten)]
    pub change: PersonUpdateDto,
}

/// `POST /people/merge` and `POST /people/{id}/merge`.
#[derive(Debug, Clone, Deserialize)]
#[allow(missing_docs)]
pub struct MergePersonDto {
    pub ids: Vec<PersonId>,
}

/// `PUT /people/{id}/reassign`.
#[derive(Debug, Clone, Deserialize)]
#[allow(missing_docs)]
pub struct AssetFaceUpdateDto {
    pub data: Vec<AssetFaceUpdateItem>,
}

/// The faces that a person has on an asset.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct AssetFaceUpdateItem {
    pub person_id: PersonId,
    pub asset_id: AssetId,
}

/// On how many assets somebody is.
#[derive(Debug, Clone, Copy, Serialize)]
#[allow(missing_docs)]
pub struct PersonStatisticsResponseDto {
    pub assets: u64,
}

/// `POST /faces`: a box in pixels of an image of the given size.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct AssetFaceCreateDto {
    pub asset_id: AssetId,
    pub person_id: PersonId,
    pub image_width: i32,
    pub image_height: i32,
    pub x: i32,
    pub y: i32,
    pub width: i32,
    pub height: i32,
}

/// `DELETE /faces/{id}`.
#[derive(Debug, Clone, Copy, Deserialize)]
#[allow(missing_docs)]
pub struct AssetFaceDeleteDto {
    /// For good, instead of hiding it.
    pub force: bool,
}

/// `PUT /faces/{id}`, where the path names the person and the body the face.
#[derive(Debug, Clone, Copy, Deserialize)]
#[allow(missing_docs)]
pub struct FaceDto {
    pub id: FaceId,
}
