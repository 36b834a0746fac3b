//! API keys.

use axum::extract::State;
use tintype_protocol::dto::api_key::{ApiKeyCreateDto, ApiKeyCreateResponseDto, ApiKeyUpdateDto};
use tintype_protocol::id::ApiKeyId;
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
        .get("/api-keys", Access::Needs(Permission::ApiKeyRead), list)
        .post("/api-keys", Access::Needs(Permission::ApiKeyCreate), create)
        .get("/api-keys/me", Access::AnyCaller, me)
        .get("/api-keys/{id}", Access::Needs(Permission::ApiKeyRead), get)
        .put("/api-keys/{id}", Access::Needs(Permission::ApiKeyUpdate), update)
        .delete("/api-keys/{id}", Access::Needs(Permission::ApiKeyDelete), delete)
        .post("/api-keys/{id}/rotate", Access::Needs(Permission::ApiKeyUpdate), rotate)
}

fn check(permissions: &[Permission]) -> Result<(), ApiError> {
    if permissions.is_empty() {
        return Err(ApiError::invalid("permissions must contain at least 1 elements"));
    }
    Ok(())
}

async fn list(State(app): State<App>, caller: Caller) -> Answer {
    let keys = app.run(move |library| library.api_keys(caller.user.id)).await?;
    ok(&keys.into_iter().map(present::api_key).collect::<Vec<_>>())
}

async fn create(State(app): State<App>, caller: Caller, Input(body): Input<ApiKeyCreateDto>) -> Answer {
    check(&body.permissions)?;
    let (key, secret) = app.run(move |library| library.create_api_key(&caller, body.name, body.permissions)).await?;
    created(&ApiKeyCreateResponseDto { secret, api_key: present::api_key(key) })
}

async fn me(caller: Caller) -> Answer {
    match &caller.api_key {
        Some(key) => ok(&present::api_key(key.clone())),
        None => Err(ApiError::Forbidden("Not authenticated with an API Key".to_owned())),
    }
}

async fn get(State(app): State<App>, caller: Caller, PathId(id): PathId<ApiKeyId>) -> Answer {
    let key = app.run(move |library| library.api_key(caller.user.id, id)).await?;
    ok(&present::api_key(key))
}

async fn update(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<ApiKeyId>,
    Input(body): Input<ApiKeyUpdateDto>,
) -> Answer {
    if let Some(permissions) = &body.permissions {
        check(permissions)?;
    }
    let key = app.run(move |library| library.update_api_key(&caller, id, body.name, body.permissions)).await?;
    ok(&present::api_key(key))
}

async fn delete(State(app): State<App>, caller: Caller, PathId(id): PathId<ApiKeyId>) -> Answer {
    app.run(move |library| library.delete_api_key(caller.user.id, id)).await?;
    Ok(no_content())
}

async fn rotate(State(app): State<App>, caller: Caller, PathId(id): PathId<ApiKeyId>) -> Answer {
    let (key, secret) = app.run(move |library| library.rotate_api_key(caller.user.id, id)).await?;
    ok(&ApiKeyCreateResponseDto { secret, api_key: present::api_key(key) })
}
