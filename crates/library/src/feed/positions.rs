//! The generator of positions.

use tintype_protocol::id::UpdateId;
use tintype_protocol::time::Timestamp;
use uuid::Uuid;

use crate::clock::Entropy;

/// Gives out positions, each greater than the one before. One generator per store, used inside its write transaction.
#[derive(Debug)]
pub struct UpdateIds {
    ms: u64,
    sequence: u128,
}

/// Bits of a version 7 UUID that are free for a sequence: 12 before and 62 after the variant.
const SEQUENCE_BITS: u32 = 74;
/// A new millisecond starts its sequence below this, so that there is always room to count up.
const SEQUENCE_START_MASK: u128 = (1 << 64) - 1;

impl UpdateIds {
    /// Goes on after `last`, the greatest position that was ever given out ([`UpdateId::MIN`] for none).
    pub fn after(last: UpdateId) -> Self {
        let bits = last.0.as_u128();
        let high = (bits >> 64) & 0xfff;
        let low = bits & ((1 << 62) - 1);
        Self { ms: (bits >> 80) as u64, sequence: (high << 62) | low }
    }

    /// The next position. Its time is that of `now`, or of the position before when the clock has not moved on.
    pub fn next(&mut self, now: Timestamp, entropy: &dyn Entropy) -> UpdateId {
        let now_ms = u64::try_from(now.0).unwrap_or(0);
        if now_ms > self.ms {
            self.ms = now_ms;
            let mut bytes = [0; 8];
            entropy.fill(&mut bytes);
            self.sequence = u128::from(u64::from_le_bytes(bytes)) & SEQUENCE_START_MASK;
        } else {
            self.sequence += 1;
            if self.sequence >> SEQUENCE_BITS != 0 {
                self.ms += 1;
                self.sequence = 0;
            }
        }
        let high = self.sequence >> 62;
        let low = self.sequence & ((1 << 62) - 1);
        UpdateId(Uuid::from_u128((u128::from(self.ms) << 80) | (7 << 76) | (high << 64) | (0b10 << 62) | low))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SeededEntropy;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn positions_rise_whatever_the_clock_does(seed: u64, steps in prop::collection::vec((-5_000_i64..5_000, any::<bool>()), 1..200)) {
            let entropy = SeededEntropy::new(seed);
            let (mut ids, mut last, mut now) = (UpdateIds::after(UpdateId::MIN), UpdateId::MIN, 1_700_000_000_000_i64);
            for (step, restart) in steps {
                now += step;
                if restart {
                    ids = UpdateIds::after(last);
                }
                let id = ids.next(Timestamp(now), &entropy);
                prop_assert!(id > last, "{id} after {last}");
                prop_assert!(id.to_string() > last.to_string(), "the text form rises, too");
                prop_assert_eq!(id.0.get_version_num(), 7);
                prop_assert_eq!(id.0.get_variant(), uuid::Variant::RFC4122);
                last = id;
            }
        }
    }

    #[test]
    fn a_full_sequence_borrows_from_the_future() {
        let mut ids = UpdateIds { ms: 5, sequence: (1 << SEQUENCE_BITS) - 1 };
        let id = ids.next(Timestamp(5), &SeededEntropy::new(1));
        assert_eq!(id.unix_ms(), 6);
        assert!(ids.next(Timestamp(5), &SeededEntropy::new(1)) > id);
    }
}
