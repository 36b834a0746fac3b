//! The map, and names of places.

use axum::extract::State;
use serde_json::json;
use tintype_library::explore::MapScope;
use tintype_library::model::MarkerFilter;
use tintype_protocol::dto::explore::MapMarkerResponseDto;
use tintype_protocol::permission::Permission;
use tintype_protocol::sync::Number;
use tintype_protocol::time::Timestamp;

use crate::access::Access;
use crate::app::App;
use crate::authorize::Caller;
use crate::body::{Answer, ok};
use crate::error::ApiError;
use crate::params::Params;
use crate::routes::Routes;

/// Places in one answer.
const PLACES_LIMIT: usize = 20;

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .get("/map/markers", Access::Needs(Permission::MapRead), markers)
        .get("/map/reverse-geocode", Access::Needs(Permission::MapSearch), reverse_geocode)
        .get("/search/places", Access::Needs(Permission::AssetRead), places)
}

fn date(params: &Params, name: &str) -> Result<Option<Timestamp>, ApiError> {
    let parsed = params.get(name).map(Timestamp::parse).transpose();
    parsed.map_err(|_| ApiError::invalid(format!("{name} must be a date string")))
}

async fn markers(State(app): State<App>, caller: Caller, params: Params) -> Answer {
    let scope = MapScope {
        with_partners: params.flag("withPartners")?.unwrap_or(false),
        with_shared_albums: params.flag("withSharedAlbums")?.unwrap_or(false),
    };
    let filter = MarkerFilter {
        with_archive: params.flag("isArchived")?.unwrap_or(false),
        is_favorite: params.flag("isFavorite")?,
        taken: (date(&params, "fileCreatedAfter")?, date(&params, "fileCreatedBefore")?),
    };
    let markers = app.run(move |library| library.markers(&caller, scope, &filter)).await?;
    let body: Vec<_> = markers
        .into_iter()
        .map(|marker| MapMarkerResponseDto {
            id: marker.id,
            lat: Number(marker.latitude),
            lon: Number(marker.longitude),
            city: marker.city,
            state: marker.state,
            country: marker.country,
        })
        .collect();
    ok(&body)
}

async fn reverse_geocode(State(app): State<App>, params: Params) -> Answer {
    let degrees = |name: &str, limit: f64| -> Result<f64, ApiError> {
        let value: Option<f64> = params.parse(name, "a number of degrees")?;
        value
            .filter(|value| value.abs() <= limit)
            .ok_or_else(|| ApiError::invalid(format!("{name} must be a number of degrees")))
    };
    let (latitude, longitude) = (degrees("lat", 90.0)?, degrees("lon", 180.0)?);
    let places = app.places();
    let found = app.run(move |_| Ok(places.nearest(latitude, longitude))).await?;
    let body: Vec<_> = found
        .into_iter()
        .map(|place| json!({ "city": place.city, "state": place.state, "country": place.country }))
        .collect();
    ok(&body)
}

async fn places(State(app): State<App>, params: Params) -> Answer {
    let Some(name) = params.get("name").filter(|name| !name.is_empty()).map(str::to_owned) else {
        return Err(ApiError::invalid("name should not be empty"));
    };
    let places = app.places();
    let found = app.run(move |_| Ok(places.search(&name, PLACES_LIMIT))).await?;
    let body: Vec<_> = found
        .into_iter()
        .map(|place| {
            let mut body = json!({ "name": place.name, "latitude": place.latitude, "longitude": place.longitude });
            // The reference knows no second level either.
            if let Some(name) = place.admin1.filter(|name| !name.is_empty()) {
                body["admin1name"] = name.into();
            }
            body
        })
        .collect();
    ok(&body)
}
