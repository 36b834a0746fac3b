//! External libraries: folders whose files stay in place. They are added and removed by commands on the machine that has the
//! folders, and by nobody else.

use axum::extract::State;
use tintype_library::model::{Folder, LibraryUsage};
use tintype_protocol::dto::library::{LibraryResponseDto, LibraryStatsResponseDto};
use tintype_protocol::id::LibraryId;
use tintype_protocol::permission::Permission;

use crate::access::Access;
use crate::app::App;
use crate::body::{Answer, no_content, ok};
use crate::error::ApiError;
use crate::params::PathId;
use crate::routes::Routes;

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .get("/libraries", Access::AdminNeeds(Permission::LibraryRead), list)
        .get("/libraries/{id}", Access::AdminNeeds(Permission::LibraryRead), get)
        .get("/libraries/{id}/statistics", Access::AdminNeeds(Permission::LibraryStatistics), statistics)
        .post("/libraries/{id}/scan", Access::AdminNeeds(Permission::LibraryUpdate), scan)
}

fn body(folder: &Folder, id: LibraryId, usage: LibraryUsage) -> LibraryResponseDto {
    let path = String::from_utf8_lossy(&folder.path).into_owned();
    let name = path.rsplit('/').find(|name| !name.is_empty()).unwrap_or(&path).to_owned();
    let settings: serde_json::Value = serde_json::from_str(&folder.settings).unwrap_or_default();
    let excluded = settings["exclude"].as_array().into_iter().flatten();
    LibraryResponseDto {
        id,
        owner_id: folder.owner_id,
        name,
        asset_count: usage.photos + usage.videos,
        import_paths: vec![path],
        exclusion_patterns: excluded.filter_map(|pattern| pattern.as_str().map(str::to_owned)).collect(),
        created_at: folder.added_at,
        updated_at: folder.planned_at.unwrap_or(folder.added_at),
        refreshed_at: folder.scanned_at,
    }
}

async fn list(State(app): State<App>) -> Answer {
    let libraries = app.run(|library| {
        let mut found = Vec::new();
        for folder in library.reconciled_folders()? {
            if let Some(id) = folder.library {
                found.push(body(&folder, id, library.library_usage(id)?));
            }
        }
        Ok(found)
    });
    ok(&libraries.await?)
}

/// The folder that an external library is, and what it holds.
async fn known(app: &App, id: LibraryId) -> Result<(Folder, LibraryUsage), ApiError> {
    let found = app.run(move |library| {
        let folder = library.reconciled_folders()?.into_iter().find(|folder| folder.library == Some(id));
        folder.map(|folder| Ok((folder, library.library_usage(id)?))).transpose()
    });
    found.await?.ok_or_else(|| ApiError::BadRequest("Library not found".to_owned()))
}

async fn get(State(app): State<App>, PathId(id): PathId<LibraryId>) -> Answer {
    let (folder, usage) = known(&app, id).await?;
    ok(&body(&folder, id, usage))
}

async fn statistics(State(app): State<App>, PathId(id): PathId<LibraryId>) -> Answer {
    let (_, usage) = known(&app, id).await?;
    let LibraryUsage { photos, videos, bytes } = usage;
    ok(&LibraryStatsResponseDto { photos, videos, total: photos + videos, usage: bytes })
}

/// Looks through the folder, and does what needs no person; the first time, it is only looked through.
async fn scan(State(app): State<App>, PathId(id): PathId<LibraryId>) -> Answer {
    let (folder, _) = known(&app, id).await?;
    let reconciling = app.reconciling().ok_or(ApiError::Busy)?;
    // What refuses is at work already.
    reconciling.scan(folder.id).map_err(|_| ApiError::Busy)?;
    Ok(no_content())
}
