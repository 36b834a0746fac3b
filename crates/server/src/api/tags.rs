//! Tags.

use axum::extract::State;
use tintype_library::model::Tag;
use tintype_protocol::dto::BulkIdsDto;
use tintype_protocol::dto::tag::{
    TagBulkAssetsDto, TagBulkAssetsResponseDto, TagCreateDto, TagUpdateDto, TagUpsertDto,
};
use tintype_protocol::id::{AssetId, TagId};
use tintype_protocol::permission::Permission;

use super::albums::outcomes;
use crate::access::Access;
use crate::app::App;
use crate::authorize::Caller;
use crate::body::{Answer, Input, created, no_content, ok};
use crate::params::{PathId, color};
use crate::present;
use crate::routes::Routes;

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .get("/tags", Access::Needs(Permission::TagRead), list)
        .post("/tags", Access::Needs(Permission::TagCreate), create)
        .put("/tags", Access::Needs(Permission::TagCreate), upsert)
        .put("/tags/assets", Access::Needs(Permission::TagAsset), tag_all)
        .get("/tags/{id}", Access::Needs(Permission::TagRead), get)
        .put("/tags/{id}", Access::Needs(Permission::TagUpdate), update)
        .delete("/tags/{id}", Access::Needs(Permission::TagDelete), delete)
        .put("/tags/{id}/assets", Access::Needs(Permission::TagAsset), tag)
        .delete("/tags/{id}/assets", Access::Needs(Permission::TagAsset), untag)
}

fn bodies(tags: Vec<Tag>) -> Vec<tintype_protocol::dto::asset::TagResponseDto> {
    tags.into_iter().map(present::tag).collect()
}

async fn list(State(app): State<App>, caller: Caller) -> Answer {
    ok(&bodies(app.run(move |library| library.tags(&caller)).await?))
}

async fn create(State(app): State<App>, caller: Caller, Input(request): Input<TagCreateDto>) -> Answer {
    let color = request.color.map(|text| color("color", &text)).transpose()?;
    let tag = app.run(move |library| library.create_tag(&caller, &request.name, request.parent_id, color)).await?;
    created(&present::tag(tag))
}

async fn upsert(State(app): State<App>, caller: Caller, Input(request): Input<TagUpsertDto>) -> Answer {
    ok(&bodies(app.run(move |library| library.upsert_tags(&caller, request.tags)).await?))
}

async fn tag_all(State(app): State<App>, caller: Caller, Input(request): Input<TagBulkAssetsDto>) -> Answer {
    let count = app.run(move |library| library.tag_all(&caller, request.tag_ids, request.asset_ids)).await?;
    ok(&TagBulkAssetsResponseDto { count })
}

async fn get(State(app): State<App>, caller: Caller, PathId(id): PathId<TagId>) -> Answer {
    ok(&present::tag(app.run(move |library| library.tag(&caller, id, Permission::TagRead)).await?))
}

async fn update(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<TagId>,
    Input(request): Input<TagUpdateDto>,
) -> Answer {
    let wanted = request.color.map(|text| text.map(|text| color("color", &text)).transpose()).transpose()?;
    let tag = app.run(move |library| match wanted {
        Some(color) => library.update_tag(&caller, id, color),
        None => library.tag(&caller, id, Permission::TagUpdate),
    });
    ok(&present::tag(tag.await?))
}

async fn delete(State(app): State<App>, caller: Caller, PathId(id): PathId<TagId>) -> Answer {
    app.run(move |library| library.delete_tag(&caller, id)).await?;
    Ok(no_content())
}

async fn tag(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<TagId>,
    Input(request): Input<BulkIdsDto>,
) -> Answer {
    let ids = request.ids.into_iter().map(AssetId).collect();
    ok(&outcomes(app.run(move |library| library.tag_assets(&caller, id, ids)).await?))
}

async fn untag(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<TagId>,
    Input(request): Input<BulkIdsDto>,
) -> Answer {
    let ids = request.ids.into_iter().map(AssetId).collect();
    ok(&outcomes(app.run(move |library| library.untag_assets(&caller, id, ids)).await?))
}
