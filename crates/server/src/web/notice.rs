//! Pages that say why there is no page.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::html;
use tintype_library::LibraryError;

use super::page::{Page, Section};
use super::visitor::Visitor;
use crate::error::ApiError;

/// Why a page cannot be shown, in words, with a way on.
pub(super) struct Notice {
    status: StatusCode,
    page: String,
}

impl Notice {
    fn new(visitor: &Visitor, status: StatusCode, title: &str, text: &str) -> Self {
        let body = html! {
            div.empty {
                h1 { (title) }
                p { (text) }
                a.button href="/photos" { "Go to your photos" }
            }
        };
        Self { status, page: Page::new(title, Section::None).body(visitor, &body).into_string() }
    }

    /// For people who are not admin.
    pub(super) fn forbidden(visitor: &Visitor) -> Self {
        Self::new(visitor, StatusCode::FORBIDDEN, "This page is for admins", "Ask the person who runs this server.")
    }

    /// What a failed question to the library looks like. What went wrong inside is for the log only.
    pub(super) fn of(visitor: &Visitor, error: &ApiError) -> Self {
        match error {
            ApiError::Library(LibraryError::NoAccess(_) | LibraryError::NotFound(_)) | ApiError::Validation(_) => {
                let text = "It may have been deleted, or it belongs to somebody else.";
                Self::new(visitor, StatusCode::NOT_FOUND, "There is nothing here", text)
            }
            ApiError::Library(LibraryError::Invalid(_) | LibraryError::Unrecognised(_)) | ApiError::BadRequest(_) => {
                Self::new(visitor, StatusCode::BAD_REQUEST, "That is not possible", &error.to_string())
            }
            error => {
                tracing::error!(error = error as &dyn std::error::Error, "a page could not be made");
                let text = "The server ran into a fault. Try again in a moment.";
                Self::new(visitor, StatusCode::INTERNAL_SERVER_ERROR, "That did not work", text)
            }
        }
    }
}

impl IntoResponse for Notice {
    fn into_response(self) -> Response {
        (self.status, axum::response::Html(self.page)).into_response()
    }
}
