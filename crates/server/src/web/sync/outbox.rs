//! Changes that have not reached the server.

use maud::{Markup, html};

use super::row::{Deed, ago, more, picture, symbol, target, times, title};
use super::view::{Unsent, View};
use super::words::{Said, deed, is_telling, value};
use crate::web::text::span;

const DROP: (&str, &str) =
    ("Do not send this?", "What it would have changed becomes here what it is on the server, as far as that is known.");
const DROP_ALL: (&str, &str) = (
    "Send none of them?",
    "What they would have changed becomes here what it is on the server, as far as that is known.",
);

/// Those that go by themselves.
pub(super) fn waiting(view: &View) -> Markup {
    let number = view.counts.waiting;
    let actions = html! {
        (deed_for_all("retry", "waiting", "Try all now", "changes that wait", None))
        (deed_for_all("drop", "waiting", "Drop all", "changes that wait", Some(DROP_ALL)))
    };
    html! {
        section.panel aria-labelledby="outbox-title" {
            (title("outbox-title", "Waiting to be sent", number, &actions))
            @if number == 0 {
                p.nothing { "Everything has reached the server." }
            } @else {
                ul.rows { @for unsent in &view.waiting { (row(view, unsent)) } }
                (more(number, view.waiting.len()))
            }
        }
    }
}

/// Those that only a person makes go.
pub(super) fn given_up(view: &View) -> Markup {
    let number = view.counts.dead;
    let actions = html! {
        (deed_for_all("retry", "dead", "Try all again", "changes that were given up", None))
        (deed_for_all("drop", "dead", "Drop all", "changes that were given up", Some(DROP_ALL)))
    };
    html! {
        @if number > 0 {
            section.panel aria-labelledby="dead-title" {
                (title("dead-title", "Given up", number, &actions))
                p.hint { "The server said no to these so often that they are not sent by themselves any more." }
                ul.rows { @for unsent in &view.dead { (row(view, unsent)) } }
                (more(number, view.dead.len()))
            }
        }
    }
}

fn deed_for_all(action: &str, of: &str, label: &str, about: &str, question: Option<(&str, &str)>) -> Markup {
    Deed { path: "outbox", action, of: ("all", of), label, about, question }.button()
}

fn row(view: &View, unsent: &Unsent) -> Markup {
    let Unsent { row, looks, value: now_is } = unsent;
    let id = row.id.to_string();
    let deed = deed(row.subject, row.field, now_is.as_deref());
    let about = format!("{deed}, {}", looks.title);
    let button = |action, label, question| {
        Deed { path: "outbox", action, of: ("id", &id), label, about: &about, question }.button()
    };
    html! {
        li.row data-unsent=(id) {
            (picture(looks, target(row.subject, looks).as_deref(), symbol(row.subject)))
            div.row-text {
                strong { (looks.title) }
                span {
                    (deed)
                    @if is_telling(row.field) && let Some(now_is) = now_is {
                        ": " b { (said(value(row.subject, row.field, now_is))) }
                    }
                    " · made " (ago(row.created_at, view.now))
                    (next(view, unsent))
                }
                @if let Some(reason) = &row.error { span.reason { (reason) } }
            }
            div.row-actions {
                (button("retry", if row.is_dead { "Try again" } else { "Try now" }, None))
                (button("drop", "Drop", Some(DROP)))
            }
        }
    }
}

/// ` · refused twice, next try in 3 minutes`.
fn next(view: &View, Unsent { row, .. }: &Unsent) -> Markup {
    let rest = row.not_before.0 - view.now.0;
    html! {
        @if row.attempts > 0 { " · refused " (times(row.attempts)) }
        @if !row.is_dead && rest > 0 { ", next try in " (span(rest)) }
    }
}

fn said(said: Said) -> String {
    match said {
        Said::Text(text) => text,
        Said::Asset(_) => "another picture".to_owned(),
        Said::Nothing(text) => text.to_owned(),
    }
}
