//! Text that was recognised on assets.

use axum::extract::State;
use tintype_library::model::OcrRow;
use tintype_protocol::dto::ocr::AssetOcrResponseDto;
use tintype_protocol::id::AssetId;
use tintype_protocol::permission::Permission;
use tintype_protocol::sync::Number;

use crate::access::Access;
use crate::app::App;
use crate::authorize::Caller;
use crate::body::{Answer, ok};
use crate::params::PathId;
use crate::routes::Routes;

pub(super) fn routes(routes: Routes) -> Routes {
    routes.get("/assets/{id}/ocr", Access::Needs(Permission::AssetRead), list)
}

fn body(row: OcrRow) -> AssetOcrResponseDto {
    let [(x1, y1), (x2, y2), (x3, y3), (x4, y4)] = row.line.corners.map(|(x, y)| (Number(x), Number(y)));
    AssetOcrResponseDto {
        id: row.id,
        asset_id: row.asset_id,
        x1,
        y1,
        x2,
        y2,
        x3,
        y3,
        x4,
        y4,
        box_score: Number(row.line.box_score),
        text_score: Number(row.line.text_score),
        text: row.line.text,
    }
}

async fn list(State(app): State<App>, caller: Caller, PathId(id): PathId<AssetId>) -> Answer {
    let rows = app.run(move |library| library.ocr_of(&caller, id)).await?;
    ok(&rows.into_iter().map(body).collect::<Vec<_>>())
}
