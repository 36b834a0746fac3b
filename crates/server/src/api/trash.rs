//! The trash.

use axum::extract::State;
use tintype_protocol::dto::{BulkIdsDto, CountResponseDto};
use tintype_protocol::id::AssetId;
use tintype_protocol::permission::Permission;

use crate::access::Access;
use crate::app::App;
use crate::authorize::Caller;
use crate::body::{Answer, Input, ok};
use crate::routes::Routes;

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .post("/trash/empty", Access::Needs(Permission::AssetDelete), empty)
        .post("/trash/restore", Access::Needs(Permission::AssetDelete), restore)
        .post("/trash/restore/assets", Access::Needs(Permission::AssetDelete), restore_assets)
}

async fn empty(State(app): State<App>, caller: Caller) -> Answer {
    let count = app.run(move |library| library.empty_trash(caller.user.id)).await?;
    ok(&CountResponseDto { count })
}

async fn restore(State(app): State<App>, caller: Caller) -> Answer {
    let count = app.run(move |library| library.restore_trash(caller.user.id)).await?;
    ok(&CountResponseDto { count })
}

async fn restore_assets(State(app): State<App>, caller: Caller, Input(body): Input<BulkIdsDto>) -> Answer {
    let ids: Vec<AssetId> = body.ids.into_iter().map(AssetId).collect();
    let count = app.run(move |library| library.restore_assets(&caller, &ids)).await?;
    ok(&CountResponseDto { count })
}
