//! Members of albums.

use axum::extract::{Path, State};
use tintype_protocol::dto::partner::{AddUsersDto, UpdateAlbumUserDto};
use tintype_protocol::id::{AlbumId, UserId};
use tintype_protocol::model::AlbumRole;
use tintype_protocol::permission::Permission;

use super::albums::body;
use crate::access::Access;
use crate::app::App;
use crate::authorize::Caller;
use crate::body::{Answer, Input, no_content, ok};
use crate::error::ApiError;
use crate::params::{PathId, entity_id};
use crate::routes::Routes;

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .put("/albums/{id}/users", Access::Needs(Permission::AlbumUserCreate), add)
        .put("/albums/{id}/user/{userId}", Access::Needs(Permission::AlbumUserUpdate), update)
        .delete("/albums/{id}/user/{userId}", Access::Needs(Permission::AlbumUserDelete), remove)
}

async fn add(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<AlbumId>,
    Input(request): Input<AddUsersDto>,
) -> Answer {
    if request.album_users.is_empty() {
        return Err(ApiError::invalid("albumUsers must contain at least 1 elements"));
    }
    let members = request.album_users.iter().map(|member| (member.user_id, member.role.unwrap_or(AlbumRole::Editor)));
    let (asker, members) = (caller.clone(), members.collect());
    let mut view = app.run(move |library| library.share_album(&asker, id, members)).await?;
    view.summary.last_modified = None;
    ok(&body(&app, &caller, view, Vec::new()).await?)
}

/// The album and the member of a path; `me` is the caller.
fn member(caller: &Caller, (album, user): (String, String)) -> Result<(AlbumId, UserId), ApiError> {
    let user = if user == "me" { caller.user.id } else { entity_id("userId", &user)? };
    Ok((entity_id("id", &album)?, user))
}

async fn update(
    State(app): State<App>,
    caller: Caller,
    Path(path): Path<(String, String)>,
    Input(request): Input<UpdateAlbumUserDto>,
) -> Answer {
    let (album, user) = member(&caller, path)?;
    app.run(move |library| library.set_album_role(&caller, album, user, request.role)).await?;
    Ok(no_content())
}

async fn remove(State(app): State<App>, caller: Caller, Path(path): Path<(String, String)>) -> Answer {
    let (album, user) = member(&caller, path)?;
    app.run(move |library| library.leave_album(&caller, album, user)).await?;
    Ok(no_content())
}
