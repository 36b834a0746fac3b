//! The pages.

use axum::Router;
use axum::routing::get;
use tintype_protocol::dto::server::{WellKnownApi, WellKnownDto};

use crate::app::App;
use crate::body::{Answer, ok};

/// The pages, and where clients find the API.
pub(crate) fn router(_app: &App) -> Router<App> {
    Router::new().route("/.well-known/immich", get(well_known))
}

async fn well_known() -> Answer {
    ok(&WellKnownDto { api: WellKnownApi { endpoint: "/api" } })
}
