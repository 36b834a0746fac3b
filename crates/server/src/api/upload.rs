//! Uploads: streamed to disk and hashed on the way, never whole in memory (http-api §5).

pub(super) mod form;
mod sink;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use tintype_library::copies::CopyExtent;
use tintype_library::uploads::{Added, Upload};
use tintype_protocol::checksum::Sha1;
use tintype_protocol::dto::asset::{AssetCopyDto, AssetMediaResponseDto};
use tintype_protocol::id::{AssetId, SharedLinkId, UserId};
use tintype_protocol::model::{UploadStatus, Visibility};
use tintype_protocol::permission::Permission;

use crate::access::Access;
use crate::app::App;
use crate::authorize::Caller;
use crate::body::{Answer, Input, no_content, ok, reply};
use crate::error::ApiError;
use crate::params::PathId;
use crate::routes::Routes;

/// Header with the SHA-1 that the file should have.
const CHECKSUM_HEADER: &str = "x-immich-checksum";

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .post("/assets", Access::NeedsOrGuest(Permission::AssetUpload), upload)
        .put("/assets/{id}/original", Access::NeedsOrGuest(Permission::AssetReplace), replace)
        .put("/assets/copy", Access::Needs(Permission::AssetCopy), copy)
}

fn expected_checksum(headers: &HeaderMap) -> Result<Option<Sha1>, ApiError> {
    let Some(value) = headers.get(CHECKSUM_HEADER) else { return Ok(None) };
    let text = value.to_str().unwrap_or_default();
    text.parse().map(Some).map_err(|error| ApiError::invalid(format!("{CHECKSUM_HEADER}: {error}")))
}

pub(super) async fn upload(State(app): State<App>, caller: Caller, request: Request) -> Answer {
    let owner = caller.user.id;
    if caller.link().is_some_and(|link| !link.allows(Permission::AssetUpload)) {
        return Err(ApiError::Unauthorized("This link does not take uploads"));
    }
    let expected = expected_checksum(request.headers())?;
    if let Some(checksum) = expected
        && caller.guest.is_none()
    {
        // The owner has it: say so at once, without reading the body. Guests have to show that they have it, too.
        let known = app.run(move |library| library.known_content(owner, &checksum)).await?;
        if let Some(known) = known {
            return answer(Added::Duplicate(known));
        }
    }
    let form = form::receive(&app, owner, request).await?;
    let upload = of_form(owner, form, expected);
    let upload = match caller.link() {
        Some(link) => as_guest(upload, link.id),
        None => upload,
    };
    answer(app.run(move |library| library.add(upload)).await?)
}

/// What a guest brings is an ordinary photo: how it is marked, what is said about it and where it shows is the owner's
/// business.
fn as_guest(upload: Upload, link: SharedLinkId) -> Upload {
    Upload {
        sidecar: None,
        is_favorite: false,
        visibility: Visibility::Timeline,
        live_photo_video_id: None,
        metadata: Vec::new(),
        link: Some(link),
        ..upload
    }
}

fn of_form(owner: UserId, form: form::Form, expected: Option<Sha1>) -> Upload {
    let fields = form.fields;
    Upload {
        owner,
        name: fields.filename.unwrap_or(form.file_name),
        file: form.file,
        sidecar: form.sidecar,
        device_asset_id: fields.device_asset_id,
        device_id: fields.device_id,
        file_created_at: fields.file_created_at,
        file_modified_at: fields.file_modified_at,
        duration_ms: fields.duration_ms,
        is_favorite: fields.is_favorite,
        visibility: fields.visibility.unwrap_or(Visibility::Timeline),
        live_photo_video_id: fields.live_photo_video_id,
        metadata: fields.metadata,
        expected,
        link: None,
    }
}

/// Another content for an asset (generation 2, which the older apps speak to any server).
async fn replace(State(app): State<App>, caller: Caller, PathId(id): PathId<AssetId>, request: Request) -> Answer {
    let owner = caller.user.id;
    // Before anything is received, and once more with it. Guests replace nothing.
    let asker = caller.clone();
    app.run(move |library| library.asset(&asker, id, Permission::AssetReplace)).await?;
    let form = form::receive(&app, owner, request).await?;
    let upload = of_form(owner, form, None);
    let replaced = app.run(move |library| library.replace_content(&caller, id, upload)).await?;
    let status = match replaced {
        Added::Created(_) => UploadStatus::Replaced,
        Added::Duplicate(_) => UploadStatus::Duplicate,
    };
    ok(&AssetMediaResponseDto { status, id: replaced.id() })
}

async fn copy(State(app): State<App>, caller: Caller, Input(request): Input<AssetCopyDto>) -> Answer {
    let extent = CopyExtent {
        albums: request.albums.unwrap_or(true),
        favorite: request.favorite.unwrap_or(true),
        sidecar: request.sidecar.unwrap_or(true),
        stack: request.stack.unwrap_or(true),
        shared_links: request.shared_links.unwrap_or(true),
    };
    app.run(move |library| library.copy_asset(&caller, request.source_id, request.target_id, extent)).await?;
    Ok(no_content())
}

fn answer(added: Added) -> Answer {
    let (code, status) = match added {
        Added::Created(_) => (StatusCode::CREATED, UploadStatus::Created),
        Added::Duplicate(_) => (StatusCode::OK, UploadStatus::Duplicate),
    };
    reply(code, &AssetMediaResponseDto { status, id: added.id() })
}
