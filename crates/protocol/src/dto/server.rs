//! What a server says about itself.

use serde::Serialize;

use crate::id::UserId;
use crate::time::Timestamp;

/// `GET /server/ping`.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct ServerPingResponse {
    /// `pong`.
    pub res: &'static str,
}

/// `GET /server/version`.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct ServerVersionResponseDto {
    /// Generation.
    pub major: u32,
    /// Feature release.
    pub minor: u32,
    /// Bug fix release.
    pub patch: u32,
    /// Number of a release candidate (generation 3 only; null for a release).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prerelease: Option<Option<u32>>,
}

/// `GET /server/features`.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct ServerFeaturesDto {
    pub config_file: bool,
    pub duplicate_detection: bool,
    pub email: bool,
    pub facial_recognition: bool,
    pub import_faces: bool,
    pub map: bool,
    pub oauth: bool,
    pub oauth_auto_launch: bool,
    pub ocr: bool,
    pub password_login: bool,
    pub reverse_geocoding: bool,
    pub search: bool,
    pub sidecar: bool,
    pub smart_search: bool,
    pub trash: bool,
    /// Generation 3.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub realtime_transcoding: Option<bool>,
}

/// `GET /server/config`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct ServerConfigDto {
    pub login_page_message: String,
    pub trash_days: u32,
    pub user_delete_delay: u32,
    pub oauth_button_text: String,
    pub is_initialized: bool,
    pub is_onboarded: bool,
    pub external_domain: String,
    pub public_users: bool,
    pub map_dark_style_url: String,
    pub map_light_style_url: String,
    pub maintenance_mode: bool,
    /// Generation 3.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_faces: Option<u32>,
}

/// `GET /server/about`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct ServerAboutResponseDto {
    pub version: String,
    pub version_url: String,
    pub licensed: bool,
}

/// `GET /server/storage`: texts for people, numbers in bytes.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct ServerStorageResponseDto {
    pub disk_size: String,
    pub disk_use: String,
    pub disk_available: String,
    pub disk_size_raw: u64,
    pub disk_use_raw: u64,
    pub disk_available_raw: u64,
    pub disk_usage_percentage: f64,
}

/// `GET /server/media-types`: extensions with their dots.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs)]
pub struct ServerMediaTypesResponseDto {
    pub video: Vec<String>,
    pub image: Vec<String>,
    pub sidecar: Vec<String>,
}

/// `GET /server/statistics`: sizes in bytes.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct ServerStatsResponseDto {
    pub photos: u64,
    pub videos: u64,
    pub usage: i64,
    pub usage_photos: i64,
    pub usage_videos: i64,
    pub usage_by_user: Vec<UsageByUserDto>,
}

/// One user's part of [`ServerStatsResponseDto`].
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct UsageByUserDto {
    pub user_id: UserId,
    pub user_name: String,
    pub photos: u64,
    pub videos: u64,
    pub usage: i64,
    pub usage_photos: i64,
    pub usage_videos: i64,
    pub quota_size_in_bytes: Option<i64>,
}

/// `GET /server/version-history`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct ServerVersionHistoryResponseDto {
    pub id: uuid::Uuid,
    pub created_at: Timestamp,
    pub version: String,
}

/// `GET /server/version-check`: Tintype never phones home, so both stay null.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct VersionCheckStateResponseDto {
    pub checked_at: Option<Timestamp>,
    pub release_version: Option<String>,
}

/// `GET /server/theme` (2.x).
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct ServerThemeDto {
    pub custom_css: String,
}

/// `GET /server/apk-links`.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs)]
pub struct ServerApkLinksDto {
    pub arm64v8a: String,
    pub armeabiv7a: String,
    pub universal: String,
    #[serde(rename = "x86_64")]
    pub x86_64: String,
}

/// `GET /.well-known/immich`.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct WellKnownDto {
    /// Where the API is.
    pub api: WellKnownApi,
}

/// Part of [`WellKnownDto`].
#[derive(Debug, Clone, Copy, Serialize)]
pub struct WellKnownApi {
    /// A path, or an absolute address.
    pub endpoint: &'static str,
}
