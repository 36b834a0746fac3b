//! Partners: users who may see each other's libraries.

use axum::extract::State;
use tintype_library::model::{Partner, User};
use tintype_library::sharing::Direction;
use tintype_protocol::dto::partner::{PartnerCreateDto, PartnerResponseDto, PartnerUpdateDto};
use tintype_protocol::id::UserId;
use tintype_protocol::permission::Permission;

use crate::access::Access;
use crate::app::App;
use crate::authorize::Caller;
use crate::body::{Answer, Input, created, no_content, ok};
use crate::error::ApiError;
use crate::params::{Params, PathId};
use crate::present;
use crate::routes::Routes;

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .get("/partners", Access::Needs(Permission::PartnerRead), list)
        .post("/partners", Access::Needs(Permission::PartnerCreate), create)
        .post("/partners/{id}", Access::Needs(Permission::PartnerCreate), create_by_path)
        .put("/partners/{id}", Access::Needs(Permission::PartnerUpdate), update)
        .delete("/partners/{id}", Access::Needs(Permission::PartnerDelete), delete)
}

fn body((partner, other): (Partner, User)) -> PartnerResponseDto {
    PartnerResponseDto { user: present::user(&other), in_timeline: partner.in_timeline }
}

async fn list(State(app): State<App>, caller: Caller, params: Params) -> Answer {
    let direction = match params.get("direction") {
        Some("shared-by") => Direction::SharedBy,
        Some("shared-with") => Direction::SharedWith,
        _ => return Err(ApiError::invalid("direction must be one of shared-by, shared-with")),
    };
    let partners = app.run(move |library| library.partners(&caller, direction)).await?;
    ok(&partners.into_iter().map(body).collect::<Vec<_>>())
}

async fn create(State(app): State<App>, caller: Caller, Input(request): Input<PartnerCreateDto>) -> Answer {
    created(&body(app.run(move |library| library.add_partner(&caller, request.shared_with_id)).await?))
}

async fn create_by_path(State(app): State<App>, caller: Caller, PathId(id): PathId<UserId>) -> Answer {
    created(&body(app.run(move |library| library.add_partner(&caller, id)).await?))
}

async fn update(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<UserId>,
    Input(request): Input<PartnerUpdateDto>,
) -> Answer {
    ok(&body(app.run(move |library| library.show_partner(&caller, id, request.in_timeline)).await?))
}

async fn delete(State(app): State<App>, caller: Caller, PathId(id): PathId<UserId>) -> Answer {
    app.run(move |library| library.remove_partner(&caller, id)).await?;
    Ok(no_content())
}
