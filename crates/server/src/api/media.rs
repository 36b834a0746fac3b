//! Pictures, originals and videos, with ranges and conditions (http-api §6).

pub(super) mod send;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::IntoResponse;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use tintype_library::blobs::BlobError;
use tintype_library::model::Asset;
use tintype_library::renditions::{Rendition, video_key};
use tintype_library::{Library, LibraryError};
use tintype_media::formats;
use tintype_protocol::id::AssetId;
use tintype_protocol::model::AssetType;
use tintype_protocol::permission::Permission;

use crate::access::Access;
use crate::app::App;
use crate::authorize::Caller;
use crate::body::Answer;
use crate::error::ApiError;
use crate::params::{Params, PathId};
use crate::routes::Routes;
use send::{Content, send};

/// Media may be kept by the client for a day, and shown for longer while it asks again.
const CACHE: &str = "private, max-age=86400, no-transform, stale-while-revalidate=2592000, stale-if-error=2592000";
/// Characters that RFC 5987 allows unencoded in `filename*`.
const NAME_CHARACTERS: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~')
    .remove(b'!')
    .remove(b'$')
    .remove(b'&')
    .remove(b'+');

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .get("/assets/{id}/thumbnail", Access::NeedsOrGuest(Permission::AssetView), thumbnail)
        .get("/assets/{id}/original", Access::NeedsOrGuest(Permission::AssetDownload), original)
        .get("/assets/{id}/video/playback", Access::NeedsOrGuest(Permission::AssetView), playback)
}

fn disposition(name: &str) -> String {
    format!("inline; filename*=UTF-8''{}", utf8_percent_encode(name, NAME_CHARACTERS))
}

async fn find(app: &App, caller: Caller, id: AssetId, need: Permission) -> Result<Asset, ApiError> {
    app.run(move |library| library.asset(&caller, id, need)).await
}

async fn thumbnail(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<AssetId>,
    params: Params,
    headers: HeaderMap,
) -> Answer {
    let wants_edited = params.flag("edited")?.unwrap_or(false);
    let rendition = match params.get("size") {
        None | Some("thumbnail") => Rendition::Thumbnail,
        Some("preview") => Rendition::Preview,
        Some("fullsize") => {
            let may_download = caller.link().is_none_or(|link| link.allows(Permission::AssetDownload));
            let asset = find(&app, caller, id, Permission::AssetView).await?;
            return match edited_original(&app, &asset, wants_edited && may_download).await? {
                Some(content) => send_edited(content, &headers, &asset),
                None => Ok(fullsize(&asset, may_download, &params.without("size"))),
            };
        }
        Some(_) => return Err(ApiError::invalid("size must be one of thumbnail, preview, fullsize")),
    };
    let sees_metadata = caller.sees_metadata();
    // The most frequent request of all: one row, one small file.
    let opened = app.look_up(move |library| {
        let asset = library.asset(&caller, id, Permission::AssetView)?;
        let (rendition, content) = open_rendition(library, &asset, rendition, wants_edited)?;
        Ok((asset, rendition, content))
    });
    let (asset, rendition, content) = opened.await.map_err(missing_media)?;
    let id = asset.id.to_string();
    let stem = if sees_metadata { stem(&asset) } else { &id };
    let name = format!("{stem}_{}.{}", rendition.name(), rendition.extension());
    send(content, &headers, rendition.media_type(), CACHE, Some(disposition(&name)))
}

/// The edited picture, where it is wanted and made already; else the plain one.
fn open_rendition(
    library: &Library,
    asset: &Asset,
    rendition: Rendition,
    wants_edited: bool,
) -> Result<(Rendition, Content), LibraryError> {
    let open = |rendition: Rendition| {
        Content::open(library, &rendition.key(asset.owner_id, asset.id)).map(|content| (rendition, content))
    };
    if !(wants_edited && asset.is_edited) {
        return open(rendition);
    }
    match open(rendition.edited()) {
        Err(LibraryError::Blob(BlobError::NotFound { .. })) => open(rendition),
        opened => opened,
    }
}

/// The edited picture in full size, where it is wanted and made already.
async fn edited_original(app: &App, asset: &Asset, is_wanted: bool) -> Result<Option<Content>, ApiError> {
    if !(is_wanted && asset.is_edited) {
        return Ok(None);
    }
    let key = Rendition::EditedFullSize.key(asset.owner_id, asset.id);
    app.run(move |library| match Content::open(library, &key) {
        Err(LibraryError::Blob(BlobError::NotFound { .. })) => Ok(None),
        opened => opened.map(Some),
    })
    .await
}

/// Under the original's name, with the ending of what the edited picture is.
fn send_edited(content: Content, headers: &HeaderMap, asset: &Asset) -> Answer {
    let edited = Rendition::EditedFullSize;
    let name = format!("{}.{}", stem(asset), edited.extension());
    send(content, headers, edited.media_type(), CACHE, Some(disposition(&name)))
}

/// The original's name without its ending.
fn stem(asset: &Asset) -> &str {
    asset.original_name.rsplit_once('.').map_or(asset.original_name.as_str(), |(stem, _)| stem)
}

/// Browsers can show many originals themselves; others, and those that a guest may not have, are shown as previews.
/// `query` is what else was asked, the key of a link among it.
fn fullsize(asset: &Asset, may_download: bool, query: &str) -> axum::response::Response {
    let is_web = formats::all().iter().any(|format| format.web && format.media_type == asset.media_type);
    let target = if is_web && may_download && asset.asset_type == AssetType::Image {
        // Relative, as the reference writes it: clients that rewrite addresses rely on it.
        format!("original?{query}")
    } else {
        let separator = if query.is_empty() { "" } else { "&" };
        format!("/api/assets/{}/thumbnail?size=preview{separator}{query}", asset.id)
    };
    let location = HeaderValue::from_str(&target).unwrap_or(HeaderValue::from_static("/"));
    (StatusCode::FOUND, [(header::LOCATION, location)]).into_response()
}

fn missing(error: LibraryError) -> ApiError {
    match error {
        LibraryError::Blob(BlobError::NotFound { .. }) => ApiError::NotFound("Asset media not found".to_owned()),
        error => error.into(),
    }
}

fn missing_media(error: ApiError) -> ApiError {
    match error {
        ApiError::Library(error) => missing(error),
        error => error,
    }
}

async fn open(app: &App, key: String) -> Result<Content, ApiError> {
    let library = app.library();
    let opened = tokio::task::spawn_blocking(move || Content::open(&library, &key));
    opened.await.map_err(|_| ApiError::Internal)?.map_err(missing)
}

async fn original(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<AssetId>,
    params: Params,
    headers: HeaderMap,
) -> Answer {
    let wants_edited = params.flag("edited")?.unwrap_or(false);
    let asset = find(&app, caller, id, Permission::AssetDownload).await?;
    if let Some(content) = edited_original(&app, &asset, wants_edited).await? {
        return send_edited(content, &headers, &asset);
    }
    let content = open(&app, asset.original_path).await?;
    send(content, &headers, &asset.media_type, CACHE, Some(disposition(&asset.original_name)))
}

async fn playback(State(app): State<App>, caller: Caller, PathId(id): PathId<AssetId>, headers: HeaderMap) -> Answer {
    let asset = find(&app, caller, id, Permission::AssetView).await?;
    if asset.asset_type != AssetType::Video {
        return Err(ApiError::NotFound("Asset not found or asset is not a video".to_owned()));
    }
    let (key, media_type) = if asset.is_encoded {
        (video_key(asset.owner_id, asset.id), "video/mp4".to_owned())
    } else {
        (asset.original_path, asset.media_type)
    };
    let content = open(&app, key).await?;
    send(content, &headers, &media_type, CACHE, None)
}

#[cfg(test)]
mod tests {
    use super::disposition;

    #[test]
    fn names_of_all_languages_survive() {
        assert_eq!(disposition("et_Canon.jpg"), "inline; filename*=UTF-8''et_Canon.jpg");
        assert_eq!(disposition("Zürich 1.jpg"), "inline; filename*=UTF-8''Z%C3%BCrich%201.jpg");
        assert_eq!(disposition("a\"\r\nb"), "inline; filename*=UTF-8''a%22%0D%0Ab");
    }
}
