//! Job queues.

use axum::extract::{Path, State};
use tintype_library::jobs::QueueState;
use tintype_library::model::JobKind;
use tintype_protocol::dto::job::{
    JobCreateDto, ManualJobName, QueueCommand, QueueCommandDto, QueueName, QueueResponseDto, QueueResponseLegacyDto,
    QueueStatisticsDto, QueueStatusLegacyDto, QueueUpdateDto, QueuesResponseLegacyDto,
};
use tintype_protocol::permission::Permission;

use crate::access::Access;
use crate::app::App;
use crate::body::{Answer, Input, no_content, ok};
use crate::error::ApiError;
use crate::routes::Routes;

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .get("/jobs", Access::AdminNeeds(Permission::JobRead), legacy)
        .post("/jobs", Access::AdminNeeds(Permission::JobCreate), create)
        .put("/jobs/{name}", Access::AdminNeeds(Permission::JobCreate), command)
        .get("/queues", Access::AdminNeeds(Permission::QueueRead), list)
        .get("/queues/{name}", Access::AdminNeeds(Permission::QueueRead), get)
        .put("/queues/{name}", Access::AdminNeeds(Permission::QueueUpdate), update)
        .get("/queues/{name}/jobs", Access::AdminNeeds(Permission::QueueJobRead), queue_jobs)
        .delete("/queues/{name}/jobs", Access::AdminNeeds(Permission::QueueJobDelete), empty)
}

fn statistics(state: QueueState) -> QueueStatisticsDto {
    let counts = state.counts;
    // Jobs of a resting queue are shown as paused, as the reference does.
    let (waiting, paused) = if state.is_paused { (0, counts.waiting) } else { (counts.waiting, 0) };
    QueueStatisticsDto { active: counts.active, waiting, paused, failed: counts.failed, completed: 0, delayed: 0 }
}

async fn states(app: &App) -> Result<Vec<(QueueName, QueueState)>, ApiError> {
    let known = app.run(|library| library.queues()).await?;
    Ok(QueueName::ALL
        .iter()
        .map(|name| {
            let state = known.iter().find(|(kind, _)| kind.queue() == *name).map(|(_, state)| *state);
            (*name, state.unwrap_or_default())
        })
        .collect())
}

async fn legacy(State(app): State<App>) -> Answer {
    let body: QueuesResponseLegacyDto =
        states(&app).await?.into_iter().map(|(name, state)| (name.as_str(), legacy_body(state))).collect();
    ok(&body)
}

fn legacy_body(state: QueueState) -> QueueResponseLegacyDto {
    QueueResponseLegacyDto {
        job_counts: statistics(state),
        queue_status: QueueStatusLegacyDto { is_active: state.counts.active > 0, is_paused: state.is_paused },
    }
}

fn queue_name(text: &str) -> Result<QueueName, ApiError> {
    text.parse().map_err(|_| ApiError::invalid("name must be the name of a queue"))
}

/// The work behind a queue that can be commanded.
fn kind(name: QueueName) -> Result<JobKind, ApiError> {
    JobKind::of_queue(name)
        .ok_or_else(|| ApiError::BadRequest(format!("This server does not work in the queue {name}")))
}

async fn command(State(app): State<App>, Path(name): Path<String>, Input(body): Input<QueueCommandDto>) -> Answer {
    let kind = kind(queue_name(&name)?)?;
    let force = body.force.unwrap_or(false);
    let state = app
        .run(move |library| {
            match body.command {
                QueueCommand::Start => drop(library.start_queue(kind, force)?),
                QueueCommand::Pause => library.pause_queue(kind, true)?,
                QueueCommand::Resume => library.pause_queue(kind, false)?,
                QueueCommand::Empty => drop(library.clear_queue(kind, false)?),
                QueueCommand::ClearFailed => drop(library.clear_queue(kind, true)?),
            }
            library.queue(kind)
        })
        .await?;
    ok(&legacy_body(state))
}

/// What the admin may start by hand. Work that has nothing to do here is done at once.
async fn create(State(app): State<App>, Input(body): Input<JobCreateDto>) -> Answer {
    match body.name {
        ManualJobName::UserCleanup => {
            app.run(|library| library.end_expired_sessions()).await?;
        }
        ManualJobName::BackupDatabase => {
            return Err(ApiError::BadRequest(
                "Backups are made by copying the data folder of a stopped node".to_owned(),
            ));
        }
        ManualJobName::MemoryCleanup | ManualJobName::MemoryCreate => {
            app.run(|library| library.renew_memories()).await?;
        }
        ManualJobName::PersonCleanup | ManualJobName::TagCleanup => {}
    }
    Ok(no_content())
}

fn queue_body(name: QueueName, state: QueueState) -> QueueResponseDto {
    QueueResponseDto { name, is_paused: state.is_paused, statistics: statistics(state) }
}

async fn list(State(app): State<App>) -> Answer {
    let states = states(&app).await?;
    ok(&states.into_iter().map(|(name, state)| queue_body(name, state)).collect::<Vec<_>>())
}

async fn get(State(app): State<App>, Path(name): Path<String>) -> Answer {
    let name = queue_name(&name)?;
    let state = states(&app).await?.into_iter().find(|(known, _)| *known == name).map(|(_, state)| state);
    ok(&queue_body(name, state.unwrap_or_default()))
}

async fn update(State(app): State<App>, Path(name): Path<String>, Input(body): Input<QueueUpdateDto>) -> Answer {
    let name = queue_name(&name)?;
    let kind = kind(name)?;
    let state = app
        .run(move |library| {
            if let Some(paused) = body.is_paused {
                library.pause_queue(kind, paused)?;
            }
            library.queue(kind)
        })
        .await?;
    ok(&queue_body(name, state))
}

/// Single jobs are not listed: finished ones leave no trace, and failed ones are on the page of jobs.
async fn queue_jobs(Path(name): Path<String>) -> Answer {
    queue_name(&name)?;
    ok(&[(); 0])
}

async fn empty(State(app): State<App>, Path(name): Path<String>) -> Answer {
    let kind = kind(queue_name(&name)?)?;
    app.run(move |library| library.clear_queue(kind, false)).await?;
    Ok(no_content())
}
