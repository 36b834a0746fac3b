//! The timeline in months.

use axum::extract::State;
use tintype_library::model::{BucketFilter, BucketRow};
use tintype_protocol::dto::timeline::{TimeBucketAssetResponseDto, TimeBucketsResponseDto};
use tintype_protocol::id::UserId;
use tintype_protocol::model::{AssetType, SortOrder, Visibility};
use tintype_protocol::permission::Permission;
use tintype_protocol::sync::Number;
use tintype_protocol::time::Timestamp;

use crate::access::Access;
use crate::app::App;
use crate::authorize::Caller;
use crate::body::{Answer, ok};
use crate::error::ApiError;
use crate::params::Params;
use crate::present::duration;
use crate::routes::Routes;

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .get("/timeline/buckets", Access::NeedsOrGuest(Permission::AssetRead), buckets)
        .get("/timeline/bucket", Access::NeedsOrGuest(Permission::AssetRead), bucket)
        .get("/view/folder/unique-paths", Access::Needs(Permission::FolderRead), unique_paths)
}

async fn filter(app: &App, caller: &Caller, params: &Params) -> Result<BucketFilter, ApiError> {
    let me = caller.user.id;
    let visibility: Option<Visibility> = params.parse("visibility", "one of timeline, archive, hidden, locked")?;
    let order: Option<SortOrder> = params.parse("order", "one of asc, desc")?;
    let (is_favorite, is_trashed) = (params.flag("isFavorite")?, params.flag("isTrashed")?);
    let with_partners = params.flag("withPartners")?.unwrap_or(false);
    let is_stacked = params.flag("withStacked")?.unwrap_or(false);
    let is_timeline = visibility.is_some_and(|visibility| visibility != Visibility::Archive);
    if with_partners && (!is_timeline || is_favorite == Some(true) || is_trashed == Some(true)) {
        return Err(ApiError::BadRequest(
            "withPartners is only supported for non-archived, non-trashed, non-favorited assets".to_owned(),
        ));
    }
    let album = params.id("albumId")?;
    let owner = params.id::<UserId>("userId")?;
    let owners = match (owner, album) {
        (Some(owner), _) => vec![owner],
        (None, Some(_)) => Vec::new(),
        (None, None) if with_partners => {
            let asker = caller.clone();
            app.run(move |library| library.timeline_owners(&asker)).await?
        }
        (None, None) => vec![me],
    };
    let (person, tag) = (params.id("personId")?, params.id("tagId")?);
    let bbox = params.get("bbox").map(bounding_box).transpose()?;
    let visibilities = visibility.into_iter().collect();
    Ok(BucketFilter { owners, album, is_favorite, is_trashed, visibilities, bbox, order, is_stacked, tag, person })
}

/// `west,south,east,north` in degrees.
fn bounding_box(text: &str) -> Result<[f64; 4], ApiError> {
    let numbers: Option<Vec<f64>> = text.split(',').map(|part| part.trim().parse().ok()).collect();
    numbers
        .and_then(|numbers| <[f64; 4]>::try_from(numbers).ok())
        .filter(|numbers| numbers.iter().all(|number| number.is_finite()))
        .ok_or_else(|| ApiError::invalid("bbox must be west,south,east,north"))
}

async fn buckets(State(app): State<App>, caller: Caller, params: Params) -> Answer {
    let filter = filter(&app, &caller, &params).await?;
    let months = app.run(move |library| library.months(&caller, &filter)).await?;
    let body: Vec<TimeBucketsResponseDto> = months
        .into_iter()
        .map(|month| TimeBucketsResponseDto {
            time_bucket: format!("{:04}-{:02}-01", month.month.div_euclid(12), month.month.rem_euclid(12) + 1),
            count: month.count,
        })
        .collect();
    ok(&body)
}

/// Months since year 0 of a bucket's name, which is the first day of the month, with or without a time behind it.
fn month_of(text: &str) -> Result<i64, ApiError> {
    let invalid = || ApiError::invalid("timeBucket must be a date string");
    let date = Timestamp::parse(text).map_err(|_| invalid())?;
    let (year, month) = date.year_month();
    Ok(year * 12 + i64::from(month) - 1)
}

async fn bucket(State(app): State<App>, caller: Caller, params: Params) -> Answer {
    let filter = filter(&app, &caller, &params).await?;
    let month = month_of(params.get("timeBucket").unwrap_or_default())?;
    let with_coordinates = params.flag("withCoordinates")?.unwrap_or(false);
    let with_stacked = params.flag("withStacked")?.unwrap_or(false);
    let (viewer, sees_metadata) = (caller.viewer(), caller.sees_metadata());
    let mut rows = app.run(move |library| library.month(&caller, &filter, month)).await?;
    if !sees_metadata {
        rows.iter_mut().for_each(keep_back);
    }
    ok(&columns(rows, viewer, app.is_v3(), with_coordinates, with_stacked))
}

/// Takes out what a link does not tell: the place, the zone it lies in, and when the photo came into the library.
fn keep_back(row: &mut BucketRow) {
    (row.city, row.country, row.latitude, row.longitude) = (None, None, None, None);
    (row.file_created_at, row.created_at) = (row.local_date_time, row.local_date_time);
}

fn columns(
    rows: Vec<BucketRow>,
    viewer: Option<UserId>,
    is_v3: bool,
    with_coordinates: bool,
    with_stacked: bool,
) -> TimeBucketAssetResponseDto {
    let mut columns = TimeBucketAssetResponseDto::default();
    let (mut statuses, mut created) = (Vec::new(), Vec::new());
    let (mut latitudes, mut longitudes, mut stacks) = (Vec::new(), Vec::new(), Vec::new());
    for row in rows {
        columns.id.push(row.id);
        columns.owner_id.push(row.owner_id);
        columns.ratio.push(Number(ratio(row.width, row.height)));
        columns.is_favorite.push(row.is_favorite && Some(row.owner_id) == viewer);
        columns.visibility.push(row.visibility);
        columns.is_trashed.push(row.is_trashed);
        columns.is_image.push(row.asset_type == AssetType::Image);
        columns.thumbhash.push(row.thumbhash.as_deref().map(tintype_protocol::bytes::base64));
        columns.file_created_at.push(without_zone(row.file_created_at));
        let offset_ms = row.local_date_time.0 - row.file_created_at.0;
        columns.local_offset_hours.push(Number(offset_ms as f64 / 3_600_000.0));
        columns.duration.push(duration(is_v3, row.duration_ms));
        columns.projection_type.push(row.projection_type);
        columns.live_photo_video_id.push(row.live_photo_video_id);
        columns.city.push(row.city);
        columns.country.push(row.country);
        statuses.push(row.status);
        created.push(row.created_at);
        latitudes.push(row.latitude.map(Number));
        longitudes.push(row.longitude.map(Number));
        stacks.push(row.stack.filter(|_| viewer.is_some()).map(|(id, count)| [id.to_string(), count.to_string()]));
    }
    columns.status = (!is_v3).then_some(statuses);
    columns.created_at = is_v3.then_some(created);
    columns.latitude = with_coordinates.then_some(latitudes);
    columns.longitude = with_coordinates.then_some(longitudes);
    columns.stack = with_stacked.then_some(stacks);
    columns
}

/// Three decimals; 1 when unknown.
fn ratio(width: Option<u32>, height: Option<u32>) -> f64 {
    match (width, height) {
        (Some(width), Some(height)) if width > 0 && height > 0 => {
            (f64::from(width) / f64::from(height) * 1_000.0).round() / 1_000.0
        }
        _ => 1.0,
    }
}

/// UTC without `Z`, and without a fraction that is zero.
fn without_zone(time: Timestamp) -> String {
    let text = time.to_iso();
    let text = text.trim_end_matches('Z');
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let fraction = fraction.trim_end_matches('0');
    if fraction.is_empty() { whole.to_owned() } else { format!("{whole}.{fraction}") }
}

async fn unique_paths(State(app): State<App>, caller: Caller) -> Answer {
    ok(&app.run(move |library| library.folders(caller.user.id)).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_no_zone_and_no_empty_fraction() {
        assert_eq!(without_zone(Timestamp(1_704_164_645_678)), "2024-01-02T03:04:05.678");
        assert_eq!(without_zone(Timestamp(1_704_164_645_600)), "2024-01-02T03:04:05.6");
        assert_eq!(without_zone(Timestamp(1_704_164_645_000)), "2024-01-02T03:04:05");
    }

    #[test]
    fn ratios_and_boxes() {
        assert_eq!(ratio(Some(4_000), Some(3_000)), 1.333);
        assert_eq!(ratio(None, Some(1)), 1.0);
        assert!(bounding_box("1,2,3,4").is_ok());
        assert!(
            bounding_box("1,2,3").is_err() && bounding_box("a,b,c,d").is_err() && bounding_box("1,2,3,NaN").is_err()
        );
    }
}
