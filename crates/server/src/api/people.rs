//! People.

use axum::extract::State;
use axum::http::HeaderMap;
use tintype_library::LibraryError;
use tintype_library::model::PeopleFilter;
use tintype_library::people::{PersonChange, PersonOutcome};
use tintype_protocol::dto::person::{
    AssetFaceUpdateDto, MergePersonDto, PeopleResponseDto, PeopleUpdateDto, PersonStatisticsResponseDto,
    PersonUpdateDto,
};
use tintype_protocol::dto::{BulkIdResponseDto, BulkIdsDto};
use tintype_protocol::id::PersonId;
use tintype_protocol::permission::Permission;
use tintype_protocol::time::{DAY_MS, Timestamp};

use super::media::send::{ASK_AGAIN, Content, send};
use crate::access::Access;
use crate::app::App;
use crate::authorize::Caller;
use crate::body::{Answer, Input, created, no_content, ok};
use crate::error::ApiError;
use crate::params::{Params, PathId, color};
use crate::present;
use crate::routes::Routes;

/// People on a page, unless the client says otherwise.
const DEFAULT_SIZE: u32 = 500;
/// Most people on a page.
const MAX_SIZE: u32 = 1_000;
/// People without a name are listed from this number of photos on (http-api §8).
const MIN_FACES: u32 = 3;
/// The longest name, in characters.
const MAX_NAME: usize = 1_000;

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .get("/people", Access::Needs(Permission::PersonRead), list)
        .post("/people", Access::Needs(Permission::PersonCreate), create)
        .put("/people", Access::Needs(Permission::PersonUpdate), update_several)
        .delete("/people", Access::Needs(Permission::PersonDelete), delete_several)
        .post("/people/merge", Access::Needs(Permission::PersonMerge), merge_all)
        .get("/people/{id}", Access::Needs(Permission::PersonRead), get)
        .put("/people/{id}", Access::Needs(Permission::PersonUpdate), update)
        .delete("/people/{id}", Access::Needs(Permission::PersonDelete), delete)
        .post("/people/{id}/merge", Access::Needs(Permission::PersonMerge), merge)
        .put("/people/{id}/reassign", Access::Needs(Permission::PersonReassign), reassign)
        .get("/people/{id}/statistics", Access::Needs(Permission::PersonStatistics), statistics)
        .get("/people/{id}/thumbnail", Access::Needs(Permission::PersonRead), thumbnail)
        .get("/search/person", Access::Needs(Permission::PersonRead), search)
}

async fn list(State(app): State<App>, caller: Caller, params: Params) -> Answer {
    let with_hidden = params.flag("withHidden")?.unwrap_or(false);
    let page = params.parse::<u32>("page", "a number")?.unwrap_or(1);
    let size = params.parse("size", "a number")?.unwrap_or(DEFAULT_SIZE);
    if page < 1 || !(1..=MAX_SIZE).contains(&size) {
        return Err(ApiError::invalid(format!("page must be 1 or more, and size from 1 to {MAX_SIZE}")));
    }
    let filter = PeopleFilter { with_hidden, min_faces: MIN_FACES };
    let offset = u64::from(page - 1) * u64::from(size);
    let page = app.run(move |library| library.people(&caller, filter, size, offset)).await?;
    ok(&PeopleResponseDto {
        people: page.people.into_iter().map(present::person).collect(),
        total: page.counts.total,
        hidden: page.counts.hidden,
        has_next_page: page.has_more,
    })
}

/// A calendar day that is not in the future.
fn birth_date(text: &str, now: Timestamp) -> Result<Option<Timestamp>, ApiError> {
    if text.is_empty() {
        return Ok(None);
    }
    let day = Timestamp::parse(text).ok().map(|time| Timestamp(time.0.div_euclid(DAY_MS) * DAY_MS));
    day.filter(|day| *day <= now)
        .map(Some)
        .ok_or_else(|| ApiError::invalid("birthDate must be a day (YYYY-MM-DD) that is not in the future"))
}

fn change(request: PersonUpdateDto, now: Timestamp) -> Result<PersonChange, ApiError> {
    if request.name.as_ref().is_some_and(|name| name.chars().count() > MAX_NAME) {
        return Err(ApiError::invalid(format!("name must not be longer than {MAX_NAME} characters")));
    }
    let birth_date = request.birth_date.map(|text| text.map_or(Ok(None), |text| birth_date(&text, now))).transpose()?;
    let color = request.color.map(|text| text.map(|text| color("color", &text)).transpose()).transpose()?;
    Ok(PersonChange {
        name: request.name,
        birth_date,
        is_hidden: request.is_hidden,
        is_favorite: request.is_favorite,
        color,
        feature_asset: request.feature_face_asset_id,
    })
}

async fn create(State(app): State<App>, caller: Caller, Input(request): Input<PersonUpdateDto>) -> Answer {
    // A person who is new is on no asset yet.
    let request = PersonUpdateDto { feature_face_asset_id: None, ..request };
    let change = change(request, app.library_ref().now())?;
    created(&present::person(app.run(move |library| library.create_person(&caller, change)).await?))
}

async fn update_several(State(app): State<App>, caller: Caller, Input(request): Input<PeopleUpdateDto>) -> Answer {
    let now = app.library_ref().now();
    let items = request.people.into_iter().map(|item| Ok((item.id, change(item.change, now)?)));
    let items = items.collect::<Result<Vec<_>, ApiError>>()?;
    ok(&outcomes(app.run(move |library| library.update_people(&caller, items)).await?))
}

fn outcomes(rows: Vec<PersonOutcome>) -> Vec<BulkIdResponseDto> {
    rows.into_iter()
        .map(|(id, outcome)| BulkIdResponseDto { id: id.0, success: outcome.is_ok(), error: outcome.err() })
        .collect()
}

async fn get(State(app): State<App>, caller: Caller, PathId(id): PathId<PersonId>) -> Answer {
    ok(&present::person(app.run(move |library| library.person(&caller, id)).await?))
}

async fn update(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<PersonId>,
    Input(request): Input<PersonUpdateDto>,
) -> Answer {
    let change = change(request, app.library_ref().now())?;
    ok(&present::person(app.run(move |library| library.update_person(&caller, id, change)).await?))
}

async fn delete(State(app): State<App>, caller: Caller, PathId(id): PathId<PersonId>) -> Answer {
    app.run(move |library| library.delete_people(&caller, &[id])).await?;
    Ok(no_content())
}

async fn delete_several(State(app): State<App>, caller: Caller, Input(request): Input<BulkIdsDto>) -> Answer {
    let ids: Vec<PersonId> = request.ids.into_iter().map(PersonId).collect();
    app.run(move |library| library.delete_people(&caller, &ids)).await?;
    Ok(no_content())
}

async fn merge(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<PersonId>,
    Input(request): Input<MergePersonDto>,
) -> Answer {
    ok(&outcomes(app.run(move |library| library.merge_people(&caller, id, request.ids)).await?))
}

/// Generation 3: everybody becomes the first.
async fn merge_all(State(app): State<App>, caller: Caller, Input(request): Input<MergePersonDto>) -> Answer {
    let Some((first, others)) = request.ids.split_first().filter(|(_, others)| !others.is_empty()) else {
        return Err(ApiError::invalid("ids must name at least two people"));
    };
    let (first, others) = (*first, others.to_vec());
    ok(&outcomes(app.run(move |library| library.merge_people(&caller, first, others)).await?))
}

async fn reassign(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<PersonId>,
    Input(request): Input<AssetFaceUpdateDto>,
) -> Answer {
    let items = request.data.into_iter().map(|item| (item.asset_id, item.person_id)).collect();
    let person = app.run(move |library| library.reassign_faces(&caller, id, items)).await?;
    ok(&[present::person(person)])
}

async fn statistics(State(app): State<App>, caller: Caller, PathId(id): PathId<PersonId>) -> Answer {
    let assets = app.run(move |library| library.person_asset_count(&caller, id)).await?;
    ok(&PersonStatisticsResponseDto { assets })
}

async fn thumbnail(State(app): State<App>, caller: Caller, PathId(id): PathId<PersonId>, headers: HeaderMap) -> Answer {
    let _room = app.portrait_room().await?;
    let content = app.run_remote(move |library| Content::open(library, &library.portrait(&caller, id)?)).await;
    let content = content.map_err(|error| match error {
        ApiError::Library(LibraryError::NotFound(_)) => ApiError::BareNotFound,
        error => error,
    })?;
    send(content, &headers, "image/jpeg", ASK_AGAIN, None)
}

async fn search(State(app): State<App>, caller: Caller, params: Params) -> Answer {
    let name = params.get("name").filter(|name| !name.is_empty()).map(str::to_owned);
    let name = name.ok_or_else(|| ApiError::invalid("name should not be empty"))?;
    let with_hidden = params.flag("withHidden")?.unwrap_or(false);
    let found = app.run(move |library| library.people_called(&caller, &name, with_hidden)).await?;
    ok(&found.into_iter().map(present::person).collect::<Vec<_>>())
}
