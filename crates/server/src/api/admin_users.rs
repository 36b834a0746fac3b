//! Accounts as the admin sees them.

use axum::extract::State;
use tintype_library::assets::ordinary;
use tintype_library::model::User;
use tintype_library::users::{NewUser, UserChange};
use tintype_protocol::dto::asset::AssetStatsResponseDto;
use tintype_protocol::dto::user::{UserAdminCreateDto, UserAdminDeleteDto, UserAdminUpdateDto};
use tintype_protocol::id::UserId;
use tintype_protocol::permission::Permission;

use super::assets::stats_filter;
use super::users::{check_email, check_filled, license};
use crate::access::Access;
use crate::app::App;
use crate::authorize::Caller;
use crate::body::{Answer, Input, created, ok};
use crate::error::ApiError;
use crate::params::{Params, PathId};
use crate::present;
use crate::routes::Routes;

/// How long an answer waits for an account to be gone.
const REMOVAL_WAIT: std::time::Duration = std::time::Duration::from_secs(2);

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .get("/admin/users", Access::AdminNeeds(Permission::AdminUserRead), list)
        .post("/admin/users", Access::AdminNeeds(Permission::AdminUserCreate), create)
        .get("/admin/users/{id}", Access::AdminNeeds(Permission::AdminUserRead), get)
        .put("/admin/users/{id}", Access::AdminNeeds(Permission::AdminUserUpdate), update)
        .delete("/admin/users/{id}", Access::AdminNeeds(Permission::AdminUserDelete), delete)
        .post("/admin/users/{id}/restore", Access::AdminNeeds(Permission::AdminUserDelete), restore)
        .get("/admin/users/{id}/statistics", Access::AdminNeeds(Permission::AdminUserRead), statistics)
        .get("/admin/users/{id}/sessions", Access::AdminNeeds(Permission::AdminSessionRead), sessions)
}

async fn list(State(app): State<App>, params: Params) -> Answer {
    let with_deleted = params.flag("withDeleted")?.unwrap_or(false);
    let only = params.id::<UserId>("id")?;
    let users = app
        .run(move |library| {
            let users = library.users(with_deleted)?;
            users
                .into_iter()
                .filter(|user| only.is_none_or(|id| id == user.id))
                .map(|user| Ok((license(library, user.id)?, user)))
                .collect::<Result<Vec<_>, _>>()
        })
        .await?;
    let is_v3 = app.is_v3();
    ok(&users.into_iter().map(|(license, user)| present::admin_view(&user, license, is_v3)).collect::<Vec<_>>())
}

async fn create(State(app): State<App>, Input(body): Input<UserAdminCreateDto>) -> Answer {
    let mut problems = Vec::new();
    check_email(&body.email, &mut problems);
    check_filled("password", &body.password, &mut problems);
    check_filled("name", &body.name, &mut problems);
    check_quota(body.quota_size_in_bytes, &mut problems);
    if !problems.is_empty() {
        return Err(ApiError::Validation(problems));
    }
    let new = NewUser {
        email: body.email,
        name: body.name,
        password: body.password,
        is_admin: body.is_admin.unwrap_or(false),
        avatar_color: body.avatar_color,
        quota_bytes: body.quota_size_in_bytes,
        storage_label: body.storage_label,
        should_change_password: body.should_change_password.unwrap_or(true),
        pin: body.pin_code,
    };
    let user = app.run_password(move |library| library.create_user(&new)).await?;
    created(&present::admin_view(&user, None, app.is_v3()))
}

fn check_quota(quota: Option<i64>, problems: &mut Vec<String>) {
    if quota.is_some_and(|bytes| bytes < 0) {
        problems.push("quotaSizeInBytes must not be less than 0".to_owned());
    }
}

async fn known(app: &App, id: UserId) -> Result<User, ApiError> {
    let user = app.run(move |library| library.user(id)).await?;
    user.ok_or_else(|| ApiError::BadRequest("User not found".to_owned()))
}

async fn answer(app: &App, user: User) -> Answer {
    let id = user.id;
    let license = app.run(move |library| license(library, id)).await?;
    ok(&present::admin_view(&user, license, app.is_v3()))
}

async fn get(State(app): State<App>, PathId(id): PathId<UserId>) -> Answer {
    let user = known(&app, id).await?;
    answer(&app, user).await
}

async fn update(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<UserId>,
    Input(body): Input<UserAdminUpdateDto>,
) -> Answer {
    let mut problems = Vec::new();
    if let Some(email) = &body.email {
        check_email(email, &mut problems);
    }
    for (field, text) in [("name", &body.name), ("password", &body.password)] {
        if let Some(text) = text {
            check_filled(field, text, &mut problems);
        }
    }
    check_quota(body.quota_size_in_bytes.flatten(), &mut problems);
    if !problems.is_empty() {
        return Err(ApiError::Validation(problems));
    }
    if body.is_admin == Some(false) && caller.user.id == id {
        return Err(ApiError::BadRequest("Admin status can only be changed by another admin".to_owned()));
    }
    let change = UserChange {
        email: body.email,
        name: body.name,
        password: body.password,
        is_admin: body.is_admin,
        should_change_password: body.should_change_password,
        avatar_color: body.avatar_color,
        quota_bytes: body.quota_size_in_bytes,
        storage_label: body.storage_label,
        pin: body.pin_code,
    };
    let user = app.run_password(move |library| library.update_user(id, change)).await?;
    answer(&app, user).await
}

async fn delete(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<UserId>,
    Input(request): Input<UserAdminDeleteDto>,
) -> Answer {
    if caller.user.id == id {
        return Err(ApiError::Forbidden("Cannot delete your own account".to_owned()));
    }
    if !request.force.unwrap_or(false) {
        let user = app.run(move |library| library.delete_user(id)).await?;
        return answer(&app, user).await;
    }
    let user = app.run(move |library| library.mark_user_removed(id)).await?;
    let body = answer(&app, user).await;
    let library = app.library();
    // The account goes with everything in it, which may take a while. What a stop interrupts goes on by itself.
    let removal = tokio::task::spawn_blocking(move || {
        if let Err(error) = library.remove_marked_users() {
            tracing::error!(error = &error as &dyn std::error::Error, "an account could not be removed yet");
        }
    });
    // Small accounts are gone when the answer comes.
    let _ = tokio::time::timeout(REMOVAL_WAIT, removal).await;
    body
}

async fn restore(State(app): State<App>, PathId(id): PathId<UserId>) -> Answer {
    let user = app.run(move |library| library.restore_user(id)).await?;
    answer(&app, user).await
}

async fn statistics(State(app): State<App>, PathId(id): PathId<UserId>, params: Params) -> Answer {
    known(&app, id).await?;
    let filter = stats_filter(ordinary(id), &params)?;
    let stats = app.run(move |library| library.count_assets(&filter)).await?;
    ok(&AssetStatsResponseDto { images: stats.images, videos: stats.videos, total: stats.images + stats.videos })
}

async fn sessions(State(app): State<App>, PathId(id): PathId<UserId>) -> Answer {
    known(&app, id).await?;
    let sessions = app.run(move |library| library.sessions(id)).await?;
    ok(&sessions.into_iter().map(|row| present::session(row, None, None)).collect::<Vec<_>>())
}
