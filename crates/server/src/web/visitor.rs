//! Who looks at a page. Guests are sent to the sign-in form and come back afterwards.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use tintype_library::sessions::Caller;
use tintype_protocol::id::UserId;

use super::notice::Notice;
use crate::app::App;
use crate::authorize::caller_if_any;

/// Where people land who ask for nothing in particular.
pub(super) const HOME: &str = "/photos";

/// Somebody who is signed in. A handler that takes this is not for guests.
#[derive(Clone)]
pub(super) struct Visitor(pub(super) Arc<Caller>, Doors);

/// What there is beside the library; decides what the navigation shows.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Doors {
    /// Whether they follow a server.
    follows: bool,
    /// Whether the node has landing zones.
    has_landing: bool,
    has_writing: bool,
    /// Whether it looks after folders.
    has_folders: bool,
}

impl Visitor {
    /// Whether they follow a server, on a node that can.
    pub(super) fn follows(&self) -> bool {
        self.1.follows
    }

    /// Whether the node has landing zones.
    pub(super) fn has_landing(&self) -> bool {
        self.1.has_landing
    }

    /// Whether this server writes into files.
    pub(super) fn has_writing(&self) -> bool {
        self.1.has_writing
    }

    /// Whether this server keeps folders in agreement with the library.
    pub(super) fn has_folders(&self) -> bool {
        self.1.has_folders
    }
}

impl std::ops::Deref for Visitor {
    type Target = Caller;
    fn deref(&self) -> &Caller {
        &self.0
    }
}

impl FromRequestParts<App> for Visitor {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        match caller_if_any(app, &parts.headers).await {
            // Keys are for programs: pages are looked at in a session.
            Some(caller) if caller.session.is_some() => {
                let follows = follows(app, caller.user.id).await;
                Ok(Self(
                    Arc::new(caller),
                    Doors {
                        follows,
                        has_landing: app.landing().is_some(),
                        has_writing: app.writing().is_some(),
                        has_folders: app.reconciling().is_some(),
                    },
                ))
            }
            _ => {
                let back = parts.uri.path_and_query().map_or(HOME, |path| path.as_str());
                let target = format!("/login?next={}", utf8_percent_encode(back, NON_ALPHANUMERIC));
                Err(Redirect::to(&target).into_response())
            }
        }
    }
}

/// When the library cannot say, a place in the navigation is not worth a failed page.
async fn follows(app: &App, user: UserId) -> bool {
    app.following().is_some()
        && app.look_up(move |library| Ok(library.upstream_of(user)?.is_some())).await.unwrap_or(false)
}

/// Somebody who is signed in and may run the server.
#[derive(Clone)]
pub(super) struct Admin(pub(super) Visitor);

impl FromRequestParts<App> for Admin {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let visitor = Visitor::from_request_parts(parts, app).await?;
        if visitor.user.is_admin {
            return Ok(Self(visitor));
        }
        Err(Notice::forbidden(&visitor).into_response())
    }
}

/// A path of this server to go to next, or the start: never another site's.
pub(super) fn next_or_home(wish: Option<&str>) -> &str {
    let is_ours = |path: &&str| {
        path.starts_with('/')
            && !path.starts_with("//")
            && !path.starts_with("/\\")
            && path.bytes().all(|byte| byte.is_ascii_graphic())
    };
    wish.filter(is_ours).unwrap_or(HOME)
}

#[cfg(test)]
mod tests {
    use super::next_or_home;

    #[test]
    fn nobody_is_sent_to_another_site() {
        assert_eq!(next_or_home(Some("/albums/1?a=b")), "/albums/1?a=b");
        for wish in ["//evil.example", "/\\evil.example", "https://evil.example", "", "/a\nb", "javascript:alert(1)"] {
            assert_eq!(next_or_home(Some(wish)), "/photos", "{wish:?}");
        }
        assert_eq!(next_or_home(None), "/photos");
    }
}
