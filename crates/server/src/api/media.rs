//! Pictures, originals and videos, with ranges and conditions (http-api §6).

mod relayed;
pub(super) mod send;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::IntoResponse;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use tintype_library::LibraryError;
use tintype_library::blobs::BlobError;
use tintype_library::fetching::{FetchError, ORIGINAL_PATIENCE, PICTURE_PATIENCE};
use tintype_library::model::Asset;
use tintype_library::origin::Wanted;
use tintype_library::renditions::Rendition;
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
use relayed::{Opened, Relayed, span};
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
                None => {
                    let (library, shown) = (app.clone(), asset.clone());
                    let media_type = library.run(move |library| library.handed_out_type(&shown)).await?;
                    Ok(fullsize(&asset, &media_type, may_download, &params.without("size")))
                }
            };
        }
        Some(_) => return Err(ApiError::invalid("size must be one of thumbnail, preview, fullsize")),
    };
    let sees_metadata = caller.sees_metadata();
    // The most frequent request of all: one row, one small file.
    let opened = app.look_up(move |library| {
        let asset = library.asset(&caller, id, Permission::AssetView)?;
        let found = library.here(&asset, Wanted::Picture(chosen(&asset, rendition, wants_edited)))?;
        Ok((asset, found.map(Content::of).transpose()?))
    });
    let (asset, content) = opened.await.map_err(missing_media)?;
    let content = match content {
        Some(content) => content,
        None => fetch_picture(&app, &asset, rendition, wants_edited).await?,
    };
    let id = asset.id.to_string();
    let stem = if sees_metadata { stem(&asset) } else { &id };
    let (shown, media_type) = (content.rendition().unwrap_or(rendition), content.media_type().to_owned());
    // Other servers are set to make one kind or the other.
    let extension =
        if media_type == shown.media_type() { shown.extension() } else { media_type.rsplit('/').next().unwrap_or("") };
    let name = format!("{stem}_{}.{extension}", shown.name());
    send(content, &headers, &media_type, CACHE, Some(disposition(&name)))
}

/// The edited picture, where it is wanted and there may be one.
fn chosen(asset: &Asset, rendition: Rendition, wants_edited: bool) -> Rendition {
    if wants_edited && asset.is_edited { rendition.edited() } else { rendition }
}

/// A picture that is not here, from whoever has it; the plain one where there is no edited one to be had.
async fn fetch_picture(
    app: &App,
    asset: &Asset,
    rendition: Rendition,
    wants_edited: bool,
) -> Result<Content, ApiError> {
    let best = chosen(asset, rendition, wants_edited);
    let asset = asset.clone();
    let fetched = app.run_remote(move |library| {
        let fetch = |rendition| library.fetch(&asset, Wanted::Picture(rendition), PICTURE_PATIENCE);
        let found = fetch(best).or_else(|error| {
            if best == rendition {
                return Err(error);
            }
            // Not made yet, or not to be had: the plain one is better than none.
            match library.here(&asset, Wanted::Picture(rendition))? {
                Some(found) => Ok(found),
                None => fetch(rendition).map_err(|_| error),
            }
        });
        Content::of(found?)
    });
    fetched.await.map_err(missing_media)
}

/// The edited picture in full size, where it is wanted and made already.
async fn edited_original(app: &App, asset: &Asset, is_wanted: bool) -> Result<Option<Content>, ApiError> {
    if !(is_wanted && asset.is_edited) {
        return Ok(None);
    }
    let (wanted, here, asset) = (Wanted::Picture(Rendition::EditedFullSize), asset.clone(), asset.clone());
    if let Some(content) = app.run(move |library| library.here(&here, wanted)?.map(Content::of).transpose()).await? {
        return Ok(Some(content));
    }
    let opened = app.run_remote(move |library| match library.fetch(&asset, wanted, ORIGINAL_PATIENCE) {
        Err(
            LibraryError::Blob(BlobError::NotFound { .. })
            | LibraryError::Fetch(FetchError::Refused(_) | FetchError::Damaged(_)),
        ) => Ok(None),
        found => Content::of(found?).map(Some),
    });
    opened.await
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
/// `media_type` is what would
/// be handed out as the original; `query` is what else was asked, the key of a link among it.
fn fullsize(asset: &Asset, media_type: &str, may_download: bool, query: &str) -> axum::response::Response {
    let is_web = formats::all().iter().any(|format| format.web && format.media_type == media_type);
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

pub(super) fn missing_media(error: ApiError) -> ApiError {
    match error {
        ApiError::Library(error) => missing(error),
        error => error,
    }
}

/// What is here, or what another server has: fetched if it is small, else handed on as it comes.
async fn open(app: &App, asset: Asset, wanted: Wanted, headers: &HeaderMap) -> Result<Opened, ApiError> {
    let here = asset.clone();
    let found = app.run(move |library| library.here(&here, wanted)?.map(Content::of).transpose()).await;
    if let Some(content) = found.map_err(missing_media)? {
        return Ok(Opened::Here(content));
    }
    if app.library_ref().is_relayed(&asset, wanted) {
        return relay(app, asset, wanted, headers).await;
    }
    let fetched = app.run_remote(move |library| Content::of(library.fetch(&asset, wanted, ORIGINAL_PATIENCE)?));
    fetched.await.map(Opened::Here).map_err(missing_media)
}

/// Begins to hand on what another server has.
async fn relay(app: &App, asset: Asset, wanted: Wanted, headers: &HeaderMap) -> Result<Opened, ApiError> {
    let room = app.relay_room().await?;
    let span = span(headers);
    let begun = app.run_remote(move |library| match library.relay(&asset, wanted, span) {
        Ok(arriving) => Ok((Some(arriving), None)),
        // A video may have been fetched as an original.
        Err(error) => match library.here(&asset, Wanted::Original)? {
            Some(found) => Ok((None, Some(Content::of(found)?))),
            None => Err(error),
        },
    });
    match begun.await.map_err(missing_media)? {
        (Some(arriving), _) => Ok(Opened::Relayed(Relayed { arriving, span, _room: room })),
        (None, Some(content)) => Ok(Opened::Here(content)),
        (None, None) => Err(ApiError::Internal),
    }
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
    let (media_type, name) = (asset.media_type.clone(), disposition(&asset.original_name));
    match open(&app, asset, Wanted::Original, &headers).await? {
        // Something else may stand for the original, and says so.
        Opened::Here(content) => {
            let (media_type, name) = (content.media_type().to_owned(), disposition(content.name()));
            send(content, &headers, &media_type, CACHE, Some(name))
        }
        Opened::Relayed(relayed) => Ok(relayed.send(&media_type, CACHE, Some(name))),
    }
}

async fn playback(State(app): State<App>, caller: Caller, PathId(id): PathId<AssetId>, headers: HeaderMap) -> Answer {
    let asset = find(&app, caller, id, Permission::AssetView).await?;
    if asset.asset_type != AssetType::Video {
        return Err(ApiError::NotFound("Asset not found or asset is not a video".to_owned()));
    }
    let plain = asset.media_type.clone();
    match open(&app, asset, Wanted::Playback, &headers).await? {
        Opened::Here(content) => {
            let media_type = content.media_type().to_owned();
            send(content, &headers, &media_type, CACHE, None)
        }
        Opened::Relayed(relayed) => {
            // It may have been transcoded there.
            let said = relayed.arriving.media_type.clone().filter(|said| said.starts_with("video/"));
            Ok(relayed.send(&said.unwrap_or(plain), CACHE, None))
        }
    }
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
