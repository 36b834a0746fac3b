//! Values that apps keep with assets.

use std::collections::HashSet;

use axum::extract::{Path, State};
use serde::Deserialize;
use serde_json::value::RawValue;
use tintype_library::LibraryError;
use tintype_library::model::AssetMetadata;
use tintype_protocol::dto::asset::{
    AssetMetadataBulkDeleteDto, AssetMetadataBulkResponseDto, AssetMetadataBulkUpsertDto, AssetMetadataResponseDto,
    AssetMetadataUpsertDto,
};
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
        .put("/assets/metadata", Access::Needs(Permission::AssetUpdate), upsert_several)
        .delete("/assets/metadata", Access::Needs(Permission::AssetUpdate), delete_several)
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

async fn upsert_several(
    State(app): State<App>,
    caller: Caller,
    Input(request): Input<AssetMetadataBulkUpsertDto>,
) -> Answer {
    let mut seen = HashSet::new();
    let mut items = Vec::with_capacity(request.items.len());
    for item in request.items {
        if item.key.is_empty() {
            return Err(ApiError::invalid("key should not be empty"));
        }
        if !seen.insert((item.asset_id, item.key.clone())) {
            return Err(ApiError::BadRequest(format!("Duplicate key: {} of {}", item.key, item.asset_id)));
        }
        items.push((item.asset_id, item.key, serde_json::Value::Object(item.value).to_string()));
    }
    let written: Vec<(AssetId, String)> = items.iter().map(|(id, key, _)| (*id, key.clone())).collect();
    let rows = app.run(move |library| {
        library.set_asset_metadata(&caller, items)?;
        let row = |(id, key): (AssetId, String)| {
            let rows = library.asset_metadata(&caller, id)?;
            Ok(rows.into_iter().find(|row| row.key == key).map(|row| (id, row)))
        };
        written.into_iter().map(row).collect::<Result<Vec<_>, LibraryError>>()
    });
    let rows = rows.await?.into_iter().flatten();
    let bodies = rows.map(|(asset_id, row)| Ok(AssetMetadataBulkResponseDto { asset_id, row: body(row)? }));
    ok(&bodies.collect::<Result<Vec<_>, ApiError>>()?)
}

async fn delete_several(
    State(app): State<App>,
    caller: Caller,
    Input(request): Input<AssetMetadataBulkDeleteDto>,
) -> Answer {
    let items = request.items.into_iter().map(|item| (item.asset_id, item.key)).collect();
    app.run(move |library| library.delete_asset_metadata(&caller, items)).await?;
    Ok(no_content())
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
