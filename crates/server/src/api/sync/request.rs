//! What a client asks of a stream.

use std::collections::HashSet;

use serde::Deserialize;
use tintype_protocol::sync::RequestType;

#[derive(Deserialize)]
pub(super) struct StreamRequest {
    types: Types,
    #[serde(default)]
    reset: Option<Flag>,
}

/// The reference accepts one text instead of a list, and then sends every type whose name is part of it.
#[derive(Deserialize)]
#[serde(untagged)]
enum Types {
    List(Vec<RequestType>),
    Text(String),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Flag {
    Bool(bool),
    Text(FlagText),
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum FlagText {
    True,
    False,
}

impl StreamRequest {
    /// The types that are asked for.
    pub(super) fn wanted(&self) -> HashSet<RequestType> {
        match &self.types {
            Types::List(types) => types.iter().copied().collect(),
            Types::Text(text) => RequestType::ALL.iter().copied().filter(|name| text.contains(name.as_str())).collect(),
        }
    }

    /// Whether everything is to come again.
    pub(super) fn is_reset(&self) -> bool {
        matches!(self.reset, Some(Flag::Bool(true) | Flag::Text(FlagText::True)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(json: &str) -> Result<StreamRequest, serde_json::Error> {
        serde_json::from_str(json)
    }

    #[test]
    fn requests_are_read_as_the_reference_reads_them() {
        let wanted = |json: &str| request(json).unwrap().wanted();
        assert_eq!(wanted(r#"{"types":["AssetsV2","AssetsV2"],"extra":1}"#), HashSet::from([RequestType::AssetsV2]));
        assert_eq!(
            wanted(r#"{"types":"AuthUsersV1"}"#),
            HashSet::from([RequestType::AuthUsersV1, RequestType::UsersV1])
        );
        assert!(request(r#"{"types":["AssetsV9"]}"#).is_err() && request("{}").is_err());
        assert!(request(r#"{"types":[],"reset":"maybe"}"#).is_err());
        assert!(request(r#"{"types":[],"reset":"true"}"#).unwrap().is_reset());
    }
}
