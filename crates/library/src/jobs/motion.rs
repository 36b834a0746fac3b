//! Android motion photos: the video inside the picture becomes a hidden asset of its own.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::Path;

use tintype_media::motion::embedded_video;
use tintype_protocol::id::AssetId;
use tintype_protocol::model::{AssetType, Visibility};

use super::JobError;
use crate::library::Library;
use crate::model::Asset;
use crate::uploads::Upload;

/// Bytes copied at a time.
const COPY_BYTES: usize = 64 * 1024;

/// Takes the embedded video out, if there is one and it has not been done before. An equal video that exists already
/// is used again.
pub(super) fn extract(library: &Library, asset: &Asset, path: &Path) -> Result<Option<AssetId>, JobError> {
    // Of a file in place nothing is copied.
    if asset.asset_type != AssetType::Image || asset.live_photo_video_id.is_some() || asset.is_in_place() {
        return Ok(None);
    }
    let Some(part) = embedded_video(path)? else { return Ok(None) };
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(part.offset))?;
    let mut source = file.take(part.length);
    let mut incoming = library.receive()?;
    let mut buffer = vec![0; COPY_BYTES];
    loop {
        let read = source.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        incoming.write(&buffer[..read])?;
    }
    let stem = asset.original_name.rsplit_once('.').map_or(asset.original_name.as_str(), |(stem, _)| stem);
    let upload = Upload {
        owner: asset.owner_id,
        file: incoming.finish()?,
        sidecar: None,
        name: format!("{stem}.mp4"),
        device_asset_id: format!("{}-motion", asset.device_asset_id),
        device_id: "NONE".to_owned(),
        file_created_at: asset.file_created_at,
        file_modified_at: asset.file_modified_at,
        duration_ms: None,
        is_favorite: false,
        visibility: Visibility::Hidden,
        live_photo_video_id: None,
        metadata: Vec::new(),
        expected: None,
        link: None,
    };
    Ok(Some(library.add(upload)?.id()))
}
