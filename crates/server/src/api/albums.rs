//! Albums.

use axum::extract::State;
use tintype_library::LibraryError;
use tintype_library::albums::{AlbumChange, AlbumView, BulkOutcome};
use tintype_library::model::Asset;
use tintype_protocol::dto::album::{
    AlbumStatisticsResponseDto, AlbumsAddAssetsDto, AlbumsAddAssetsResponseDto, ContributorCountDto, CreateAlbumDto,
    UpdateAlbumDto,
};
use tintype_protocol::dto::asset::ShownAssetDto;
use tintype_protocol::dto::{BulkIdResponseDto, BulkIdsDto};
use tintype_protocol::id::{AlbumId, AssetId};
use tintype_protocol::model::{BulkError, SortOrder};
use tintype_protocol::permission::Permission;
use tintype_protocol::time::{DAY_MS, Timestamp};

use crate::access::Access;
use crate::app::App;
use crate::authorize::Caller;
use crate::body::{Answer, Input, created, no_content, ok};
use crate::error::ApiError;
use crate::params::{Params, PathId};
use crate::present::{self, AssetPresenter};
use crate::routes::Routes;

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .get("/albums", Access::Needs(Permission::AlbumRead), list)
        .post("/albums", Access::Needs(Permission::AlbumCreate), create)
        .get("/albums/statistics", Access::Needs(Permission::AlbumStatistics), statistics)
        .put("/albums/assets", Access::NeedsOrGuest(Permission::AlbumAssetCreate), add_to_several)
        .get("/albums/{id}", Access::NeedsOrGuest(Permission::AlbumRead), get)
        .patch("/albums/{id}", Access::Needs(Permission::AlbumUpdate), update)
        .delete("/albums/{id}", Access::Needs(Permission::AlbumDelete), delete)
        .put("/albums/{id}/assets", Access::NeedsOrGuest(Permission::AlbumAssetCreate), add)
        .delete("/albums/{id}/assets", Access::Needs(Permission::AlbumAssetDelete), remove)
}

/// The answer that shows an album.
pub(super) async fn body(
    app: &App,
    caller: &Caller,
    view: AlbumView,
    assets: Vec<ShownAssetDto>,
) -> Result<tintype_protocol::dto::album::AlbumResponseDto, ApiError> {
    let people = app.run(|library| library.users(true)).await?;
    let people = people.into_iter().map(|user| (user.id, user)).collect();
    Ok(present::album(view, &people, caller.viewer(), app.is_v3(), assets))
}

pub(super) async fn list(State(app): State<App>, caller: Caller, params: Params) -> Answer {
    let asset = params.id::<AssetId>("assetId")?;
    // `shared` in generation 2, `isShared` and `isOwned` in generation 3.
    let is_shared = match params.flag("shared")? {
        Some(shared) => Some(shared),
        None => params.flag("isShared")?,
    };
    let is_owned = params.flag("isOwned")?;
    let (only, name) = (params.id::<AlbumId>("id")?, params.get("name").map(str::to_owned));
    let asker = caller.clone();
    let views = app.run(move |library| library.albums(&asker, asset)).await?;
    let me = caller.user.id;
    let people = app.run(|library| library.users(true)).await?;
    let people = people.into_iter().map(|user| (user.id, user)).collect();
    let wanted = views.into_iter().filter(|view| {
        let owned = view.album.owner_id == me;
        // Without a filter generation 2 lists one's own albums only.
        let is_default = is_shared.is_none() && asset.is_none() && !app.is_v3();
        is_shared.is_none_or(|shared| view.is_shared() == shared && (shared || owned))
            && is_owned.is_none_or(|wanted| wanted == owned)
            && only.is_none_or(|id| id == view.album.id)
            && name.as_ref().is_none_or(|name| *name == view.album.name)
            && (!is_default || owned)
    });
    ok(&wanted
        .map(|view| present::album(with_days(view), &people, Some(me), app.is_v3(), Vec::new()))
        .collect::<Vec<_>>())
}

pub(super) async fn create(State(app): State<App>, caller: Caller, Input(request): Input<CreateAlbumDto>) -> Answer {
    let asker = caller.clone();
    let mut view = app
        .run(move |library| {
            let preferences = library.preference_overrides(asker.user.id)?;
            let order = preferences.get("albums").and_then(|albums| albums["defaultAssetOrder"].as_str());
            let order = order.and_then(|order| order.parse().ok()).unwrap_or(SortOrder::Descending);
            let assets = request.asset_ids.unwrap_or_default();
            let members = request.album_users.unwrap_or_default();
            let members = members.into_iter().map(|user| (user.user_id, user.role)).collect();
            let description = request.description.unwrap_or_default();
            library.create_album(&asker, request.album_name, description, order, assets, members)
        })
        .await?;
    let assets = contents(&app, &caller, &view).await?;
    view.summary.last_modified = None;
    created(&body(&app, &caller, view, assets).await?)
}

/// What is in an album, as generation 2 shows it.
async fn contents(app: &App, caller: &Caller, view: &AlbumView) -> Result<Vec<ShownAssetDto>, ApiError> {
    if app.is_v3() {
        return Ok(Vec::new());
    }
    let album = view.album.clone();
    let rows = app.run(move |library| {
        let with_exif = |asset: Asset| {
            let known = library.exif_of(asset.id)?;
            Ok((asset, known))
        };
        library.album_assets(&album)?.into_iter().map(with_exif).collect::<Result<Vec<_>, LibraryError>>()
    });
    let presenter = AssetPresenter::new(app.is_v3(), caller.viewer());
    Ok(rows.await?.into_iter().map(|(asset, known)| presenter.shown(caller, asset, known)).collect())
}

async fn get(State(app): State<App>, caller: Caller, PathId(id): PathId<AlbumId>, params: Params) -> Answer {
    let without_assets = params.flag("withoutAssets")?.unwrap_or(false);
    let asker = caller.clone();
    let view = app.run(move |library| library.album(&asker, id)).await?;
    let assets = if without_assets { Vec::new() } else { contents(&app, &caller, &view).await? };
    let album = view.album.clone();
    let mut body = body(&app, &caller, with_days(view), assets).await?;
    if caller.guest.is_none() {
        let contributors = app.run(move |library| library.album_contributors(&album)).await?;
        let count = |(user_id, asset_count)| ContributorCountDto { user_id, asset_count };
        body.contributor_counts = Some(contributors.into_iter().map(count).collect());
    }
    ok(&body)
}

async fn statistics(State(app): State<App>, caller: Caller) -> Answer {
    let counts = app.run(move |library| library.album_counts(&caller)).await?;
    ok(&AlbumStatisticsResponseDto { owned: counts.owned, shared: counts.shared, not_shared: counts.not_shared })
}

/// Lists and single albums name the days of their first and last photo; answers to changes name the times, and leave
/// the time of the last change out.
fn with_days(mut view: AlbumView) -> AlbumView {
    let day = |time: Timestamp| Timestamp(time.0.div_euclid(DAY_MS) * DAY_MS);
    view.summary.start = view.summary.start.map(day);
    view.summary.end = view.summary.end.map(day);
    view
}

async fn update(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<AlbumId>,
    Input(request): Input<UpdateAlbumDto>,
) -> Answer {
    let change = AlbumChange {
        name: request.album_name,
        description: request.description,
        thumbnail_asset_id: request.album_thumbnail_asset_id,
        is_activity_enabled: request.is_activity_enabled,
        order: request.order,
    };
    let asker = caller.clone();
    let mut view = app.run(move |library| library.update_album(&asker, id, change)).await?;
    view.summary.last_modified = None;
    ok(&body(&app, &caller, view, Vec::new()).await?)
}

async fn delete(State(app): State<App>, caller: Caller, PathId(id): PathId<AlbumId>) -> Answer {
    app.run(move |library| library.delete_album(&caller, id)).await?;
    Ok(no_content())
}

pub(super) fn outcomes(rows: Vec<BulkOutcome>) -> Vec<BulkIdResponseDto> {
    rows.into_iter()
        .map(|(id, outcome)| BulkIdResponseDto { id: id.0, success: outcome.is_ok(), error: outcome.err() })
        .collect()
}

pub(super) async fn add(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<AlbumId>,
    Input(request): Input<BulkIdsDto>,
) -> Answer {
    let ids = request.ids.into_iter().map(AssetId).collect();
    ok(&outcomes(app.run(move |library| library.add_album_assets(&caller, id, ids)).await?))
}

async fn remove(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<AlbumId>,
    Input(request): Input<BulkIdsDto>,
) -> Answer {
    let ids = request.ids.into_iter().map(AssetId).collect();
    ok(&outcomes(app.run(move |library| library.remove_album_assets(&caller, id, ids)).await?))
}

async fn add_to_several(State(app): State<App>, caller: Caller, Input(request): Input<AlbumsAddAssetsDto>) -> Answer {
    let added = app
        .run(move |library| {
            let mut added = false;
            let mut refused = None;
            for album in request.album_ids {
                match library.add_album_assets(&caller, album, request.asset_ids.clone()) {
                    Ok(rows) => {
                        added |= rows.iter().any(|(_, outcome)| outcome.is_ok());
                        refused = refused.or_else(|| rows.iter().find_map(|(_, outcome)| outcome.err()));
                    }
                    Err(tintype_library::LibraryError::NoAccess(_)) => refused = Some(BulkError::NoPermission),
                    Err(error) => return Err(error),
                }
            }
            Ok((added, refused))
        })
        .await?;
    let (success, refused) = added;
    ok(&AlbumsAddAssetsResponseDto { success, error: refused.filter(|_| !success) })
}
