//! Whom one follows, how far that is, and what is wrong with it.

use maud::{Markup, html};
use tintype_library::model::{Upstream, UpstreamMode};

use super::row::ago;
use super::view::View;
use crate::following::{Problem, ProblemKind, Running};
use crate::web::page::icon;
use crate::web::text::{clock, count, day, grouped};

/// Less than this is not enough to tell a rate by.
const SECONDS_FOR_A_RATE: f64 = 1.0;
const SECONDS_IN_MINUTE: u64 = 60;

/// At the head of the page.
pub(super) fn buttons(view: &View) -> Markup {
    html! {
        form id="sync-now" method="post" action="/sync/now" {
            button.button.primary type="submit" disabled[is_busy(view)] { (icon("sync")) span { "Sync now" } }
        }
    }
}

fn is_busy(view: &View) -> bool {
    view.activity.running.is_some() || view.activity.is_waiting
}

/// Whether the server wants to know again who one is.
pub(super) fn needs_sign_in(view: &View) -> bool {
    view.activity.problem.as_ref().is_some_and(|problem| problem.kind == ProblemKind::LoggedOut)
}

/// A word, and whether it is a bad one.
fn mood(view: &View) -> (&'static str, &'static str) {
    let problem = view.activity.problem.as_ref().map(|problem| problem.kind);
    match problem {
        _ if view.activity.running.is_some() => ("working", "Syncing"),
        _ if view.activity.is_waiting => ("working", "About to sync"),
        Some(ProblemKind::Away) => ("paused", "Not reachable"),
        Some(ProblemKind::LoggedOut) => ("paused", "Signed out"),
        Some(ProblemKind::Other) => ("paused", "Stopped"),
        None if view.upstream.held > 0 || view.counts.dead > 0 => ("paused", "Waits for you"),
        None if view.upstream.synced_at.is_none() => ("idle", "Not synced yet"),
        None if view.counts.waiting > 0 => ("idle", "Changes to send"),
        None => ("good", "In sync"),
    }
}

pub(super) fn panel(view: &View) -> Markup {
    let Upstream { address, email, version, mode, .. } = &view.upstream;
    let (tone, word) = mood(view);
    html! {
        section.panel.standing aria-labelledby="standing-title" data-mood=(tone) data-busy[is_busy(view)] {
            div.standing-title {
                span.row-picture { (icon("server")) }
                div.row-text {
                    h2 id="standing-title" { (host(address)) }
                    span { "as " (email) }
                }
                span.mood role="status" { (word) }
            }
            @if let Some(running) = view.activity.running { (progress(running)) }
            @else if let Some(problem) = &view.activity.problem { (trouble(view, problem)) }
            @if view.upstream.held > 0 { (held(view.upstream.held)) }
            dl.facts {
                div.address { dt { "Address" } dd { (address) } }
                div { dt { "Version" } dd { (version) } }
                div {
                    dt { "Signed in with" }
                    dd {
                        @match mode {
                            UpstreamMode::Stream => "your password",
                            UpstreamMode::Search => { "an API key" small { "everything is searched each time" } },
                        }
                    }
                }
                div { dt { "Last in sync" } dd { (last(view)) } }
            }
        }
    }
}

/// `photos.example.org` of `https://photos.example.org/api`.
fn host(address: &str) -> &str {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    rest.strip_suffix("/api").unwrap_or(rest)
}

fn last(view: &View) -> Markup {
    html! {
        @match view.upstream.synced_at {
            Some(at) => { (ago(at, view.now)) small { (day(at)) ", " (clock(at)) " UTC" } },
            None => "never",
        }
    }
}

fn progress(running: Running) -> Markup {
    let Running { lines, expected, sent, time } = running;
    // It is a guess: albums and people come on top of it.
    let expected = expected.map(|expected| expected.max(lines)).filter(|expected| *expected > 0);
    let text = match (sent, expected) {
        (Some(sent), _) => format!("Sending: {} so far.", count(sent, "change", "changes")),
        (None, Some(expected)) => {
            format!(
                "{} of about {} entries{}",
                grouped(lines),
                grouped(expected),
                rest(lines, expected, time.as_secs_f64())
            )
        }
        (None, None) if lines == 0 => "Asking the server what is new.".to_owned(),
        (None, None) => format!("{} so far.", count(lines, "entry", "entries")),
    };
    html! {
        div.running {
            @match (sent, expected) {
                (None, Some(expected)) => { progress max=(expected) value=(lines) aria-label="Sync" {} },
                _ => { progress aria-label="Sync" {} },
            }
            p { (text) }
        }
    }
}

/// `, 4,000 a second, about 2 minutes left`.
fn rest(lines: u64, expected: u64, seconds: f64) -> String {
    if seconds < SECONDS_FOR_A_RATE || lines == 0 {
        return String::new();
    }
    let rate = lines as f64 / seconds;
    // The casts lose what nobody reads.
    let left = ((expected - lines) as f64 / rate) as u64;
    let left = match left {
        0..SECONDS_IN_MINUTE => count(left.max(1), "second", "seconds"),
        _ => count(left.div_ceil(SECONDS_IN_MINUTE), "minute", "minutes"),
    };
    format!(", {} a second, about {left} left", grouped(rate as u64))
}

fn trouble(view: &View, problem: &Problem) -> Markup {
    let words = match problem.kind {
        ProblemKind::Away => "The server does not answer, or is busy. Changes wait here and go as soon as it does.",
        ProblemKind::LoggedOut if view.upstream.mode == UpstreamMode::Stream => {
            "The server does not know this session any more. Sign in there again below; nothing is lost."
        }
        ProblemKind::LoggedOut => {
            "The server does not know the API key any more. Give another one below; nothing is lost."
        }
        ProblemKind::Other => "The last sync did not come to its end.",
    };
    html! {
        div.problem role="alert" {
            (icon("warning"))
            div { p { (words) } p.problem-detail { (ago(problem.at, view.now)) ": " (problem.text) } }
        }
    }
}

/// Rows that a reset no longer showed: a person decides.
fn held(rows: u64) -> Markup {
    let number = count(rows, "item that is here", "items that are here");
    html! {
        form.problem method="post" action="/sync/now" data-question="Let them go?" data-yes="Let them go"
            data-text=(format!("{number} will be removed from this library. Photos whose originals lie here go to the trash.")) {
            (icon("warning"))
            div {
                p { "The server no longer shows " (number) ". Is it the right one, and whole?" }
                p.problem-detail { "Until you say so, nothing is removed." }
            }
            input type="hidden" name="sweep" value="true";
            button.button type="submit" { "Let them go" }
        }
    }
}

/// At the end of the page.
pub(super) fn leaving(view: &View) -> Markup {
    let unsent = view.counts.waiting + view.counts.dead;
    let mut text = match unsent {
        0 => "What came from there stays. Changes are no longer exchanged.".to_owned(),
        _ => format!(
            "What came from there stays. {} that the server does not have yet will not be sent.",
            count(unsent, "change", "changes")
        ),
    };
    if view.counts.conflicts > 0 {
        text.push_str(&format!(" {} will not be decided.", count(view.counts.conflicts, "conflict", "conflicts")));
    }
    html! {
        form id="sync-stop" method="post" action="/sync/stop" data-question="Stop following this server?" data-text=(text) data-yes="Stop following" {
            button.button.danger type="submit" { (icon("leave")) span { "Stop following" } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_is_told_once_there_is_a_rate() {
        assert_eq!(rest(40_000, 200_000, 10.0), ", 4,000 a second, about 40 seconds left");
        assert_eq!(rest(40_000, 2_000_000, 10.0), ", 4,000 a second, about 9 minutes left");
        assert_eq!(rest(10, 10, 5.0), ", 2 a second, about 1 second left");
        assert_eq!(rest(40, 200, 0.2), "");
    }

    #[test]
    fn servers_are_called_by_their_host() {
        assert_eq!(host("https://photos.example.org/api"), "photos.example.org");
        assert_eq!(host("http://192.168.1.4:2283"), "192.168.1.4:2283");
    }
}
