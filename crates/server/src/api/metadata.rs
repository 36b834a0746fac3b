//! Values that apps keep with assets.

use axum::extract::{Path, State};
use serde::Deserialize;
use serde_json::value::RawValue;
use tintype_library::model::AssetMetadata;
use tintype_protocol::dto::asset::{AssetMetadataResponseDto, AssetMetadataUpsertDto};
use tintype_protocol::id::AssetId;
use tintype_protocol::permission::Permission;

use crate::access::Access;
use crate::app::App;
use crate::authorize::Caller;
use crate::body::{Answer, Input, no_content, ok};
use crate::error::ApiError;
use crate::params::{PathId, entity_id};
use crate::routes::Routes;

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .get("/assets/{id}/metadata", Access::Needs(Permission::AssetRead), list)
        .put("/assets/{id}/metadata", Access::Needs(Permission::AssetUpdate), upsert)
        .get("/assets/{id}/metadata/{key}", Access::Needs(Permission::AssetRead), get)
        .delete("/assets/{id}/metadata/{key}", Access::Needs(Permission::AssetUpdate), delete)
}

fn body(row: AssetMetadata) -> Result<AssetMetadataResponseDto, ApiError> {
    let value = RawValue::from_string(row.value).map_err(|_| ApiError::Internal)?;
    Ok(AssetMetadataResponseDto { key: row.key, value, updated_at: row.updated_at })
}

async fn list(State(app): State<App>, caller: Caller, PathId(id): PathId<AssetId>) -> Answer {
    let rows = app.run(move |library| library.asset_metadata(&caller, id)).await?;
    ok(&rows.into_iter().map(body).collect::<Result<Vec<_>, _>>()?)
}

async fn upsert(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<AssetId>,
    Input(request): Input<AssetMetadataUpsertDto>,
) -> Answer {
    let mut items = Vec::with_capacity(request.items.len());
    for item in request.items {
        if item.key.is_empty() {
            return Err(ApiError::invalid("key should not be empty"));
        }
        if items.iter().any(|(_, key, _)| *key == item.key) {
            return Err(ApiError::BadRequest(format!("Duplicate key: {}", item.key)));
        }
        items.push((id, item.key, serde_json::Value::Object(item.value).to_string()));
    }
    let keys: Vec<String> = items.iter().map(|(_, key, _)| key.clone()).collect();
    let rows = app
        .run(move |library| {
            library.set_asset_metadata(&caller, items)?;
            library.asset_metadata(&caller, id)
        })
        .await?;
    let written = rows.into_iter().filter(|row| keys.contains(&row.key));
    ok(&written.map(body).collect::<Result<Vec<_>, _>>()?)
}

#[derive(Deserialize)]
struct KeyPath {
    id: String,
    key: String,
}

async fn get(State(app): State<App>, caller: Caller, Path(path): Path<KeyPath>) -> Answer {
    let id: AssetId = entity_id("id", &path.id)?;
    let rows = app.run(move |library| library.asset_metadata(&caller, id)).await?;
    let row = rows.into_iter().find(|row| row.key == path.key);
    let row = row.ok_or_else(|| ApiError::BadRequest(format!("Metadata with key \"{}\" not found", path.key)))?;
    ok(&body(row)?)
}

async fn delete(State(app): State<App>, caller: Caller, Path(path): Path<KeyPath>) -> Answer {
    let id: AssetId = entity_id("id", &path.id)?;
    app.run(move |library| library.delete_asset_metadata(&caller, vec![(id, path.key)])).await?;
    Ok(no_content())
}
