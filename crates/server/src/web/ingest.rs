//! Landing zones: how far files have come, why they wait, and what failed. The page's script asks for it again and again;
//! every action is a form that works without one.

mod files;
mod zones;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use maud::{Markup, html};
use serde::Deserialize;
use tintype_library::model::{IngestFile, IngestState};
use tintype_library::{Library, LibraryError};
use tintype_media::sniff::sniff;
use tintype_protocol::time::Timestamp;

use super::notice::Notice;
use super::page::{Page, Section, icon, show};
use super::text::count;
use super::timeline::{heading, or_notice};
use super::told::told;
use super::visitor::{Admin, Visitor};
use crate::app::App;
use crate::body::Input;
use crate::error::ApiError;
use crate::landing::{Landing, LandingZone, Which};

/// Files of a list; more would be no easier to act on.
const SHOWN: u32 = 100;
/// Longest file that is shown as its own picture, in bytes.
const PREVIEW_BYTES: u64 = 32 << 20;

/// Where forms lead back to.
const PAGE: &str = "/ingest";

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/ingest", get(ingest))
        .route("/ingest/retry", post(retry))
        .route("/ingest/look", post(look))
        .route("/ingest/undone/{id}", get(undone))
}

/// What the page shows.
struct View {
    zones: Vec<LandingZone>,
    undone: Vec<IngestFile>,
    waiting: Vec<IngestFile>,
    now: Timestamp,
}

async fn ingest(State(app): State<App>, Admin(visitor): Admin) -> Response {
    let Some(landing) = app.landing() else { return show(none(&visitor)).into_response() };
    let found = app.run(move |library| load(library, landing.as_ref())).await;
    or_notice(&visitor, found.map(|view| show(view.map_or_else(|| none(&visitor), |view| page(&visitor, &view)))))
}

fn load(library: &Library, landing: &dyn Landing) -> Result<Option<View>, LibraryError> {
    let Some(zones) = landing.zones()? else { return Ok(None) };
    let undone = library.ingest_files_in(None, IngestState::Undone, 0, SHOWN)?;
    let mut waiting = Vec::new();
    for state in IngestState::ALL.into_iter().filter(|state| !state.is_final()) {
        let files = library.ingest_files_in(None, state, 0, SHOWN)?;
        waiting.extend(files.into_iter().filter(|file| file.reason.is_some()));
    }
    waiting.truncate(SHOWN as usize);
    Ok(Some(View { zones, undone, waiting, now: library.now() }))
}

fn page(visitor: &Visitor, view: &View) -> Markup {
    let button = html! {
        form method="post" action="/ingest/look" {
            button.button type="submit" { (icon("sync")) span { "Look now" } }
        }
    };
    let body = html! {
        (heading("Landing zones", &button))
        p.under-heading { "Devices drop files here. An original is let go of only once its destination has proven that it has it." }
        div.sync {
            div id="ingest-zones" { (zones::section(&view.zones, view.now)) }
            div id="ingest-undone" { (files::undone(view)) }
            div id="ingest-waiting" { (files::waiting(view)) }
        }
    };
    Page::new("Landing zones", Section::Ingest).script("ingest.js").body(visitor, &body)
}

/// On a node without zones.
fn none(visitor: &Visitor) -> Markup {
    let body = html! {
        div.empty {
            (icon("upload"))
            h1 { "This node has no landing zones" }
            p { "A landing zone is a folder where phones and cameras drop their files, by SFTP, SMB or whatever writes files there. Zones are set up in tintype.toml; docs/ingest.md says how." }
            a.button href="/photos" { "Go to your photos" }
        }
    };
    Page::new("Landing zones", Section::Ingest).body(visitor, &body)
}

/// What a form says.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Chosen {
    /// One file; all if there is none.
    id: Option<String>,
}

async fn retry(
    State(app): State<App>,
    Admin(visitor): Admin,
    headers: HeaderMap,
    Input(form): Input<Chosen>,
) -> Response {
    let outcome = match (app.landing(), form.id.as_deref().map(str::parse).transpose()) {
        (None, _) => Err(ApiError::BadRequest("This node has no landing zones".to_owned())),
        (_, Err(_)) => Err(ApiError::invalid("id must be a number")),
        (Some(landing), Ok(id)) => app.run(move |_| try_again(&landing, id)).await,
    };
    told(&visitor, &headers, PAGE, outcome)
}

fn try_again(landing: &Arc<dyn Landing>, id: Option<i64>) -> Result<String, LibraryError> {
    let which = id.map_or(Which::All, Which::One);
    let (again, gone) = landing.retry(which).map_err(|error| LibraryError::invalid(error.text))?;
    Ok(match (again, gone) {
        (0, 0) => "There was nothing to try again".to_owned(),
        (0, gone) => format!("{} had been taken away", count(gone, "file", "files")),
        (again, _) => format!("{} back in the zone", count(again, "file is", "files are")),
    })
}

async fn look(State(app): State<App>, Admin(visitor): Admin, headers: HeaderMap) -> Response {
    let outcome = match app.landing() {
        Some(landing) => {
            landing.look();
            Ok("The zones are looked at".to_owned())
        }
        None => Err(ApiError::BadRequest("This node has no landing zones".to_owned())),
    };
    told(&visitor, &headers, PAGE, outcome)
}

/// A file in `undone/` as the picture that it is; nothing that a browser would run.
async fn undone(State(app): State<App>, Admin(visitor): Admin, Path(id): Path<i64>) -> Response {
    let Some(landing) = app.landing() else { return StatusCode::NOT_FOUND.into_response() };
    match app.run(move |_| landing.undone(id, PREVIEW_BYTES)).await {
        Ok(Some(bytes)) => picture(bytes).unwrap_or_else(|| StatusCode::NOT_FOUND.into_response()),
        Ok(None) => StatusCode::NOT_FOUND.into_response(),
        Err(error) => Notice::of(&visitor, &error).into_response(),
    }
}

fn picture(bytes: Vec<u8>) -> Option<Response> {
    let media_type = sniff(&bytes)?.media_type();
    let is_safe = ["image/jpeg", "image/png", "image/webp", "image/gif", "image/avif"].contains(&media_type);
    let headers: [(HeaderName, HeaderValue); 1] = [(header::CONTENT_TYPE, HeaderValue::from_static(media_type))];
    is_safe.then(|| (headers, bytes).into_response())
}
