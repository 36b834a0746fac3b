//! Single assets and bulk changes.

use std::collections::HashMap;

use axum::extract::State;
use tintype_library::assets::{AssetChange, DateTimeOriginal, ordinary};
use tintype_library::model::{Asset, AssetFilter, Exif, JobKind};
use tintype_protocol::checksum::Sha1;
use tintype_protocol::dto::asset::{
    AssetBulkDeleteDto, AssetBulkUpdateDto, AssetBulkUploadCheckDto, AssetBulkUploadCheckResponseDto,
    AssetBulkUploadCheckResult, AssetResponseDto, AssetStatsResponseDto, UpdateAssetDto,
};
use tintype_protocol::dto::job::{AssetJobName, AssetJobsDto};
use tintype_protocol::id::AssetId;
use tintype_protocol::model::{AssetStatus, Visibility};
use tintype_protocol::permission::Permission;

use crate::access::Access;
use crate::app::App;
use crate::authorize::Caller;
use crate::body::{Answer, Input, no_content, ok};
use crate::error::ApiError;
use crate::params::{Params, PathId};
use crate::present::{AssetPresenter, Surroundings};
use crate::routes::Routes;

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .get("/assets/statistics", Access::Needs(Permission::AssetStatistics), statistics)
        .post("/assets/bulk-upload-check", Access::Needs(Permission::AssetUpload), bulk_upload_check)
        .post("/assets/jobs", Access::Needs(Permission::JobCreate), jobs)
        .get("/assets/{id}", Access::NeedsOrGuest(Permission::AssetRead), get)
        .put("/assets/{id}", Access::Needs(Permission::AssetUpdate), update)
        .put("/assets", Access::Needs(Permission::AssetUpdate), update_many)
        .delete("/assets", Access::Needs(Permission::AssetDelete), delete)
}

/// Largest distance from the equator, in degrees.
const MAX_LATITUDE: f64 = 90.0;
/// Largest distance from Greenwich, in degrees.
const MAX_LONGITUDE: f64 = 180.0;

async fn single(app: &App, caller: &Caller, asset: Asset, known: Option<Exif>) -> Answer {
    let (row, viewer) = (asset.clone(), caller.viewer());
    let around = app.run(move |library| {
        // Of a stack, guests see what is behind their link, one by one.
        let stack = row.stack_id.filter(|_| viewer.is_some());
        let stack = stack.map(|id| library.stack_summary(id)).transpose()?.flatten();
        let faces = if Some(row.owner_id) == viewer { library.faces_on(row.id)? } else { Vec::new() };
        let around = Surroundings { tags: library.tags_of(row.id)?, stack, faces };
        let owners = if viewer.is_some() { library.owners(std::slice::from_ref(&row))? } else { HashMap::new() };
        Ok((owners, around))
    });
    let (owners, around) = around.await?;
    ok(&AssetPresenter::new(app.is_v3(), caller.viewer()).with_owners(owners).single(asset, known, around))
}

async fn get(State(app): State<App>, caller: Caller, PathId(id): PathId<AssetId>) -> Answer {
    let asker = caller.clone();
    let (asset, known) = app.run(move |library| library.asset_with_exif(&asker, id, Permission::AssetRead)).await?;
    if !caller.sees_metadata() {
        return ok(&AssetPresenter::new(app.is_v3(), None).sanitized(asset));
    }
    single(&app, &caller, asset, known).await
}

async fn update(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<AssetId>,
    Input(body): Input<UpdateAssetDto>,
) -> Answer {
    let change = change(body)?;
    let asker = caller.clone();
    let (asset, known) = app.run(move |library| library.update_asset(&asker, id, change)).await?;
    let body = AssetPresenter::new(app.is_v3(), caller.user.id).listed(asset, known);
    ok(&AssetResponseDto { unassigned_faces: (!app.is_v3()).then(Vec::new), ..body })
}

async fn update_many(State(app): State<App>, caller: Caller, Input(body): Input<AssetBulkUpdateDto>) -> Answer {
    let ids = body.ids.ok_or_else(|| ApiError::invalid("ids must be an array"))?;
    if body.change.date_time_original.is_some() && (body.date_time_relative.is_some() || body.time_zone.is_some()) {
        return Err(ApiError::invalid("dateTimeRelative and timeZone cannot be combined with dateTimeOriginal"));
    }
    let mut change = change(body.change)?;
    // Documented as seconds by the reference, applied as minutes (http-api §8).
    change.shift_minutes = body.date_time_relative.map(|minutes| minutes.round() as i64);
    change.time_zone = body.time_zone;
    app.run(move |library| library.update_assets(&caller, &ids, change)).await?;
    Ok(no_content())
}

/// Reads a change; every field that is not acceptable is named.
fn change(body: UpdateAssetDto) -> Result<AssetChange, ApiError> {
    let mut problems = Vec::new();
    let position = match (body.latitude, body.longitude) {
        (None, None) => None,
        (Some(latitude), Some(longitude)) => {
            if latitude.abs() > MAX_LATITUDE {
                problems.push("latitude must be a latitude string or number".to_owned());
            }
            if longitude.abs() > MAX_LONGITUDE {
                problems.push("longitude must be a longitude string or number".to_owned());
            }
            Some((latitude, longitude))
        }
        _ => {
            problems.push("latitude and longitude must be sent together".to_owned());
            None
        }
    };
    let date_time_original = body.date_time_original.map(|text| {
        let date = DateTimeOriginal::parse(&text);
        if date.is_none() {
            problems.push("dateTimeOriginal must be a date string".to_owned());
        }
        date
    });
    let rating = body.rating.map(|stars| stars.map(rating).transpose());
    let rating = match rating.transpose() {
        Ok(rating) => rating.map(Option::flatten),
        Err(problem) => {
            problems.push(problem);
            None
        }
    };
    if !problems.is_empty() {
        return Err(ApiError::Validation(problems));
    }
    Ok(AssetChange {
        is_favorite: body.is_favorite,
        visibility: body.visibility,
        description: body.description,
        rating,
        position,
        date_time_original: date_time_original.flatten(),
        shift_minutes: None,
        time_zone: None,
        live_photo_video_id: body.live_photo_video_id,
    })
}

/// −1 to 5 stars; 0 is kept as none.
fn rating(stars: f64) -> Result<Option<i8>, String> {
    if stars.fract() != 0.0 || !(-1.0..=5.0).contains(&stars) {
        return Err("rating must be a whole number from -1 to 5".to_owned());
    }
    Ok(Some(stars as i8).filter(|stars| *stars != 0))
}

async fn delete(State(app): State<App>, caller: Caller, Input(body): Input<AssetBulkDeleteDto>) -> Answer {
    let for_good = body.force.unwrap_or(false);
    app.run(move |library| library.delete_assets(&caller, &body.ids, for_good)).await?;
    Ok(no_content())
}

/// What the filters of the statistics leave of `all`.
pub(super) fn stats_filter(all: AssetFilter, params: &Params) -> Result<AssetFilter, ApiError> {
    let is_trashed = params.flag("isTrashed")?.unwrap_or(false);
    let visibility: Option<Visibility> = params.parse("visibility", "one of timeline, archive, hidden, locked")?;
    Ok(AssetFilter {
        is_favorite: params.flag("isFavorite")?,
        visibilities: visibility.map_or(all.visibilities, |visibility| vec![visibility]),
        statuses: vec![if is_trashed { AssetStatus::Trashed } else { AssetStatus::Active }],
        is_trashed: Some(is_trashed),
        ..all
    })
}

pub(super) async fn statistics(State(app): State<App>, caller: Caller, params: Params) -> Answer {
    let filter = stats_filter(ordinary(caller.user.id), &params)?;
    if filter.visibilities.contains(&Visibility::Locked) && !caller.is_elevated {
        return Err(ApiError::Unauthorized("Elevated permission is required"));
    }
    let stats = app.run(move |library| library.count_assets(&filter)).await?;
    ok(&AssetStatsResponseDto { images: stats.images, videos: stats.videos, total: stats.images + stats.videos })
}

pub(super) async fn bulk_upload_check(
    State(app): State<App>,
    caller: Caller,
    Input(body): Input<AssetBulkUploadCheckDto>,
) -> Answer {
    let mut problems = Vec::new();
    let mut checksums = Vec::with_capacity(body.assets.len());
    for (index, item) in body.assets.iter().enumerate() {
        if item.id.is_empty() || item.checksum.is_empty() {
            problems.push(format!("assets.{index} needs a non-empty id and checksum"));
        }
        // What is no digest cannot be known: such a file is wanted.
        checksums.push(item.checksum.parse::<Sha1>().ok());
    }
    if !problems.is_empty() {
        return Err(ApiError::Validation(problems));
    }
    let known = app.run(move |library| library.known_contents(caller.user.id, &checksums)).await?;
    let results = body
        .assets
        .into_iter()
        .zip(known)
        .map(|(item, known)| AssetBulkUploadCheckResult {
            id: item.id,
            action: if known.is_some() { "reject" } else { "accept" },
            reason: known.map(|_| "duplicate"),
            asset_id: known.map(|known| known.asset_id),
            is_trashed: known.map(|known| known.is_trashed),
        })
        .collect();
    ok(&AssetBulkUploadCheckResponseDto { results })
}

async fn jobs(State(app): State<App>, caller: Caller, Input(body): Input<AssetJobsDto>) -> Answer {
    let kind = match body.name {
        AssetJobName::RefreshMetadata => JobKind::Metadata,
        AssetJobName::RegenerateThumbnail => JobKind::Thumbnail,
        AssetJobName::TranscodeVideo => JobKind::Video,
        AssetJobName::RefreshFaces => {
            return Err(ApiError::BadRequest("This server does not recognise faces".to_owned()));
        }
    };
    app.run(move |library| library.request_jobs(&caller, &body.asset_ids, kind)).await?;
    Ok(no_content())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(json: &str) -> Result<AssetChange, ApiError> {
        change(serde_json::from_str(json).unwrap())
    }

    #[test]
    fn every_unacceptable_field_is_named() {
        let error = parse(r#"{"rating":9,"latitude":200,"longitude":0,"dateTimeOriginal":"x"}"#).unwrap_err();
        let ApiError::Validation(problems) = error else { panic!("{error}") };
        assert_eq!(problems.len(), 3, "{problems:?}");
        assert!(parse(r#"{"latitude":2}"#).is_err());
    }

    #[test]
    fn absent_null_and_zero_ratings_differ() {
        assert_eq!(parse("{}").unwrap().rating, None);
        assert_eq!(parse(r#"{"rating":null}"#).unwrap().rating, Some(None));
        assert_eq!(parse(r#"{"rating":0}"#).unwrap().rating, Some(None));
        assert_eq!(parse(r#"{"rating":-1}"#).unwrap().rating, Some(Some(-1)));
    }
}
