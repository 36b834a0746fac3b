//! Operations that generation 3 has dropped; a node that reports 3.x does not have them either.

use axum::extract::{Path, State};
use axum::http::Method;
use tintype_library::assets::ordinary;
use tintype_library::model::AssetFilter;
use tintype_protocol::dto::asset::{
    AssetDeltaSyncDto, AssetDeltaSyncResponseDto, AssetFullSyncDto, CheckExistingAssetsDto,
    CheckExistingAssetsResponseDto,
};
use tintype_protocol::model::Visibility;
use tintype_protocol::permission::Permission;

use crate::access::Access;
use crate::app::App;
use crate::authorize::Caller;
use crate::body::{Answer, Input, ok};
use crate::error::ApiError;
use crate::params::Params;
use crate::present::{AssetPresenter, Surroundings};
use crate::routes::Routes;

/// Most assets of one answer.
const FULL_SYNC_LIMIT: u32 = 10_000;
/// Most assets picked by chance.
const RANDOM_LIMIT: u32 = 1_000;

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .post("/assets/exist", Access::Needs(Permission::AssetUpload), exist)
        .get("/assets/device/{deviceId}", Access::UNRESTRICTED, of_device)
        .get("/assets/random", Access::Needs(Permission::AssetRead), random)
        .post("/sync/full-sync", Access::UNRESTRICTED, full_sync)
        .post("/sync/delta-sync", Access::UNRESTRICTED, delta_sync)
}

fn only_in_generation_two(app: &App, method: &Method, path: &str) -> Result<(), ApiError> {
    if app.is_v3() {
        return Err(ApiError::NotFound(format!("Cannot {method} /api{path}")));
    }
    Ok(())
}

async fn exist(State(app): State<App>, caller: Caller, Input(body): Input<CheckExistingAssetsDto>) -> Answer {
    only_in_generation_two(&app, &Method::POST, "/assets/exist")?;
    if body.device_asset_ids.is_empty() {
        return Err(ApiError::invalid("deviceAssetIds should not be empty"));
    }
    let known = app.run(move |library| library.device_asset_ids(caller.user.id, &body.device_id)).await?;
    let existing_ids = body.device_asset_ids.into_iter().filter(|id| known.contains(id)).collect();
    ok(&CheckExistingAssetsResponseDto { existing_ids })
}

async fn of_device(State(app): State<App>, caller: Caller, Path(device): Path<String>) -> Answer {
    only_in_generation_two(&app, &Method::GET, "/assets/device")?;
    ok(&app.run(move |library| library.device_asset_ids(caller.user.id, &device)).await?)
}

async fn random(State(app): State<App>, caller: Caller, params: Params) -> Answer {
    only_in_generation_two(&app, &Method::GET, "/assets/random")?;
    let count: u32 = params.parse("count", "a number")?.unwrap_or(1).clamp(1, RANDOM_LIMIT);
    let filter = ordinary(caller.user.id);
    let rows = app.run(move |library| library.search_random(&filter, count)).await?;
    let presenter = AssetPresenter::new(app.is_v3(), caller.user.id);
    ok(&rows.into_iter().map(|(asset, known)| presenter.listed(asset, known)).collect::<Vec<_>>())
}

async fn full_sync(State(app): State<App>, caller: Caller, Input(body): Input<AssetFullSyncDto>) -> Answer {
    only_in_generation_two(&app, &Method::POST, "/sync/full-sync")?;
    if body.limit == 0 {
        return Err(ApiError::invalid("limit must be a positive number"));
    }
    let owner = body.user_id.unwrap_or(caller.user.id);
    if owner != caller.user.id {
        return Err(ApiError::no_access(Permission::TimelineRead));
    }
    let filter = AssetFilter {
        owners: vec![owner],
        visibilities: vec![Visibility::Timeline, Visibility::Archive, Visibility::Locked],
        updated: (None, Some(body.updated_until)),
        after_id: body.last_id,
        ..AssetFilter::default()
    };
    let limit = body.limit.min(FULL_SYNC_LIMIT);
    let rows = app
        .run(move |library| {
            let assets = library.search_by_id(&filter, limit)?;
            let around = assets.into_iter().map(|asset| {
                let stack = asset.stack_id.map(|id| library.stack_summary(id)).transpose()?.flatten();
                Ok((library.exif_of(asset.id)?, stack, asset))
            });
            around.collect::<Result<Vec<_>, _>>()
        })
        .await?;
    let presenter = AssetPresenter::new(app.is_v3(), caller.user.id);
    let single =
        |(known, stack, asset)| presenter.single(asset, known, Surroundings { stack, ..Surroundings::default() });
    ok(&rows.into_iter().map(single).collect::<Vec<_>>())
}

/// The clients that still ask this fall back to a full sync, which is always right.
async fn delta_sync(State(app): State<App>, Input(_): Input<AssetDeltaSyncDto>) -> Answer {
    only_in_generation_two(&app, &Method::POST, "/sync/delta-sync")?;
    ok(&AssetDeltaSyncResponseDto { needs_full_sync: true, upserted: Vec::new(), deleted: Vec::new() })
}
