//! Preferences and onboarding of users.

use axum::extract::State;
use serde_json::{Map, Value, json};
use tintype_library::{Library, LibraryError};
use tintype_protocol::dto::user::OnboardingDto;
use tintype_protocol::id::UserId;
use tintype_protocol::model::UserMetadataKey;
use tintype_protocol::permission::Permission;

use super::users::is_onboarded;
use crate::access::Access;
use crate::app::App;
use crate::authorize::Caller;
use crate::body::{Answer, Input, no_content, ok};
use crate::error::ApiError;
use crate::params::PathId;
use crate::routes::Routes;

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .get("/users/me/preferences", Access::Needs(Permission::UserPreferenceRead), mine)
        .put("/users/me/preferences", Access::Needs(Permission::UserPreferenceUpdate), update_mine)
        .get("/admin/users/{id}/preferences", Access::AdminNeeds(Permission::AdminUserRead), of_user)
        .put("/admin/users/{id}/preferences", Access::AdminNeeds(Permission::AdminUserUpdate), update_of_user)
        .get("/users/me/onboarding", Access::Needs(Permission::UserOnboardingRead), onboarding)
        .put("/users/me/onboarding", Access::Needs(Permission::UserOnboardingUpdate), set_onboarding)
        .delete("/users/me/onboarding", Access::Needs(Permission::UserOnboardingDelete), delete_onboarding)
}

/// Preferences of a user who changed none (http-api §4).
fn defaults(is_v3: bool) -> Value {
    let mut defaults = json!({
        "albums": { "defaultAssetOrder": "desc" },
        "folders": { "enabled": false, "sidebarWeb": false },
        "memories": { "enabled": true, "duration": 5 },
        "people": { "enabled": true, "sidebarWeb": false },
        "sharedLinks": { "enabled": true, "sidebarWeb": false },
        "ratings": { "enabled": false },
        "tags": { "enabled": false, "sidebarWeb": false },
        "emailNotifications": { "enabled": true, "albumInvite": true, "albumUpdate": true },
        "download": { "archiveSize": 4_294_967_296_u64, "includeEmbeddedVideos": false },
        "purchase": { "showSupportBadge": true, "hideBuyButtonUntil": "2022-02-12T00:00:00.000Z" },
        "cast": { "gCastEnabled": false },
    });
    if is_v3 {
        defaults["recentlyAdded"] = json!({ "sidebarWeb": false });
        defaults["people"]["minimumFaces"] = json!(3);
    }
    defaults
}

/// Lays what the user changed over the defaults.
fn resolve(overrides: &Map<String, Value>, is_v3: bool) -> Value {
    let mut all = defaults(is_v3);
    for (group, values) in overrides {
        let (Some(target), Some(values)) = (all.get_mut(group).and_then(Value::as_object_mut), values.as_object())
        else {
            continue;
        };
        for (key, value) in values {
            if target.contains_key(key) {
                target.insert(key.clone(), value.clone());
            }
        }
    }
    all
}

/// Only what differs from the defaults is kept.
fn differences(all: &Value, is_v3: bool) -> Map<String, Value> {
    let defaults = defaults(is_v3);
    let mut kept = Map::new();
    for (group, values) in all.as_object().into_iter().flatten() {
        let changed: Map<String, Value> = values
            .as_object()
            .into_iter()
            .flatten()
            .filter(|(key, value)| defaults[group].get(key.as_str()) != Some(value))
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        if !changed.is_empty() {
            kept.insert(group.clone(), Value::Object(changed));
        }
    }
    kept
}

/// A partial tree whose values have the types of the defaults; unknown names are left out.
fn check(change: &Map<String, Value>, is_v3: bool) -> Result<Map<String, Value>, ApiError> {
    let defaults = defaults(is_v3);
    let (mut clean, mut problems) = (Map::new(), Vec::new());
    for (group, values) in change {
        let Some(known) = defaults.get(group) else { continue };
        let Some(values) = values.as_object() else {
            problems.push(format!("{group} must be an object"));
            continue;
        };
        let mut kept = Map::new();
        for (key, value) in values {
            let Some(default) = known.get(key) else { continue };
            if is_acceptable(group, key, default, value) {
                kept.insert(key.clone(), value.clone());
            } else {
                problems.push(format!("{group}.{key} has an unacceptable value"));
            }
        }
        clean.insert(group.clone(), Value::Object(kept));
    }
    if problems.is_empty() { Ok(clean) } else { Err(ApiError::Validation(problems)) }
}

fn is_acceptable(group: &str, key: &str, default: &Value, value: &Value) -> bool {
    match (group, key) {
        ("albums", "defaultAssetOrder") => matches!(value.as_str(), Some("asc" | "desc")),
        ("purchase", "hideBuyButtonUntil") => {
            value.as_str().is_some_and(|text| tintype_protocol::time::Timestamp::parse(text).is_ok())
        }
        _ if default.is_boolean() => value.is_boolean(),
        _ => value.as_u64().is_some_and(|number| number > 0),
    }
}

fn read(library: &Library, user: UserId, is_v3: bool) -> Result<Value, LibraryError> {
    Ok(resolve(&library.preference_overrides(user)?, is_v3))
}

async fn answer(app: App, user: UserId) -> Answer {
    let is_v3 = app.is_v3();
    ok(&app.run(move |library| read(library, user, is_v3)).await?)
}

async fn update(app: App, user: UserId, change: Map<String, Value>) -> Answer {
    let is_v3 = app.is_v3();
    let change = check(&change, is_v3)?;
    let all = app
        .run(move |library| {
            let mut overrides = library.preference_overrides(user)?;
            for (group, values) in change {
                let target = overrides.entry(group).or_insert_with(|| json!({}));
                if let (Some(target), Value::Object(values)) = (target.as_object_mut(), values) {
                    target.extend(values);
                }
            }
            let all = resolve(&overrides, is_v3);
            library.set_preference_overrides(user, &differences(&all, is_v3))?;
            Ok(all)
        })
        .await?;
    ok(&all)
}

async fn mine(State(app): State<App>, caller: Caller) -> Answer {
    answer(app, caller.user.id).await
}

async fn update_mine(State(app): State<App>, caller: Caller, Input(change): Input<Map<String, Value>>) -> Answer {
    update(app, caller.user.id, change).await
}

async fn of_user(State(app): State<App>, PathId(id): PathId<UserId>) -> Answer {
    known_user(&app, id).await?;
    answer(app, id).await
}

async fn update_of_user(
    State(app): State<App>,
    PathId(id): PathId<UserId>,
    Input(change): Input<Map<String, Value>>,
) -> Answer {
    known_user(&app, id).await?;
    update(app, id, change).await
}

async fn known_user(app: &App, id: UserId) -> Result<(), ApiError> {
    let user = app.run(move |library| library.user(id)).await?;
    user.map(|_| ()).ok_or_else(|| ApiError::BadRequest("User not found".to_owned()))
}

async fn onboarding(State(app): State<App>, caller: Caller) -> Answer {
    let id = caller.user.id;
    let row = app.run(move |library| library.user_value(id, UserMetadataKey::Onboarding)).await?;
    ok(&OnboardingDto { is_onboarded: is_onboarded(row.as_ref()) })
}

async fn set_onboarding(State(app): State<App>, caller: Caller, Input(body): Input<OnboardingDto>) -> Answer {
    let (id, value) = (caller.user.id, json!({ "isOnboarded": body.is_onboarded }));
    app.run(move |library| library.set_user_value(id, UserMetadataKey::Onboarding, &value)).await?;
    ok(&body)
}

async fn delete_onboarding(State(app): State<App>, caller: Caller) -> Answer {
    let id = caller.user.id;
    app.run(move |library| library.delete_user_value(id, UserMetadataKey::Onboarding)).await?;
    Ok(no_content())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_differences_are_kept() {
        let change = json!({ "memories": { "duration": 7, "enabled": true }, "nonsense": { "x": 1 } });
        let clean = check(change.as_object().unwrap(), false).unwrap();
        let all = resolve(&clean, false);
        assert_eq!(all["memories"], json!({ "enabled": true, "duration": 7 }));
        assert_eq!(differences(&all, false), *json!({ "memories": { "duration": 7 } }).as_object().unwrap());
    }

    #[test]
    fn wrong_types_are_refused() {
        for bad in [
            json!({ "memories": { "enabled": "yes" } }),
            json!({ "albums": { "defaultAssetOrder": "up" } }),
            json!({ "download": { "archiveSize": -1 } }),
            json!({ "tags": true }),
        ] {
            assert!(check(bad.as_object().unwrap(), false).is_err(), "{bad}");
        }
    }
}
