//! Which contents are one photo: an original, and all that was derived from it.

use std::collections::HashMap;

use tintype_protocol::checksum::Sha1;

/// Contents joined by the ledger.
#[derive(Debug, Clone, Default)]
pub struct Identity {
    /// Only contents of which something was derived, or that were derived.
    parents: HashMap<Sha1, Sha1>,
}

impl Identity {
    /// Of pairs: an original, and what was derived from it.
    pub fn of(derivations: &[(Sha1, Sha1)]) -> Self {
        let mut identity = Self::default();
        for (original, derived) in derivations {
            let (a, b) = (identity.root(*original), identity.root(*derived));
            identity.parents.insert(b, a);
            identity.parents.entry(a).or_insert(a);
        }
        identity
    }

    /// The content that stands for the photo: the same for all that are one.
    pub fn root(&self, sha1: Sha1) -> Sha1 {
        let mut at = sha1;
        // Ends: a parent is only ever set on a root, and never to something below it.
        while let Some(parent) = self.parents.get(&at).filter(|parent| **parent != at) {
            at = *parent;
        }
        at
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sha1(number: u8) -> Sha1 {
        Sha1([number; 20])
    }

    #[test]
    fn a_chain_is_one_photo() {
        let identity = Identity::of(&[(sha1(1), sha1(2)), (sha1(3), sha1(4)), (sha1(2), sha1(5)), (sha1(5), sha1(1))]);
        for same in [2, 5] {
            assert_eq!(identity.root(sha1(same)), identity.root(sha1(1)));
        }
        assert_ne!(identity.root(sha1(3)), identity.root(sha1(1)));
        assert_eq!(identity.root(sha1(9)), sha1(9), "what the ledger says nothing about is itself");
    }

    proptest! {
        #[test]
        fn pairs_have_one_root_in_whatever_order(pairs in prop::collection::vec((0_u8..9, 0_u8..9), 0..20)) {
            let pairs: Vec<_> = pairs.into_iter().map(|(a, b)| (sha1(a), sha1(b))).collect();
            let identity = Identity::of(&pairs);
            for (original, derived) in pairs {
                prop_assert_eq!(identity.root(original), identity.root(derived));
            }
        }
    }
}
