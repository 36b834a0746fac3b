//! Users as they and others see them.

use axum::extract::State;
use serde_json::Value;
use tintype_library::users::UserChange;
use tintype_library::{Library, LibraryError};
use tintype_protocol::dto::user::{UserLicenseDto, UserUpdateMeDto};
use tintype_protocol::id::UserId;
use tintype_protocol::model::UserMetadataKey;
use tintype_protocol::permission::Permission;

use crate::access::Access;
use crate::app::App;
use crate::authorize::Caller;
use crate::body::{Answer, Input, ok};
use crate::error::ApiError;
use crate::params::PathId;
use crate::present;
use crate::routes::Routes;

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .get("/users", Access::Needs(Permission::UserRead), list)
        .get("/users/me", Access::Needs(Permission::UserRead), me)
        .put("/users/me", Access::Needs(Permission::UserUpdate), update_me)
        .get("/users/{id}", Access::Needs(Permission::UserRead), get)
}

/// A problem, unless `text` looks like an e-mail address. Local domains need no dot (http-api §2).
pub(super) fn check_email(text: &str, problems: &mut Vec<String>) {
    let is_email = text.split_once('@').is_some_and(|(name, domain)| {
        !name.is_empty() && !domain.is_empty() && !domain.contains('@') && !text.contains(char::is_whitespace)
    });
    if !is_email {
        problems.push("email must be an email".to_owned());
    }
}

/// A problem, unless there is some text.
pub(super) fn check_filled(field: &str, text: &str, problems: &mut Vec<String>) {
    if text.is_empty() {
        problems.push(format!("{field} should not be empty"));
    }
}

/// Whether the stored row says that the welcome steps are done.
pub(super) fn is_onboarded(row: Option<&Value>) -> bool {
    row.and_then(|value| value.get("isOnboarded")).and_then(Value::as_bool).unwrap_or(false)
}

/// A user's licence, if they entered one.
pub(super) fn license(library: &Library, id: UserId) -> Result<Option<UserLicenseDto>, LibraryError> {
    let row = library.user_value(id, UserMetadataKey::License)?;
    Ok(row.and_then(|value| serde_json::from_value(value).ok()))
}

async fn list(State(app): State<App>) -> Answer {
    let users = app.run(|library| library.users(false)).await?;
    ok(&users.iter().map(present::user).collect::<Vec<_>>())
}

pub(super) async fn me(State(app): State<App>, caller: Caller) -> Answer {
    let id = caller.user.id;
    let license = app.look_up(move |library| license(library, id)).await?;
    ok(&present::admin_view(&caller.user, license, app.is_v3()))
}

async fn update_me(State(app): State<App>, caller: Caller, Input(body): Input<UserUpdateMeDto>) -> Answer {
    let mut problems = Vec::new();
    if let Some(email) = &body.email {
        check_email(email, &mut problems);
    }
    for (field, text) in [("name", &body.name), ("password", &body.password)] {
        if let Some(text) = text {
            check_filled(field, text, &mut problems);
        }
    }
    if !problems.is_empty() {
        return Err(ApiError::Validation(problems));
    }
    let id = caller.user.id;
    let change = UserChange {
        email: body.email,
        name: body.name,
        password: body.password,
        avatar_color: body.avatar_color,
        ..UserChange::default()
    };
    let (user, license) =
        app.run_password(move |library| Ok((library.update_user(id, change)?, license(library, id)?))).await?;
    ok(&present::admin_view(&user, license, app.is_v3()))
}

async fn get(State(app): State<App>, PathId(id): PathId<UserId>) -> Answer {
    let user = app.run(move |library| library.user(id)).await?;
    let user = user.ok_or_else(|| ApiError::BadRequest("User not found".to_owned()))?;
    ok(&present::user(&user))
}
