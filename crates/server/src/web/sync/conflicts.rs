//! What both sides changed, side by side.

use maud::{Markup, html};
use tintype_library::model::Conflict;
use tintype_library::titles::Picture;

use super::row::{Deed, ago, more, picture, source, symbol, target, title};
use super::view::{Seen, View};
use super::words::{Said, name, value};

const ALL_THEIRS: (&str, &str) = ("Take theirs everywhere?", "Your values are replaced by those of the server.");
const ALL_MINE: (&str, &str) = ("Keep yours everywhere?", "The values of the server are forgotten.");

pub(super) fn section(view: &View) -> Markup {
    let number = view.counts.conflicts;
    let for_all = |action, label, question| {
        let (of, about) = (("all", "all"), "all conflicts");
        Deed { path: "conflicts", action, of, label, about, question: Some(question) }.button()
    };
    let actions = html! {
        @if number > 1 {
            (for_all("mine", "Keep all mine", ALL_MINE))
            (for_all("theirs", "Take all theirs", ALL_THEIRS))
        }
    };
    html! {
        @if number > 0 {
            section.panel aria-labelledby="conflicts-title" {
                (title("conflicts-title", "Changed on both sides", number, &actions))
                p.hint { "These were changed here and on the server. Yours was kept, and sent; take theirs where that is the right one." }
                ul.disputes { @for seen in &view.conflicts { (dispute(view, seen)) } }
                (more(number, view.conflicts.len()))
            }
        }
    }
}

fn dispute(view: &View, Seen { row: conflict, looks }: &Seen<Conflict>) -> Markup {
    let field = name(conflict.field);
    html! {
        li.dispute data-conflict=(conflict.id) {
            div.dispute-title {
                (picture(looks, target(conflict.subject, looks).as_deref(), symbol(conflict.subject)))
                div.row-text {
                    strong { (looks.title) }
                    span { (field) " · " (ago(conflict.at, view.now)) }
                    @if let Some(base) = &conflict.base { span.before { "Before: " (side(conflict, base)) } }
                }
            }
            (column(conflict, &looks.title, "Yours", &conflict.mine, "mine", "Keep mine"))
            @let label = if conflict.is_deleted_there() { "Leave it deleted" } else { "Take theirs" };
            (column(conflict, &looks.title, "Theirs", &conflict.theirs, "theirs", label))
        }
    }
}

fn column(conflict: &Conflict, title: &str, place: &str, text: &str, action: &str, label: &str) -> Markup {
    let (id, about) = (conflict.id.to_string(), format!("{} of {title}", name(conflict.field)));
    html! {
        div.side {
            h3 { (place) }
            div.side-value { (side(conflict, text)) }
            (Deed { path: "conflicts", action, of: ("id", &id), label, about: &about, question: None }.button())
        }
    }
}

fn side(conflict: &Conflict, text: &str) -> Markup {
    if text == Conflict::DELETED {
        return html! { i { "Deleted there" } };
    }
    match value(conflict.subject, conflict.field, text) {
        Said::Text(text) => html! { (text) },
        Said::Nothing(text) => html! { i { (text) } },
        Said::Asset(id) => html! {
            img.side-picture src=(source(Picture::Asset(id))) alt="A picture" loading="lazy" data-may-miss;
        },
    }
}
