//! Work in the background: what waits, what runs, what failed. The page's script asks for it again and again.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use maud::{Markup, html};
use tintype_library::jobs::QueueState;
use tintype_library::model::JobKind;
use tintype_protocol::id::AssetId;

use super::page::{Page, Section, icon, show};
use super::text::grouped;
use super::timeline::{heading, or_notice};
use super::visitor::{Admin, Visitor};
use crate::app::App;

/// Failed jobs on the page; more would be no easier to act on.
const FAILED_SHOWN: u32 = 100;

/// Kind, asset, name of the asset, reason.
type Failure = (JobKind, AssetId, String, String);

pub(super) fn routes() -> Router<App> {
    Router::new().route("/jobs", get(jobs))
}

async fn jobs(State(app): State<App>, Admin(visitor): Admin) -> Response {
    let found = app.run(|library| Ok((library.queues()?, library.failed_jobs(FAILED_SHOWN)?))).await;
    or_notice(&visitor, found.map(|(queues, failures)| show(page(&visitor, &queues, &failures))))
}

fn page(visitor: &Visitor, queues: &[(JobKind, QueueState)], failures: &[Failure]) -> Markup {
    let body = html! {
        (heading("Jobs", &html! {}))
        p.under-heading { "Every upload is read, gets its pictures and, for videos, a version that browsers can play." }
        div id="jobs" {
            ul.queues { @for (kind, state) in queues { (queue(*kind, *state)) } }
            (failed(failures))
        }
    };
    Page::new("Jobs", Section::Jobs).script("jobs.js").body(visitor, &body)
}

/// A queue's name and what it does.
fn words(kind: JobKind) -> (&'static str, &'static str) {
    match kind {
        JobKind::Metadata => ("Metadata", "Reads date, place and camera from new files"),
        JobKind::Thumbnail => ("Pictures", "Makes thumbnails and previews"),
        JobKind::Edit => ("Edits", "Makes the pictures of edited photos"),
        JobKind::Video => ("Videos", "Converts what browsers cannot play"),
        JobKind::Purge => ("Clean-up", "Removes the files of what was deleted"),
    }
}

fn queue(kind: JobKind, state: QueueState) -> Markup {
    let (name, purpose) = words(kind);
    let counts = state.counts;
    let wire = kind.queue();
    let mood = if state.is_paused {
        "Paused"
    } else if counts.active > 0 {
        "Working"
    } else if counts.waiting > 0 {
        "Waiting"
    } else {
        "Idle"
    };
    html! {
        li.queue data-queue=(wire) data-mood=(mood.to_lowercase()) {
            div.queue-title { h2 { (name) } span.mood { (mood) } }
            p { (purpose) }
            dl.counts {
                div { dt { "Active" } dd { (grouped(counts.active)) } }
                div { dt { "Waiting" } dd { (grouped(counts.waiting)) } }
                div data-bad[counts.failed > 0] { dt { "Failed" } dd { (grouped(counts.failed)) } }
            }
            div.queue-actions {
                @if state.is_paused {
                    button.button type="button" data-command="resume" aria-label=(format!("Resume {name}")) {
                        (icon("play")) span { "Resume" }
                    }
                } @else {
                    button.button type="button" data-command="pause" aria-label=(format!("Pause {name}")) {
                        (icon("pause")) span { "Pause" }
                    }
                }
                @if kind != JobKind::Purge {
                    button.button type="button" data-command="start" aria-label=(format!("Do what is missing: {name}")) {
                        span { "Do what is missing" }
                    }
                }
                @if counts.failed > 0 {
                    button.button type="button" data-command="clear-failed" aria-label=(format!("Forget failed jobs of {name}")) {
                        span { "Forget failed" }
                    }
                }
            }
        }
    }
}

fn failed(failures: &[Failure]) -> Markup {
    html! {
        section.failures aria-labelledby="failed-title" {
            h2 id="failed-title" { "Failed jobs" }
            @if failures.is_empty() {
                p.nothing { "Nothing has failed." }
            } @else {
                ul.rows {
                    @for (kind, asset, name, reason) in failures {
                        li.row {
                            a.row-picture href=(format!("/photos/{asset}")) aria-label=(format!("Show {name}")) {
                                img src=(format!("/api/assets/{asset}/thumbnail")) alt="" loading="lazy" data-may-miss;
                            }
                            div.row-text {
                                strong { (name) }
                                span { (words(*kind).0) ": " (reason) }
                            }
                        }
                    }
                }
            }
        }
    }
}
