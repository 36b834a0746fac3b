//! The only place that turns failures into HTTP: status, body, and what goes into the log instead.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tintype_library::LibraryError;
use tintype_library::blobs::BlobError;
use tintype_library::fetching::FetchError;
use tintype_library::store::StoreError;
use tintype_protocol::dto::error::{ErrorDto, Message};
use tintype_protocol::permission::Permission;

/// Header that names a request in answers and logs.
pub(crate) static CORRELATION_HEADER: HeaderName = HeaderName::from_static("x-immich-cid");
/// Longest correlation id taken over from a client.
const CORRELATION_LIMIT: usize = 64;

/// A failed request.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ApiError {
    /// The library refused or failed.
    #[error(transparent)]
    Library(#[from] LibraryError),
    /// Fields of the body or the query are not acceptable; one text for each.
    #[error("{}", .0.join(", "))]
    Validation(Vec<String>),
    /// The body is no JSON.
    #[error("{0}")]
    BadJson(String),
    /// A business rule.
    #[error("{0}")]
    BadRequest(String),
    /// No credentials, or bad ones.
    #[error("{0}")]
    Unauthorized(&'static str),
    /// Known caller, not allowed.
    #[error("{0}")]
    Forbidden(String),
    /// Not there.
    #[error("{0}")]
    NotFound(String),
    /// Not there, in the short form the reference has for a few operations.
    #[error("Not Found")]
    BareNotFound,
    /// The requested part of a file does not exist; the value is the file's length.
    #[error("Range Not Satisfiable")]
    RangeNotSatisfiable(u64),
    /// The body is longer than is accepted.
    #[error("request entity too large")]
    TooLarge,
    /// Too much of this at the same time.
    #[error("The server is busy: try again in a few seconds")]
    Busy,
    /// The password of a shared link was guessed wrong too often.
    #[error("Too many wrong passwords: try again in a minute")]
    TooManyGuesses,
    /// Our fault.
    #[error("Internal server error")]
    Internal,
}

impl ApiError {
    /// One invalid field.
    pub(crate) fn invalid(text: impl Into<String>) -> Self {
        Self::Validation(vec![text.into()])
    }

    /// The object does not exist or the caller may not do this with it.
    pub(crate) fn no_access(permission: Permission) -> Self {
        Self::Library(LibraryError::NoAccess(permission))
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::Library(error) => library_status(error),
            Self::Validation(_) | Self::BadJson(_) | Self::BadRequest(_) => StatusCode::BAD_REQUEST,
            Self::Unauthorized(_) => StatusCode::UNAUTHORIZED,
            Self::Forbidden(_) => StatusCode::FORBIDDEN,
            Self::NotFound(_) | Self::BareNotFound => StatusCode::NOT_FOUND,
            Self::RangeNotSatisfiable(_) => StatusCode::RANGE_NOT_SATISFIABLE,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Self::TooManyGuesses => StatusCode::TOO_MANY_REQUESTS,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// What the client is told; what went wrong inside is for the log only.
    fn message(&self, status: StatusCode) -> String {
        match self {
            Self::Library(
                LibraryError::Store(StoreError::Full)
                | LibraryError::Blob(BlobError::Full { .. })
                | LibraryError::Fetch(FetchError::Full),
            ) => "The server has no space left".to_owned(),
            // What the other server said is for whoever runs this one.
            Self::Library(LibraryError::Fetch(FetchError::Refused(_))) => "Asset media not found".to_owned(),
            _ if status == StatusCode::INTERNAL_SERVER_ERROR => "Internal server error".to_owned(),
            error => error.to_string(),
        }
    }
}

fn library_status(error: &LibraryError) -> StatusCode {
    match error {
        LibraryError::NoAccess(_)
        | LibraryError::Invalid(_)
        | LibraryError::Unrecognised(_)
        | LibraryError::QuotaExceeded => StatusCode::BAD_REQUEST,
        LibraryError::NotFound(_) => StatusCode::NOT_FOUND,
        LibraryError::Unauthenticated(_) => StatusCode::UNAUTHORIZED,
        LibraryError::Fetch(error) => fetch_status(error),
        LibraryError::OutOfReach { .. } => StatusCode::SERVICE_UNAVAILABLE,
        LibraryError::Forbidden(_) => StatusCode::FORBIDDEN,
        LibraryError::Store(StoreError::Full) | LibraryError::Blob(BlobError::Full { .. }) => {
            StatusCode::INSUFFICIENT_STORAGE
        }
        LibraryError::Store(_)
        | LibraryError::Blob(_)
        | LibraryError::Password(_)
        | LibraryError::Rebuild(_)
        | LibraryError::Recipe(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// For bytes that another server has. What may come right by itself is a 503: what a cache holds may be shown in place of
/// that (stale-if-error), and no program takes it for "there is no such photo", as it would a 404.
fn fetch_status(error: &FetchError) -> StatusCode {
    match error {
        FetchError::Away { .. } | FetchError::Slow | FetchError::Busy | FetchError::LoggedOut => {
            StatusCode::SERVICE_UNAVAILABLE
        }
        FetchError::Refused(_) => StatusCode::NOT_FOUND,
        FetchError::NoSuchPart => StatusCode::RANGE_NOT_SATISFIABLE,
        FetchError::Damaged(_) => StatusCode::BAD_GATEWAY,
        FetchError::Full => StatusCode::INSUFFICIENT_STORAGE,
        FetchError::NotKept(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

impl IntoResponse for ApiError {
    /// Without a body: [`finish`] writes it, as it knows the request's correlation id.
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(Arc::new(self));
        response
    }
}

/// Outermost layer: names the request, writes the bodies of errors, logs what was our fault.
pub(crate) async fn finish(request: Request, next: Next) -> Response {
    let given = request.headers().get(&CORRELATION_HEADER).and_then(|value| value.to_str().ok());
    let correlation_id = match given.filter(|id| !id.is_empty() && id.len() <= CORRELATION_LIMIT) {
        Some(id) => id.to_owned(),
        None => uuid::Uuid::new_v4().simple().to_string()[..12].to_owned(),
    };
    let what = (request.method().clone(), request.uri().path().to_owned());
    let mut response = next.run(request).await;
    if let Some(error) = response.extensions_mut().remove::<Arc<ApiError>>() {
        write_error(&mut response, &error, &correlation_id);
        // A server elsewhere that is away is no fault of this one; the log has said so once.
        let is_elsewhere = matches!(*error, ApiError::Library(LibraryError::Fetch(_)));
        if response.status().is_server_error() && !is_elsewhere {
            let error: &dyn std::error::Error = error.as_ref();
            tracing::error!(method = %what.0, path = what.1, correlation_id, error, "a request failed");
        }
    }
    if let Ok(value) = HeaderValue::from_str(&correlation_id) {
        response.headers_mut().insert(CORRELATION_HEADER.clone(), value);
    }
    response
}

fn write_error(response: &mut Response, error: &ApiError, correlation_id: &str) {
    let status = response.status();
    let text = error.message(status);
    let message = match error {
        ApiError::Validation(texts) => Message::Many(texts),
        _ => Message::One(&text),
    };
    let name = status.canonical_reason().filter(|_| !matches!(error, ApiError::BareNotFound));
    let body = ErrorDto { message, error: name, status_code: status.as_u16(), correlation_id };
    let mut json = serde_json::to_value(&body).unwrap_or_default();
    if let (ApiError::BadJson(_), Some(fields)) = (error, json.as_object_mut()) {
        // The reference refuses such a body before it has named the request.
        fields.remove("correlationId");
    }
    let bytes = json.to_string();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(bytes.len()));
    if let ApiError::RangeNotSatisfiable(length) = error
        && let Ok(range) = HeaderValue::from_str(&format!("bytes */{length}"))
    {
        headers.insert(header::CONTENT_RANGE, range);
    }
    if let Some(seconds) = retry_after(error) {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    *response.body_mut() = Body::from(bytes);
}

/// When it is worth another try, in seconds.
fn retry_after(error: &ApiError) -> Option<u64> {
    match error {
        ApiError::Busy | ApiError::Library(LibraryError::Fetch(FetchError::Slow | FetchError::Busy)) => Some(5),
        ApiError::Library(LibraryError::Fetch(FetchError::Away { after })) => Some(after.as_secs().max(1)),
        ApiError::TooManyGuesses | ApiError::Library(LibraryError::Fetch(FetchError::LoggedOut)) => Some(60),
        _ => None,
    }
}
