//! Files that wait, and files that failed.

use maud::{Markup, html};
use tintype_library::model::{IngestFile, IngestState};

use super::{SHOWN, View};
use crate::web::page::icon;
use crate::web::text::{bytes, grouped, machine_time, span};

/// What failed for good, until a person decides.
pub(super) fn undone(view: &View) -> Markup {
    let number: u64 = view
        .zones
        .iter()
        .flat_map(|zone| &zone.counts)
        .filter(|(state, ..)| *state == IngestState::Undone.as_str())
        .map(|(_, files, _)| files)
        .sum();
    html! {
        section.panel aria-labelledby="undone-title" {
            div.panel-title {
                h2 id="undone-title" { "Undone" @if number > 0 { " " span.tally { (grouped(number)) } } }
                @if number > 0 { div.row-actions { (again(None, "Try all again", "every file in undone")) } }
            }
            @if number == 0 {
                p.nothing { "Nothing has failed." }
            } @else {
                p.hint { "These originals lie in undone/ in their zone, each beside a note. Nothing happens to them by itself." }
                ul.rows { @for file in &view.undone { (row(view, file)) } }
                @if number > u64::from(SHOWN) { p.hint { "… and " (grouped(number - u64::from(SHOWN))) " more." } }
            }
        }
    }
}

/// What waits for something to be over.
pub(super) fn waiting(view: &View) -> Markup {
    html! {
        @if !view.waiting.is_empty() {
            section.panel aria-labelledby="waiting-title" {
                div.panel-title { h2 id="waiting-title" { "Waiting" } }
                ul.rows { @for file in &view.waiting { (row(view, file)) } }
            }
        }
    }
}

fn row(view: &View, file: &IngestFile) -> Markup {
    let path = String::from_utf8_lossy(file.came_as.as_ref().unwrap_or(&file.path)).into_owned();
    let is_undone = file.state == IngestState::Undone;
    let rest = file.due_at.0 - view.now.0;
    html! {
        li.row data-file=(file.id) {
            span.row-picture {
                (icon("file"))
                @if is_undone { img src=(format!("/ingest/undone/{}", file.id)) alt="" loading="lazy" data-may-miss; }
            }
            div.row-text {
                strong { (path) }
                span {
                    (file.zone) " · " (bytes(file.stamp.size_bytes)) " · "
                    @if is_undone { "failed " } @else { (file.state.as_str()) " " }
                    time datetime=(machine_time(file.changed_at)) { (span(view.now.0 - file.changed_at.0)) " ago" }
                    @if file.attempts > 0 { " · tried " (file.attempts) " times" }
                    @if !is_undone && rest > 0 { " · next try in " (span(rest)) }
                }
                @if let Some(reason) = &file.reason { span.reason { (reason) } }
            }
            @if is_undone { div.row-actions { (again(Some(file.id), "Try again", &path)) } }
        }
    }
}

/// A button that begins anew with one file, or with all.
fn again(id: Option<i64>, label: &str, about: &str) -> Markup {
    html! {
        form method="post" action="/ingest/retry" {
            @if let Some(id) = id { input type="hidden" name="id" value=(id); }
            button.button type="submit" aria-label=(format!("{label}: {about}")) { (label) }
        }
    }
}
