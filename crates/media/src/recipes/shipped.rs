//! The profiles that come with the program.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::profile::Profile;

/// The profile for whoever named none.
pub const DEFAULT_PROFILE: &str = "lossless";

/// The text they are declared in, which is also an example for one's own.
const TEXT: &str = include_str!("shipped.toml");

static SHIPPED: LazyLock<BTreeMap<String, Profile>> =
    LazyLock::new(|| toml::from_str(TEXT).expect("a test parses the shipped profiles"));

/// The shipped profiles by name: `none`, `lossless`, `balanced`, `small` and `archive-av1`.
pub fn shipped() -> &'static BTreeMap<String, Profile> {
    &SHIPPED
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_of_them_are_there() {
        let names: Vec<&String> = shipped().keys().collect();
        assert_eq!(names, ["archive-av1", "balanced", "lossless", "none", "small"]);
        assert!(shipped().contains_key(DEFAULT_PROFILE));
        assert!(!shipped()["none"].takes("image/jpeg"));
        for name in ["lossless", "balanced", "small", "archive-av1"] {
            assert!(shipped()[name].takes("image/jpeg"), "{name}");
            assert!(!shipped()[name].takes("image/heic") && !shipped()[name].takes("image/cr2"), "{name}");
        }
        assert!(shipped()["lossless"].steps.iter().all(|step| step.method.is_lossless()));
        assert!(!shipped()["lossless"].takes("video/mp4") && shipped()["balanced"].takes("video/mp4"));
    }
}
