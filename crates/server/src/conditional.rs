//! Conditional GET: entity tags of JSON answers, and what a client has already.

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use sha2::{Digest as _, Sha256};

use crate::error::ApiError;

/// JSON answers longer than this get no tag: hashing them would cost more than it saves.
const TAGGED_LIMIT: usize = 1 << 20;

/// Whether a client that sends `If-None-Match` has what `tag` names.
pub(crate) fn has_already(headers: &HeaderMap, tag: &str) -> bool {
    let weak = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(','))
        .any(|known| known.trim() == "*" || weak(known) == weak(tag))
}

/// Layer: tags JSON answers to GET and answers 304 to clients that have them.
pub(crate) async fn tag_json(request: Request, next: Next) -> Response {
    let is_get = request.method() == Method::GET;
    let known = is_get.then(|| request.headers().clone());
    let response = next.run(request).await;
    let Some(known) = known.filter(|_| is_taggable(&response)) else { return response };
    let (mut parts, body) = response.into_parts();
    let Ok(bytes) = to_bytes(body, TAGGED_LIMIT).await else { return ApiError::Internal.into_response() };
    let digest = Sha256::digest(&bytes);
    let tag = format!("\"{}\"", digest[..12].iter().map(|byte| format!("{byte:02x}")).collect::<String>());
    if let Ok(value) = HeaderValue::from_str(&tag) {
        parts.headers.insert(header::ETAG, value);
    }
    if has_already(&known, &tag) {
        parts.status = StatusCode::NOT_MODIFIED;
        parts.headers.remove(header::CONTENT_TYPE);
        parts.headers.remove(header::CONTENT_LENGTH);
        return Response::from_parts(parts, Body::empty());
    }
    Response::from_parts(parts, Body::from(bytes))
}

fn is_taggable(response: &Response) -> bool {
    let headers = response.headers();
    let length = axum::body::HttpBody::size_hint(response.body()).exact();
    response.status() == StatusCode::OK
        && !headers.contains_key(header::ETAG)
        && headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"application/json;"))
        && length.is_some_and(|length| length <= TAGGED_LIMIT as u64)
}
