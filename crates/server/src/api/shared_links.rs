//! Shared links: made and changed by users, looked at by guests.

use std::collections::HashMap;

use axum::extract::State;
use axum::http::HeaderMap;
use tintype_library::LibraryError;
use tintype_library::model::{AlbumSummary, SharedLink, User};
use tintype_library::shared_links::{LinkTarget, NewSharedLink, SharedLinkChange, SharedLinkView};
use tintype_protocol::dto::shared_link::{
    AssetIdsDto, AssetIdsResponseDto, SharedLinkCreateDto, SharedLinkEditDto, SharedLinkLoginDto, SharedLinkResponseDto,
};
use tintype_protocol::id::{AlbumId, SharedLinkId, UserId};
use tintype_protocol::model::{AlbumRole, SharedLinkType};
use tintype_protocol::permission::Permission;
use tintype_protocol::time::Timestamp;

use crate::access::Access;
use crate::app::App;
use crate::authorize::Caller;
use crate::body::{Answer, Input, created, no_content, ok};
use crate::cookies::{self, LINK_TOKENS, cookie};
use crate::error::ApiError;
use crate::params::{Params, PathId};
use crate::present::{self, AssetPresenter};
use crate::routes::Routes;

/// Stands where there is a password, which nobody is told. Apps send back what they were given when something else of a
/// link is changed: then the password stays.
const HIDDEN_PASSWORD: &str = "********";

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .get("/shared-links", Access::Needs(Permission::SharedLinkRead), list)
        .post("/shared-links", Access::Needs(Permission::SharedLinkCreate), create)
        .post("/shared-links/login", Access::GuestAtTheDoor, log_in)
        .get("/shared-links/me", Access::Guest, me)
        .get("/shared-links/{id}", Access::Needs(Permission::SharedLinkRead), get)
        .patch("/shared-links/{id}", Access::Needs(Permission::SharedLinkUpdate), update)
        .delete("/shared-links/{id}", Access::Needs(Permission::SharedLinkDelete), delete)
        // No permission of keys is named for this (http-api §3): one that may do everything is needed.
        .put("/shared-links/{id}/assets", Access::NeedsOrGuest(Permission::All), add)
        .delete("/shared-links/{id}/assets", Access::Needs(Permission::SharedLinkUpdate), remove)
}

struct Presenter<'a> {
    caller: &'a Caller,
    is_v3: bool,
    people: HashMap<UserId, User>,
}

impl<'a> Presenter<'a> {
    async fn new(app: &App, caller: &'a Caller) -> Result<Self, ApiError> {
        let people = app.run(|library| library.users(true)).await?;
        Ok(Self { caller, is_v3: app.is_v3(), people: people.into_iter().map(|user| (user.id, user)).collect() })
    }

    fn body(&self, view: SharedLinkView) -> SharedLinkResponseDto {
        let SharedLinkView { link, album, assets } = view;
        let presenter = AssetPresenter::new(self.is_v3, self.caller.viewer());
        let assets = assets.into_iter().map(|(asset, known)| presenter.shown(self.caller, asset, known));
        let album = album.map(|mut view| {
            view.summary.last_modified = None;
            present::album(view, &self.people, self.caller.viewer(), self.is_v3, Vec::new())
        });
        SharedLinkResponseDto {
            id: link.id,
            user_id: link.user_id,
            key: link.key.to_string(),
            kind: link.kind(),
            slug: link.slug,
            description: link.description,
            password: link.password_hash.map(|_| HIDDEN_PASSWORD),
            created_at: link.created_at,
            expires_at: link.expires_at,
            allow_upload: link.allow_upload,
            allow_download: link.allow_download,
            show_metadata: link.show_metadata,
            album,
            assets: assets.collect(),
        }
    }
}

async fn list(State(app): State<App>, caller: Caller, params: Params) -> Answer {
    let (album, only) = (params.id::<AlbumId>("albumId")?, params.id::<SharedLinkId>("id")?);
    let asker = caller.clone();
    let views = app.run(move |library| library.shared_links(&asker, album)).await?;
    let presenter = Presenter::new(&app, &caller).await?;
    let wanted = views.into_iter().filter(|view| only.is_none_or(|id| id == view.link.id));
    let bodies = wanted.map(|mut view| {
        // Lists say nothing of what is in an album, and who sees it.
        if let Some(album) = &mut view.album {
            album.summary = AlbumSummary::default();
            album.users.retain(|member| member.role == AlbumRole::Owner);
        }
        presenter.body(view)
    });
    ok(&bodies.collect::<Vec<_>>())
}

async fn create(State(app): State<App>, caller: Caller, Input(request): Input<SharedLinkCreateDto>) -> Answer {
    let target = match request.kind {
        SharedLinkType::Album => LinkTarget::Album(
            request.album_id.ok_or_else(|| ApiError::BadRequest("albumId is required to share an album".to_owned()))?,
        ),
        SharedLinkType::Individual => {
            let assets = request.asset_ids.unwrap_or_default();
            if assets.is_empty() {
                return Err(ApiError::BadRequest("assetIds is required to share assets".to_owned()));
            }
            LinkTarget::Assets(assets)
        }
    };
    let new = NewSharedLink {
        target,
        description: request.description,
        password: request.password,
        slug: request.slug,
        expires_at: request.expires_at.as_deref().map(time).transpose()?,
        allow_upload: request.allow_upload.unwrap_or(true),
        allow_download: request.allow_download.unwrap_or(true),
        show_metadata: request.show_metadata.unwrap_or(true),
    };
    let asker = caller.clone();
    let view = app.run_password(move |library| library.create_shared_link(&asker, new)).await?;
    created(&Presenter::new(&app, &caller).await?.body(view))
}

fn time(text: &str) -> Result<Timestamp, ApiError> {
    Timestamp::parse(text).map_err(|_| ApiError::invalid("expiresAt must be a date string"))
}

async fn get(State(app): State<App>, caller: Caller, PathId(id): PathId<SharedLinkId>) -> Answer {
    let asker = caller.clone();
    let view = app.run(move |library| library.shared_link(&asker, id)).await?;
    ok(&Presenter::new(&app, &caller).await?.body(view))
}

async fn update(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<SharedLinkId>,
    Input(request): Input<SharedLinkEditDto>,
) -> Answer {
    let expires_at = match (request.expires_at, request.change_expiry_time) {
        (None, Some(true)) => Some(None),
        (None, _) => None,
        (Some(at), _) => Some(at.as_deref().map(time).transpose()?),
    };
    let change = SharedLinkChange {
        description: request.description,
        password: request.password.filter(|password| password.as_deref() != Some(HIDDEN_PASSWORD)),
        slug: request.slug,
        expires_at,
        allow_upload: request.allow_upload,
        allow_download: request.allow_download,
        show_metadata: request.show_metadata,
    };
    let asker = caller.clone();
    let view = app.run_password(move |library| library.update_shared_link(&asker, id, change)).await?;
    ok(&Presenter::new(&app, &caller).await?.body(view))
}

async fn delete(State(app): State<App>, caller: Caller, PathId(id): PathId<SharedLinkId>) -> Answer {
    app.run(move |library| library.delete_shared_link(&caller, id)).await?;
    Ok(no_content())
}

fn outcomes(rows: Vec<tintype_library::albums::BulkOutcome>) -> Answer {
    let body = |(asset_id, outcome): (_, Result<(), _>)| AssetIdsResponseDto {
        asset_id,
        success: outcome.is_ok(),
        error: outcome.err(),
    };
    ok(&rows.into_iter().map(body).collect::<Vec<_>>())
}

async fn add(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<SharedLinkId>,
    Input(request): Input<AssetIdsDto>,
) -> Answer {
    outcomes(app.run(move |library| library.add_link_assets(&caller, id, request.asset_ids)).await?)
}

async fn remove(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<SharedLinkId>,
    Input(request): Input<AssetIdsDto>,
) -> Answer {
    outcomes(app.run(move |library| library.remove_link_assets(&caller, id, request.asset_ids)).await?)
}

/// The link that the guest has come by.
fn link(caller: &Caller) -> Result<SharedLink, LibraryError> {
    caller.link().cloned().ok_or(LibraryError::Forbidden("Forbidden".to_owned()))
}

async fn shown(app: &App, caller: &Caller) -> Result<SharedLinkResponseDto, ApiError> {
    let link = link(caller)?;
    let view = app.run(move |library| library.guest_view(&link)).await?;
    Ok(Presenter::new(app, caller).await?.body(view))
}

async fn me(State(app): State<App>, caller: Caller) -> Answer {
    ok(&shown(&app, &caller).await?)
}

async fn log_in(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    Input(request): Input<SharedLinkLoginDto>,
) -> Answer {
    let link = link(&caller)?;
    let token = app.run_guess(link.id, move |library| library.let_in(&link, &request.password)).await?;
    let mut response = created(&shown(&app, &caller).await?)?;
    if let Some(token) = token {
        let known = cookie(&headers, LINK_TOKENS);
        cookies::let_in(response.headers_mut(), known, &token, cookies::is_secure(&headers));
    }
    Ok(response)
}
