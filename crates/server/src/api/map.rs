//! Names of places.

use axum::extract::State;
use serde_json::json;
use tintype_protocol::permission::Permission;

use crate::access::Access;
use crate::app::App;
use crate::body::{Answer, ok};
use crate::error::ApiError;
use crate::params::Params;
use crate::routes::Routes;

/// Places in one answer.
const PLACES_LIMIT: usize = 20;

pub(super) fn routes(routes: Routes) -> Routes {
    routes.get("/map/reverse-geocode", Access::Needs(Permission::MapSearch), reverse_geocode).get(
        "/search/places",
        Access::Needs(Permission::AssetRead),
        places,
    )
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
            for (key, name) in [("admin1name", place.admin1), ("admin2name", place.admin2)] {
                if let Some(name) = name.filter(|name| !name.is_empty()) {
                    body[key] = name.into();
                }
            }
            body
        })
        .collect();
    ok(&body)
}
