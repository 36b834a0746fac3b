//! The table of operations, and the router made of it.

use axum::Router;
use axum::extract::{OriginalUri, Request};
use axum::handler::Handler;
use axum::http::Method;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, on};
use tower_http::CompressionLevel;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, Predicate as _, SizeAbove};

use crate::access::Access;
use crate::app::App;
use crate::authorize::authorize;
use crate::conditional::tag_json;
use crate::error::{ApiError, finish};
use crate::{api, socket, web};

/// Long streams are worth a quick compressor only: a better one would halve the rate to save a tenth of the bytes.
const LEVEL: CompressionLevel = CompressionLevel::Fastest;
/// Answers shorter than this are not worth compressing.
const COMPRESS_ABOVE: u64 = 1_024;

/// One operation of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operation {
    /// `GET`, `POST`, …
    pub method: &'static str,
    /// Below `/api`, e.g. `/assets/{id}`.
    pub path: &'static str,
    /// Who may call it.
    pub access: Access,
}

/// Operations on their way into the router.
pub(crate) struct Routes {
    app: App,
    router: Router<App>,
    operations: Vec<Operation>,
}

impl Routes {
    fn new(app: App) -> Self {
        Self { app, router: Router::new(), operations: Vec::new() }
    }

    fn add<H, T>(mut self, method: &'static str, path: &'static str, access: Access, handler: H) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
    {
        let filter = match method {
            "GET" => MethodFilter::GET,
            "POST" => MethodFilter::POST,
            "PUT" => MethodFilter::PUT,
            "PATCH" => MethodFilter::PATCH,
            _ => MethodFilter::DELETE,
        };
        let layer = from_fn_with_state((self.app.clone(), access), authorize);
        self.router = self.router.route(path, on(filter, handler).layer(layer));
        self.operations.push(Operation { method, path, access });
        self
    }

    pub(crate) fn get<H: Handler<T, App>, T: 'static>(self, path: &'static str, access: Access, handler: H) -> Self {
        self.add("GET", path, access, handler)
    }

    pub(crate) fn post<H: Handler<T, App>, T: 'static>(self, path: &'static str, access: Access, handler: H) -> Self {
        self.add("POST", path, access, handler)
    }

    pub(crate) fn put<H: Handler<T, App>, T: 'static>(self, path: &'static str, access: Access, handler: H) -> Self {
        self.add("PUT", path, access, handler)
    }

    pub(crate) fn patch<H: Handler<T, App>, T: 'static>(self, path: &'static str, access: Access, handler: H) -> Self {
        self.add("PATCH", path, access, handler)
    }

    pub(crate) fn delete<H: Handler<T, App>, T: 'static>(self, path: &'static str, access: Access, handler: H) -> Self {
        self.add("DELETE", path, access, handler)
    }
}

/// Every operation that is served, in no particular order.
pub fn operations(app: &App) -> Vec<Operation> {
    api::routes(Routes::new(app.clone())).operations
}

/// The whole service.
pub fn router(app: &App) -> Router {
    let api = api::routes(Routes::new(app.clone())).router.fallback(unknown).method_not_allowed_fallback(unknown);
    // Pictures, videos and archives are compressed already; the default predicate knows most of them.
    let compressed = DefaultPredicate::new().and(SizeAbove::new(COMPRESS_ABOVE)).and(is_text);
    Router::new()
        .nest("/api", api)
        .merge(web::router(app))
        .fallback(unknown)
        .with_state(app.clone())
        .layer(from_fn(tag_json))
        .layer(CompressionLayer::new().gzip(true).quality(LEVEL).compress_when(compressed))
        .layer(CatchPanicLayer::custom(|_: Box<dyn std::any::Any + Send>| ApiError::Internal.into_response()))
        .layer(from_fn(finish))
        .layer(socket::layer(app))
}

fn is_text(
    _: axum::http::StatusCode,
    _: axum::http::Version,
    headers: &axum::http::HeaderMap,
    _: &axum::http::Extensions,
) -> bool {
    let kind = headers.get(axum::http::header::CONTENT_TYPE).map_or(&b""[..], |kind| kind.as_bytes());
    kind.starts_with(b"text/")
        || kind.windows(4).any(|part| part == b"json")
        || kind.windows(10).any(|part| part == b"javascript")
}

async fn unknown(method: Method, OriginalUri(uri): OriginalUri, _: Request) -> Response {
    ApiError::NotFound(format!("Cannot {method} {}", uri.path())).into_response()
}
