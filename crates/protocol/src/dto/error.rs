//! The body of every error.

use serde::Serialize;

/// `{message, error?, statusCode, correlationId}`; `message` is a list for a body that failed validation.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ErrorDto<'a> {
    /// What went wrong, for a person.
    pub message: Message<'a>,
    /// The name of the status; absent on errors without one in the reference.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<&'a str>,
    /// The HTTP status.
    pub status_code: u16,
    /// Names this request in the log.
    pub correlation_id: &'a str,
}

/// One text, or one text per invalid field.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
pub enum Message<'a> {
    /// A business rule.
    One(&'a str),
    /// Validation.
    Many(&'a [String]),
}
