//! An asset to try things with.

use tintype_protocol::checksum::Sha1;
use tintype_protocol::id::{AssetId, UserId};
use tintype_protocol::model::{AssetStatus, AssetType, Visibility};
use tintype_protocol::time::Timestamp;

use crate::model::Asset;

pub(super) const NOW: Timestamp = Timestamp(1_780_272_000_000);

/// One of which nothing is known but the file.
pub(crate) fn asset() -> Asset {
    Asset {
        id: AssetId::from_bytes([1; 16]),
        owner_id: UserId::from_bytes([2; 16]),
        library_id: None,
        checksum: Sha1([3; 20]),
        asset_type: AssetType::Image,
        device_asset_id: String::new(),
        device_id: String::new(),
        original_name: "here.jpg".to_owned(),
        original_path: "here.jpg".to_owned(),
        sidecar_path: None,
        media_type: "image/jpeg".to_owned(),
        size_bytes: 7,
        file_created_at: NOW,
        file_modified_at: NOW,
        local_date_time: NOW,
        duration_ms: None,
        is_favorite: false,
        visibility: Visibility::Timeline,
        live_photo_video_id: None,
        stack_id: None,
        width: None,
        height: None,
        thumbhash: None,
        is_rendered: false,
        is_encoded: false,
        is_edited: false,
        is_offline: false,
        status: AssetStatus::Active,
        deleted_at: None,
        created_at: NOW,
        updated_at: NOW,
    }
}
