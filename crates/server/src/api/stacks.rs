//! Stacks.

use axum::extract::{Path, State};
use tintype_library::stacks::StackView;
use tintype_protocol::dto::BulkIdsDto;
use tintype_protocol::dto::stack::{StackCreateDto, StackResponseDto, StackUpdateDto};
use tintype_protocol::id::{AssetId, StackId};
use tintype_protocol::permission::Permission;

use crate::access::Access;
use crate::app::App;
use crate::authorize::Caller;
use crate::body::{Answer, Input, created, no_content, ok};
use crate::error::ApiError;
use crate::params::{Params, PathId, entity_id};
use crate::present::{self, AssetPresenter};
use crate::routes::Routes;

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .get("/stacks", Access::Needs(Permission::StackRead), list)
        .post("/stacks", Access::Needs(Permission::StackCreate), create)
        .delete("/stacks", Access::Needs(Permission::StackDelete), delete_several)
        .get("/stacks/{id}", Access::Needs(Permission::StackRead), get)
        .put("/stacks/{id}", Access::Needs(Permission::StackUpdate), update)
        .delete("/stacks/{id}", Access::Needs(Permission::StackDelete), delete)
        .delete("/stacks/{id}/assets/{assetId}", Access::Needs(Permission::StackUpdate), remove)
}

fn body(app: &App, caller: &Caller, view: StackView) -> StackResponseDto {
    let presenter = AssetPresenter::new(app.is_v3(), caller.user.id);
    StackResponseDto {
        id: view.stack.id,
        primary_asset_id: view.stack.primary,
        assets: view.assets.into_iter().map(|(asset, known)| presenter.listed(asset, known)).collect(),
    }
}

async fn list(State(app): State<App>, caller: Caller, params: Params) -> Answer {
    let primary = params.id::<AssetId>("primaryAssetId")?;
    let asker = caller.clone();
    let views = app.run(move |library| library.stacks(&asker, primary)).await?;
    ok(&views.into_iter().map(|view| body(&app, &caller, view)).collect::<Vec<_>>())
}

/// The body of a single stack, whose assets name their tags.
async fn single(app: &App, caller: &Caller, view: StackView) -> Answer {
    let ids: Vec<AssetId> = view.assets.iter().map(|(asset, _)| asset.id).collect();
    let tags =
        app.run(move |library| ids.into_iter().map(|id| library.tags_of(id)).collect::<Result<Vec<_>, _>>()).await?;
    let mut body = body(app, caller, view);
    for (asset, tags) in body.assets.iter_mut().zip(tags) {
        asset.tags = Some(tags.into_iter().map(present::tag).collect());
    }
    ok(&body)
}

async fn create(State(app): State<App>, caller: Caller, Input(request): Input<StackCreateDto>) -> Answer {
    let asker = caller.clone();
    let view = app.run(move |library| library.create_stack(&asker, &request.asset_ids)).await?;
    created(&body(&app, &caller, view))
}

async fn get(State(app): State<App>, caller: Caller, PathId(id): PathId<StackId>) -> Answer {
    let asker = caller.clone();
    let view = app.run(move |library| library.stack(&asker, id)).await?;
    single(&app, &caller, view).await
}

async fn update(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<StackId>,
    Input(request): Input<StackUpdateDto>,
) -> Answer {
    let asker = caller.clone();
    let view = app.run(move |library| library.update_stack(&asker, id, request.primary_asset_id)).await?;
    single(&app, &caller, view).await
}

async fn delete(State(app): State<App>, caller: Caller, PathId(id): PathId<StackId>) -> Answer {
    app.run(move |library| library.delete_stacks(&caller, &[id])).await?;
    Ok(no_content())
}

async fn delete_several(State(app): State<App>, caller: Caller, Input(request): Input<BulkIdsDto>) -> Answer {
    let ids: Vec<StackId> = request.ids.into_iter().map(StackId).collect();
    app.run(move |library| library.delete_stacks(&caller, &ids)).await?;
    Ok(no_content())
}

async fn remove(State(app): State<App>, caller: Caller, Path((id, asset)): Path<(String, String)>) -> Answer {
    let (id, asset): (StackId, AssetId) = (entity_id("id", &id)?, entity_id("assetId", &asset)?);
    app.run(move |library| library.remove_from_stack(&caller, id, asset)).await?;
    Ok::<_, ApiError>(no_content())
}
