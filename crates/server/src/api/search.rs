//! Searching by metadata.

use std::collections::HashMap;

use axum::extract::State;
use tintype_library::model::{Asset, AssetFilter, Exif, Match};
use tintype_protocol::dto::asset::AssetResponseDto;
use tintype_protocol::dto::search::{
    MetadataSearchDto, SearchAlbumResponseDto, SearchAssetResponseDto, SearchResponseDto, SearchStatisticsResponseDto,
};
use tintype_protocol::id::UserId;
use tintype_protocol::model::{AssetStatus, SortOrder, Visibility};
use tintype_protocol::permission::Permission;

use crate::access::Access;
use crate::app::App;
use crate::authorize::Caller;
use crate::body::{Answer, Input, ok};
use crate::error::ApiError;
use crate::params::Params;
use crate::present::{self, AssetPresenter};
use crate::routes::Routes;

/// Assets on a page, unless the client says otherwise.
const DEFAULT_SIZE: u32 = 250;
/// Most assets on a page.
const MAX_SIZE: u32 = 1_000;

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .post("/search/metadata", Access::Needs(Permission::AssetRead), metadata)
        .post("/search/random", Access::Needs(Permission::AssetRead), random)
        .post("/search/statistics", Access::Needs(Permission::AssetStatistics), statistics)
        .post("/search/large-assets", Access::Needs(Permission::AssetRead), large)
        .post("/search/smart", Access::Needs(Permission::AssetRead), smart)
}

fn filter(request: MetadataSearchDto, me: UserId) -> Result<AssetFilter, ApiError> {
    let checksum = request.checksum.as_deref().map(str::parse).transpose();
    let is_trash_asked = request.trashed_after.is_some() || request.trashed_before.is_some();
    let with_trash = request.with_deleted.unwrap_or(false) || is_trash_asked;
    Ok(AssetFilter {
        owners: vec![me],
        among: request.id.map(|id| vec![id]),
        is_nothing: checksum.is_err(),
        text_contains: request.ocr,
        checksum: checksum.ok().flatten(),
        device_id: request.device_id,
        device_asset_id: request.device_asset_id,
        name_contains: request.original_file_name,
        path_contains: request.original_path,
        description_contains: request.description,
        asset_type: request.asset_type,
        visibilities: vec![request.visibility.unwrap_or(Visibility::Timeline)],
        statuses: if with_trash { Vec::new() } else { vec![AssetStatus::Active] },
        is_trashed: (!with_trash).then_some(false),
        is_favorite: request.is_favorite,
        is_motion: request.is_motion,
        is_offline: request.is_offline,
        is_encoded: request.is_encoded,
        is_not_in_album: request.is_not_in_album.filter(|wanted| *wanted),
        albums: request.album_ids.unwrap_or_default(),
        tags: request.tag_ids.map(Match::from),
        people: request.person_ids.unwrap_or_default(),
        library: request.library_id.map(Match::from),
        city: request.city.map(Match::from),
        state: request.state.map(Match::from),
        country: request.country.map(Match::from),
        make: request.make.map(Match::from),
        model: request.model.map(Match::from),
        lens_model: request.lens_model.map(Match::from),
        rating: request.rating.map(Match::from),
        min_size_bytes: request.min_file_size,
        created: (request.created_after, request.created_before),
        updated: (request.updated_after, request.updated_before),
        taken: (request.taken_after, request.taken_before),
        trashed: (request.trashed_after, request.trashed_before),
        after_id: None,
    })
}

/// Page and size, both within their limits.
fn page(request: &MetadataSearchDto) -> Result<(u32, u32), ApiError> {
    let (page, size) = (request.page.unwrap_or(1), request.size.unwrap_or(DEFAULT_SIZE));
    let mut problems = Vec::new();
    if page < 1 {
        problems.push("page must not be less than 1".to_owned());
    }
    if !(1..=MAX_SIZE).contains(&size) {
        problems.push(format!("size must be from 1 to {MAX_SIZE}"));
    }
    if problems.is_empty() { Ok((page, size)) } else { Err(ApiError::Validation(problems)) }
}

fn check_locked(request: &MetadataSearchDto, caller: &Caller) -> Result<(), ApiError> {
    if request.visibility == Some(Visibility::Locked) && !caller.is_elevated {
        return Err(ApiError::Unauthorized("Elevated permission is required"));
    }
    Ok(())
}

fn items(app: &App, caller: &Caller, rows: Vec<(Asset, Option<Exif>)>, with_exif: bool) -> Vec<AssetResponseDto> {
    let presenter = AssetPresenter::new(app.is_v3(), caller.user.id);
    rows.into_iter().map(|(asset, known)| presenter.listed(asset, known.filter(|_| with_exif))).collect()
}

/// Adds who is on the caller's own assets.
async fn name_people(app: &App, caller: &Caller, items: &mut [AssetResponseDto]) -> Result<(), ApiError> {
    let own: Vec<_> = items.iter().filter(|item| item.owner_id == caller.user.id).map(|item| item.id).collect();
    let faces = app.run(move |library| own.into_iter().map(|id| Ok((id, library.faces_on(id)?))).collect());
    let mut faces: HashMap<_, _> = faces.await?;
    for item in items {
        item.people = present::on_asset(faces.remove(&item.id).unwrap_or_default(), app.is_v3()).0;
    }
    Ok(())
}

async fn metadata(State(app): State<App>, caller: Caller, Input(request): Input<MetadataSearchDto>) -> Answer {
    check_locked(&request, &caller)?;
    let (page, size) = page(&request)?;
    let order = request.order.unwrap_or(SortOrder::Descending);
    let with_exif = request.with_exif.unwrap_or(false);
    let with_people = request.with_people.unwrap_or(false);
    let filter = filter(request, caller.user.id)?;
    let offset = u64::from(page - 1) * u64::from(size);
    // One more than asked for tells whether there is a next page.
    let mut rows = app.run(move |library| library.search(&filter, order, size + 1, offset)).await?;
    let has_more = rows.len() > size as usize;
    rows.truncate(size as usize);
    let mut items = items(&app, &caller, rows, with_exif);
    if with_people {
        name_people(&app, &caller, &mut items).await?;
    }
    ok(&SearchResponseDto {
        albums: SearchAlbumResponseDto::default(),
        assets: SearchAssetResponseDto {
            total: items.len() as u64,
            count: items.len() as u64,
            items,
            facets: [],
            next_page: has_more.then(|| (page + 1).to_string()),
        },
    })
}

async fn random(State(app): State<App>, caller: Caller, Input(request): Input<MetadataSearchDto>) -> Answer {
    check_locked(&request, &caller)?;
    let (_, size) = page(&request)?;
    let with_exif = request.with_exif.unwrap_or(false);
    let filter = filter(request, caller.user.id)?;
    let rows = app.run(move |library| library.search_random(&filter, size)).await?;
    ok(&items(&app, &caller, rows, with_exif))
}

async fn statistics(State(app): State<App>, caller: Caller, Input(request): Input<MetadataSearchDto>) -> Answer {
    check_locked(&request, &caller)?;
    let filter = filter(request, caller.user.id)?;
    let stats = app.run(move |library| library.count_assets(&filter)).await?;
    ok(&SearchStatisticsResponseDto { total: stats.images + stats.videos })
}

/// Filters come in the query here; those that a list of large files is asked with are read.
async fn large(State(app): State<App>, caller: Caller, params: Params) -> Answer {
    let request = MetadataSearchDto {
        min_file_size: params.parse("minFileSize", "a number of bytes")?,
        size: params.parse("size", "a number")?,
        asset_type: params.parse("type", "one of IMAGE, VIDEO")?,
        is_favorite: params.flag("isFavorite")?,
        visibility: params.parse("visibility", "one of timeline, archive, hidden, locked")?,
        with_exif: params.flag("withExif")?,
        ..MetadataSearchDto::default()
    };
    check_locked(&request, &caller)?;
    let (_, size) = page(&request)?;
    let filter = filter(request, caller.user.id)?;
    let rows = app.run(move |library| library.search_largest(&filter, size)).await?;
    ok(&items(&app, &caller, rows, true))
}

async fn smart() -> Answer {
    Err(ApiError::BadRequest("Smart search is not enabled".to_owned()))
}
