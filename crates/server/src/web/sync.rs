//! The server that one follows: how that stands, what waits on either side, and what to do about it.
//!
//! Lists are exchanged by the page's script now and then; every action is a form that works without one.

mod actions;
mod conflicts;
mod joining;
mod offer;
mod outbox;
mod quarantine;
mod row;
mod standing;
mod view;
mod words;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use maud::{Markup, html};

use self::joining::Refused;
use self::view::View;
use super::page::{Page, Section, icon, show};
use super::timeline::{heading, or_notice};
use super::visitor::Visitor;
use crate::app::App;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/sync", get(sync))
        .route("/sync/now", post(actions::now))
        .route("/sync/follow", post(actions::follow))
        .route("/sync/stop", post(actions::stop))
        .route("/sync/offer", post(actions::offer))
        .route("/sync/outbox", post(actions::outbox))
        .route("/sync/quarantine", post(actions::quarantine))
        .route("/sync/conflicts", post(actions::conflicts))
}

async fn sync(State(app): State<App>, visitor: Visitor) -> Response {
    answer(&app, &visitor, None).await
}

/// The page; with what was refused where somebody wanted to follow, and is to try again.
async fn answer(app: &App, visitor: &Visitor, refused: Option<&Refused>) -> Response {
    let Some(following) = app.following() else { return show(alone(visitor)).into_response() };
    let user = visitor.user.id;
    let found = app.run(move |library| view::load(library, following.as_ref(), user)).await;
    let shown = found.map(|view| {
        let page = match &view {
            Some(view) => followed(visitor, view, refused),
            None => joining::page(visitor, refused),
        };
        let status = if refused.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
        (status, show(page))
    });
    or_notice(visitor, shown)
}

fn followed(visitor: &Visitor, view: &View, refused: Option<&Refused>) -> Markup {
    let body = html! {
        (heading("Sync", &standing::buttons(view)))
        p.under-heading { "What changes on one side comes to the other. Without a connection changes wait here, and nothing is lost." }
        div.sync {
            div id="sync-standing" { (standing::panel(view)) }
            div id="sync-again" {
                @if standing::needs_sign_in(view) || refused.is_some() { (joining::again(&view.upstream, refused)) }
            }
            div id="sync-offer" { (offer::line(view)) }
            div id="sync-conflicts" { (conflicts::section(view)) }
            div id="sync-dead" { (outbox::given_up(view)) }
            div id="sync-outbox" { (outbox::waiting(view)) }
            div id="sync-quarantine" { (quarantine::section(view)) }
            div id="sync-leaving" { (standing::leaving(view)) }
        }
    };
    Page::new("Sync", Section::Sync).script("sync.js").body(visitor, &body)
}

/// On a node that knows no way to other servers.
fn alone(visitor: &Visitor) -> Markup {
    let body = html! {
        div.empty {
            (icon("server"))
            h1 { "This node follows nobody" }
            p { "It was started without the part that talks to other servers, so it cannot follow one." }
            a.button href="/account" { "Go to your account" }
        }
    };
    Page::new("Sync", Section::Sync).body(visitor, &body)
}
