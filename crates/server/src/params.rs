//! Query parameters, and ids in paths.

use std::str::FromStr;

use axum::extract::FromRequestParts;
use axum::http::Uri;
use axum::http::request::Parts;
use tintype_protocol::id::is_entity_id;
use uuid::Uuid;

use crate::error::ApiError;

/// The query of a request.
#[derive(Debug, Clone, Default)]
pub(crate) struct Params(Vec<(String, String)>);

impl Params {
    pub(crate) fn of(uri: &Uri) -> Self {
        let query = uri.query().unwrap_or_default();
        Self(form_urlencoded::parse(query.as_bytes()).into_owned().collect())
    }

    /// The first value of a name.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// All of it but one name, written as a query.
    pub(crate) fn without(&self, name: &str) -> String {
        let others = self.0.iter().filter(|(key, _)| key != name);
        form_urlencoded::Serializer::new(String::new()).extend_pairs(others).finish()
    }

    /// A value that must be one of `T`'s texts.
    pub(crate) fn parse<T: FromStr>(&self, name: &str, expected: &str) -> Result<Option<T>, ApiError> {
        let Some(text) = self.get(name) else { return Ok(None) };
        text.parse().map(Some).map_err(|_| ApiError::invalid(format!("{name} must be {expected}")))
    }

    /// `true` or `false`.
    pub(crate) fn flag(&self, name: &str) -> Result<Option<bool>, ApiError> {
        self.parse(name, "a boolean value")
    }

    /// An entity id.
    pub(crate) fn id<T: From<Uuid>>(&self, name: &str) -> Result<Option<T>, ApiError> {
        self.get(name).map(|text| entity_id(name, text)).transpose()
    }
}

impl<S: Sync> FromRequestParts<S> for Params {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self::of(&parts.uri))
    }
}

/// An id given by a client: a hyphenated UUID of version 4 (http-api §1).
pub(crate) fn entity_id<T: From<Uuid>>(name: &str, text: &str) -> Result<T, ApiError> {
    let id = Uuid::try_parse(text).ok().filter(|id| text.len() == 36 && is_entity_id(*id));
    id.map(T::from).ok_or_else(|| ApiError::invalid(format!("{name} must be a UUID")))
}

/// A colour given by a client, as `#` and hexadecimal digits: three, four, six or eight of them.
pub(crate) fn color(name: &str, text: &str) -> Result<String, ApiError> {
    let digits = text.strip_prefix('#').unwrap_or(text);
    let is_color = matches!(digits.len(), 3 | 4 | 6 | 8) && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    if is_color { Ok(format!("#{digits}")) } else { Err(ApiError::invalid(format!("{name} must be a hex color"))) }
}

/// The id in the last variable part of a path such as `/assets/{id}/original`.
pub(crate) struct PathId<T>(pub(crate) T);

impl<S: Send + Sync, T: From<Uuid>> FromRequestParts<S> for PathId<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let path = axum::extract::Path::<String>::from_request_parts(parts, state).await;
        let text = path.map_err(|_| ApiError::invalid("id must be a UUID"))?.0;
        entity_id("id", &text).map(Self)
    }
}
