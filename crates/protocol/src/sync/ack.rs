//! Acks: `Type|id` or `Type|id|extra`, the only thing a client says about its position.

use std::fmt;
use std::str::FromStr;

use uuid::fmt::Hyphenated;

use super::EntityType;
use crate::id::UpdateId;

/// Room for the longest name of a type, a bar and an id.
const ACK_CAPACITY: usize = 80;

/// A position in the stream, as printed in the `ack` of a line and sent back by the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AckToken {
    /// Which checkpoint it moves.
    pub entity: EntityType,
    /// Where to.
    pub id: AckId,
}

/// The part of an ack behind the type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AckId {
    /// `SyncResetV1|reset`: the client has wiped its data.
    Reset,
    /// `Type|updateId`: everything up to and including this row has arrived.
    At(UpdateId),
    /// `Type|createId|updateId`: the backfill of one parent has come this far.
    Backfill {
        /// When access to the parent began.
        parent: UpdateId,
        /// The last row of that parent that has arrived.
        at: UpdateId,
    },
    /// `Type|createId|complete`: the backfill of one parent is done.
    BackfillComplete {
        /// When access to the parent began.
        parent: UpdateId,
    },
}

/// An ack that cannot be stored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidAck {
    /// The part before the first `|` is no entity type.
    #[error("Invalid ack type: {0}")]
    Type(String),
    /// The rest is not what belongs to the type.
    #[error("Invalid ack: {0}")]
    Id(String),
}

impl AckToken {
    /// The ack of an ordinary line.
    pub fn at(entity: EntityType, id: UpdateId) -> Self {
        Self { entity, id: AckId::At(id) }
    }

    /// Where an ordinary line is.
    pub fn position(self) -> Option<UpdateId> {
        match self.id {
            AckId::At(id) => Some(id),
            _ => None,
        }
    }

    /// The ack of the reset line.
    pub const RESET: Self = Self { entity: EntityType::SyncResetV1, id: AckId::Reset };
}

impl fmt::Display for AckToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let entity = self.entity.as_str();
        match self.id {
            AckId::Reset => write!(f, "{entity}|reset"),
            AckId::At(id) => write!(f, "{entity}|{id}"),
            AckId::Backfill { parent, at } => write!(f, "{entity}|{parent}|{at}"),
            AckId::BackfillComplete { parent } => write!(f, "{entity}|{parent}|complete"),
        }
    }
}

impl FromStr for AckToken {
    type Err = InvalidAck;

    fn from_str(text: &str) -> Result<Self, InvalidAck> {
        let shown = || text.chars().take(120).collect::<String>();
        let mut parts = text.split('|');
        let name = parts.next().unwrap_or_default();
        let entity: EntityType = name.parse().map_err(|_| InvalidAck::Type(name.chars().take(120).collect()))?;
        if entity == EntityType::SyncResetV1 {
            // Whatever follows: the client has wiped its data (sync-protocol §4).
            return Ok(Self { entity, id: AckId::Reset });
        }
        let update_id = |part: &str| part.parse::<UpdateId>().map_err(|_| InvalidAck::Id(shown()));
        let first = update_id(parts.next().ok_or_else(|| InvalidAck::Id(shown()))?)?;
        let id = match parts.next() {
            None => AckId::At(first),
            Some("complete") => AckId::BackfillComplete { parent: first },
            Some(second) => AckId::Backfill { parent: first, at: update_id(second)? },
        };
        Ok(Self { entity, id })
    }
}

impl<'de> serde::Deserialize<'de> for AckToken {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'_, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl serde::Serialize for AckToken {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let AckId::At(id) = self.id else { return serializer.collect_str(self) };
        // Nearly every line has this form: it is put together without the machinery of formatting.
        let mut text = [0; ACK_CAPACITY];
        let name = self.entity.as_str().as_bytes();
        text[..name.len()].copy_from_slice(name);
        text[name.len()] = b'|';
        let end = name.len() + 1 + Hyphenated::LENGTH;
        id.0.as_hyphenated().encode_lower(&mut text[name.len() + 1..end]);
        serializer.serialize_str(std::str::from_utf8(&text[..end]).map_err(serde::ser::Error::custom)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn id() -> impl Strategy<Value = UpdateId> {
        any::<[u8; 16]>().prop_map(UpdateId::from_bytes)
    }

    fn token() -> impl Strategy<Value = AckToken> {
        let entity = prop::sample::select(EntityType::ALL)
            .prop_filter("reset has a form of its own", |e| *e != EntityType::SyncResetV1);
        let ack_id = prop_oneof![
            id().prop_map(AckId::At),
            (id(), id()).prop_map(|(parent, at)| AckId::Backfill { parent, at }),
            id().prop_map(|parent| AckId::BackfillComplete { parent }),
        ];
        prop_oneof![(entity, ack_id).prop_map(|(entity, id)| AckToken { entity, id }), Just(AckToken::RESET)]
    }

    proptest! {
        #[test]
        fn tokens_round_trip(token in token()) {
            prop_assert_eq!(token.to_string().parse::<AckToken>(), Ok(token));
        }

        #[test]
        fn json_and_text_are_the_same(token in token()) {
            prop_assert_eq!(serde_json::to_string(&token).unwrap(), format!("\"{token}\""));
        }

        #[test]
        fn any_text_is_parsed_or_refused(text in "(AssetV1|SyncResetV1|Nope)?\\|?\\PC{0,60}") {
            let _ = text.parse::<AckToken>();
        }
    }

    #[test]
    fn every_name_has_room() {
        let longest = EntityType::ALL.iter().map(|entity| entity.as_str().len()).max().unwrap();
        assert!(longest + 1 + Hyphenated::LENGTH <= ACK_CAPACITY, "{longest}");
    }

    #[test]
    fn refuses_what_is_no_ack() {
        let parse = |text: &str| text.parse::<AckToken>();
        assert_eq!(parse("Nope|x"), Err(InvalidAck::Type("Nope".into())));
        assert_eq!(parse(""), Err(InvalidAck::Type(String::new())));
        assert_eq!(parse("AssetV1|not-a-uuid"), Err(InvalidAck::Id("AssetV1|not-a-uuid".into())));
        assert_eq!(parse("AssetV1"), Err(InvalidAck::Id("AssetV1".into())));
        assert_eq!(parse("SyncResetV1"), Ok(AckToken::RESET));
    }
}
