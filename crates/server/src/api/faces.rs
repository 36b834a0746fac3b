//! Faces.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use tintype_library::model::FaceBox;
use tintype_protocol::dto::person::{AssetFaceCreateDto, AssetFaceDeleteDto, FaceDto};
use tintype_protocol::id::{AssetId, FaceId, PersonId};
use tintype_protocol::permission::Permission;

use crate::access::Access;
use crate::app::App;
use crate::authorize::Caller;
use crate::body::{Answer, Input, no_content, ok};
use crate::error::ApiError;
use crate::params::{Params, PathId};
use crate::present;
use crate::routes::Routes;

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .get("/faces", Access::Needs(Permission::FaceRead), list)
        .post("/faces", Access::Needs(Permission::FaceCreate), create)
        .put("/faces/{id}", Access::Needs(Permission::FaceUpdate), reassign)
        .delete("/faces/{id}", Access::Needs(Permission::FaceDelete), delete)
}

async fn list(State(app): State<App>, caller: Caller, params: Params) -> Answer {
    let asset = params.id::<AssetId>("id")?.ok_or_else(|| ApiError::invalid("id must be a UUID"))?;
    let faces = app.run(move |library| library.faces(&caller, asset)).await?;
    ok(&faces.into_iter().map(present::face).collect::<Vec<_>>())
}

/// The box of a request: it has a size and begins somewhere in the image.
fn area(request: &AssetFaceCreateDto) -> Result<FaceBox, ApiError> {
    let sides = [request.image_width, request.image_height, request.width, request.height];
    let (x2, y2) = (request.x.checked_add(request.width), request.y.checked_add(request.height));
    match (x2, y2) {
        (Some(x2), Some(y2)) if sides.iter().all(|side| *side > 0) && x2 > 0 && y2 > 0 => Ok(FaceBox {
            image_width: request.image_width,
            image_height: request.image_height,
            x1: request.x,
            y1: request.y,
            x2,
            y2,
        }),
        _ => Err(ApiError::invalid("x, y, width and height must describe a box in the image")),
    }
}

async fn create(State(app): State<App>, caller: Caller, Input(request): Input<AssetFaceCreateDto>) -> Answer {
    let area = area(&request)?;
    app.run(move |library| library.create_face(&caller, request.asset_id, request.person_id, area)).await?;
    Ok(StatusCode::CREATED.into_response())
}

async fn reassign(
    State(app): State<App>,
    caller: Caller,
    PathId(person): PathId<PersonId>,
    Input(request): Input<FaceDto>,
) -> Answer {
    ok(&present::person(app.run(move |library| library.reassign_face(&caller, request.id, person)).await?))
}

async fn delete(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<FaceId>,
    Input(request): Input<AssetFaceDeleteDto>,
) -> Answer {
    app.run(move |library| library.delete_face(&caller, id, request.force)).await?;
    Ok(no_content())
}
