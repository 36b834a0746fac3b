//! Edits that leave the original as it is.

use axum::extract::State;
use tintype_library::model::Edit;
use tintype_protocol::dto::edit::{AssetEditActionItemResponseDto, AssetEditsCreateDto, AssetEditsResponseDto};
use tintype_protocol::id::AssetId;
use tintype_protocol::permission::Permission;

use crate::access::Access;
use crate::app::App;
use crate::authorize::Caller;
use crate::body::{Answer, Input, no_content, ok};
use crate::params::PathId;
use crate::routes::Routes;

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .get("/assets/{id}/edits", Access::Needs(Permission::AssetEditGet), list)
        .put("/assets/{id}/edits", Access::Needs(Permission::AssetEditCreate), replace)
        .delete("/assets/{id}/edits", Access::Needs(Permission::AssetEditDelete), revert)
}

fn body(asset_id: AssetId, edits: &[Edit]) -> AssetEditsResponseDto {
    let item = |edit: &Edit| AssetEditActionItemResponseDto { id: edit.id, edit: edit.edit };
    AssetEditsResponseDto { asset_id, edits: edits.iter().map(item).collect() }
}

async fn list(State(app): State<App>, caller: Caller, PathId(id): PathId<AssetId>) -> Answer {
    ok(&body(id, &app.run(move |library| library.edits(&caller, id)).await?))
}

async fn replace(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<AssetId>,
    Input(request): Input<AssetEditsCreateDto>,
) -> Answer {
    ok(&body(id, &app.run(move |library| library.edit_asset(&caller, id, request.edits)).await?))
}

async fn revert(State(app): State<App>, caller: Caller, PathId(id): PathId<AssetId>) -> Answer {
    app.run(move |library| library.revert_edits(&caller, id)).await?;
    Ok(no_content())
}
