//! What guests see who came by a shared link: its photos, or the question for its password.

use axum::Router;
use axum::extract::rejection::PathRejection;
use axum::extract::{FromRequestParts, Path, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::get;
use maud::{Markup, html};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use tintype_library::LibraryError;
use tintype_library::model::SharedLink;
use tintype_library::sessions::Guest;
use tintype_library::shared_links::{LinkClaim, SharedLinkView};

use super::page::{Page, Section, icon, show};
use super::timeline::{SCRIPTS, Timeline};
use crate::app::App;
use crate::authorize::{guest, link_proof};
use crate::body::Input;
use crate::cookies::{self, LINK_TOKENS, cookie};
use crate::error::ApiError;
use crate::params::Params;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/share/{key}", get(page).post(open))
        .route("/share/{key}/{asset}", get(page))
        .route("/share/{key}/photos/{asset}", get(to_picture))
        .route("/s/{slug}", get(page).post(open))
        .route("/s/{slug}/{asset}", get(page))
        .route("/s/{slug}/photos/{asset}", get(to_picture))
}

/// A link as an address names it.
struct Named {
    claim: LinkClaim,
    /// The page as the browser writes it, e.g. `/share/…`.
    path: String,
    /// What requests to the API say, e.g. `key=…`.
    query: String,
}

impl<S: Send + Sync> FromRequestParts<S> for Named {
    type Rejection = PathRejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, PathRejection> {
        let Path(names) = Path::<Vec<(String, String)>>::from_request_parts(parts, state).await?;
        // Both families of addresses begin with the name of the link.
        let name = names.into_iter().next().map(|(_, name)| name).unwrap_or_default();
        let segments: Vec<&str> = parts.uri.path().splitn(4, '/').take(3).collect();
        let (parameter, claim): (&str, fn(String) -> LinkClaim) =
            if segments.get(1) == Some(&"share") { ("key", LinkClaim::Key) } else { ("slug", LinkClaim::Slug) };
        let query = format!("{parameter}={}", utf8_percent_encode(&name, NON_ALPHANUMERIC));
        Ok(Self { claim: claim(name), path: segments.join("/"), query })
    }
}

/// Addresses of pictures as the reference writes them lead to ours, which the page's script understands.
async fn to_picture(named: Named, uri: Uri) -> Redirect {
    let picture = uri.path().rsplit('/').next().unwrap_or_default();
    Redirect::permanent(&format!("{}/{picture}", named.path))
}

/// The photos; with one of them in the address it is the same page, whose script opens that.
async fn page(State(app): State<App>, named: Named, headers: HeaderMap) -> Response {
    let (link, is_let_in) = match find(&app, &headers, &named).await {
        Ok(Guest { link, is_let_in }) => (link, is_let_in),
        Err(error) => return refused(&error),
    };
    if !is_let_in {
        return show(door(&named, None)).into_response();
    }
    match app.run(move |library| library.guest_view(&link)).await {
        Ok(view) => show(shared_page(&named, &view)).into_response(),
        Err(error) => refused(&error),
    }
}

async fn find(app: &App, headers: &HeaderMap, named: &Named) -> Result<Guest, ApiError> {
    let caller = guest(app, named.claim.clone(), link_proof(headers, &Params::default())).await?;
    caller.guest.ok_or(ApiError::Internal)
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Password {
    password: String,
}

async fn open(
    State(app): State<App>,
    named: Named,
    headers: HeaderMap,
    Input(Password { password }): Input<Password>,
) -> Response {
    let link = match find(&app, &headers, &named).await {
        Ok(guest) => guest.link,
        Err(error) => return refused(&error),
    };
    match app.run_guess(link.id, move |library| library.let_in(&link, &password)).await {
        Ok(token) => {
            let mut response = Redirect::to(&named.path).into_response();
            if let Some(token) = token {
                let known = cookie(&headers, LINK_TOKENS);
                cookies::let_in(response.headers_mut(), known, &token, cookies::is_secure(&headers));
            }
            response
        }
        Err(ApiError::Library(LibraryError::Unauthenticated(_))) => {
            let page = door(&named, Some("That is not the password of this link."));
            (StatusCode::UNAUTHORIZED, Html(page.into_string())).into_response()
        }
        Err(error @ ApiError::TooManyGuesses) => {
            (StatusCode::TOO_MANY_REQUESTS, Html(door(&named, Some(&error.to_string())).into_string())).into_response()
        }
        Err(error) => refused(&error),
    }
}

/// Asks for the password.
fn door(named: &Named, problem: Option<&str>) -> Markup {
    let body = html! {
        form.card method="post" action=(named.path) {
            div.masthead { (icon("plate")) h1 { "Shared photos" } p { "Who sent you this link knows the password." } }
            @if let Some(problem) = problem { p.problem role="alert" { (icon("warning")) span { (problem) } } }
            label.field {
                span { "Password" }
                input type="password" name="password" autocomplete="off" autofocus required;
            }
            button.button.primary type="submit" { "Show the photos" }
        }
    };
    Page::new("Shared photos", Section::None).plain(&body)
}

fn refused(error: &ApiError) -> Response {
    let (status, title, text) = match error {
        ApiError::Library(LibraryError::Unauthenticated(_) | LibraryError::NoAccess(_)) => (
            StatusCode::NOT_FOUND,
            "This link does not work",
            "It may have expired, or it was taken back. Ask who sent it.",
        ),
        error => {
            tracing::error!(error = error as &dyn std::error::Error, "a shared page could not be made");
            (
                StatusCode::INTERNAL_SERVER_ERROR,
                "That did not work",
                "The server ran into a fault. Try again in a moment.",
            )
        }
    };
    let body = html! { div.empty { (icon("link")) h1 { (title) } p { (text) } } };
    (status, Html(Page::new(title, Section::None).plain(&body).into_string())).into_response()
}

fn shared_page(named: &Named, view: &SharedLinkView) -> Markup {
    let link = &view.link;
    let (title, description) = match &view.album {
        Some(album) => (album.album.name.as_str(), album.album.description.as_str()),
        None => ("Shared photos", ""),
    };
    let query = match &view.album {
        Some(album) => format!("albumId={}&order={}", album.album.id, album.album.order.as_str()),
        None => String::new(),
    };
    let (allows, empty) = (allowed(link), empty(link));
    let timeline = Timeline { kind: "link", path: &named.path, query: &query, allows: Some(allows.as_str()), empty };
    let body = html! {
        header.heading.album-heading data-shared {
            div {
                h1 { (title) }
                p.album-facts {}
                p.album-description { (description) }
                @if let Some(note) = &link.description { p.album-description { (note) } }
            }
            div.heading-actions {
                @if link.allow_download {
                    button.button type="button" data-download-all { (icon("download")) span { "Download all" } }
                }
                @if link.allow_upload { (upload_button()) }
            }
        }
        (timeline.markup())
    };
    Page::new(title, Section::None).script("guest.js").preload(SCRIPTS).shared(&named.query, &body)
}

fn upload_button() -> Markup {
    html! { button.button.primary type="button" data-upload { (icon("upload")) span { "Add photos" } } }
}

fn empty(link: &SharedLink) -> Markup {
    html! {
        (icon("photos"))
        h2 { "Nothing here yet" }
        @if link.allow_upload {
            p { "Drop pictures and videos anywhere on this page, or choose them from your device." }
            (upload_button())
        } @else {
            p { "Come back later." }
        }
    }
}

/// What the script may offer.
fn allowed(link: &SharedLink) -> String {
    let all = [(link.allow_download, "download"), (link.show_metadata, "details"), (link.allow_upload, "upload")];
    let words: Vec<&str> = all.into_iter().filter(|(holds, _)| *holds).map(|(_, word)| word).collect();
    words.join(" ")
}
