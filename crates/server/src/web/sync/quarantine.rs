//! Lines of the server that could not be applied.

use maud::{Markup, html};
use tintype_library::model::Quarantined;

use super::row::{Deed, ago, more, photo, picture, times, title};
use super::view::{Seen, View};
use super::words::kind;

const DROP: (&str, &str) = ("Let this go?", "What the server said there will not be part of this library.");
const DROP_ALL: (&str, &str) = ("Let all of it go?", "What the server said there will not be part of this library.");

pub(super) fn section(view: &View) -> Markup {
    let number = view.quarantine_count;
    let for_all = |action, label, question| {
        let of = ("all", "all");
        Deed { path: "quarantine", action, of, label, about: "what could not be applied", question }.button()
    };
    let actions = html! {
        (for_all("retry", "Try all again", None))
        (for_all("drop", "Drop all", Some(DROP_ALL)))
    };
    html! {
        @if number > 0 {
            section.panel aria-labelledby="quarantine-title" {
                (title("quarantine-title", "In quarantine", number, &actions))
                p.hint { "The server said this, and it could not be applied here yet. It is tried again with each sync, and keeps nothing else from coming." }
                ul.rows { @for seen in &view.quarantined { (row(view, seen)) } }
                (more(number, view.quarantined.len()))
            }
        }
    }
}

fn row(view: &View, Seen { row: line, looks }: &Seen<Quarantined>) -> Markup {
    let id = line.id.to_string();
    let kind = kind(line.entity);
    let name = if looks.title.is_empty() { &kind } else { &looks.title };
    let button = |action, label, question| {
        Deed { path: "quarantine", action, of: ("id", &id), label, about: name, question }.button()
    };
    html! {
        li.row data-line=(id) {
            (picture(looks, photo(looks).as_deref(), "warning"))
            div.row-text {
                strong { (name) }
                span {
                    @if !looks.title.is_empty() { (kind) " · " }
                    "tried " (times(line.attempts)) ", first " (ago(line.first_seen, view.now))
                }
                span.reason { (line.reason) }
                details { summary { "What the server said: " (line.entity.as_str()) } pre { (line.data) } }
            }
            div.row-actions {
                (button("retry", "Try again", None))
                (button("drop", "Drop", Some(DROP)))
            }
        }
    }
}
