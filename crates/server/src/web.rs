//! The pages: server-rendered, with small scripts that use the same API as every other client.
//!
//! * `page` is the frame that all pages share, `statics` the embedded style, scripts and icons;
//! * `visitor` decides who looks at a page, `guard` what browsers may do with it;
//! * every other module is one page, or one family of pages.
//!
//! Nothing here needs a build step of its own, and no page asks another machine for anything.

mod account;
mod albums;
mod folders;
mod guard;
mod guests;
mod ingest;
mod jobs;
mod links;
mod notice;
mod page;
mod sign_in;
mod statics;
mod sync;
mod text;
mod timeline;
mod told;
mod users;
mod visitor;
mod writing;

use axum::Router;
use axum::middleware::from_fn;
use axum::routing::get;
use tintype_protocol::dto::server::{WellKnownApi, WellKnownDto};

use crate::app::App;
use crate::body::{Answer, ok};

/// The pages, and where clients find the API.
pub(crate) fn router(_app: &App) -> Router<App> {
    let pages = Router::new()
        .merge(sign_in::routes())
        .merge(timeline::routes())
        .merge(albums::routes())
        .merge(links::routes())
        .merge(guests::routes())
        .merge(ingest::routes())
        .merge(jobs::routes())
        .merge(account::routes())
        .merge(users::routes())
        .merge(sync::routes())
        .merge(writing::routes())
        .merge(folders::routes())
        .layer(from_fn(guard::protect_page))
        .layer(from_fn(guard::same_origin));
    pages.merge(statics::routes()).route("/.well-known/immich", get(well_known))
}

async fn well_known() -> Answer {
    ok(&WellKnownDto { api: WellKnownApi { endpoint: "/api" } })
}
