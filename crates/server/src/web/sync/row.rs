//! What rows of all lists have in common: a picture, a name, times, and buttons.

use maud::{Markup, html};
use tintype_library::model::Subject;
use tintype_library::titles::{Appearance, Picture};
use tintype_protocol::time::Timestamp;

use crate::web::page::icon;
use crate::web::text::{machine_time, span};

/// The picture of something, which leads to it; a symbol where there is none.
pub(super) fn picture(looks: &Appearance, target: Option<&str>, symbol: &str) -> Markup {
    let inside = html! {
        (icon(symbol))
        @if let Some(source) = looks.picture.map(source) {
            img src=(source) alt="" loading="lazy" data-may-miss;
        }
    };
    html! {
        @if let Some(target) = target {
            a.row-picture href=(target) aria-label=(format!("Show {}", looks.title)) { (inside) }
        } @else {
            span.row-picture { (inside) }
        }
    }
}

/// Where a picture is had.
pub(super) fn source(picture: Picture) -> String {
    match picture {
        Picture::Asset(id) => format!("/api/assets/{id}/thumbnail?edited=true"),
        Picture::Person(id) => format!("/api/people/{id}/thumbnail"),
    }
}

/// Where something can be looked at.
pub(super) fn target(subject: Subject, looks: &Appearance) -> Option<String> {
    match subject {
        Subject::Album(id) | Subject::AlbumUser(id, _) => Some(format!("/albums/{id}")),
        _ => photo(looks),
    }
}

/// The photo that stands for something, to be looked at.
pub(super) fn photo(looks: &Appearance) -> Option<String> {
    match looks.picture? {
        Picture::Asset(id) => Some(format!("/photos/{id}")),
        Picture::Person(_) => None,
    }
}

pub(super) fn symbol(subject: Subject) -> &'static str {
    match subject {
        Subject::Asset(_) | Subject::Stack(_) | Subject::StackAsset(..) => "photos",
        Subject::Album(_) | Subject::AlbumAsset(..) => "album",
        Subject::AlbumUser(..) => "users",
        Subject::Person(_) => "person",
        Subject::Tag(_) | Subject::AssetTag(..) => "file",
    }
}

/// `5 minutes ago`.
pub(super) fn ago(at: Timestamp, now: Timestamp) -> Markup {
    html! { time datetime=(machine_time(at)) { (span(now.0 - at.0)) " ago" } }
}

/// `once`, `twice`, `3 times`.
pub(super) fn times(number: u32) -> String {
    match number {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        many => format!("{many} times"),
    }
}

/// The head of a list, with what can be done to all of it.
pub(super) fn title(id: &str, name: &str, number: u64, actions: &Markup) -> Markup {
    html! {
        div.panel-title {
            h2 id=(id) { (name) @if number > 0 { " " span.tally { (crate::web::text::grouped(number)) } } }
            @if number > 0 { div.row-actions { (actions) } }
        }
    }
}

/// How many there are that are not shown.
pub(super) fn more(number: u64, shown: usize) -> Markup {
    let more = number.saturating_sub(shown as u64);
    html! { @if more > 0 { p.hint { "… and " (crate::web::text::grouped(more)) " more." } } }
}

/// A button that does something to a row or to a whole list.
pub(super) struct Deed<'d> {
    /// Where it is sent, below `/sync/`.
    pub(super) path: &'d str,
    pub(super) action: &'d str,
    /// A row's number, or the name of a list.
    pub(super) of: (&'d str, &'d str),
    pub(super) label: &'d str,
    /// What the label is about, for those who do not see what is beside it.
    pub(super) about: &'d str,
    /// Asked before: a question and what follows from yes.
    pub(super) question: Option<(&'d str, &'d str)>,
}

impl Deed<'_> {
    pub(super) fn button(&self) -> Markup {
        let name = format!("{}: {}", self.label, self.about);
        let (question, text) = self.question.unzip();
        let yes = question.map(|_| self.label);
        html! {
            form method="post" action=(format!("/sync/{}", self.path)) data-question=[question] data-text=[text] data-yes=[yes] {
                input type="hidden" name=(self.of.0) value=(self.of.1);
                button.button type="submit" name="action" value=(self.action) aria-label=(name) { (self.label) }
            }
        }
    }
}
