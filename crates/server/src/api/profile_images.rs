//! Pictures of users.

use axum::extract::{Request, State};
use axum::http::HeaderMap;
use tintype_protocol::dto::user::CreateProfileImageResponseDto;
use tintype_protocol::id::UserId;
use tintype_protocol::permission::Permission;

use super::media::send::{ASK_AGAIN, Content, send};
use super::upload::form::receive_small;
use crate::access::Access;
use crate::app::App;
use crate::authorize::Caller;
use crate::body::{Answer, created, no_content};
use crate::params::PathId;
use crate::routes::Routes;

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .post("/users/profile-image", Access::Needs(Permission::UserProfileImageUpdate), upload)
        .delete("/users/profile-image", Access::Needs(Permission::UserProfileImageDelete), delete)
        .get("/users/{id}/profile-image", Access::Needs(Permission::UserProfileImageRead), get)
}

async fn upload(State(app): State<App>, caller: Caller, request: Request) -> Answer {
    let bytes = receive_small(request, "file").await?;
    let _room = app.portrait_room().await?;
    let user = app.run(move |library| library.set_profile_image(caller.user.id, &bytes)).await?;
    created(&CreateProfileImageResponseDto {
        user_id: user.id,
        profile_changed_at: user.profile_changed_at,
        profile_image_path: user.profile_image_path,
    })
}

async fn delete(State(app): State<App>, caller: Caller) -> Answer {
    app.run(move |library| library.remove_profile_image(caller.user.id)).await?;
    Ok(no_content())
}

async fn get(State(app): State<App>, PathId(id): PathId<UserId>, headers: HeaderMap) -> Answer {
    let content = app.run(move |library| Content::open(library, &library.profile_image(id)?)).await?;
    send(content, &headers, "image/jpeg", ASK_AGAIN, None)
}
