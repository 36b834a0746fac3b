//! What there is to look for: cities, names to choose from, folders.

use axum::extract::State;
use tintype_library::explore::{Suggested, SuggestionFilter};
use tintype_library::model::{Asset, Exif};
use tintype_protocol::dto::asset::AssetResponseDto;
use tintype_protocol::dto::explore::{SearchExploreItem, SearchExploreResponseDto};
use tintype_protocol::permission::Permission;

use crate::access::Access;
use crate::app::App;
use crate::authorize::Caller;
use crate::body::{Answer, ok};
use crate::error::ApiError;
use crate::params::Params;
use crate::present::AssetPresenter;
use crate::routes::Routes;

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .get("/search/explore", Access::Needs(Permission::AssetRead), explore)
        .get("/search/cities", Access::Needs(Permission::AssetRead), cities)
        .get("/search/suggestions", Access::Needs(Permission::AssetRead), suggestions)
        .get("/view/folder", Access::Needs(Permission::FolderRead), folder)
}

fn listed(app: &App, caller: &Caller, rows: Vec<(Asset, Option<Exif>)>) -> Vec<AssetResponseDto> {
    let presenter = AssetPresenter::new(app.is_v3(), caller.user.id);
    rows.into_iter().map(|(asset, known)| presenter.listed(asset, known)).collect()
}

async fn explore(State(app): State<App>, caller: Caller) -> Answer {
    let asker = caller.clone();
    let found = app.run(move |library| library.explore_cities(&asker)).await?;
    let presenter = AssetPresenter::new(app.is_v3(), caller.user.id);
    let item = |(value, (asset, known))| SearchExploreItem { value, data: presenter.listed(asset, known) };
    let items = found.into_iter().map(item).collect();
    ok(&[SearchExploreResponseDto { field_name: "exifInfo.city", items }])
}

async fn cities(State(app): State<App>, caller: Caller) -> Answer {
    let asker = caller.clone();
    let found = app.run(move |library| library.cities(&asker)).await?;
    ok(&listed(&app, &caller, found))
}

fn suggested(params: &Params) -> Result<Suggested, ApiError> {
    Ok(match params.get("type") {
        Some("country") => Suggested::Country,
        Some("state") => Suggested::State,
        Some("city") => Suggested::City,
        Some("camera-make") => Suggested::Make,
        Some("camera-model") => Suggested::Model,
        Some("camera-lens-model") => Suggested::LensModel,
        _ => {
            return Err(ApiError::invalid(
                "type must be one of country, state, city, camera-make, camera-model, camera-lens-model",
            ));
        }
    })
}

async fn suggestions(State(app): State<App>, caller: Caller, params: Params) -> Answer {
    let wanted = suggested(&params)?;
    let with_null = params.flag("includeNull")?.unwrap_or(false);
    // A field that was left empty narrows nothing.
    let given = |name: &str| params.get(name).filter(|value| !value.is_empty()).map(str::to_owned);
    let filter = SuggestionFilter {
        country: given("country"),
        state: given("state"),
        make: given("make"),
        model: given("model"),
        lens_model: given("lensModel"),
    };
    let names = app.run(move |library| library.suggestions(&caller, wanted, &filter)).await?;
    let mut names: Vec<Option<String>> = names.into_iter().map(Some).collect();
    if with_null {
        // Stands for photos that say nothing.
        names.push(None);
    }
    ok(&names)
}

async fn folder(State(app): State<App>, caller: Caller, params: Params) -> Answer {
    let Some(path) = params.get("path").map(str::to_owned) else {
        return Err(ApiError::invalid("path must be a string"));
    };
    let asker = caller.clone();
    let found = app.run(move |library| library.folder(&asker, &path)).await?;
    ok(&listed(&app, &caller, found))
}
