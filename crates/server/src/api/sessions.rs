//! Sessions.

use axum::extract::State;
use tintype_library::sessions::Device;
use tintype_protocol::dto::session::{SessionCreateDto, SessionUpdateDto};
use tintype_protocol::id::SessionId;
use tintype_protocol::permission::Permission;

use crate::access::Access;
use crate::app::App;
use crate::authorize::Caller;
use crate::body::{Answer, Input, created, no_content, ok};
use crate::error::ApiError;
use crate::params::PathId;
use crate::present;
use crate::routes::Routes;

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .get("/sessions", Access::Needs(Permission::SessionRead), list)
        .post("/sessions", Access::Needs(Permission::SessionCreate), create)
        .delete("/sessions", Access::Needs(Permission::SessionDelete), delete_others)
        .put("/sessions/{id}", Access::Needs(Permission::SessionUpdate), update)
        .delete("/sessions/{id}", Access::Needs(Permission::SessionDelete), delete)
        .post("/sessions/{id}/lock", Access::Needs(Permission::SessionLock), lock)
}

async fn list(State(app): State<App>, caller: Caller) -> Answer {
    let current = caller.session.as_ref().map(|session| session.id);
    let sessions = app.run(move |library| library.sessions(caller.user.id)).await?;
    ok(&sessions.into_iter().map(|row| present::session(row, current, None)).collect::<Vec<_>>())
}

async fn create(State(app): State<App>, caller: Caller, Input(body): Input<SessionCreateDto>) -> Answer {
    let Some(parent) = caller.session.as_ref().map(|session| session.id) else {
        return Err(ApiError::BadRequest("This endpoint can only be used with a session token".to_owned()));
    };
    if body.duration.is_some_and(|seconds| !(seconds >= 1.0 && seconds.is_finite())) {
        return Err(ApiError::invalid("duration must not be less than 1"));
    }
    // Bounded above by the saturation of the cast; a session of a million years is as good as one for ever.
    let lifetime_ms = body.duration.map(|seconds| (seconds * 1_000.0).min(1e15) as i64);
    let device =
        Device { device_type: body.device_type.unwrap_or_default(), device_os: body.device_os.unwrap_or_default() };
    let (session, token) =
        app.run(move |library| library.begin_session(caller.user.id, device, Some(parent), lifetime_ms)).await?;
    created(&present::session(session, None, Some(token)))
}

async fn update(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<SessionId>,
    Input(body): Input<SessionUpdateDto>,
) -> Answer {
    let Some(pending) = body.is_pending_sync_reset else {
        return Err(ApiError::BadRequest("No fields to update".to_owned()));
    };
    let current = caller.session.as_ref().map(|session| session.id);
    let session = app
        .run(move |library| {
            let session = library.own_session(caller.user.id, id, Permission::SessionUpdate)?;
            library.set_pending_reset(session, pending)
        })
        .await?;
    ok(&present::session(session, current, None))
}

async fn delete(State(app): State<App>, caller: Caller, PathId(id): PathId<SessionId>) -> Answer {
    app.run(move |library| {
        library.own_session(caller.user.id, id, Permission::AuthDeviceDelete)?;
        library.end_session(id)
    })
    .await?;
    Ok(no_content())
}

async fn delete_others(State(app): State<App>, caller: Caller) -> Answer {
    let current = caller.session.as_ref().map(|session| session.id);
    app.run(move |library| library.end_other_sessions(caller.user.id, current)).await?;
    Ok(no_content())
}

async fn lock(State(app): State<App>, caller: Caller, PathId(id): PathId<SessionId>) -> Answer {
    app.run(move |library| {
        let session = library.own_session(caller.user.id, id, Permission::SessionLock)?;
        library.lock_session(session)
    })
    .await?;
    Ok(no_content())
}
