//! Bodies in and out.

use axum::body::Body;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::ApiError;

/// Longest body of a request that is no upload.
const BODY_LIMIT: usize = 10 * 1024 * 1024;

/// A JSON body; a form with plain fields is accepted, too, and no body counts as `{}`, as in the reference.
pub(crate) struct Input<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Input<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        let is_form = request
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
        let bytes = read(request.into_body(), BODY_LIMIT).await?;
        let value = if is_form { form(&bytes) } else { json(&bytes)? };
        serde_json::from_value(value).map(Self).map_err(|error| ApiError::invalid(error.to_string()))
    }
}

/// The whole of a body that must not be longer than `limit` bytes.
pub(crate) async fn read(body: Body, limit: usize) -> Result<bytes::Bytes, ApiError> {
    let collected = Limited::new(body, limit).collect().await;
    collected.map(|collected| collected.to_bytes()).map_err(|error| {
        if error.is::<LengthLimitError>() {
            ApiError::TooLarge
        } else {
            ApiError::BadRequest("The body ended early".to_owned())
        }
    })
}

fn json(bytes: &[u8]) -> Result<serde_json::Value, ApiError> {
    if bytes.is_empty() {
        return Ok(serde_json::json!({}));
    }
    serde_json::from_slice(bytes).map_err(|error| ApiError::BadJson(error.to_string()))
}

fn form(bytes: &[u8]) -> serde_json::Value {
    let pairs = form_urlencoded::parse(bytes);
    pairs.map(|(key, value)| (key.into_owned(), serde_json::Value::from(value.into_owned()))).collect()
}

/// A JSON answer.
pub(crate) fn reply(status: StatusCode, value: &impl Serialize) -> Result<Response, ApiError> {
    let bytes = serde_json::to_vec(value).map_err(|_| ApiError::Internal)?;
    let json = HeaderValue::from_static("application/json; charset=utf-8");
    Ok((status, [(header::CONTENT_TYPE, json)], bytes).into_response())
}

/// A JSON answer of status 200.
pub(crate) fn ok(value: &impl Serialize) -> Result<Response, ApiError> {
    reply(StatusCode::OK, value)
}

/// A JSON answer of status 201.
pub(crate) fn created(value: &impl Serialize) -> Result<Response, ApiError> {
    reply(StatusCode::CREATED, value)
}

/// An empty answer of status 204.
pub(crate) fn no_content() -> Response {
    StatusCode::NO_CONTENT.into_response()
}

/// What handlers return.
pub(crate) type Answer = Result<Response, ApiError>;
