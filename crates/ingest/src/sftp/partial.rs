//! Names of files that are on their way.
//!
//! An upload lies beside where it will be, under a name that follows from its own: so it is found again by whoever
//! resumes it, after any number of connections and restarts. The scan of a zone ignores hidden names.

use sha1::{Digest as _, Sha1};

const PREFIX: &[u8] = b".tintype-part-";
/// For names that leave no room for the prefix: what follows is their SHA-1.
const PREFIX_OF_LONG: &[u8] = b".tintype-long-";
const MAX_NAME_BYTES: usize = 255;

/// The name of an upload until it is complete.
pub(crate) fn partial_name(name: &[u8]) -> Vec<u8> {
    if PREFIX.len() + name.len() <= MAX_NAME_BYTES {
        return [PREFIX, name].concat();
    }
    let digest = Sha1::digest(name);
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    [PREFIX_OF_LONG, hex.as_bytes()].concat()
}

/// The name that an upload will have, if it can be read off its present one.
pub(crate) fn final_name(partial: &[u8]) -> Option<&[u8]> {
    partial.strip_prefix(PREFIX).filter(|name| !name.is_empty())
}

/// Whether a name is that of an upload on its way.
pub(super) fn is_partial(name: &[u8]) -> bool {
    name.starts_with(PREFIX) || name.starts_with(PREFIX_OF_LONG)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_again() {
        for length in [1, 241, 242, 255] {
            let name = vec![b'x'; length];
            let partial = partial_name(&name);
            assert!(partial.len() <= MAX_NAME_BYTES && is_partial(&partial), "{length}");
            assert_eq!(final_name(&partial), (length <= 241).then_some(name.as_slice()), "{length}");
        }
    }
}
