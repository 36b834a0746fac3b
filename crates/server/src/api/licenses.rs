//! Product keys of the reference's makers. They unlock nothing here; apps show a badge to whoever has one.

use axum::extract::State;
use serde_json::json;
use tintype_library::Library;
use tintype_protocol::bytes::parse_base64;
use tintype_protocol::dto::user::{LicenseKeyDto, UserLicenseDto};
use tintype_protocol::model::UserMetadataKey;
use tintype_protocol::permission::Permission;

use crate::access::Access;
use crate::app::App;
use crate::authorize::Caller;
use crate::body::{Answer, Input, no_content, ok};
use crate::error::ApiError;
use crate::routes::Routes;

/// Groups of four characters behind the prefix of a key.
const GROUPS: usize = 8;
/// Lengths of the signatures that activate a key, in bytes: RSA of 2,048 to 4,096 bits.
const SIGNATURE_BYTES: std::ops::RangeInclusive<usize> = 256..=512;
/// Where the key of the server is kept.
const SERVER_LICENSE: &str = "license";

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .get("/users/me/license", Access::Needs(Permission::UserLicenseRead), get)
        .put("/users/me/license", Access::Needs(Permission::UserLicenseUpdate), set)
        .delete("/users/me/license", Access::Needs(Permission::UserLicenseDelete), delete)
        .get("/server/license", Access::AdminNeeds(Permission::ServerLicenseRead), get_server)
        .put("/server/license", Access::AdminNeeds(Permission::ServerLicenseUpdate), set_server)
        .delete("/server/license", Access::AdminNeeds(Permission::ServerLicenseDelete), delete_server)
}

/// Whether a key looks as such keys do. Only its makers can tell whether it was bought.
fn is_key(text: &str, prefix: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    let is_group = |group: &&str| group.len() == 4 && group.bytes().all(|byte| byte.is_ascii_alphanumeric());
    groups.len() == GROUPS + 1 && groups[0] == prefix && groups[1..].iter().all(is_group)
}

fn check(request: &LicenseKeyDto, prefixes: &[&str]) -> Result<(), ApiError> {
    let is_activated = parse_base64(&request.activation_key).is_some_and(|key| SIGNATURE_BYTES.contains(&key.len()));
    if is_activated && prefixes.iter().any(|prefix| is_key(&request.license_key, prefix)) {
        Ok(())
    } else {
        Err(ApiError::BadRequest("Invalid license key".to_owned()))
    }
}

fn row(library: &Library, request: &LicenseKeyDto) -> serde_json::Value {
    json!({
        "licenseKey": request.license_key,
        "activationKey": request.activation_key,
        "activatedAt": library.now().to_iso(),
    })
}

async fn get(State(app): State<App>, caller: Caller) -> Answer {
    let id = caller.user.id;
    let license = app.run(move |library| super::users::license(library, id)).await?;
    ok(&license.ok_or(ApiError::BareNotFound)?)
}

async fn set(State(app): State<App>, caller: Caller, Input(request): Input<LicenseKeyDto>) -> Answer {
    check(&request, &["IMCL", "IMSV"])?;
    let id = caller.user.id;
    let license = app.run(move |library| {
        library.set_user_value(id, UserMetadataKey::License, &row(library, &request))?;
        super::users::license(library, id)
    });
    ok(&license.await?.ok_or(ApiError::Internal)?)
}

async fn delete(State(app): State<App>, caller: Caller) -> Answer {
    let id = caller.user.id;
    app.run(move |library| library.delete_user_value(id, UserMetadataKey::License)).await?;
    Ok(no_content())
}

fn server_license(library: &Library) -> Result<Option<UserLicenseDto>, tintype_library::LibraryError> {
    let row = library.server_value(SERVER_LICENSE)?;
    Ok(row.and_then(|value| serde_json::from_value(value).ok()))
}

async fn get_server(State(app): State<App>) -> Answer {
    ok(&app.run(server_license).await?.ok_or(ApiError::BareNotFound)?)
}

async fn set_server(State(app): State<App>, Input(request): Input<LicenseKeyDto>) -> Answer {
    check(&request, &["IMSV"])?;
    let license = app.run(move |library| {
        library.set_server_value(SERVER_LICENSE, &row(library, &request))?;
        server_license(library)
    });
    ok(&license.await?.ok_or(ApiError::Internal)?)
}

async fn delete_server(State(app): State<App>) -> Answer {
    app.run(|library| library.set_server_value(SERVER_LICENSE, &serde_json::Value::Null)).await?;
    Ok(no_content())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_a_form() {
        assert!(is_key("IMCL-AAAA-BBBB-CCCC-DDDD-EEEE-FFFF-GGGG-HH12", "IMCL"));
        assert!(!is_key("IMCL-AAAA-BBBB-CCCC-DDDD-EEEE-FFFF-GGGG-HH12", "IMSV"));
        assert!(!is_key("IMCL-AAAA-BBBB-CCCC-DDDD-EEEE-FFFF-GGGG", "IMCL"));
        assert!(!is_key("IMCL-AAAA-BBBB-CCCC-DDDD-EEEE-FFFF-GGGG-HH1é", "IMCL"));
    }
}
