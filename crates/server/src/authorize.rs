//! Who is behind a request, decided before its handler runs.

use std::sync::Arc;

use axum::extract::{FromRequestParts, Request, State};
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tintype_library::LibraryError;
use tintype_library::sessions::Caller as LibraryCaller;
use tintype_library::shared_links::LinkClaim;

use crate::access::Access;
use crate::app::App;
use crate::caller_cache::Claim;
use crate::cookies::{ACCESS_TOKEN, LINK_TOKENS, cookie};
use crate::device::app_version;
use crate::error::ApiError;
use crate::params::Params;

/// A way to say who one is. The first one present counts; if it is invalid, no other is tried (http-api §2).
enum Credential {
    Link(LinkClaim),
    Session(String),
    ApiKey(String),
}

fn credential(headers: &HeaderMap, params: &Params) -> Option<Credential> {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let query = |name: &str| params.get(name);
    if let Some(key) = header("x-immich-share-key").or_else(|| query("key")) {
        return Some(Credential::Link(LinkClaim::Key(key.to_owned())));
    }
    if let Some(slug) = header("x-immich-share-slug").or_else(|| query("slug")) {
        return Some(Credential::Link(LinkClaim::Slug(slug.to_owned())));
    }
    let bearer = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()).and_then(|value| {
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
    });
    let session = header("x-immich-user-token")
        .or_else(|| header("x-immich-session-token"))
        .or_else(|| query("sessionKey"))
        .or(bearer)
        .or_else(|| cookie(headers, ACCESS_TOKEN));
    if let Some(token) = session {
        return Some(Credential::Session(token.to_owned()));
    }
    header("x-api-key").or_else(|| query("apiKey")).map(|key| Credential::ApiKey(key.to_owned()))
}

async fn authenticate(app: &App, headers: &HeaderMap, params: &Params) -> Result<Arc<LibraryCaller>, ApiError> {
    match credential(headers, params) {
        None => Err(ApiError::Unauthorized("Authentication required")),
        Some(Credential::Link(claim)) => guest(app, claim, link_proof(headers, params)).await.map(Arc::new),
        Some(Credential::Session(token)) => session(app, Claim { token, app_version: app_version(headers) }).await,
        Some(Credential::ApiKey(key)) => app.look_up(move |library| library.authenticate_key(&key)).await.map(Arc::new),
    }
}

/// What a guest shows to be let in where there is a password.
pub(crate) struct LinkProof {
    /// The password.
    password: Option<String>,
    /// What they got when they gave it before, perhaps among tokens of other links.
    tokens: Vec<String>,
}

/// What the request has to show for a link with a password: the password, or the cookie that was given for it.
pub(crate) fn link_proof(headers: &HeaderMap, params: &Params) -> LinkProof {
    let tokens = cookie(headers, LINK_TOKENS).unwrap_or_default();
    LinkProof {
        password: params.get("password").map(str::to_owned),
        tokens: tokens.split(',').filter(|token| !token.is_empty()).map(str::to_owned).collect(),
    }
}

/// The guest behind a link.
pub(crate) async fn guest(app: &App, claim: LinkClaim, proof: LinkProof) -> Result<LibraryCaller, ApiError> {
    let LinkProof { tokens, password } = proof;
    let mut caller = app.look_up(move |library| library.authenticate_guest(&claim, &tokens)).await?;
    if let (Some(guest), Some(password)) = (&mut caller.guest, password)
        && !guest.is_let_in
    {
        let link = guest.link.clone();
        // A wrong one leaves the guest at the door.
        match app.run_guess(link.id, move |library| library.let_in(&link, &password)).await {
            Ok(_) => guest.is_let_in = true,
            Err(ApiError::Library(LibraryError::Unauthenticated(_))) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(caller)
}

async fn session(app: &App, claim: Claim) -> Result<Arc<LibraryCaller>, ApiError> {
    if let Some(caller) = app.callers().get(app.library_ref(), &claim) {
        return Ok(caller);
    }
    let (generation, now) = (app.library_ref().generation(), app.library_ref().now());
    let asked = claim.clone();
    let caller = app
        .look_up(move |library| library.authenticate_session(&asked.token, asked.app_version.as_deref()))
        .await
        .map(Arc::new)?;
    app.callers().put(claim, generation, now, &caller);
    Ok(caller)
}

/// The user behind a request, if it carries valid credentials of one; for pages that look different to others.
pub(crate) async fn caller_if_any(app: &App, headers: &HeaderMap) -> Option<LibraryCaller> {
    let caller = authenticate(app, headers, &Params::default()).await.ok()?;
    caller.guest.is_none().then(|| Arc::unwrap_or_clone(caller))
}

fn check(access: Access, caller: &LibraryCaller) -> Result<(), ApiError> {
    let is_for_them = match &caller.guest {
        Some(_) => access.is_open_to_guests(),
        None => !matches!(access, Access::Guest | Access::GuestAtTheDoor),
    };
    if !is_for_them || matches!(access, Access::AdminNeeds(_)) && !caller.user.is_admin {
        return Err(ApiError::Forbidden("Forbidden".to_owned()));
    }
    if access != Access::GuestAtTheDoor && caller.guest.as_ref().is_some_and(|guest| !guest.is_let_in) {
        return Err(ApiError::Unauthorized("Password required"));
    }
    match access.permission() {
        Some(permission) if !caller.is_allowed(permission) => {
            Err(ApiError::Forbidden(format!("Missing required permission: {permission}")))
        }
        _ => Ok(()),
    }
}

/// Layer of every operation.
pub(crate) async fn authorize(
    State((app, access)): State<(App, Access)>,
    mut request: Request,
    next: Next,
) -> Response {
    if access != Access::Public {
        let params = Params::of(request.uri());
        let caller = match authenticate(&app, request.headers(), &params).await {
            Ok(caller) => caller,
            Err(error) => return error.into_response(),
        };
        if let Err(error) = check(access, &caller) {
            return error.into_response();
        }
        request.extensions_mut().insert(Caller(caller));
    }
    next.run(request).await
}

/// The caller of an operation that is not public.
#[derive(Clone)]
pub(crate) struct Caller(pub(crate) Arc<LibraryCaller>);

impl std::ops::Deref for Caller {
    type Target = LibraryCaller;
    fn deref(&self) -> &LibraryCaller {
        &self.0
    }
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        parts.extensions.get::<Self>().cloned().ok_or(ApiError::Unauthorized("Authentication required"))
    }
}
