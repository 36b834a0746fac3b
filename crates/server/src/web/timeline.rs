//! Pages that are a timeline: all photos, favourites, archive, trash. A script fills them from the API.

use std::collections::BTreeMap;

use axum::Router;
use axum::extract::State;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use maud::{Markup, html};
use tintype_library::model::AssetFilter;
use tintype_protocol::id::AssetId;
use tintype_protocol::model::AssetStatus;
use tintype_protocol::time::DAY_MS;

use super::notice::Notice;
use super::page::{Page, Section, icon, show};
use super::text::count;
use super::visitor::Visitor;
use crate::app::App;
use crate::body::{Answer, ok};
use crate::params::PathId;

/// Scripts of all timelines.
pub(super) const SCRIPTS: &[&str] =
    &["timeline/", "viewer/", "upload/", "api", "dom", "thumbhash", "actions", "format"];

/// Pictures in the trash that show how long they have left.
const REMAINING_SHOWN: u32 = 20_000;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/photos", get(photos))
        .route("/photos/{id}", get(photo))
        .route("/favorites", get(favorites))
        .route("/favorites/{id}", get(favorite))
        .route("/archive", get(archive))
        .route("/archive/{id}", get(archived))
        .route("/trash", get(trash))
        .route("/trash/remaining", get(remaining))
        .route("/trash/{id}", get(trashed))
}

/// What a script has to know to show a timeline.
pub(super) struct Timeline<'t> {
    /// Which actions there are: `photos`, `favorites`, `archive`, `trash` or `album`.
    pub(super) kind: &'static str,
    /// Address of the page; that of a picture is below it.
    pub(super) path: &'t str,
    /// What the API is asked for; nothing for assets of a link that were chosen one by one.
    pub(super) query: &'t str,
    /// What guests may do: some of `download`, `details` and `upload`, with spaces between. `None`: it is one's own.
    pub(super) allows: Option<&'t str>,
    /// What to say when there is nothing, and what to do about it.
    pub(super) empty: Markup,
}

impl Timeline<'_> {
    /// The elements that the script fills.
    pub(super) fn markup(&self) -> Markup {
        html! {
            div.timeline id="timeline" data-kind=(self.kind) data-path=(self.path) data-query=(self.query) data-allows=[self.allows] {
                div.canvas {}
                div.scrubber hidden {}
            }
            div.empty id="empty" hidden { (self.empty) }
        }
    }
}

/// What is at the top of a page: its name and what can be done.
pub(super) fn heading(title: &str, actions: &Markup) -> Markup {
    html! {
        header.heading { h1 { (title) } div.heading-actions { (actions) } }
    }
}

fn upload_button() -> Markup {
    html! { button.button.primary type="button" data-upload { (icon("upload")) span { "Upload" } } }
}

fn photos_page(visitor: &Visitor) -> Html<String> {
    let timeline = Timeline {
        kind: "photos",
        path: "/photos",
        query: "visibility=timeline",
        allows: None,
        empty: html! {
            (icon("photos"))
            h2 { "No photos yet" }
            p { "Drop pictures and videos anywhere on this page, or choose them from your device." }
            (upload_button())
        },
    };
    let body = html! { (heading("Photos", &upload_button())) (timeline.markup()) };
    show(Page::new("Photos", Section::Photos).script("photos.js").preload(SCRIPTS).body(visitor, &body))
}

async fn photos(visitor: Visitor) -> Html<String> {
    photos_page(&visitor)
}

/// The same page: its script sees the picture in the address and opens it.
async fn photo(visitor: Visitor, _: PathId<AssetId>) -> Html<String> {
    photos_page(&visitor)
}

fn favorites_page(visitor: &Visitor) -> Html<String> {
    let timeline = Timeline {
        kind: "favorites",
        path: "/favorites",
        query: "isFavorite=true&visibility=timeline",
        allows: None,
        empty: html! {
            (icon("heart"))
            h2 { "No favourites yet" }
            p { "Open a photo and press the heart, or select several and choose Favourite." }
            a.button href="/photos" { "Go to your photos" }
        },
    };
    let body = html! { (heading("Favourites", &html! {})) (timeline.markup()) };
    show(Page::new("Favourites", Section::Favorites).script("photos.js").preload(SCRIPTS).body(visitor, &body))
}

async fn favorites(visitor: Visitor) -> Html<String> {
    favorites_page(&visitor)
}

async fn favorite(visitor: Visitor, _: PathId<AssetId>) -> Html<String> {
    favorites_page(&visitor)
}

fn archive_page(visitor: &Visitor) -> Html<String> {
    let timeline = Timeline {
        kind: "archive",
        path: "/archive",
        query: "visibility=archive",
        allows: None,
        empty: html! {
            (icon("archive"))
            h2 { "The archive is empty" }
            p { "Archived photos stay in their albums but leave the timeline. Select some photos and choose Archive." }
            a.button href="/photos" { "Go to your photos" }
        },
    };
    let body = html! { (heading("Archive", &html! {})) (timeline.markup()) };
    show(Page::new("Archive", Section::Archive).script("photos.js").preload(SCRIPTS).body(visitor, &body))
}

async fn archive(visitor: Visitor) -> Html<String> {
    archive_page(&visitor)
}

async fn archived(visitor: Visitor, _: PathId<AssetId>) -> Html<String> {
    archive_page(&visitor)
}

fn trash_page(app: &App, visitor: &Visitor) -> Html<String> {
    let days = count(u64::from(app.library().settings().trash_days), "day", "days");
    let timeline = Timeline {
        kind: "trash",
        path: "/trash",
        query: "isTrashed=true",
        allows: None,
        empty: html! {
            (icon("trash"))
            h2 { "The trash is empty" }
            p { "What you delete waits here for " (days) " before it is gone for good." }
            a.button href="/photos" { "Go to your photos" }
        },
    };
    let actions = html! {
        button.button type="button" data-restore-all disabled { (icon("restore")) span { "Restore all" } }
        button.button.danger type="button" data-empty-trash disabled { (icon("trash")) span { "Empty trash" } }
    };
    let body = html! {
        (heading("Trash", &actions))
        p.under-heading { "Photos are deleted for good " (days) " after they were moved here." }
        (timeline.markup())
    };
    show(Page::new("Trash", Section::Trash).script("trash.js").preload(SCRIPTS).body(visitor, &body))
}

async fn trash(State(app): State<App>, visitor: Visitor) -> Html<String> {
    trash_page(&app, &visitor)
}

async fn trashed(State(app): State<App>, visitor: Visitor, _: PathId<AssetId>) -> Html<String> {
    trash_page(&app, &visitor)
}

/// Whole days that each picture in the trash has left, by id. The API says nothing about that.
async fn remaining(State(app): State<App>, visitor: Visitor) -> Answer {
    let owner = visitor.user.id;
    let trash_days = i64::from(app.library().settings().trash_days);
    let filter = AssetFilter {
        owners: vec![owner],
        is_trashed: Some(true),
        statuses: vec![AssetStatus::Trashed],
        ..AssetFilter::default()
    };
    let trashed = app.run(move |library| library.search_by_id(&filter, REMAINING_SHOWN)).await?;
    let now = jiff::Timestamp::now().as_millisecond();
    let left: BTreeMap<String, i64> = trashed
        .into_iter()
        .filter_map(|asset| Some((asset.id.to_string(), trash_days - (now - asset.deleted_at?.0) / DAY_MS)))
        .collect();
    ok(&left)
}

/// A page, or why there is none.
pub(super) fn or_notice<T: IntoResponse>(visitor: &Visitor, page: Result<T, crate::error::ApiError>) -> Response {
    match page {
        Ok(page) => page.into_response(),
        Err(error) => Notice::of(visitor, &error).into_response(),
    }
}
