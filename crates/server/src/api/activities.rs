//! Comments and likes.

use axum::extract::State;
use tintype_library::activities::ActivityView;
use tintype_library::model::ActivityFilter;
use tintype_protocol::dto::activity::{ActivityCreateDto, ActivityResponseDto, ActivityStatisticsResponseDto};
use tintype_protocol::id::{ActivityId, AlbumId};
use tintype_protocol::model::ActivityType;
use tintype_protocol::permission::Permission;

use crate::access::Access;
use crate::app::App;
use crate::authorize::Caller;
use crate::body::{Answer, Input, created, no_content, ok};
use crate::error::ApiError;
use crate::params::{Params, PathId};
use crate::present;
use crate::routes::Routes;

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .get("/activities", Access::Needs(Permission::ActivityRead), list)
        .post("/activities", Access::Needs(Permission::ActivityCreate), create)
        .get("/activities/statistics", Access::Needs(Permission::ActivityStatistics), statistics)
        .delete("/activities/{id}", Access::Needs(Permission::ActivityDelete), delete)
}

fn body(view: ActivityView) -> ActivityResponseDto {
    ActivityResponseDto {
        id: view.activity.id,
        created_at: view.activity.created_at,
        kind: view.activity.kind(),
        user: present::user(&view.user),
        asset_id: view.activity.asset_id,
        comment: view.activity.comment,
    }
}

fn album(params: &Params) -> Result<AlbumId, ApiError> {
    params.id("albumId")?.ok_or_else(|| ApiError::invalid("albumId must be a UUID"))
}

async fn list(State(app): State<App>, caller: Caller, params: Params) -> Answer {
    let album = album(&params)?;
    let filter = ActivityFilter {
        asset_id: params.id("assetId")?,
        level: params.parse("level", "one of album, asset")?,
        kind: params.parse("type", "one of comment, like")?,
        user_id: params.id("userId")?,
    };
    let views = app.run(move |library| library.activities(&caller, album, &filter)).await?;
    ok(&views.into_iter().map(body).collect::<Vec<_>>())
}

async fn create(State(app): State<App>, caller: Caller, Input(request): Input<ActivityCreateDto>) -> Answer {
    let comment = match request.kind {
        ActivityType::Like => None,
        ActivityType::Comment => {
            let comment = request.comment.filter(|comment| !comment.is_empty());
            Some(comment.ok_or_else(|| ApiError::invalid("comment should not be empty"))?)
        }
    };
    let (album, asset) = (request.album_id, request.asset_id);
    let (view, is_new) = app.run(move |library| library.create_activity(&caller, album, asset, comment)).await?;
    if is_new { created(&body(view)) } else { ok(&body(view)) }
}

async fn statistics(State(app): State<App>, caller: Caller, params: Params) -> Answer {
    let album = album(&params)?;
    let filter = ActivityFilter { asset_id: params.id("assetId")?, ..ActivityFilter::default() };
    let views = app.run(move |library| library.activities(&caller, album, &filter)).await?;
    let (mut comments, mut likes) = (0, 0);
    for view in views {
        match view.activity.kind() {
            ActivityType::Comment => comments += 1,
            ActivityType::Like => likes += 1,
        }
    }
    ok(&ActivityStatisticsResponseDto { comments, likes })
}

async fn delete(State(app): State<App>, caller: Caller, PathId(id): PathId<ActivityId>) -> Answer {
    app.run(move |library| library.delete_activity(&caller, id)).await?;
    Ok(no_content())
}
