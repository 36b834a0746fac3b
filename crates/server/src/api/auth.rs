//! Signing up, in and out; password and PIN.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use tintype_protocol::dto::auth::{
    AuthStatusResponseDto, ChangePasswordDto, LoginCredentialDto, LoginResponseDto, LogoutResponseDto,
    PinCodeChangeDto, PinCodeResetDto, PinCodeSetupDto, SessionUnlockDto, SignUpDto, ValidateAccessTokenResponseDto,
};
use tintype_protocol::model::UserMetadataKey;
use tintype_protocol::permission::Permission;

use super::users::{check_email, check_filled, is_onboarded};
use crate::access::Access;
use crate::app::App;
use crate::authorize::Caller;
use crate::body::{Answer, Input, created, no_content, ok};
use crate::error::ApiError;
use crate::routes::Routes;
use crate::{cookies, device, present};

/// Shortest new password.
const MIN_PASSWORD: usize = 8;

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .post("/auth/admin-sign-up", Access::Public, sign_up)
        .post("/auth/login", Access::Public, login)
        .post("/auth/logout", Access::UNRESTRICTED, logout)
        .post("/auth/validateToken", Access::AnyCaller, validate)
        .post("/auth/change-password", Access::Needs(Permission::AuthChangePassword), change_password)
        .get("/auth/status", Access::UNRESTRICTED, status)
        .post("/auth/pin-code", Access::Needs(Permission::PinCodeCreate), set_pin)
        .put("/auth/pin-code", Access::Needs(Permission::PinCodeUpdate), change_pin)
        .delete("/auth/pin-code", Access::Needs(Permission::PinCodeDelete), remove_pin)
        .post("/auth/session/unlock", Access::UNRESTRICTED, unlock)
        .post("/auth/session/lock", Access::UNRESTRICTED, lock)
}

async fn sign_up(State(app): State<App>, Input(body): Input<SignUpDto>) -> Answer {
    let mut problems = Vec::new();
    check_email(&body.email, &mut problems);
    check_filled("password", &body.password, &mut problems);
    check_filled("name", &body.name, &mut problems);
    if !problems.is_empty() {
        return Err(ApiError::Validation(problems));
    }
    let is_v3 = app.is_v3();
    let user = app.run_password(move |library| library.sign_up_admin(&body.email, &body.name, &body.password)).await?;
    created(&present::admin_view(&user, None, is_v3))
}

async fn login(State(app): State<App>, headers: HeaderMap, Input(body): Input<LoginCredentialDto>) -> Answer {
    let mut problems = Vec::new();
    check_email(&body.email, &mut problems);
    check_filled("password", &body.password, &mut problems);
    if !problems.is_empty() {
        return Err(ApiError::Validation(problems));
    }
    let device = device::device(&headers);
    let (user, token, onboarding) = app
        .run_password(move |library| {
            let (user, token) = library.login(&body.email, &body.password, device)?;
            let onboarding = library.user_value(user.id, UserMetadataKey::Onboarding)?;
            Ok((user, token, onboarding))
        })
        .await?;
    let mut response = created(&LoginResponseDto {
        access_token: token.clone(),
        user_id: user.id,
        user_email: user.email,
        name: user.name,
        is_admin: user.is_admin,
        is_onboarded: is_onboarded(onboarding.as_ref()),
        profile_image_path: user.profile_image_path,
        should_change_password: user.should_change_password,
    })?;
    cookies::log_in(response.headers_mut(), &token, cookies::is_secure(&headers));
    Ok(response)
}

async fn logout(State(app): State<App>, caller: Caller) -> Answer {
    if let Some(session) = &caller.session {
        let id = session.id;
        app.run(move |library| library.end_session(id)).await?;
    }
    let mut response = ok(&LogoutResponseDto { successful: true, redirect_uri: "/auth/login?autoLaunch=0" })?;
    cookies::log_out(response.headers_mut());
    Ok(response)
}

async fn validate() -> Answer {
    ok(&ValidateAccessTokenResponseDto { auth_status: true })
}

async fn change_password(State(app): State<App>, caller: Caller, Input(body): Input<ChangePasswordDto>) -> Answer {
    let mut problems = Vec::new();
    check_filled("password", &body.password, &mut problems);
    if body.new_password.chars().count() < MIN_PASSWORD {
        problems.push(format!("newPassword must be longer than or equal to {MIN_PASSWORD} characters"));
    }
    if !problems.is_empty() {
        return Err(ApiError::Validation(problems));
    }
    let is_v3 = app.is_v3();
    let user =
        app.run_password(move |library| library.change_password(&caller, &body.password, &body.new_password)).await?;
    ok(&present::admin_view(&user, None, is_v3))
}

async fn status(caller: Caller) -> Answer {
    let session = caller.session.as_ref();
    ok(&AuthStatusResponseDto {
        pin_code: caller.user.pin_hash.is_some(),
        password: !caller.user.password_hash.is_empty(),
        is_elevated: caller.is_elevated,
        expires_at: session.and_then(|session| session.expires_at),
        pin_expires_at: session.and_then(|session| session.pin_expires_at).filter(|_| caller.is_elevated),
    })
}

async fn set_pin(State(app): State<App>, caller: Caller, Input(body): Input<PinCodeSetupDto>) -> Answer {
    app.run_password(move |library| library.set_first_pin(&caller, &body.pin_code)).await?;
    Ok(no_content())
}

async fn change_pin(State(app): State<App>, caller: Caller, Input(body): Input<PinCodeChangeDto>) -> Answer {
    app.run_password(move |library| {
        library.change_pin(&caller, &body.new_pin_code, body.pin_code.as_deref(), body.password.as_deref())
    })
    .await?;
    Ok(no_content())
}

async fn remove_pin(State(app): State<App>, caller: Caller, Input(body): Input<PinCodeResetDto>) -> Answer {
    app.run_password(move |library| library.remove_pin(&caller, body.pin_code.as_deref(), body.password.as_deref()))
        .await?;
    Ok(no_content())
}

async fn unlock(State(app): State<App>, caller: Caller, Input(body): Input<SessionUnlockDto>) -> Answer {
    app.run_password(move |library| library.unlock(&caller, body.pin_code.as_deref())).await?;
    Ok(no_content())
}

async fn lock(State(app): State<App>, caller: Caller) -> Result<Response, ApiError> {
    app.run(move |library| library.lock(&caller)).await?;
    Ok(no_content())
}
