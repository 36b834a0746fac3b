//! Writing into files: what to write, what would be changed, how far it is, and taking it back. The page's script asks for it
//! again and again; every action is a form that works without one.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use maud::{Markup, html};
use serde::Deserialize;
use tintype_library::LibraryError;

use super::page::{Page, Section, icon, show};
use super::text::{clock, count, day, grouped};
use super::timeline::{heading, or_notice};
use super::told::told;
use super::visitor::{Admin, Visitor};
use crate::app::App;
use crate::body::Input;
use crate::error::ApiError;
use crate::writing::{Writing, WritingFile, WritingRun, WritingState, WritingWish};

/// Where forms lead back to.
const PAGE: &str = "/write-back";

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/write-back", get(write_back))
        .route("/write-back/begin", post(begin))
        .route("/write-back/stop", post(stop))
        .route("/write-back/undo", post(undo))
}

async fn write_back(State(app): State<App>, Admin(visitor): Admin) -> Response {
    let Some(writing) = app.writing() else { return Redirect::to("/photos").into_response() };
    let found = app.run(move |_| writing.state()).await;
    or_notice(&visitor, found.map(|state| show(page(&visitor, &state))))
}

fn page(visitor: &Visitor, state: &WritingState) -> Markup {
    let body = html! {
        (heading("Write into files", &html! {}))
        p.under-heading { "People, places, captions and the rest, for other programs. What they wrote themselves is kept; only what was written here is ever changed." }
        div.sync {
            (choice(state))
            div id="writing-state" { (standing(state)) }
            div id="writing-files" { (files(state)) }
            div id="writing-runs" { (runs(state)) }
        }
    };
    Page::new("Write into files", Section::Writing).script("writing.js").body(visitor, &body)
}

/// What to write, and where to.
fn choice(state: &WritingState) -> Markup {
    html! {
        form.panel method="post" action="/write-back/begin" {
            fieldset {
                legend { "What" }
                @for (name, words) in &state.modules {
                    label.check { input type="checkbox" name=(name) value="on" checked; span { (words) } }
                }
            }
            fieldset {
                legend { "Where to" }
                label.check { input type="radio" name="to" value="sidecar" checked; span { "XMP files beside the originals, which stay as they are" } }
                label.check { input type="radio" name="to" value="embedded"; span { "The originals themselves" } }
                label.check { input type="radio" name="to" value="both"; span { "Both" } }
            }
            fieldset {
                legend { "Favourites without stars" }
                label.check { input type="radio" name="favorite" value="rating" checked; span { "Five stars, where a file has none" } }
                label.check { input type="radio" name="favorite" value="label"; span { "The label Favorite, where a file has none" } }
                label.check { input type="radio" name="favorite" value="none"; span { "Nothing" } }
            }
            @if state.owners.len() > 1 {
                label { span { "Whose" } select name="owner" {
                    option value="" { "Everybody’s" }
                    @for email in &state.owners { option value=(email) { (email) } }
                } }
            }
            label { span { "Copy originals here before something is written into them" } input type="text" name="backup" placeholder="/srv/before" autocomplete="off"; }
            button.button type="submit" { (icon("sync")) span { "Show what would change" } }
            " "
            button.button type="submit" name="write" value="on" { span { "Write" } }
        }
    }
}

fn standing(state: &WritingState) -> Markup {
    let does = if state.is_dry { "Looking" } else { "Writing" };
    html! {
        @if state.is_running {
            div.queue data-writing="running" {
                div.queue-title { h2 { (does) } span.mood { "Working" } }
                @if let Some((done, all)) = state.progress {
                    progress max=(all.max(1)) value=(done) aria-label=(does) {}
                    p { (grouped(done)) " of " (grouped(all)) " photos and videos"
                        @if let Some(left) = state.seconds_left { ", about " (count(left, "second", "seconds")) " left" } }
                }
                form method="post" action="/write-back/stop" { button.quiet type="submit" { span { "Stop" } } }
            }
        } @else if let Some((text, is_well)) = &state.ended {
            div.queue data-writing="ended" {
                div.queue-title { h2 { "The last run" } span.mood { (if *is_well { "Done" } else { "Trouble" }) } }
                p { (text) }
            }
        }
    }
}

fn files(state: &WritingState) -> Markup {
    html! {
        @if !state.files.is_empty() {
            h2 { (if state.is_dry { "What would change" } else { "What was changed" }) }
            ul.queues { @for file in &state.files { (row(file)) } }
            @if state.more_files > 0 { p.hint { "and " (count(state.more_files, "more file", "more files")) } }
        }
    }
}

fn row(file: &WritingFile) -> Markup {
    html! {
        li.queue data-written=(file.name) {
            div.queue-title {
                img src=(format!("/api/assets/{}/thumbnail", file.asset)) alt="" width="48" height="48" loading="lazy";
                h3 { (file.name) }
                span.mood { (file.target) }
            }
            @if let Some(failure) = &file.failure { p.reason { (failure) } }
            @if !file.changes.is_empty() {
                table {
                    thead { tr { th scope="col" { "Tag" } th scope="col" { "Old" } th scope="col" { "New" } } }
                    tbody { @for (tag, before, after) in &file.changes {
                        tr { td { code { (tag) } } td { (before.as_deref().unwrap_or("–")) } td { (after.as_deref().unwrap_or("–")) } }
                    } }
                }
            }
        }
    }
}

fn runs(state: &WritingState) -> Markup {
    html! {
        @if !state.runs.is_empty() {
            h2 { "Runs" }
            ul.queues { @for run in &state.runs { (past(run, state.is_running)) } }
        }
    }
}

fn past(run: &WritingRun, is_busy: bool) -> Markup {
    let name = format!("Run {}", run.run);
    html! {
        li.queue data-run=(run.run) {
            div.queue-title { h3 { (name) } span.mood { (day(run.began_at)) ", " (clock(run.began_at)) } }
            @if let Some(other) = run.undoes { p.hint { "Took back run " (other) } }
            @if !run.has_ended { p.hint { "Did not come to its end" } }
            form method="post" action="/write-back/undo" {
                input type="hidden" name="run" value=(run.run);
                button.quiet type="submit" disabled[is_busy] aria-label=(format!("Take back: {name}")) { span { "Take back" } }
            }
        }
    }
}

/// What the form says.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Chosen {
    to: Option<String>,
    favorite: Option<String>,
    owner: Option<String>,
    backup: Option<String>,
    /// Without it, only what would change is shown.
    write: Option<String>,
    /// The modules that are ticked.
    #[serde(flatten)]
    ticked: std::collections::BTreeMap<String, serde_json::Value>,
}

async fn begin(
    State(app): State<App>,
    Admin(visitor): Admin,
    headers: HeaderMap,
    Input(form): Input<Chosen>,
) -> Response {
    let said = |text: Option<String>| text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    let wish = WritingWish {
        modules: form.ticked.into_keys().collect(),
        to: form.to.unwrap_or_else(|| "sidecar".to_owned()),
        favorite_as: form.favorite.unwrap_or_else(|| "rating".to_owned()),
        backup: said(form.backup),
        owner: said(form.owner),
        is_dry: form.write.is_none(),
    };
    act(&app, &visitor, &headers, move |writing| writing.begin(wish).map(|()| "It has begun")).await
}

async fn stop(State(app): State<App>, Admin(visitor): Admin, headers: HeaderMap) -> Response {
    let end = |writing: &dyn Writing| {
        writing.stop();
        Ok("It ends after the photos at hand")
    };
    act(&app, &visitor, &headers, end).await
}

/// Which run is to be taken back.
#[derive(Deserialize)]
struct Past {
    run: String,
}

async fn undo(State(app): State<App>, Admin(visitor): Admin, headers: HeaderMap, Input(form): Input<Past>) -> Response {
    let Ok(run) = form.run.parse() else {
        return told(&visitor, &headers, PAGE, Err::<&str, _>(ApiError::invalid("run must be a number")));
    };
    act(&app, &visitor, &headers, move |writing| writing.undo(run).map(|()| "It is taken back")).await
}

async fn act(
    app: &App,
    visitor: &Visitor,
    headers: &HeaderMap,
    work: impl FnOnce(&dyn Writing) -> Result<&'static str, crate::writing::WritingError> + Send + 'static,
) -> Response {
    let outcome = match app.writing() {
        None => Err(ApiError::BadRequest("This server writes into no files".to_owned())),
        Some(writing) => {
            app.run(move |_| {
                let writing: Arc<dyn Writing> = writing;
                work(writing.as_ref()).map_err(|error| LibraryError::invalid(error.text))
            })
            .await
        }
    };
    told(visitor, headers, PAGE, outcome)
}
