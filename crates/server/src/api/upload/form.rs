//! The multipart form of an upload: fields in any order, one file, perhaps a sidecar.

use axum::extract::Request;
use axum::http::header;
use bytes::Bytes;
use multer::{Field, Multipart};
use serde::Deserialize;
use tintype_library::blobs::Received;
use tintype_media::formats;
use tintype_protocol::id::{AssetId, UserId};
use tintype_protocol::model::Visibility;
use tintype_protocol::time::{Timestamp, parse_duration};

use super::sink::Sink;
use crate::app::App;
use crate::error::ApiError;
use crate::outbound::STALL_LIMIT;
use crate::params::entity_id;

/// Longest value of a field that is no file.
const TEXT_LIMIT: usize = 1 << 20;
/// Longest sidecar.
const SIDECAR_LIMIT: u64 = 16 << 20;
/// Longest file that is taken whole.
const SMALL_FILE_LIMIT: usize = 16 << 20;
/// Parts of one form.
const PARTS_LIMIT: usize = 64;

/// A received form whose fields are acceptable.
pub(super) struct Form {
    pub(super) file: Received,
    /// Name of the part; the field `filename` goes before it.
    pub(super) file_name: String,
    pub(super) sidecar: Option<Received>,
    pub(super) fields: Fields,
}

/// Fields that are no files.
#[derive(Debug, Default)]
pub(super) struct Fields {
    pub(super) device_asset_id: String,
    pub(super) device_id: String,
    pub(super) file_created_at: Timestamp,
    pub(super) file_modified_at: Timestamp,
    pub(super) filename: Option<String>,
    pub(super) duration_ms: Option<u64>,
    pub(super) is_favorite: bool,
    pub(super) visibility: Option<Visibility>,
    pub(super) live_photo_video_id: Option<AssetId>,
    pub(super) metadata: Vec<(String, String)>,
}

/// Receives the form. Whatever is refused leaves nothing behind: files that are dropped remove themselves.
pub(super) async fn receive(app: &App, owner: UserId, request: Request) -> Result<Form, ApiError> {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let boundary =
        multer::parse_boundary(kind).map_err(|_| ApiError::invalid("Field(s) assetData should not be empty"))?;
    let mut form = Multipart::new(request.into_body().into_data_stream(), boundary);
    let mut texts: Vec<(String, String)> = Vec::new();
    let (mut file, mut sidecar) = (None, None);
    for _ in 0..PARTS_LIMIT {
        let Some(part) = form.next_field().await.map_err(broken)? else { break };
        let name = part.name().unwrap_or_default().to_owned();
        match (name.as_str(), part.file_name().map(str::to_owned)) {
            ("assetData", Some(file_name)) if file.is_none() => {
                let said = texts.iter().find(|(key, _)| key == "filename").map_or(&file_name, |(_, value)| value);
                check_name(said)?;
                file = Some((receive_file(app, owner, part).await?, file_name));
            }
            ("sidecarData", Some(file_name)) if sidecar.is_none() => {
                if !formats::is_sidecar(&file_name) {
                    return Err(ApiError::BadRequest(format!("Unsupported file type {file_name}")));
                }
                sidecar = Some(receive_sidecar(app, part).await?);
            }
            (_, Some(_)) => return Err(ApiError::BadRequest(format!("Unexpected field {name}"))),
            (_, None) => texts.push((name, text(part).await?)),
        }
    }
    let fields = Fields::read(&texts, app.is_v3());
    let Some((file, file_name)) = file else {
        return Err(ApiError::invalid("Field(s) assetData should not be empty"));
    };
    Ok(Form { file, file_name, sidecar, fields: fields? })
}

/// The one small file of a form, whole. Other parts are passed over.
pub(in crate::api) async fn receive_small(request: Request, field: &str) -> Result<Vec<u8>, ApiError> {
    let missing = || ApiError::invalid(format!("Field(s) {field} should not be empty"));
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let boundary = multer::parse_boundary(kind).map_err(|_| missing())?;
    let mut form = Multipart::new(request.into_body().into_data_stream(), boundary);
    for _ in 0..PARTS_LIMIT {
        let Some(mut part) = form.next_field().await.map_err(broken)? else { break };
        if part.name() != Some(field) || part.file_name().is_none() {
            continue;
        }
        let mut bytes = Vec::new();
        while let Some(chunk) = next_chunk(&mut part).await? {
            if bytes.len() + chunk.len() > SMALL_FILE_LIMIT {
                return Err(ApiError::TooLarge);
            }
            bytes.extend_from_slice(&chunk);
        }
        return Ok(bytes);
    }
    Err(missing())
}

#[allow(clippy::needless_pass_by_value, reason = "the shape that map_err wants")]
fn broken(error: multer::Error) -> ApiError {
    ApiError::BadRequest(format!("The form could not be read: {error}"))
}

fn check_name(name: &str) -> Result<(), ApiError> {
    match formats::by_name(name) {
        Some(_) => Ok(()),
        None => Err(ApiError::BadRequest(format!("Unsupported file type {name}"))),
    }
}

/// How many bytes the owner may still add, if there is a quota.
async fn room(app: &App, owner: UserId) -> Result<Option<u64>, ApiError> {
    let user = app.run(move |library| library.user(owner)).await?;
    Ok(user.and_then(|user| {
        let quota = user.quota_bytes?;
        Some(u64::try_from(quota.saturating_sub(user.usage_bytes)).unwrap_or(0))
    }))
}

async fn receive_file(app: &App, owner: UserId, mut part: Field<'_>) -> Result<Received, ApiError> {
    // What cannot fit is not received to the end.
    let room = room(app, owner).await?;
    let sink = Sink::start(app).await?;
    let mut size = 0_u64;
    while let Some(chunk) = next_chunk(&mut part).await? {
        size += chunk.len() as u64;
        if room.is_some_and(|room| size > room) {
            return Err(tintype_library::LibraryError::QuotaExceeded.into());
        }
        if !sink.write(chunk).await {
            break;
        }
    }
    sink.finish().await
}

/// The next bytes of a part. A sender that has stalled is given up: it holds one of few places.
async fn next_chunk(part: &mut Field<'_>) -> Result<Option<Bytes>, ApiError> {
    match tokio::time::timeout(STALL_LIMIT, part.chunk()).await {
        Ok(chunk) => chunk.map_err(broken),
        Err(_) => Err(ApiError::BadRequest("The upload stalled and was given up: send it again".to_owned())),
    }
}

async fn receive_sidecar(app: &App, mut part: Field<'_>) -> Result<Received, ApiError> {
    let sink = Sink::start(app).await?;
    let mut size = 0_u64;
    while let Some(chunk) = next_chunk(&mut part).await? {
        size += chunk.len() as u64;
        if size > SIDECAR_LIMIT {
            return Err(ApiError::TooLarge);
        }
        if !sink.write(chunk).await {
            break;
        }
    }
    sink.finish().await
}

async fn text(mut part: Field<'_>) -> Result<String, ApiError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = next_chunk(&mut part).await? {
        if bytes.len() + chunk.len() > TEXT_LIMIT {
            return Err(ApiError::TooLarge);
        }
        bytes.extend_from_slice(&chunk);
    }
    String::from_utf8(bytes).map_err(|_| ApiError::invalid("fields must be UTF-8"))
}

#[derive(Deserialize)]
#[serde(untagged)]
enum MetadataItems {
    Many(Vec<MetadataItem>),
    One(MetadataItem),
}

#[derive(Deserialize)]
struct MetadataItem {
    key: String,
    value: serde_json::Map<String, serde_json::Value>,
}

impl Fields {
    fn read(texts: &[(String, String)], is_v3: bool) -> Result<Self, ApiError> {
        let get = |name: &str| texts.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        let mut problems = Vec::new();
        let mut required = |name: &str, is_needed: bool| match get(name).filter(|text| !text.is_empty()) {
            Some(text) => text.to_owned(),
            None => {
                if is_needed {
                    problems.push(format!("{name} should not be empty"));
                }
                String::new()
            }
        };
        // Generation 3 no longer sends the device's ids.
        let device_asset_id = required("deviceAssetId", !is_v3);
        let device_id = required("deviceId", !is_v3);
        let (created, modified) = (required("fileCreatedAt", true), required("fileModifiedAt", true));
        let mut date = |name: &str, text: &str| match Timestamp::parse(text) {
            Ok(time) => time,
            Err(_) => {
                if !text.is_empty() {
                    problems.push(format!("{name} must be a date string"));
                }
                Timestamp::default()
            }
        };
        let file_created_at = date("fileCreatedAt", &created);
        let file_modified_at = date("fileModifiedAt", &modified);
        let is_favorite = match get("isFavorite") {
            None | Some("" | "false") => false,
            Some("true") => true,
            Some(_) => {
                problems.push("isFavorite must be a boolean value".to_owned());
                false
            }
        };
        let visibility = get("visibility").and_then(|text| {
            let parsed = text.parse().ok();
            if parsed.is_none() {
                problems.push("visibility must be one of timeline, archive, hidden, locked".to_owned());
            }
            parsed
        });
        let live_photo_video_id = get("livePhotoVideoId").filter(|text| !text.is_empty()).and_then(|text| {
            let parsed = entity_id("livePhotoVideoId", text).ok();
            if parsed.is_none() {
                problems.push("livePhotoVideoId must be a UUID".to_owned());
            }
            parsed
        });
        let metadata = match get("metadata").map(metadata).transpose() {
            Ok(items) => items.unwrap_or_default(),
            Err(problem) => {
                problems.push(problem);
                Vec::new()
            }
        };
        if !problems.is_empty() {
            return Err(ApiError::Validation(problems));
        }
        Ok(Self {
            device_asset_id,
            device_id,
            file_created_at,
            file_modified_at,
            filename: get("filename").filter(|name| !name.is_empty()).map(str::to_owned),
            duration_ms: get("duration").and_then(parse_duration),
            is_favorite,
            visibility,
            live_photo_video_id,
            metadata,
        })
    }
}

/// A JSON array of `{key, value}`, or one such object.
fn metadata(text: &str) -> Result<Vec<(String, String)>, String> {
    let items = match serde_json::from_str(text) {
        Ok(MetadataItems::Many(items)) => items,
        Ok(MetadataItems::One(item)) => vec![item],
        Err(error) => return Err(format!("metadata must be a JSON array of key and value: {error}")),
    };
    if items.iter().any(|item| item.key.is_empty()) {
        return Err("metadata.key should not be empty".to_owned());
    }
    Ok(items.into_iter().map(|item| (item.key, serde_json::Value::Object(item.value).to_string())).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    const DATES: [(&str, &str); 2] =
        [("fileCreatedAt", "2024-01-02T03:04:05.678Z"), ("fileModifiedAt", "2024-02-03T04:05:06.789Z")];

    #[test]
    fn old_clients_must_name_their_device_and_new_ones_need_not() {
        let Err(ApiError::Validation(problems)) = Fields::read(&texts(&[]), false) else { panic!("accepted") };
        assert_eq!(problems.len(), 4, "{problems:?}");
        let fields = Fields::read(&texts(&DATES), true).unwrap();
        assert_eq!(fields.file_created_at.to_iso(), "2024-01-02T03:04:05.678Z");
    }

    #[test]
    fn each_unacceptable_field_is_named() {
        let mut pairs = DATES.to_vec();
        pairs.extend([
            ("isFavorite", "maybe"),
            ("visibility", "secret"),
            ("livePhotoVideoId", "nope"),
            ("metadata", "{not"),
        ]);
        let Err(ApiError::Validation(problems)) = Fields::read(&texts(&pairs), true) else { panic!("accepted") };
        assert_eq!(problems.len(), 4, "{problems:?}");
    }

    #[test]
    fn metadata_may_be_one_object_or_a_list() {
        assert_eq!(metadata(r#"{"key":"a","value":{"x":1}}"#).unwrap(), [("a".to_owned(), r#"{"x":1}"#.to_owned())]);
        assert_eq!(metadata(r#"[{"key":"a","value":{}},{"key":"b","value":{}}]"#).unwrap().len(), 2);
        assert!(metadata(r#"[{"key":"","value":{}}]"#).is_err());
        assert!(metadata(r#"[{"key":"a","value":1}]"#).is_err());
    }
}
