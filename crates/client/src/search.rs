//! What may be asked with an API key, where the sync stream is refused: everything there is, page by page.

use serde::{Deserialize, Serialize};
use tintype_protocol::bytes::base64;
use tintype_protocol::checksum::Sha1;
use tintype_protocol::id::{AlbumId, AssetId, LibraryId, StackId, UserId};
use tintype_protocol::model::{AlbumRole, AssetType, AvatarColor, SortOrder, Visibility};
use tintype_protocol::sync::{LineDuration, Number};
use tintype_protocol::time::Timestamp;

use crate::connection::{Client, NOTHING};
use crate::error::{ClientError, Refusal};

/// Assets on a page: the most that servers give.
const PAGE_SIZE: u32 = 1_000;
/// Files asked about in one call.
const CHECK_LIMIT: usize = 5_000;

/// An asset as the API shows it. It does not say when an asset came into the trash.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct FoundAsset {
    pub id: AssetId,
    pub owner_id: UserId,
    pub library_id: Option<LibraryId>,
    #[serde(rename = "type")]
    pub asset_type: AssetType,
    pub original_file_name: String,
    /// Where the server keeps it, as the server names it. Guests are not told.
    pub original_path: Option<String>,
    /// Base64.
    pub thumbhash: Option<String>,
    pub file_created_at: Timestamp,
    pub file_modified_at: Timestamp,
    /// Wall-clock time of the capture, written as if UTC.
    pub local_date_time: Timestamp,
    /// Time of the upload. Servers before 2.5 do not say.
    pub created_at: Option<Timestamp>,
    pub updated_at: Timestamp,
    pub is_favorite: bool,
    pub is_trashed: bool,
    pub is_edited: Option<bool>,
    pub visibility: Visibility,
    pub duration: LineDuration,
    pub live_photo_video_id: Option<AssetId>,
    pub checksum: Sha1,
    /// As displayed. Servers before 2.5 have neither.
    pub width: Option<u32>,
    pub height: Option<u32>,
    /// Missing while nothing is known.
    pub exif_info: Option<FoundExif>,
}

/// What is known about an asset, but for its colour profile and its frame rate, which the API keeps to itself.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[allow(missing_docs)]
pub struct FoundExif {
    pub make: Option<String>,
    pub model: Option<String>,
    /// Unrotated.
    pub exif_image_width: Option<u32>,
    pub exif_image_height: Option<u32>,
    pub file_size_in_byte: Option<i64>,
    /// `"1"` to `"8"`.
    pub orientation: Option<String>,
    pub date_time_original: Option<Timestamp>,
    pub modify_date: Option<Timestamp>,
    pub time_zone: Option<String>,
    pub lens_model: Option<String>,
    pub f_number: Option<Number>,
    pub focal_length: Option<Number>,
    pub iso: Option<i32>,
    pub exposure_time: Option<String>,
    pub latitude: Option<Number>,
    pub longitude: Option<Number>,
    pub city: Option<String>,
    pub state: Option<String>,
    pub country: Option<String>,
    pub description: Option<String>,
    pub projection_type: Option<String>,
    pub rating: Option<i8>,
}

/// A page of assets.
#[derive(Debug, Clone)]
pub struct Page {
    /// Oldest first.
    pub assets: Vec<FoundAsset>,
    /// The number of the next page, if there is one.
    pub next: Option<u32>,
}

/// A user as others see them.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct FoundUser {
    pub id: UserId,
    pub name: String,
    pub email: String,
    pub avatar_color: Option<AvatarColor>,
    /// Empty for none.
    #[serde(default)]
    pub profile_image_path: String,
    pub profile_changed_at: Timestamp,
}

/// A user's part in an album.
#[derive(Debug, Clone, Deserialize)]
#[allow(missing_docs)]
pub struct FoundMember {
    pub user: FoundUser,
    pub role: AlbumRole,
}

/// An album, without what is in it.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct FoundAlbum {
    pub id: AlbumId,
    pub album_name: String,
    /// Generation 3 may say `null`.
    pub description: Option<String>,
    pub album_thumbnail_asset_id: Option<AssetId>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub is_activity_enabled: bool,
    pub order: Option<SortOrder>,
    /// In generation 3 the owner is one of them.
    #[serde(default)]
    pub album_users: Vec<FoundMember>,
    /// Generation 2.
    pub owner: Option<FoundUser>,
}

/// A stack with what is in it.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct FoundStack {
    pub id: StackId,
    pub primary_asset_id: AssetId,
    /// The one in front among them.
    pub assets: Vec<Stacked>,
}

/// An asset in a stack.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct Stacked {
    pub id: AssetId,
    pub updated_at: Timestamp,
}

/// How many assets the user has, without the trash.
#[derive(Debug, Clone, Copy, Deserialize)]
#[allow(missing_docs)]
pub struct AssetCounts {
    pub images: u64,
    pub videos: u64,
    pub total: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SearchRequest<'a> {
    visibility: Visibility,
    with_deleted: bool,
    with_exif: bool,
    order: SortOrder,
    page: u32,
    size: u32,
    #[serde(skip_serializing_if = "<[AlbumId]>::is_empty")]
    album_ids: &'a [AlbumId],
}

#[derive(Deserialize)]
struct SearchAnswer {
    assets: SearchAssets,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SearchAssets {
    items: Vec<FoundAsset>,
    next_page: Option<String>,
}

#[derive(Serialize)]
struct Check {
    id: AssetId,
    checksum: String,
}

#[derive(Serialize)]
struct Checks<'a> {
    assets: &'a [Check],
}

#[derive(Deserialize)]
struct Checked {
    results: Vec<CheckedFile>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CheckedFile {
    asset_id: Option<AssetId>,
}

impl Client {
    /// A page of what the user may see with this visibility, trash included, oldest first; `album` narrows it. Pages are
    /// counted from 1. Assets of partners may be among them. While photos come and go between two pages, one may be
    /// passed over or come twice. `None` where the credential does not reach what is locked away.
    pub fn search(
        &self,
        visibility: Visibility,
        album: Option<AlbumId>,
        page: u32,
    ) -> Result<Option<Page>, ClientError> {
        let request = SearchRequest {
            visibility,
            with_deleted: true,
            with_exif: album.is_none(),
            order: SortOrder::Ascending,
            page,
            size: PAGE_SIZE,
            album_ids: album.as_slice(),
        };
        match self.ask::<SearchAnswer>("POST", "/search/metadata", Some(&request)) {
            Ok(SearchAnswer { assets }) => {
                let next = assets.next_page.and_then(|page| page.parse().ok()).filter(|next| *next > page);
                Ok(Some(Page { assets: assets.items, next }))
            }
            Err(ClientError::Refused { refusal, .. })
                if visibility == Visibility::Locked && refusal.is_of_the_lock() =>
            {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// One asset; `None` if it is gone, or out of reach.
    pub fn asset(&self, id: AssetId) -> Result<Option<FoundAsset>, ClientError> {
        match self.ask("GET", &format!("/assets/{id}"), NOTHING) {
            Ok(asset) => Ok(Some(asset)),
            Err(ClientError::Refused { refusal: Refusal::Other { status: 400 | 404, .. }, .. }) => Ok(None),
            Err(ClientError::Refused { refusal, .. }) if refusal.is_of_the_lock() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Which of these assets the user still has, wherever they are kept: servers know that by the content.
    pub fn still_there(&self, assets: &[(AssetId, Sha1)]) -> Result<Vec<AssetId>, ClientError> {
        let mut found = Vec::new();
        for assets in assets.chunks(CHECK_LIMIT) {
            let checks: Vec<Check> =
                assets.iter().map(|(id, checksum)| Check { id: *id, checksum: base64(&checksum.0) }).collect();
            let answer: Checked = self.ask("POST", "/assets/bulk-upload-check", Some(&Checks { assets: &checks }))?;
            found.extend(answer.results.into_iter().filter_map(|result| result.asset_id));
        }
        found.retain(|id| assets.iter().any(|(asked, _)| asked == id));
        Ok(found)
    }

    /// The user's albums and those that others share with them.
    pub fn all_albums(&self) -> Result<Vec<FoundAlbum>, ClientError> {
        let mut albums: Vec<FoundAlbum> = self.ask("GET", "/albums", NOTHING)?;
        // Generation 2 lists only one's own unless it is asked for what is shared.
        let shared: Vec<FoundAlbum> = self.ask("GET", "/albums?shared=true", NOTHING)?;
        for album in shared {
            if albums.iter().all(|known| known.id != album.id) {
                albums.push(album);
            }
        }
        Ok(albums)
    }

    /// The user's stacks.
    pub fn stacks(&self) -> Result<Vec<FoundStack>, ClientError> {
        self.ask("GET", "/stacks", NOTHING)
    }

    /// Everybody on the server.
    pub fn users(&self) -> Result<Vec<FoundUser>, ClientError> {
        self.ask("GET", "/users", NOTHING)
    }

    /// How many assets there are.
    pub fn asset_counts(&self) -> Result<AssetCounts, ClientError> {
        self.ask("GET", "/assets/statistics", NOTHING)
    }
}
