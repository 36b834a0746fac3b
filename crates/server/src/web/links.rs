//! One's own shared links.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use maud::{Markup, html};
use tintype_library::shared_links::SharedLinkView;
use tintype_protocol::time::Timestamp;

use super::page::{Page, Section, icon, show};
use super::text::{count, day, machine_time};
use super::timeline::{heading, or_notice};
use super::visitor::Visitor;
use crate::app::App;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/shared-links", get(links))
}

async fn links(State(app): State<App>, visitor: Visitor) -> Response {
    let caller = visitor.0.clone();
    let found = app.run(move |library| Ok((library.shared_links(&caller, None)?, library.now()))).await;
    or_notice(&visitor, found.map(|(views, now)| show(page(&visitor, &views, now))))
}

fn page(visitor: &Visitor, views: &[SharedLinkView], now: Timestamp) -> Markup {
    let body = html! {
        (heading("Shared links", &html! {}))
        p.under-heading { "Whoever has the address of a link sees its photos, without an account." }
        ul.rows id="links" {
            @if views.is_empty() {
                li.nothing { "There are no links. Open an album, or select photos, and choose Share by link." }
            }
            @for view in views { (row(view, now)) }
        }
    };
    Page::new("Shared links", Section::Links).script("links.js").body(visitor, &body)
}

fn row(view: &SharedLinkView, now: Timestamp) -> Markup {
    let link = &view.link;
    let name = match &view.album {
        Some(album) => album.album.name.clone(),
        None => count(view.assets.len() as u64, "item", "items"),
    };
    let cover = match &view.album {
        Some(album) => album.album.thumbnail_asset_id,
        None => view.assets.first().map(|(asset, _)| asset.id),
    };
    html! {
        li.row data-link=(link.id) {
            span.row-picture {
                (icon(if view.album.is_some() { "album" } else { "photos" }))
                @if let Some(cover) = cover {
                    img src=(format!("/api/assets/{cover}/thumbnail?edited=true")) alt="" loading="lazy" data-may-miss;
                }
            }
            div.row-text { strong { (name) } span { (facts(view)) } }
            @if link.has_expired(now) { span.tag.bad { "Expired" } }
            button.round type="button" data-action="copy" aria-label=(format!("Show the address of {name}")) title="Show the address" { (icon("copy")) }
            button.round type="button" data-action="edit" aria-label=(format!("Change the link to {name}")) title="Change" { (icon("pencil")) }
            button.round type="button" data-action="delete" aria-label=(format!("Delete the link to {name}")) title="Delete" { (icon("trash")) }
        }
    }
}

/// `For the grandparents · until 3 May 2027 · with password · guests may add photos`.
fn facts(view: &SharedLinkView) -> Markup {
    let link = &view.link;
    let notes = [
        (link.password_hash.is_some(), "with password"),
        (!link.show_metadata, "without metadata"),
        (!link.allow_download && link.show_metadata, "no downloads"),
        (link.allow_upload, "guests may add photos"),
    ];
    html! {
        @if let Some(note) = &link.description { (note) " · " }
        @if let Some(slug) = &link.slug { "/s/" (slug) " · " }
        @match link.expires_at {
            Some(at) => { "until " time datetime=(machine_time(at)) { (day(at)) } },
            None => "without end",
        }
        @for (_, note) in notes.iter().filter(|(holds, _)| *holds) { " · " (note) }
    }
}
