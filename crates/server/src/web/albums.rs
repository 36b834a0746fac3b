//! Albums: all of them, and one.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use maud::{Markup, html};
use tintype_library::albums::AlbumView;
use tintype_protocol::id::{AlbumId, AssetId};
use tintype_protocol::model::SortOrder;

use super::page::{Page, Section, icon, show};
use super::text::{count, day};
use super::timeline::{SCRIPTS, Timeline, heading, or_notice};
use super::visitor::Visitor;
use crate::app::App;
use crate::error::ApiError;
use crate::params::entity_id;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/albums", get(all))
        .route("/albums/{id}", get(one))
        .route("/albums/{id}/{asset}", get(one_asset))
}

async fn all(State(app): State<App>, visitor: Visitor) -> Response {
    let caller = visitor.0.clone();
    let albums = app.run(move |library| library.albums(&caller, None)).await;
    or_notice(&visitor, albums.map(|albums| show(all_page(&visitor, albums))))
}

fn all_page(visitor: &Visitor, mut albums: Vec<AlbumView>) -> Markup {
    albums.sort_by_key(|view| std::cmp::Reverse((view.summary.end, view.album.created_at)));
    let create = html! {
        button.button.primary type="button" data-create-album { (icon("plus")) span { "New album" } }
    };
    let body = html! {
        (heading("Albums", &create))
        @if albums.is_empty() {
            div.empty {
                (icon("album"))
                h2 { "No albums yet" }
                p { "An album gathers photos that belong together. Make one here, or select photos and choose Add to album." }
            }
        } @else {
            ul.covers { @for view in &albums { li { (cover(view)) } } }
        }
    };
    Page::new("Albums", Section::Albums).script("albums.js").body(visitor, &body)
}

fn cover(view: &AlbumView) -> Markup {
    html! {
        a.cover href=(format!("/albums/{}", view.album.id)) {
            @match view.album.thumbnail_asset_id {
                Some(asset) => span.cover-picture {
                    img src=(format!("/api/assets/{asset}/thumbnail?size=preview&edited=true")) alt="" loading="lazy" data-may-miss;
                },
                None => span.cover-picture { (icon("album")) },
            }
            span.cover-name { (view.album.name) }
            span.cover-count { (count(view.summary.asset_count, "item", "items")) }
        }
    }
}

async fn one(
    State(app): State<App>,
    visitor: Visitor,
    axum::extract::Path(id): axum::extract::Path<String>,
) -> Response {
    album(&app, &visitor, &id).await
}

/// The same page: its script sees the picture in the address and opens it.
async fn one_asset(
    State(app): State<App>,
    visitor: Visitor,
    axum::extract::Path((id, asset)): axum::extract::Path<(String, String)>,
) -> Response {
    match entity_id::<AssetId>("id", &asset) {
        Ok(_) => album(&app, &visitor, &id).await,
        Err(error) => or_notice::<String>(&visitor, Err(error)),
    }
}

async fn album(app: &App, visitor: &Visitor, id: &str) -> Response {
    let page = find(app, visitor, id).await.map(|view| show(one_page(visitor, &view)));
    or_notice(visitor, page)
}

async fn find(app: &App, visitor: &Visitor, id: &str) -> Result<AlbumView, ApiError> {
    let id: AlbumId = entity_id("id", id)?;
    let caller = visitor.0.clone();
    app.run(move |library| library.album(&caller, id)).await
}

fn one_page(visitor: &Visitor, view: &AlbumView) -> Markup {
    let album = &view.album;
    let is_own = album.owner_id == visitor.user.id;
    let path = format!("/albums/{}", album.id);
    let order = album.order.as_str();
    let query = format!("albumId={}&order={order}", album.id);
    let timeline = Timeline {
        kind: "album",
        path: &path,
        query: &query,
        allows: None,
        empty: html! {
            (icon("album"))
            h2 { "This album is empty" }
            p { "Go to your photos, select some, and choose Add to album." }
            a.button href="/photos" { "Go to your photos" }
        },
    };
    let body = html! {
        header.heading.album-heading data-album=(album.id) data-own=(is_own) data-order=(order) {
            div {
                a.back href="/albums" { (icon("left")) span { "Albums" } }
                h1 data-album-name { (album.name) }
                p.album-facts { (facts(view)) }
                p.album-description data-album-description { (album.description) }
            }
            div.heading-actions { (actions(view, is_own)) }
        }
        (timeline.markup())
    };
    Page::new(&album.name, Section::Albums).script("album.js").preload(SCRIPTS).body(visitor, &body)
}

/// `12 items · 3 May 2024 – 9 May 2024`.
fn facts(view: &AlbumView) -> String {
    let items = count(view.summary.asset_count, "item", "items");
    match (view.summary.start.map(day), view.summary.end.map(day)) {
        (Some(start), Some(end)) if start == end => format!("{items} · {start}"),
        (Some(start), Some(end)) => format!("{items} · {start} – {end}"),
        _ => items,
    }
}

fn actions(view: &AlbumView, is_own: bool) -> Markup {
    let is_descending = view.album.order == SortOrder::Descending;
    html! {
        @if view.summary.asset_count > 0 {
            button.button type="button" data-download-album { (icon("download")) span { "Download" } }
        }
        button.button type="button" data-share-album { (icon("link")) span { "Share by link" } }
        @if is_own {
            button.button type="button" data-album-order {
                (icon("order")) span { @if is_descending { "Newest first" } @else { "Oldest first" } }
            }
            button.button type="button" data-edit-album { (icon("pencil")) span { "Edit" } }
            button.button.danger type="button" data-delete-album { (icon("trash")) span { "Delete album" } }
        }
    }
}
