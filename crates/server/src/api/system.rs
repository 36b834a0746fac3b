//! Settings of the server as a whole.

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::IntoResponse;
use serde_json::json;
use tintype_protocol::dto::user::OnboardingDto;
use tintype_protocol::permission::Permission;

use crate::access::Access;
use crate::app::App;
use crate::body::{Answer, Input, no_content, ok};
use crate::routes::Routes;

/// Whether an admin finished the welcome steps.
pub(super) const IS_ONBOARDED: &str = "admin-onboarding";

/// The configuration that clients of the reference's admin pages read; the values that apply to Tintype are true.
const CONFIG: &str = include_str!("../../data/system-config-defaults.json");
const TEMPLATE_OPTIONS: &str = include_str!("../../data/storage-template-options.json");

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .get("/system-config", Access::AdminNeeds(Permission::SystemConfigRead), config)
        .get("/system-config/defaults", Access::AdminNeeds(Permission::SystemConfigRead), config_defaults)
        .get(
            "/system-config/storage-template-options",
            Access::AdminNeeds(Permission::SystemConfigRead),
            template_options,
        )
        .get("/system-metadata/admin-onboarding", Access::AdminNeeds(Permission::SystemMetadataRead), onboarding)
        .post("/system-metadata/admin-onboarding", Access::AdminNeeds(Permission::SystemMetadataUpdate), set_onboarding)
        .get(
            "/system-metadata/reverse-geocoding-state",
            Access::AdminNeeds(Permission::SystemMetadataRead),
            reverse_geocoding_state,
        )
        .get("/system-metadata/version-check-state", Access::AdminNeeds(Permission::SystemMetadataRead), version_check)
}

fn raw(json: &'static str) -> Answer {
    Ok(([(header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"))], json).into_response())
}

async fn config(State(app): State<App>) -> Answer {
    let mut config: serde_json::Value = serde_json::from_str(CONFIG).unwrap_or_default();
    config["trash"]["days"] = app.library().settings().trash_days.into();
    config["metadata"]["faces"]["import"] = app.library().settings().import_faces.into();
    config["server"]["externalDomain"] = app.options().external_domain.clone().into();
    ok(&config)
}

async fn config_defaults() -> Answer {
    raw(CONFIG)
}

async fn template_options() -> Answer {
    raw(TEMPLATE_OPTIONS)
}

async fn onboarding(State(app): State<App>) -> Answer {
    let value = app.run(|library| library.server_value(IS_ONBOARDED)).await?;
    ok(&OnboardingDto { is_onboarded: value.and_then(|value| value.as_bool()).unwrap_or(false) })
}

async fn set_onboarding(State(app): State<App>, Input(body): Input<OnboardingDto>) -> Answer {
    app.run(move |library| library.set_server_value(IS_ONBOARDED, &json!(body.is_onboarded))).await?;
    Ok(no_content())
}

/// The names of places are part of the program.
async fn reverse_geocoding_state() -> Answer {
    ok(&json!({ "lastUpdate": null, "lastImportFileName": null }))
}

async fn version_check() -> Answer {
    ok(&json!({ "checkedAt": null, "releaseVersion": null }))
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_embedded_documents_are_json() {
        for text in [super::CONFIG, super::TEMPLATE_OPTIONS] {
            assert!(serde_json::from_str::<serde_json::Value>(text).unwrap().is_object());
        }
    }
}
