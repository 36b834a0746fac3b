//! Memories.

use axum::extract::State;
use tintype_library::memories::{MemoryChange, MemoryView, NewMemory};
use tintype_library::model::MemoryFilter;
use tintype_protocol::dto::BulkIdsDto;
use tintype_protocol::dto::memory::{
    MemoryCreateDto, MemoryResponseDto, MemoryStatisticsResponseDto, MemoryUpdateDto, OnThisDayDto,
};
use tintype_protocol::id::{AssetId, MemoryId};
use tintype_protocol::model::{MemoryType, SortOrder};
use tintype_protocol::permission::Permission;
use tintype_protocol::time::Timestamp;

use super::albums::outcomes;
use crate::access::Access;
use crate::app::App;
use crate::authorize::Caller;
use crate::body::{Answer, Input, created, no_content, ok};
use crate::error::ApiError;
use crate::params::{Params, PathId};
use crate::present::AssetPresenter;
use crate::routes::Routes;

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .get("/memories", Access::Needs(Permission::MemoryRead), list)
        .post("/memories", Access::Needs(Permission::MemoryCreate), create)
        .get("/memories/statistics", Access::Needs(Permission::MemoryStatistics), statistics)
        .get("/memories/{id}", Access::Needs(Permission::MemoryRead), get)
        .put("/memories/{id}", Access::Needs(Permission::MemoryUpdate), update)
        .delete("/memories/{id}", Access::Needs(Permission::MemoryDelete), delete)
        .put("/memories/{id}/assets", Access::Needs(Permission::MemoryAssetCreate), add)
        .delete("/memories/{id}/assets", Access::Needs(Permission::MemoryAssetDelete), remove)
}

fn body(app: &App, caller: &Caller, view: MemoryView) -> MemoryResponseDto {
    let presenter = AssetPresenter::new(app.is_v3(), caller.user.id);
    let memory = view.memory;
    MemoryResponseDto {
        id: memory.id,
        created_at: memory.created_at,
        updated_at: memory.updated_at,
        memory_at: memory.memory_at,
        seen_at: memory.seen_at,
        show_at: memory.show_at,
        hide_at: memory.hide_at,
        owner_id: memory.owner_id,
        kind: MemoryType::OnThisDay,
        data: OnThisDayDto { year: memory.year },
        is_saved: memory.is_saved,
        assets: view.assets.into_iter().map(|asset| presenter.listed(asset, None)).collect(),
    }
}

/// The filter of a query; `None` when nothing can meet it, as no memory is ever in the trash.
fn filter(app: &App, params: &Params) -> Result<Option<MemoryFilter>, ApiError> {
    params.parse::<MemoryType>("type", "on_this_day")?;
    let is_trashed = params.flag("isTrashed")?.unwrap_or(false);
    let is_shuffled = params.get("order") == Some("random");
    let order = if is_shuffled { None } else { params.parse::<SortOrder>("order", "one of asc, desc, random")? };
    let size = params.parse::<u32>("size", "a number")?;
    let page = params.parse::<u32>("page", "a number")?.unwrap_or(1);
    if page < 1 || size == Some(0) {
        return Err(ApiError::invalid("page and size must not be less than 1"));
    }
    // Without a size, all are on the first page, and whoever turns pages comes to an end.
    let limit = if page > 1 { size.or(Some(0)) } else { size };
    let filter = MemoryFilter {
        id: params.id("id")?,
        shown_at: params.get("for").map(time).transpose()?,
        is_saved: params.flag("isSaved")?,
        is_upcoming: params.flag("isUpcoming")?.map(|wanted| (app.library_ref().now(), wanted)),
        order,
        is_shuffled,
        limit,
        offset: u64::from(page - 1) * u64::from(limit.unwrap_or(0)),
    };
    Ok((!is_trashed).then_some(filter))
}

fn time(text: &str) -> Result<Timestamp, ApiError> {
    Timestamp::parse(text).map_err(|_| ApiError::invalid("for must be a date string"))
}

async fn list(State(app): State<App>, caller: Caller, params: Params) -> Answer {
    let Some(filter) = filter(&app, &params)? else { return ok(&[(); 0]) };
    let asker = caller.clone();
    let views = app.run(move |library| library.memories(&asker, &filter)).await?;
    ok(&views.into_iter().map(|view| body(&app, &caller, view)).collect::<Vec<_>>())
}

async fn statistics(State(app): State<App>, caller: Caller, params: Params) -> Answer {
    let total = match filter(&app, &params)? {
        Some(filter) => app.run(move |library| library.memory_count(&caller, &filter)).await?,
        None => 0,
    };
    ok(&MemoryStatisticsResponseDto { total })
}

async fn create(State(app): State<App>, caller: Caller, Input(request): Input<MemoryCreateDto>) -> Answer {
    if request.data.year < 1 {
        return Err(ApiError::invalid("data.year must be a positive number"));
    }
    let new = NewMemory {
        year: request.data.year,
        memory_at: request.memory_at,
        show_at: request.show_at,
        hide_at: request.hide_at,
        seen_at: request.seen_at,
        is_saved: request.is_saved.unwrap_or(false),
        assets: request.asset_ids.unwrap_or_default(),
    };
    let asker = caller.clone();
    let view = app.run(move |library| library.create_memory(&asker, new)).await?;
    created(&body(&app, &caller, view))
}

async fn get(State(app): State<App>, caller: Caller, PathId(id): PathId<MemoryId>) -> Answer {
    let asker = caller.clone();
    let view = app.run(move |library| library.memory(&asker, id)).await?;
    ok(&body(&app, &caller, view))
}

async fn update(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<MemoryId>,
    Input(request): Input<MemoryUpdateDto>,
) -> Answer {
    let change = MemoryChange { memory_at: request.memory_at, seen_at: request.seen_at, is_saved: request.is_saved };
    let asker = caller.clone();
    let view = app.run(move |library| library.update_memory(&asker, id, change)).await?;
    ok(&body(&app, &caller, view))
}

async fn delete(State(app): State<App>, caller: Caller, PathId(id): PathId<MemoryId>) -> Answer {
    app.run(move |library| library.delete_memory(&caller, id)).await?;
    Ok(no_content())
}

async fn add(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<MemoryId>,
    Input(request): Input<BulkIdsDto>,
) -> Answer {
    let ids = request.ids.into_iter().map(AssetId).collect();
    ok(&outcomes(app.run(move |library| library.add_memory_assets(&caller, id, ids)).await?))
}

async fn remove(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<MemoryId>,
    Input(request): Input<BulkIdsDto>,
) -> Answer {
    let ids = request.ids.into_iter().map(AssetId).collect();
    ok(&outcomes(app.run(move |library| library.remove_memory_assets(&caller, id, ids)).await?))
}
