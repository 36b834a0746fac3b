//! Folders and the library: how they stand, what a plan would do and why, with the pictures of both sides, doing it, and taking it
//! back. The page's script asks for it again and again; every action is a form that works without one.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
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
use crate::reconciling::{
    FolderWish, ReconciledFolder, ReconciledRun, Reconciling, ReconcilingError, ReconcilingState, ReviewedAction,
    ReviewedPlan,
};

/// What stands before the names of actions in the form.
const CHOSEN: &str = "do-";

/// Policies that need nothing more to be said, and what they mean. The first is what most people want.
const POLICIES: [(&str, &str); 6] = [
    ("backup", "New files go into the library; deletes never travel"),
    ("two-way", "Both sides follow each other, deletes after a quarantine"),
    ("mirror", "The folder follows the library"),
    ("download", "Photos of the library are copied into it, and deletes never travel"),
    ("index", "Files stay in the folder and are only read"),
    ("audit", "Only tell what differs"),
];

/// Where forms lead back to.
const PAGE: &str = "/folders";

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/folders", get(folders))
        .route("/folders/add", post(add))
        .route("/folders/plan", post(plan))
        .route("/folders/apply", post(apply))
        .route("/folders/restore", post(restore))
        .route("/folders/stop", post(stop))
        .route("/folders/picture/{action}", get(picture))
}

async fn folders(State(app): State<App>, Admin(visitor): Admin) -> Response {
    let Some(reconciling) = app.reconciling() else { return Redirect::to("/photos").into_response() };
    let found = app.run(move |_| reconciling.state()).await;
    or_notice(&visitor, found.map(|state| show(page(&visitor, &state))))
}

fn page(visitor: &Visitor, state: &ReconcilingState) -> Markup {
    let body = html! {
        (heading("Folders", &html! {}))
        p.under-heading { "Folders that agree with the library, and folders whose files are read where they are. What is only absent is never taken for deleted, and everything goes to a trash first." }
        div.sync {
            div id="folders-list" { (list(state)) }
            (new_folder(state.folders.is_empty()))
            div id="folders-state" { (standing(state)) }
            div id="folders-plan" { @if let Some(plan) = &state.plan { (review(plan, state.at_work.is_some())) } }
            div id="folders-runs" { (runs(state)) }
        }
    };
    Page::new("Folders", Section::Folders).script("folders.js").body(visitor, &body)
}

fn list(state: &ReconcilingState) -> Markup {
    html! {
        @if state.folders.is_empty() {
            p.hint { "No folder is known yet." }
        } @else {
            ul.queues { @for folder in &state.folders { (folder_row(folder, state.at_work.is_some())) } }
        }
    }
}

/// A form that is out of the way where folders are known.
fn new_folder(is_open: bool) -> Markup {
    html! {
        details.panel id="folders-new" open[is_open] {
            summary { "Add a folder" }
            form.fields method="post" action="/folders/add" data-once="yes" {
                label.field { span { "Folder on the server" } input name="path" required placeholder="/mnt/photos"; }
                label.field {
                    span { "How it agrees" }
                    select name="policy" { @for (name, meaning) in POLICIES { option value=(name) { (meaning) } } }
                }
                label.field {
                    span { "Album" }
                    input name="album" placeholder="None";
                    small {
                        "What comes from the folder goes into it; " code { "{folder}" } " is the folder that a photo lies in. Of a folder \
                         that follows the library, or takes copies of it, it is what the folder holds."
                    }
                }
                div.queue-actions { button.button type="submit" { (icon("plus")) span { "Add" } } }
            }
        }
    }
}

fn folder_row(folder: &ReconciledFolder, is_busy: bool) -> Markup {
    html! {
        li.queue data-folder=(folder.folder) {
            div.queue-title { h3 { (folder.path) } span.mood { (folder.policy) } }
            @match folder.planned_at {
                None => p { "No plan was made yet. The first one only reports." },
                Some(at) => p {
                    (day(at)) ", " (clock(at)) ": " (count(folder.agreed, "photo", "photos")) (if folder.is_in_place { " read where they are" } else { " on both sides" })
                    @for (name, number) in &folder.buckets { ", " (grouped(*number)) " " (name) }
                },
            }
            @if let Some((at, why)) = &folder.failure { p.reason data-failure="yes" { (day(*at)) ", " (clock(*at)) ": it could not be looked at, and may have changed since: " (why) } }
            form.queue-actions method="post" action="/folders/plan" {
                input type="hidden" name="folder" value=(folder.folder);
                button.button type="submit" disabled[is_busy] aria-label=(format!("Plan: {}", folder.path)) { (icon("sync")) span { "Plan" } }
            }
        }
    }
}

fn standing(state: &ReconcilingState) -> Markup {
    let shown = state.plan.as_ref().map(|plan| plan.plan.as_str());
    // Work may begin and end between two looks of the page: the journal tells.
    let last = state.runs.iter().map(|run| (run.run, run.has_ended)).max();
    let last = last.map(|(run, has_ended)| format!("{run} {has_ended}"));
    html! {
        div data-folders=(state.folders.len()) data-plan=[shown] data-busy=[state.at_work.map(|_| "yes")] data-last=[last] {
            @if let Some(does) = state.at_work {
                div.queue data-work="running" {
                    div.queue-title { h2 { (does) } span.mood { "Working" } }
                    @if let Some((done, all)) = state.progress {
                        progress max=(all.max(1)) value=(done) aria-label=(does) {}
                        p { (grouped(done)) " of " (grouped(all)) }
                    }
                    form method="post" action="/folders/stop" { button.quiet type="submit" { span { "Stop" } } }
                }
            } @else if let Some((text, is_well)) = &state.ended {
                div.queue data-work="ended" {
                    div.queue-title { h2 { "Last" } span.mood { (if *is_well { "Done" } else { "Trouble" }) } }
                    p { (text) }
                }
            }
        }
    }
}

fn review(plan: &ReviewedPlan, is_busy: bool) -> Markup {
    let is_any = plan.heaps.iter().any(|(_, actions, _)| actions.iter().any(|action| action.is_open));
    html! {
        h2 { "What would be done: " (plan.path) }
        @if let Some(why) = plan.report_only { p.hint data-report="yes" { "This plan only reports: " (why) "." } }
        @for problem in &plan.problems { p.reason { (problem) } }
        @if plan.heaps.is_empty() { p.hint { "Nothing: both sides agree." } }
        form method="post" action="/folders/apply" data-review="yes" {
            input type="hidden" name="plan" value=(plan.plan);
            @for (name, actions, more) in &plan.heaps {
                h3.heap { (name) }
                ul.queues { @for action in actions { (action_row(action)) } }
                @if *more > 0 { p.hint { "and " (count(*more, "more", "more")) ", which the plan on the disk has" } }
            }
            @if is_any {
                div.queue-actions.for-all {
                    button.button type="submit" disabled[is_busy] { (icon("sync")) span { "Do what is ticked" } }
                    button.quiet type="button" data-tick="all" { span { "Accept all" } }
                    button.quiet type="button" data-tick="none" { span { "Hold all" } }
                }
            }
        }
    }
}

/// The file at the left, the asset at the right.
fn action_row(action: &ReviewedAction) -> Markup {
    let name = format!("{CHOSEN}{}", action.id);
    html! {
        li.queue data-action=(action.name) {
            div.queue-title { h4 { (action.name) } @if let Some(does) = action.does { span.mood { (does) } } }
            div.sides {
                figure {
                    @if action.has_file { img src=(format!("/folders/picture/{}", action.id)) alt=(format!("{} in the folder", action.name)) width="96" height="96" loading="lazy"; }
                    @else { span.no-picture aria-hidden="true" { "–" } }
                    figcaption { "Folder" }
                }
                figure {
                    @if let Some(asset) = &action.asset { img src=(format!("/api/assets/{asset}/thumbnail")) alt=(format!("{} in the library", action.name)) width="96" height="96" loading="lazy"; }
                    @else { span.no-picture aria-hidden="true" { "–" } }
                    figcaption { "Library" }
                }
            }
            p { (action.reason) }
            @if let Some(path) = &action.path { p.hint { (path) } }
            @for bar in &action.bars { p.hint data-bar="yes" { (bar) } }
            @if action.is_open {
                label.field.tick { input type="checkbox" name=(name) value="on" checked[action.is_chosen] aria-label=(format!("Do: {}", action.name)); span { @if action.is_delete { "Yes, to the trash" } @else { "Do it" } } }
            }
        }
    }
}

fn runs(state: &ReconcilingState) -> Markup {
    html! {
        @if !state.runs.is_empty() {
            h2 { "Journal" }
            form.line method="post" action="/folders/restore" {
                label.field { span { "Take back by name" } input type="search" name="what" required placeholder="IMG_1234.jpg"; }
                button.button type="submit" { (icon("restore")) span { "Take back" } }
            }
            ul.queues { @for run in &state.runs { (past(run, state.at_work.is_some())) } }
        }
    }
}

fn past(run: &ReconciledRun, is_busy: bool) -> Markup {
    let name = format!("Run {}", run.run);
    let (done, failed) = run.counts;
    html! {
        li.queue data-run=(run.run) {
            div.queue-title { h3 { (name) } span.mood { (day(run.began_at)) ", " (clock(run.began_at)) } }
            p { (run.path) ": " (count(done, "photo", "photos")) @if failed > 0 { ", " (grouped(failed)) " failed" } }
            @if let Some(other) = run.restores { p.hint { "Took back run " (other) } }
            @if !run.has_ended { p.hint { "Did not come to its end" } }
            @if run.can_be_restored {
                form method="post" action="/folders/restore" {
                    input type="hidden" name="what" value=(run.run);
                    button.quiet type="submit" disabled[is_busy] aria-label=(format!("Take back: {name}")) { span { "Take back" } }
                }
            }
        }
    }
}

async fn picture(State(app): State<App>, Admin(_): Admin, Path(action): Path<String>) -> Response {
    let Some(reconciling) = app.reconciling() else { return StatusCode::NOT_FOUND.into_response() };
    match app.run(move |_| Ok(reconciling.picture(&action))).await {
        Ok(Some((media_type, bytes))) => {
            ([(header::CONTENT_TYPE, media_type), (header::CACHE_CONTROL, "private, no-store")], bytes).into_response()
        }
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

/// What is said about a new folder.
#[derive(Deserialize)]
struct NewFolder {
    path: String,
    policy: String,
    #[serde(default)]
    album: String,
}

async fn add(
    State(app): State<App>,
    Admin(visitor): Admin,
    headers: HeaderMap,
    Input(form): Input<NewFolder>,
) -> Response {
    let album = Some(form.album.trim().to_owned()).filter(|album| !album.is_empty());
    let wish = FolderWish { path: form.path, policy: form.policy, album, owner: visitor.user.email.clone() };
    act(&app, &visitor, &headers, move |reconciling| {
        reconciling.add(&wish).map(|()| "It is added. Its first plan only reports")
    })
    .await
}

/// Which folder is to be planned.
#[derive(Deserialize)]
struct Which {
    folder: String,
}

async fn plan(
    State(app): State<App>,
    Admin(visitor): Admin,
    headers: HeaderMap,
    Input(form): Input<Which>,
) -> Response {
    let Ok(folder) = form.folder.parse() else {
        return told(&visitor, &headers, PAGE, Err::<&str, _>(ApiError::invalid("folder must be a number")));
    };
    act(&app, &visitor, &headers, move |reconciling| reconciling.plan(folder).map(|()| "It is looked at")).await
}

/// What the form says.
#[derive(Deserialize)]
struct Chosen {
    plan: String,
    /// Actions that are ticked.
    #[serde(flatten)]
    ticked: BTreeMap<String, serde_json::Value>,
}

async fn apply(
    State(app): State<App>,
    Admin(visitor): Admin,
    headers: HeaderMap,
    Input(form): Input<Chosen>,
) -> Response {
    let chosen = form.ticked.keys().filter_map(|name| name.strip_prefix(CHOSEN)).map(str::to_owned).collect();
    act(&app, &visitor, &headers, move |reconciling| reconciling.apply(&form.plan, chosen).map(|()| "It has begun"))
        .await
}

/// What is to be taken back.
#[derive(Deserialize)]
struct Past {
    what: String,
}

async fn restore(
    State(app): State<App>,
    Admin(visitor): Admin,
    headers: HeaderMap,
    Input(form): Input<Past>,
) -> Response {
    act(&app, &visitor, &headers, move |reconciling| reconciling.restore(&form.what).map(|()| "It is taken back")).await
}

async fn stop(State(app): State<App>, Admin(visitor): Admin, headers: HeaderMap) -> Response {
    let end = |reconciling: &dyn Reconciling| {
        reconciling.stop();
        Ok("It ends after the photo at hand")
    };
    act(&app, &visitor, &headers, end).await
}

async fn act(
    app: &App,
    visitor: &Visitor,
    headers: &HeaderMap,
    work: impl FnOnce(&dyn Reconciling) -> Result<&'static str, ReconcilingError> + Send + 'static,
) -> Response {
    let outcome = match app.reconciling() {
        None => Err(ApiError::BadRequest("This server looks after no folders".to_owned())),
        Some(reconciling) => {
            app.run(move |_| {
                let reconciling: Arc<dyn Reconciling> = reconciling;
                work(reconciling.as_ref()).map_err(|error| LibraryError::invalid(error.text))
            })
            .await
        }
    };
    told(visitor, headers, PAGE, outcome)
}
