//! What can be done on the page. Everything is about the caller's own upstream: rows of others are not there for them.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use tintype_library::model::Upstream;
use tintype_library::{Disposition, Library, LibraryError};

use super::joining::Refused;
use super::offer::words;
use crate::app::App;
use crate::body::{Input, reply};
use crate::error::ApiError;
use crate::following::{Credentials, FollowError, Following, Wish};
use crate::web::text::count;
use crate::web::told::{is_script, told};
use crate::web::visitor::Visitor;

/// Where forms lead back to.
const PAGE: &str = "/sync";
/// Rows that are handled in one transaction.
const BATCH: u32 = 500;
/// Reasons that are told at a time.
const TOLD_REASONS: usize = 3;

/// What a form of a list says.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Chosen {
    action: String,
    /// One row.
    id: Option<String>,
    /// All rows of a list.
    all: Option<String>,
}

impl Chosen {
    fn id(&self) -> Result<Option<i64>, ApiError> {
        let Some(text) = &self.id else { return Ok(None) };
        text.parse().map(Some).map_err(|_| ApiError::invalid("id must be a number"))
    }
}

fn following(app: &App) -> Result<Arc<dyn Following>, ApiError> {
    app.following().ok_or_else(|| ApiError::BadRequest("This node cannot follow servers".to_owned()))
}

fn own(library: &Library, visitor: &Visitor) -> Result<Upstream, LibraryError> {
    library.upstream_of(visitor.user.id)?.ok_or_else(|| LibraryError::invalid("You follow no server"))
}

/// Runs work on the caller's upstream.
async fn on_own(
    app: &App,
    visitor: &Visitor,
    work: impl FnOnce(&Library, &Upstream, &dyn Following) -> Result<String, LibraryError> + Send + 'static,
) -> Result<String, ApiError> {
    let following = following(app)?;
    let caller = visitor.clone();
    app.run(move |library| work(library, &own(library, &caller)?, following.as_ref())).await
}

/// Does what a form of a list says; `work` is given the row, if it is about one.
async fn on_chosen(
    app: &App,
    visitor: &Visitor,
    headers: &HeaderMap,
    form: Chosen,
    work: impl FnOnce(&Library, &Upstream, &dyn Following, Option<i64>, &Chosen) -> Result<String, LibraryError>
    + Send
    + 'static,
) -> Response {
    let outcome = match form.id() {
        Ok(id) => {
            on_own(app, visitor, move |library, upstream, following| work(library, upstream, following, id, &form))
                .await
        }
        Err(error) => Err(error),
    };
    told(visitor, headers, PAGE, outcome)
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Now {
    /// `true` lets go what the server no longer shows, though it is much.
    sweep: Option<String>,
}

pub(super) async fn now(
    State(app): State<App>,
    visitor: Visitor,
    headers: HeaderMap,
    Input(form): Input<Now>,
) -> Response {
    let wish = if form.sweep.as_deref() == Some("true") { Wish::Sweep } else { Wish::Sync };
    let outcome = on_own(&app, &visitor, move |_, upstream, following| {
        following.wish(upstream, wish);
        Ok("The sync begins".to_owned())
    });
    told(&visitor, &headers, PAGE, outcome.await)
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Follow {
    address: String,
    email: String,
    password: String,
    key: Option<String>,
}

/// What was refused, for scripts.
#[derive(Serialize)]
struct RefusedDto<'r> {
    message: &'r str,
    about: &'static str,
}

pub(super) async fn follow(
    State(app): State<App>,
    visitor: Visitor,
    headers: HeaderMap,
    Input(form): Input<Follow>,
) -> Response {
    let outcome = begin(&app, &visitor, &form).await;
    let refused = match outcome {
        Ok(Ok(())) => {
            return told(&visitor, &headers, PAGE, Ok("You follow this server now"));
        }
        Ok(Err(refused)) => refused,
        Err(error) => return told(&visitor, &headers, PAGE, Err::<String, _>(error)),
    };
    let FollowError { about, text } = refused;
    if is_script(&headers) {
        let body = RefusedDto { message: &text, about: about.as_str() };
        return reply(StatusCode::BAD_REQUEST, &body).into_response();
    }
    let refused = Refused { address: form.address, email: form.email, is_key: form.key.is_some(), about, text };
    super::answer(&app, &visitor, Some(&refused)).await
}

async fn begin(app: &App, visitor: &Visitor, form: &Follow) -> Result<Result<(), FollowError>, ApiError> {
    let following = following(app)?;
    let room = app.follow_room().await?;
    let (user, address) = (visitor.user.clone(), form.address.trim().to_owned());
    let credentials = match &form.key {
        Some(key) => Credentials::Key(key.trim().to_owned()),
        None => Credentials::Password { email: form.email.trim().to_owned(), password: form.password.clone() },
    };
    let begun = app.run(move |library| {
        let _room = room;
        let begun = following.begin(library, &user, &address, &credentials);
        if begun.is_ok()
            && let Some(upstream) = library.upstream_of(user.id)?
        {
            following.wish(&upstream, Wish::Sync);
        }
        Ok(begun)
    });
    begun.await
}

pub(super) async fn stop(State(app): State<App>, visitor: Visitor, headers: HeaderMap) -> Response {
    let outcome = end(&app, &visitor).await;
    told(&visitor, &headers, PAGE, outcome)
}

async fn end(app: &App, visitor: &Visitor) -> Result<String, ApiError> {
    let following = following(app)?;
    let room = app.follow_room().await?;
    let caller = visitor.clone();
    let ended = app.run(move |library| {
        let _room = room;
        own(library, &caller)?;
        Ok(following.end(library, &caller.user))
    });
    let note = ended.await?.map_err(|error| ApiError::BadRequest(error.text))?;
    let text = "You no longer follow this server; what came from there stays.";
    Ok(note.map_or_else(|| text.to_owned(), |note| format!("{text} {note}")))
}

pub(super) async fn offer(State(app): State<App>, visitor: Visitor, headers: HeaderMap) -> Response {
    let outcome = on_own(&app, &visitor, |library, upstream, following| {
        Ok(match words(&following.offer(library, upstream)?) {
            Some(words) => format!("{words} will be sent"),
            None => "Nothing is only here any more".to_owned(),
        })
    });
    told(&visitor, &headers, PAGE, outcome.await)
}

pub(super) async fn outbox(
    State(app): State<App>,
    visitor: Visitor,
    headers: HeaderMap,
    Input(form): Input<Chosen>,
) -> Response {
    on_chosen(&app, &visitor, &headers, form, |library, upstream, following, id, form| {
        let is_retry = is_first(&form.action, "retry", "drop")?;
        let handle = |ids: &[i64]| match is_retry {
            true => library.retry_outbox(upstream.id, ids),
            false => library.drop_outbox(upstream.id, ids),
        };
        let number = match (id, form.all.as_deref()) {
            (Some(id), _) => handle(&[id])?,
            (None, Some("dead")) => each_row(library, upstream, true, &handle)?,
            (None, Some("waiting")) => each_row(library, upstream, false, &handle)?,
            _ => return Err(LibraryError::invalid("Which changes?")),
        };
        some_or_gone(number)?;
        let number = count(number, "change", "changes");
        if !is_retry {
            return Ok(format!("{number} dropped"));
        }
        following.wish(upstream, Wish::Push);
        Ok(format!("{number} will be tried now"))
    })
    .await
}

/// Handles the rows of a list that there are now, batch by batch; what it does to them may take them out of it.
fn each_row(
    library: &Library,
    upstream: &Upstream,
    is_dead: bool,
    handle: &dyn Fn(&[i64]) -> Result<u64, LibraryError>,
) -> Result<u64, LibraryError> {
    let (mut after, mut number) = (0, 0);
    loop {
        let rows = library.outbox_of_state(upstream.id, is_dead, after, BATCH)?;
        let Some(last) = rows.last() else { return Ok(number) };
        after = last.id;
        let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
        number += handle(&ids)?;
    }
}

pub(super) async fn quarantine(
    State(app): State<App>,
    visitor: Visitor,
    headers: HeaderMap,
    Input(form): Input<Chosen>,
) -> Response {
    on_chosen(&app, &visitor, &headers, form, |library, upstream, _, id, form| {
        let ids = match (id, form.all.as_deref()) {
            (Some(id), _) if !library.is_quarantined(upstream.id, id)? => return Err(gone()),
            (Some(id), _) => Some(vec![id]),
            (None, Some("all")) => None,
            _ => return Err(LibraryError::invalid("Which entries?")),
        };
        if is_first(&form.action, "retry", "drop")? {
            return Ok(match library.retry_quarantined(upstream, ids)? {
                0 => "That is still not possible".to_owned(),
                number => format!("{} applied", count(number, "entry", "entries")),
            });
        }
        let number = library.drop_quarantined(upstream.id, ids)?;
        Ok(format!("{} dropped", count(number, "entry", "entries")))
    })
    .await
}

pub(super) async fn conflicts(
    State(app): State<App>,
    visitor: Visitor,
    headers: HeaderMap,
    Input(form): Input<Chosen>,
) -> Response {
    on_chosen(&app, &visitor, &headers, form, |library, upstream, following, id, form| {
        let is_mine = is_first(&form.action, "mine", "theirs")?;
        let number = match (id, form.all.as_deref()) {
            (Some(id), _) => u64::from(decide(library, upstream, id, is_mine)?),
            (None, Some("all")) => decide_all(library, upstream, is_mine)?,
            _ => return Err(LibraryError::invalid("Which conflicts?")),
        };
        some_or_gone(number)?;
        if !is_mine {
            following.wish(upstream, Wish::Push);
        }
        Ok(if is_mine { "Yours stays" } else { "The other value is here now" }.to_owned())
    })
    .await
}

fn decide(library: &Library, upstream: &Upstream, id: i64, is_mine: bool) -> Result<bool, LibraryError> {
    if is_mine { library.take_mine(upstream.id, id) } else { library.take_theirs(upstream.id, id) }
}

/// Decides all that can be decided so; those that come to light behind others, too. The rest is told.
fn decide_all(library: &Library, upstream: &Upstream, is_mine: bool) -> Result<u64, LibraryError> {
    let mut decided = 0;
    loop {
        let (before, mut reasons) = (decided, Vec::new());
        for conflict in library.conflicts(upstream.id)? {
            match decide(library, upstream, conflict.id, is_mine) {
                Ok(is_decided) => decided += u64::from(is_decided),
                Err(error) if error.disposition() == Disposition::Permanent => {
                    reasons.push(format!("{}: {error}", library.title(conflict.subject)?));
                }
                Err(error) => return Err(error),
            }
        }
        if reasons.is_empty() && decided == before {
            return Ok(decided);
        }
        if decided == before {
            reasons.truncate(TOLD_REASONS);
            return Err(LibraryError::invalid(reasons.join("; ")));
        }
    }
}

/// Which of two actions is wished.
fn is_first(action: &str, first: &str, second: &str) -> Result<bool, LibraryError> {
    match action {
        action if action == first => Ok(true),
        action if action == second => Ok(false),
        _ => Err(LibraryError::invalid(format!("action must be {first} or {second}"))),
    }
}

fn gone() -> LibraryError {
    LibraryError::invalid("That is no longer there")
}

fn some_or_gone(number: u64) -> Result<(), LibraryError> {
    if number == 0 { Err(gone()) } else { Ok(()) }
}
