//! What browsers may do with pages, and which requests they may be talked into.

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::error::ApiError;

/// Pages load from here only; pictures may also come out of scripts. Inline scripts and styles do not run.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; \
    media-src 'self' blob:; connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; \
    frame-ancestors 'none'";

const HEADERS: [(HeaderName, &str); 4] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "same-origin"),
    (header::X_FRAME_OPTIONS, "DENY"),
];

/// Layer of all pages: they are private, current, and may do little.
pub(super) async fn protect_page(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    // Pages show private things and change with every upload: nobody keeps them.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Layer: refuses requests that another site made a browser send. Programs name no origin and pass.
pub(crate) async fn same_origin(request: Request, next: Next) -> Response {
    let changes = ![Method::GET, Method::HEAD, Method::OPTIONS].contains(request.method());
    if changes && request.headers().contains_key(header::COOKIE) && is_foreign(request.headers()) {
        return ApiError::Forbidden("This request comes from another site".to_owned()).into_response();
    }
    next.run(request).await
}

/// Whether the page that sent this was served elsewhere. A proxy may change `Host`; the browser's own word
/// (`Sec-Fetch-Site`, which no script can forge) comes first therefore.
fn is_foreign(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if matches!(text("sec-fetch-site"), Some("same-origin" | "none")) {
        return false;
    }
    let Some(origin) = text("origin") else { return false };
    let authority = origin.split_once("://").map_or(origin, |(_, rest)| rest);
    !["x-forwarded-host", "host"].iter().any(|name| text(name) == Some(authority))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn foreign(pairs: &[(&'static str, &'static str)]) -> bool {
        let headers =
            pairs.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        is_foreign(&headers.collect())
    }

    #[test]
    fn only_other_sites_are_refused() {
        assert!(!foreign(&[("host", "photos.lan:2283")]));
        assert!(!foreign(&[("host", "photos.lan:2283"), ("origin", "http://photos.lan:2283")]));
        assert!(!foreign(&[
            ("host", "inner:2283"),
            ("origin", "https://photos.example"),
            ("sec-fetch-site", "same-origin")
        ]));
        assert!(!foreign(&[
            ("host", "inner"),
            ("x-forwarded-host", "photos.example"),
            ("origin", "https://photos.example")
        ]));
        assert!(foreign(&[("host", "photos.lan"), ("origin", "https://evil.example")]));
        assert!(foreign(&[("host", "photos.lan"), ("origin", "null")]));
    }
}
