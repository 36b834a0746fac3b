//! What became of an action, told to whoever asked for it.

use std::borrow::Cow;

use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Serialize;

use super::notice::Notice;
use super::visitor::Visitor;
use crate::body::ok;
use crate::error::ApiError;

/// What was done, for people.
#[derive(Serialize)]
struct Done<'a> {
    message: &'a str,
}

/// A script is told in JSON; a form leads back to its page.
pub(super) fn told(
    visitor: &Visitor,
    headers: &HeaderMap,
    page: &'static str,
    outcome: Result<impl Into<Cow<'static, str>>, ApiError>,
) -> Response {
    match (outcome, is_script(headers)) {
        (Ok(message), true) => ok(&Done { message: &message.into() }).into_response(),
        (Ok(_), false) => Redirect::to(page).into_response(),
        (Err(error), true) => error.into_response(),
        (Err(error), false) => Notice::of(visitor, &error).into_response(),
    }
}

/// Whether the page's script asks, and not a form.
pub(super) fn is_script(headers: &HeaderMap) -> bool {
    headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).is_some_and(|accept| accept.contains("json"))
}
