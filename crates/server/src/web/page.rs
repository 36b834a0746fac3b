//! The frame around every page: head, navigation, and the place where messages appear.

use axum::response::Html;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::statics::{SYMBOLS, address, scripts};
use super::text::bytes;
use super::visitor::Visitor;

/// Which part of the navigation a page belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Section {
    Photos,
    Favorites,
    Albums,
    Links,
    Archive,
    Trash,
    Ingest,
    Folders,
    Writing,
    Jobs,
    Users,
    Sync,
    Account,
    /// None of them.
    None,
}

impl Section {
    fn target(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Photos | Self::None => ("/photos", "Photos", "photos"),
            Self::Favorites => ("/favorites", "Favourites", "heart"),
            Self::Albums => ("/albums", "Albums", "album"),
            Self::Links => ("/shared-links", "Shared links", "link"),
            Self::Archive => ("/archive", "Archive", "archive"),
            Self::Trash => ("/trash", "Trash", "trash"),
            Self::Ingest => ("/ingest", "Landing zones", "upload"),
            Self::Folders => ("/folders", "Folders", "folder"),
            Self::Writing => ("/write-back", "Write into files", "download"),
            Self::Jobs => ("/jobs", "Jobs", "jobs"),
            Self::Users => ("/users", "Users", "users"),
            Self::Sync => ("/sync", "Sync", "sync"),
            Self::Account => ("/account", "Account", "person"),
        }
    }
}

/// The parts of a library.
const LIBRARY: [Section; 6] =
    [Section::Photos, Section::Favorites, Section::Albums, Section::Links, Section::Archive, Section::Trash];
/// What has its own place at the bottom of a phone; the rest is behind "More".
const PHONE: [Section; 4] = [Section::Photos, Section::Favorites, Section::Albums, Section::Trash];

/// A page being made.
pub(super) struct Page<'p> {
    title: &'p str,
    section: Section,
    script: Option<&'static str>,
    preload: &'static [&'static str],
    guest: Option<&'p str>,
}

impl<'p> Page<'p> {
    /// A page with this title in this part of the navigation.
    pub(super) fn new(title: &'p str, section: Section) -> Self {
        Self { title, section, script: None, preload: &[], guest: None }
    }

    /// The script that makes the page work.
    pub(super) fn script(self, name: &'static str) -> Self {
        Self { script: Some(name), ..self }
    }

    /// Scripts whose names start like this are fetched early.
    pub(super) fn preload(self, folders: &'static [&'static str]) -> Self {
        Self { preload: folders, ..self }
    }

    /// The page for somebody who is signed in.
    pub(super) fn body(self, visitor: &Visitor, body: &Markup) -> Markup {
        let frame = html! {
            div.frame id="frame" {
                (rail(self.section, visitor))
                main.content id="main" tabindex="-1" { (body) }
                (phone_bar(self.section, visitor))
            }
        };
        self.document(&frame)
    }

    /// The page for anybody.
    pub(super) fn plain(self, body: &Markup) -> Markup {
        self.document(&html! { main.plain id="main" tabindex="-1" { (body) } })
    }

    /// The page for guests of a shared link, which requests name as `link` says (`key=…`).
    pub(super) fn shared(self, link: &'p str, body: &Markup) -> Markup {
        let frame = html! {
            div.guest {
                header.guest-bar {
                    span.brand { (icon("plate")) span { "Tintype" } }
                    button.quiet type="button" data-theme-toggle { (icon("moon")) span { "Dark" } }
                }
                main.content id="main" tabindex="-1" { (body) }
            }
        };
        Self { guest: Some(link), ..self }.document(&frame)
    }

    fn document(&self, body: &Markup) -> Markup {
        html! {
            (DOCTYPE)
            html lang="en" data-guest=[self.guest] {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover";
                    meta name="color-scheme" content="light dark";
                    meta name="robots" content="noindex";
                    title { (self.title) " · Tintype" }
                    link rel="icon" href=(address("icon.svg")) type="image/svg+xml";
                    link rel="stylesheet" href=(address("app.css"));
                    // Before anything is drawn, so that the page does not flash in the wrong colours.
                    script src=(address("theme.js")) {}
                    @for script in scripts(self.preload) { link rel="modulepreload" href=(script); }
                    script type="module" src=(address("frame.js")) {}
                    @if let Some(script) = self.script { script type="module" src=(address(script)) {} }
                }
                body {
                    a.skip href="#main" { "Skip to content" }
                    (PreEscaped(SYMBOLS))
                    (body)
                    div.toasts id="toasts" role="status" aria-live="polite" {}
                }
            }
        }
    }
}

/// An answer for a browser.
pub(super) fn show(page: Markup) -> Html<String> {
    Html(page.into_string())
}

/// One of the drawn symbols; always beside words or inside something that has a name.
pub(super) fn icon(name: &str) -> Markup {
    html! { svg.icon aria-hidden="true" { use href=(format!("#i-{name}")) {} } }
}

fn link(section: Section, current: Section) -> Markup {
    let (path, name, symbol) = section.target();
    html! {
        a.place href=(path) aria-current=[(section == current).then_some("page")] { (icon(symbol)) span { (name) } }
    }
}

fn administration(visitor: &Visitor) -> Vec<Section> {
    if !visitor.user.is_admin {
        return Vec::new();
    }
    let places = [
        (visitor.has_landing(), Section::Ingest),
        (visitor.has_folders(), Section::Folders),
        (visitor.has_writing(), Section::Writing),
        (true, Section::Jobs),
        (true, Section::Users),
    ];
    places.into_iter().filter(|(is_there, _)| *is_there).map(|(_, section)| section).collect()
}

/// What is about oneself. Sync has a place there once there is something to see.
fn own(visitor: &Visitor) -> &'static [Section] {
    if visitor.follows() { &[Section::Sync, Section::Account] } else { &[Section::Account] }
}

/// At the side of wide screens.
fn rail(current: Section, visitor: &Visitor) -> Markup {
    html! {
        nav.rail aria-label="Main" {
            a.brand href="/photos" { (icon("plate")) span { "Tintype" } }
            div.places { @for section in LIBRARY { (link(section, current)) } }
            @if !administration(visitor).is_empty() {
                div.places {
                    @for section in administration(visitor) { (link(section, current)) }
                }
            }
            div.rail-end {
                (storage(visitor))
                div.places {
                    @for section in own(visitor) { (link(*section, current)) }
                }
                (corner())
            }
        }
    }
}

/// At the bottom of phones.
fn phone_bar(current: Section, visitor: &Visitor) -> Markup {
    let is_behind = !PHONE.contains(&current) && current != Section::None;
    html! {
        nav.phone-bar aria-label="Main" {
            @for section in PHONE { (link(section, current)) }
            button.place type="button" popovertarget="more" aria-current=[is_behind.then_some("true")] {
                (icon("more")) span { "More" }
            }
            div.sheet id="more" popover="auto" {
                div.places {
                    (link(Section::Links, current))
                    (link(Section::Archive, current))
                    @for section in administration(visitor) { (link(section, current)) }
                    @for section in own(visitor) { (link(*section, current)) }
                }
                (storage(visitor))
                (corner())
            }
        }
    }
}

/// How full things are: the quota where there is one, else the disk, which a script asks for.
fn storage(visitor: &Visitor) -> Markup {
    let used = u64::try_from(visitor.user.usage_bytes).unwrap_or(0);
    match visitor.user.quota_bytes.and_then(|quota| u64::try_from(quota).ok()) {
        Some(quota) => html! {
            div.storage {
                meter min="0" max=(quota) value=(used.min(quota)) aria-label="Storage" {}
                p { (bytes(used)) " of " (bytes(quota)) " used" }
            }
        },
        None => html! {
            div.storage data-storage {
                meter min="0" max="100" value="0" aria-label="Storage" {}
                p { (bytes(used)) " in your library" }
            }
        },
    }
}

fn corner() -> Markup {
    html! {
        div.corner {
            button.quiet type="button" data-theme-toggle { (icon("moon")) span { "Dark" } }
            form method="post" action="/sign-out" { button.quiet type="submit" { (icon("leave")) span { "Sign out" } } }
        }
    }
}
