//! Uploads, streamed from wherever the bytes are.

use std::io::{Cursor, Read};

use serde::Deserialize;
use serde_json::json;
use tintype_protocol::checksum::Sha1;
use tintype_protocol::model::Visibility;
use tintype_protocol::time::Timestamp;
use uuid::Uuid;

use crate::connection::Client;
use crate::error::ClientError;
use crate::transport::Payload;

/// Longest answer to an upload, in bytes.
const ANSWER_LIMIT: u64 = 64 * 1024;

/// A file that goes up, and what is known about it.
#[allow(missing_docs)]
pub struct Upload {
    pub name: String,
    pub checksum: Sha1,
    /// Names from the device that had it first; generation 2 wants them.
    pub device_asset_id: String,
    pub device_id: String,
    pub created_at: Timestamp,
    pub modified_at: Timestamp,
    pub is_favorite: bool,
    pub visibility: Visibility,
    /// The motion part, as the server calls it.
    pub live_photo_video_id: Option<Uuid>,
    /// Bytes of the sidecar, which is XMP.
    pub sidecar: Option<Vec<u8>>,
    /// How many bytes `source` gives.
    pub length: u64,
    pub source: Box<dyn Read + Send>,
}

impl std::fmt::Debug for Upload {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Upload").field("name", &self.name).field("length", &self.length).finish_non_exhaustive()
    }
}

/// What a server has of an upload.
#[derive(Debug, Clone, Deserialize)]
pub struct Uploaded {
    /// What it is called there.
    pub id: Uuid,
    /// `created`, or `duplicate` if the user had the content already.
    pub status: String,
}

impl Uploaded {
    /// Whether the user had the content already.
    pub fn is_duplicate(&self) -> bool {
        self.status == "duplicate"
    }
}

/// A content that the user has there already.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Known {
    /// What it is called there; nothing if it is not there.
    pub asset_id: Option<Uuid>,
    /// Whether it is in the trash.
    #[serde(default)]
    pub is_trashed: bool,
}

#[derive(Deserialize)]
struct Check {
    results: Vec<Known>,
}

impl Client {
    /// Whether the user has a content there.
    pub fn known_content(&self, checksum: &Sha1) -> Result<Option<Known>, ClientError> {
        let body = json!({ "assets": [{ "id": "1", "checksum": checksum.to_hex() }] });
        let check: Check = self.ask("POST", "/assets/bulk-upload-check", Some(&body))?;
        Ok(check.results.into_iter().find(|known| known.asset_id.is_some()))
    }

    /// Uploads a file. The server compares the checksum: nothing that arrived damaged is kept, and nothing that it has is
    /// received again.
    pub fn upload(&self, upload: Upload) -> Result<Uploaded, ClientError> {
        // Follows from the content, so that a repeated upload is the same request.
        let boundary = format!("tintype-{}", upload.checksum.to_hex());
        let kind = format!("multipart/form-data; boundary={boundary}");
        let checksum = upload.checksum.to_hex();
        let payload = payload(upload, &boundary);
        let headers = [("content-type", kind.as_str()), ("x-immich-checksum", checksum.as_str())];
        self.send_payload("POST", "/assets", &headers, payload)?.json(ANSWER_LIMIT)
    }
}

/// The form: what is known first, then the sidecar, and the file at the end (RFC 7578).
fn payload(upload: Upload, boundary: &str) -> Payload {
    let mut start = Vec::new();
    for (name, value) in fields(&upload) {
        start.extend(format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n").bytes());
        start.extend(value.bytes());
        start.extend(b"\r\n");
    }
    if let Some(sidecar) = &upload.sidecar {
        start.extend(file_head(boundary, "sidecarData", &format!("{}.xmp", upload.name)).bytes());
        start.extend_from_slice(sidecar);
        start.extend(b"\r\n");
    }
    start.extend(file_head(boundary, "assetData", &upload.name).bytes());
    let end = format!("\r\n--{boundary}--\r\n").into_bytes();
    let length = start.len() as u64 + upload.length + end.len() as u64;
    // No more than was said: a file that grows meanwhile must not break the form.
    let source = Cursor::new(start).chain(upload.source.take(upload.length)).chain(Cursor::new(end));
    Payload::Streamed { length, source: Box::new(source) }
}

fn fields(upload: &Upload) -> Vec<(&'static str, String)> {
    let mut fields = vec![
        ("deviceAssetId", upload.device_asset_id.clone()),
        ("deviceId", upload.device_id.clone()),
        ("fileCreatedAt", upload.created_at.to_iso()),
        ("fileModifiedAt", upload.modified_at.to_iso()),
        ("filename", upload.name.clone()),
        ("isFavorite", upload.is_favorite.to_string()),
        ("visibility", upload.visibility.as_str().to_owned()),
    ];
    fields.extend(upload.live_photo_video_id.map(|video| ("livePhotoVideoId", video.to_string())));
    fields
}

fn file_head(boundary: &str, part: &str, name: &str) -> String {
    let name = quoted(name);
    format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"{part}\"; filename=\"{name}\"\r\n\
         Content-Type: application/octet-stream\r\n\r\n"
    )
}

/// A file name inside quotes, as browsers write it.
fn quoted(name: &str) -> String {
    name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_as_long_as_it_says() {
        let (bytes, checksum) = (b"not really a photo", Sha1([7; 20]));
        let upload = Upload {
            name: "a \"quoted\".jpg".to_owned(),
            checksum,
            device_asset_id: "1".to_owned(),
            device_id: "test".to_owned(),
            created_at: Timestamp(0),
            modified_at: Timestamp(0),
            is_favorite: true,
            visibility: Visibility::Archive,
            live_photo_video_id: Some(Uuid::nil()),
            sidecar: Some(b"<x/>".to_vec()),
            length: bytes.len() as u64,
            // More than was said.
            source: Box::new(Cursor::new(b"not really a photo that has grown".to_vec())),
        };
        let payload = payload(upload, "edge");
        let (length, mut form) = (payload.length(), Vec::new());
        payload.into_reader().read_to_end(&mut form).unwrap();
        assert_eq!(form.len() as u64, length);
        let form = String::from_utf8(form).unwrap();
        assert!(form.contains("name=\"assetData\"; filename=\"a %22quoted%22.jpg\""));
        assert!(form.ends_with("\r\n\r\nnot really a photo\r\n--edge--\r\n"));
        assert!(form.contains("name=\"visibility\"\r\n\r\narchive\r\n") && form.contains("<x/>\r\n--edge"));
    }
}
